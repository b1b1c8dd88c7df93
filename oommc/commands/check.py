"""`oommc check DIR`"""

import argparse

from oommc.said import say

EXAMPLES = (("oommc check out", "status 0 if all is there and whole"),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("directory", metavar="DIR", help="a result directory, as of run --out")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status: 0 where all is there and whole, else 1."""
    from oommc.checked import check

    found = check(args.directory)
    say(found)
    return 0 if found.all_there else 1
