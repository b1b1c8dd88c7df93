"""`oommc compare DIR`"""

import argparse
import math

from oommc.columns import TOLD, foremost
from oommc.errors import InputError
from oommc.said import say

_COMPARED = (*foremost(TOLD), "ttr_ns")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument(
        "--metric", metavar="M", help="a counting column, any_needless, livelock or ttr_ns (default: the main ones)"
    )
    parser.add_argument(
        "--within",
        metavar="AMOUNT",
        help="a difference that doesn't matter (times in s): tells which exceed it for sure",
    )
    form = parser.add_mutually_exclusive_group()
    for name in ("csv", "json", "latex"):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, default="text", help=f"as {name.upper()}"
        )


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api
    from oommc.report.comparison import FOR_PEOPLE, FORMS, chosen, judged, told_as_one

    result = api.load(args.directory)
    rows = chosen(result.data, [result.known_metric(args.metric)] if args.metric is not None else _COMPARED)
    if not rows and len(result.manifest.policies) > 1:
        raise InputError(f"{args.directory}: no records there yet; run the same command again to go on")
    if args.within is not None:
        rows = judged(rows, _amount(args.within))
    said: list[str] = []
    if args.form in FOR_PEOPLE:
        rows, said = told_as_one(result.data, rows)
    alone = "" if said else "(only one policy: nothing to compare)"
    say("\n\n".join(filter(None, (FORMS[args.form](rows) if rows else alone, "\n".join(said)))))
    return 0


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(f"within: {text!r} is not a number above 0")
    return value
