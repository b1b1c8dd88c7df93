"""`oommc advise LOG…`: the command's arguments; what it does is `oommc.advise.answer`."""

import argparse
import json
from pathlib import Path

from oommc.commands import log
from oommc.said import say

EXAMPLES = (
    ("oommc advise kern.log -o advice.html", "on the terminal and as a page"),
    ("oommc advise kern.log.1 kern.log", "a rotated log is one log"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    log.add_arguments(parser, "+", "the N-th report (default: the last that tells enough)")
    parser.add_argument(
        "--schedules", metavar="N", help="how many (default: what takes this machine about half a minute, 20 to 5000)"
    )
    parser.add_argument(
        "--out", metavar="DIR", help="a new directory: the scenarios, DIR/run with the records, DIR/report/index.html"
    )
    parser.add_argument("-o", "--output", metavar="PAGE.html", help="the advice as one page, too; a new file")
    parser.add_argument("--json", action="store_true", help="the advice as JSON instead")
    parser.add_argument("--limit", metavar="SIZE", help="the memory cgroup's limit, where the log doesn't tell it")
    parser.add_argument("--ram", metavar="SIZE", help="how large the memory is, where the log doesn't tell it")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="a key of the scenario; any number of times"
    )


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status. Raises InputError."""
    from oommc.advise.answer import Advice, answer  # SciPy, which no other command should wait for
    from oommc.advise.given import Given

    page = None if args.output is None else Path(args.output)
    given = Given(args.limit, args.ram, args.set)
    for part in answer(args.log, args.report, args.schedules, args.out, page, given):
        if isinstance(part, Advice):
            if args.json:
                say(json.dumps(part.to_json()))
        elif not args.json and str(part):
            say(part, end="\n\n", flush=True)
    return 0
