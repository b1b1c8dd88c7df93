"""A column of measured values from a file."""

import lzma
import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from oommc import reading
from oommc.errors import InputError
from oommc.fitting.result import kind
from oommc.naming import hint
from oommc.units import UNITS, exact

_MOST = 1 << 30  # bytes of a file of measured values
_ENDINGS = ("ns", "us", "ms", "s")


@dataclass(frozen=True)
class Column:
    """`values`: the numbers, an array; `censored`: where one is only a lower bound, or None;
    `missing`: rows without a value.
    """

    values: Any
    censored: Any
    missing: int


def column(
    path: str, name: str, only: Iterable[str] = (), censored: str | None = None, stretch: str | None = None
) -> Column:
    """The column `name` of a CSV or Parquet file (`-`: CSV from standard input), of the rows that meet each
    COLUMN=VALUE of `only`; `censored` names the column that is 1 where a value is a lower bound, `stretch` the one that
    says how many times as long as alone it took (1 at least): values are divided by it. Raises InputError.
    """
    rows = _chosen(_table(path), only, path)
    values = _numbers(rows, name, path)
    if stretch is not None:
        times = _numbers(rows, stretch, path)
        wrong = rows.index[values.notna() & ~(times >= 1)]
        if len(wrong):
            raise InputError(
                f"{path}: row {wrong[0] + 2}: {stretch}: a number from 1 on says how often as long it took"
            )
        values = values / times
    known = values.notna()
    bounds = None if censored is None else _numbers(rows, censored, path)[known] == 1
    return Column(values[known].to_numpy(), bounds, int((~known).sum()))


def unit_of(column: str) -> str:
    """What the column's name ends with. Raises InputError if that is no unit."""
    ending = column.rpartition("_")[2]
    if ending not in _ENDINGS:
        raise InputError(f"fit: --unit: what {column!r} is measured in: ns, us, ms, s, B, KiB, MiB, GiB or pages")
    return ending


def resolution(text: str, unit: str) -> float:
    """That of the clock in the unit: "10 ms", or a number. Raises InputError."""
    try:
        return float(text)
    except ValueError:
        units = UNITS[kind(unit)].units
    try:
        return float(exact(text, units) / units[unit])
    except InputError as error:
        raise InputError(f"fit: --resolution: {error}") from None


def _table(path: str) -> Any:
    """The file as a pandas frame of text, or of what Parquet holds."""
    import pandas
    import pyarrow

    try:
        if path != "-":
            reading.check(path, path, _MOST)
        if path.endswith(".parquet"):
            return pandas.read_parquet(path)
        return pandas.read_csv(sys.stdin.buffer if path == "-" else path, dtype=str, encoding="utf-8-sig")
    except (
        OSError,
        ValueError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        pyarrow.ArrowException,
    ) as error:  # pandas' own are ValueErrors
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError(f"{path}: can't be read: {reason}") from None


def _column(table: Any, name: str, path: str) -> Any:
    if name not in table.columns:
        raise InputError(f"{path}: has no column {name!r}: {hint(name, map(str, table.columns))}")
    return table[name]


def _chosen(table: Any, only: Iterable[str], path: str) -> Any:
    for text in only:
        name, told, value = text.partition("=")
        if not told:
            raise InputError(f"fit: --only {text!r}: COLUMN=VALUE")
        table = table[_column(table, name, path).astype(str) == value]
        if table.empty:
            raise InputError(f"{path}: no row has {name} = {value!r}")
    return table


def _numbers(table: Any, name: str, path: str) -> Any:
    import pandas

    given = _column(table, name, path)
    numbers = pandas.to_numeric(given, errors="coerce")
    wrong = given[given.notna() & numbers.isna()]
    if len(wrong):
        raise InputError(f"{path}: row {wrong.index[0] + 2}: {name}: {wrong.iloc[0]!r} is not a number")
    return numbers
