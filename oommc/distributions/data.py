"""A column of measured values, from a CSV or Parquet file, as a discrete distribution."""

import csv
import io
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from oommc import reading
from oommc.distributions.laws import Discrete
from oommc.errors import InputError
from oommc.units import LIMIT, UNITS

_MOST = 256 << 20  # bytes of a file of measured values


def column(path: Path, name: str, unit: str, written_in: str, where: str) -> Discrete:
    """Every value of a column equally likely; `written_in` is the unit of its numbers. Raises InputError.

    Each is rounded to the nearest whole ns or page: these are measurements, not requests. No message shows what a
    file holds: a scenario may name any that its reader can read.
    """
    numbers = _parquet(path, name, where) if path.suffix == ".parquet" else _csv(path, name, where)
    if not len(numbers):
        raise InputError(f"{where}: column {name!r} of {path} is empty")
    values = np.rint(numbers * float(UNITS[unit].units[written_in]))
    wrong = ~((values >= 0) & (values < LIMIT))
    if wrong.any():
        raise InputError(
            f"{where}: column {name!r} of {path}: value {np.argmax(wrong) + 1} is not a time or size from 0 on"
        )
    distinct, counts = np.unique(values.astype(np.int64), return_counts=True)
    return Discrete(unit, tuple(distinct.tolist()), tuple(counts.tolist()))


def _csv(path: Path, name: str, where: str) -> np.ndarray:
    try:
        text = reading.read(path, f"{where}: {path}", _MOST).decode("utf-8-sig")
        rows = csv.reader(io.StringIO(text, newline=""))
        i = _index(next(rows, []), name, path, where)
        return np.fromiter((_number(row, i, f"{where}: {path}:{rows.line_num}") for row in rows if row), float)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{where}: {path} can't be read: {_reason(error)}") from None


def _parquet(path: Path, name: str, where: str) -> np.ndarray:
    import pyarrow
    import pyarrow.parquet

    content = reading.read(path, f"{where}: {path}", _MOST)
    try:
        with pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content)) as file:
            _index(file.schema_arrow.names, name, path, where)
            values = file.read([name]).column(name)
        return np.asarray(values.cast(pyarrow.float64()).to_numpy(), float)
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"{where}: {path} can't be read: {_reason(error)}") from None


def _index(header: list[str], name: str, path: Path, where: str) -> int:
    if name not in header:
        near = get_close_matches(name, header, 1)  # who guesses it nearly is shown one name of the file, and nobody all
        raise InputError(f"{where}: {path} has no column {name!r}{f': did you mean {near[0]}?' if near else ''}")
    return header.index(name)


def _number(row: list[str], i: int, where: str) -> float:
    text = row[i] if i < len(row) else ""
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{where}: not a number") from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).splitlines()[0]
