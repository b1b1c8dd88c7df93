"""`oommc fit FILE --column C`: a column of measured values to a distribution that a scenario takes."""

import argparse
import json
import lzma
import sys
import zlib
from typing import Any

from oommc.errors import InputError
from oommc.naming import hint

_ENDINGS = ("ns", "us", "ms", "s")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="CSV or Parquet, a row a measurement; - is standard input (CSV)")
    parser.add_argument("--column", metavar="C", required=True, help="the values; rows without one are left out")
    parser.add_argument(
        "--unit",
        metavar="U",
        help="theirs: ns us ms s, B KiB MiB GiB pages (default: what the column's name ends with)",
    )
    parser.add_argument(
        "--only",
        metavar="COLUMN=VALUE",
        action="append",
        default=[],
        help="rows with that value only; may be given again",
    )
    parser.add_argument("--censored", metavar="COLUMN", help="is 1 where the value is only a lower bound")
    parser.add_argument("--resolution", metavar="R", default="0", help='of the clock: "10 ms", or a number in the unit')
    parser.add_argument(
        "--families", metavar="A,B,…", help="the candidates (default: all that have a name in scenarios)"
    )
    parser.add_argument("--seed", metavar="S", default="1", help="of the goodness of fit (default 1)")
    parser.add_argument("--plot", metavar="FILE", help="the fit as a picture: .svg, .png or .pdf")
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status. Raises InputError, and RunError if the picture can't be written."""
    from oommc.distributions.families import FAMILIES
    from oommc.fitting.likelihood import fit
    from oommc.show.canvas import checked
    from oommc.units import whole_number

    if args.plot is not None:
        checked(args.plot)  # a wrong name is told before the work is done
    unit = args.unit or _unit_of(args.column)
    table = _table(args.file)
    rows = _chosen(table, args.only, args.file)
    values = _numbers(rows, args.column, args.file)
    known = values.notna()
    censored = None if args.censored is None else _numbers(rows, args.censored, args.file)[known] == 1
    found = fit(
        values[known].to_numpy(),
        unit,
        resolution=_resolution(args.resolution, unit),
        censored=censored,
        candidates=args.families.split(",") if args.families else FAMILIES,
        seed=whole_number(args.seed, "seed", 0, 2**64 - 1),
    )
    if missing := int((~known).sum()):
        print(f"oommc: {missing} rows without a value of {args.column} are left out", file=sys.stderr)
    if args.plot is not None:
        found.plot(args.plot, args.column)
    print(json.dumps(found.to_dict(), indent=1) if args.json else found)
    return 0


def _unit_of(column: str) -> str:
    ending = column.rpartition("_")[2]
    if ending not in _ENDINGS:
        raise InputError(f"fit: --unit: what {column!r} is measured in: ns, us, ms, s, B, KiB, MiB, GiB or pages")
    return ending


def _resolution(text: str, unit: str) -> float:
    """In the unit."""
    from oommc.fitting.result import kind
    from oommc.units import UNITS, exact

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
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError(f"{path}: can't be read: {reason}") from None


def _column(table: Any, name: str, path: str) -> Any:
    if name not in table.columns:
        raise InputError(f"{path}: has no column {name!r}: {hint(name, map(str, table.columns))}")
    return table[name]


def _chosen(table: Any, only: list[str], path: str) -> Any:
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
