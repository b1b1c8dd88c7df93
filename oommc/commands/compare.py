"""`oommc compare DIR`"""

import argparse

from oommc.columns import TOLD, foremost
from oommc.commands import within
from oommc.errors import InputError
from oommc.said import say

_COMPARED = (*foremost(TOLD), "ttr_ns")

EXAMPLES = (
    ("oommc compare out", "all pairs of policies"),
    ("oommc compare out --metric ttr_ns --csv", "one metric, for a spreadsheet"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("directory", metavar="DIR", help="a result directory, as of run --out")
    parser.add_argument(
        "--metric", metavar="M", help="a counting column, any_needless, livelock or ttr_ns (default: the main ones)"
    )
    within.add_argument(parser)
    form = parser.add_mutually_exclusive_group()
    for name in ("csv", "json", "latex"):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, default="text", help=f"as {name.upper()}"
        )


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api
    from oommc.report.comparison import FOR_PEOPLE, FORMS, chosen, judged, told_as_one
    from oommc.report.margin import Margins
    from oommc.stats.summary import TIME

    result = api.load(args.directory)
    rows = chosen(result.data, [result.known_metric(args.metric)] if args.metric is not None else _COMPARED)
    if not rows and len(result.manifest.policies) > 1:
        raise InputError(f"{args.directory}: no records there yet; run the same command again to go on")
    rows = judged(rows, Margins.read(args.within, [*result.metrics, TIME]))
    said: list[str] = []
    if args.form in FOR_PEOPLE:
        rows, said = told_as_one(result.data, rows)
    alone = "" if said else "(only one policy: nothing to compare)"
    say("\n\n".join(filter(None, (FORMS[args.form](rows) if rows else alone, "\n".join(said)))))
    return 0
