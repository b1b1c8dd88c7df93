"""`oommc merge DIR… --out DIR`"""

import argparse

from oommc.commands import ended


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("directories", metavar="DIR", nargs="+")
    parser.add_argument("--out", metavar="DIR", required=True, help="made, or added to")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api

    ended.show(api.merge(args.directories, args.out), args.out)
    return 0
