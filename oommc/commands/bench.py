"""`oommc bench`: the command's arguments; what it does is `oommc.bench.measure`."""

import argparse

from oommc.said import note_line, say

DEFAULT = ("usemem", "usemem-smp", "threaded-hog")

EXAMPLES = (("oommc bench usemem --quick", "a look"),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "scenarios", metavar="SCENARIO", nargs="*", help=f"files or catalogue names (default {' '.join(DEFAULT)})"
    )
    parser.add_argument("--all", action="store_true", help="the whole catalogue")
    much = parser.add_mutually_exclusive_group()
    much.add_argument("--quick", action="store_true", help="a look: half a minute, with the errors that go with it")
    much.add_argument(
        "--long", action="store_true", help="runs of up to 10^7 schedules too, for the goals that are about these"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--against", metavar="FILE", help="the JSON of another commit, to be compared with")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status. Raises InputError."""
    import json

    from oommc.bench import settings
    from oommc.bench.against import against, read
    from oommc.bench.measure import measure
    from oommc.bench.text import text
    from oommc.scenario import catalogue_names

    before = None if args.against is None else read(args.against)
    much = settings.QUICK if args.quick else settings.LONG if args.long else settings.FULL
    measured = measure(catalogue_names() if args.all else args.scenarios or DEFAULT, much)
    say(json.dumps(measured, indent=1, ensure_ascii=False) if args.json else text(measured))
    if before:
        (note_line if args.json else say)(f"\n{against(measured, before)}")
    return 0
