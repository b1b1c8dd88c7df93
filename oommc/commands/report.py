"""`oommc report DIR`"""

import argparse
from pathlib import Path

from oommc.commands import within
from oommc.said import say

_FORMATS = {"html": "index.html", "markdown": "report.md", "latex": "report.tex"}

EXAMPLES = (
    ("oommc report out", "the page out/report/index.html"),
    ("oommc report out --format markdown", "its tables for a text"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("directory", metavar="DIR", help="a result directory, as of run --out")
    parser.add_argument(
        "--format",
        choices=list(_FORMATS),
        default="html",
        help="index.html (the default), report.md or report.tex",
    )
    within.add_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api

    say(api.load(args.directory).report(Path(args.directory) / "report" / _FORMATS[args.format], args.within))
    return 0
