"""`oommc uncertainty SCENARIO [--policies A,B,…] [--range KEY=LOW..HIGH …]`"""

import argparse

from oommc.commands import own, ranges
from oommc.commands.text import as_json
from oommc.said import say

EXAMPLES = (
    ("oommc uncertainty usemem --policies baseline,patched --metric needless", "over the scenario's own ranges"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or a catalogue name")
    parser.add_argument("--policies", metavar="A,B,…", help="as of run")
    own.add_argument(parser)
    ranges.add_argument(parser)
    parser.add_argument(
        "--metric",
        metavar="M",
        dest="metrics",
        action="append",
        help="a criterion as of choose; may be given again (default: needless, kills, downtime, outage, livelock)",
    )
    parser.add_argument("--places", metavar="N", default="128", help="in the ranges, a power of 2 (default 128)")
    parser.add_argument("--schedules", metavar="M", default="1000", help="at each place (default 1000)")
    parser.add_argument("--seed", metavar="S", default="1", help="0 to 2^64 - 1 (default 1)")
    form = parser.add_mutually_exclusive_group()
    for name, word in (("json", "JSON"), ("csv", "CSV"), ("markdown", "Markdown")):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, default="text", help=f"as {word}")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status. Raises InputError."""
    from oommc import api
    from oommc.sensitivity.uncertainty_text import csv, markdown, text

    found = api.uncertainty(
        args.scenario,
        own.chosen(args, api.DEFAULT_POLICIES if args.policies is None else args.policies),
        metrics=args.metrics,
        ranges=args.ranges,
        places=args.places,
        schedules=args.schedules,
        seed=args.seed,
    )
    forms = {"text": text, "markdown": markdown, "csv": csv, "json": as_json}
    say(forms[args.form](found))
    return 0
