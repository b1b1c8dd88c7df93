"""`oommc advise LOG`: the command's arguments; what it does is `oommc.advise.answer`."""

import argparse
from pathlib import Path

from oommc.commands import log
from oommc.said import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    log.add_arguments(parser, None, "the N-th report (default: the last that tells enough)")
    parser.add_argument(
        "--schedules", metavar="N", help="how many (default: what takes this machine about half a minute, 20 to 5000)"
    )
    parser.add_argument(
        "--out", metavar="DIR", help="a new directory: the scenarios, DIR/run with the records, DIR/report/index.html"
    )
    parser.add_argument("-o", "--output", metavar="PAGE.html", help="the advice as one page, too; a new file")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status. Raises InputError."""
    from oommc.advise.answer import answer  # SciPy, which no other command should wait for

    for part in answer(
        args.log, args.report, args.schedules, args.out, None if args.output is None else Path(args.output)
    ):
        say(part, end="\n\n", flush=True)
    return 0
