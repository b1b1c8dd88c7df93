"""`oommc fit FILE --column C`: a column of measured values to a distribution that a scenario takes."""

import argparse
import json

from oommc.said import note, say

EXAMPLES = (("oommc fit kills.csv --column exit_us --unit us", "families, best first, with the line for a scenario"),)


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
    parser.add_argument(
        "--stretch",
        metavar="COLUMN",
        help="is how often as long as alone it took, max(1, runnable threads / processors): values are divided by it",
    )
    parser.add_argument("--resolution", metavar="R", default="0", help='of the clock: "10 ms", or a number in the unit')
    parser.add_argument(
        "--families", metavar="A,B,…", help="the candidates (default: all that have a name in scenarios)"
    )
    parser.add_argument("--seed", metavar="S", default="1", help="of the goodness of fit (default 1)")
    parser.add_argument("--plot", metavar="FILE", help="the fit as a picture: .svg, .png or .pdf")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status. Raises InputError, and RunError if the picture can't be written."""
    from oommc.distributions.families import FAMILIES
    from oommc.fitting.column import column, resolution, unit_of
    from oommc.fitting.likelihood import fit
    from oommc.show.canvas import checked
    from oommc.units import whole_number

    if args.plot is not None:
        checked(args.plot)  # a wrong name is told before the work is done
    unit = args.unit or unit_of(args.column)
    measured = column(args.file, args.column, args.only, args.censored, args.stretch)
    found = fit(
        measured.values,
        unit,
        resolution=resolution(args.resolution, unit),
        censored=measured.censored,
        candidates=args.families.split(",") if args.families else FAMILIES,
        seed=whole_number(args.seed, "seed", 0, 2**64 - 1),
    )
    if measured.missing:
        note(f"{measured.missing} rows without a value of {args.column} are left out")
    if args.plot is not None:
        found.plot(args.plot, args.column)
    say(json.dumps(found.to_dict(), indent=1) if args.json else found)
    return 0
