"""`oommc merge DIR… --out DIR`"""

import argparse

from oommc.commands import ended

EXAMPLES = (
    ("oommc run usemem --schedules 2000 --block 1000 --shard 1/2 --out one", "on one machine"),
    ("oommc run usemem --schedules 2000 --block 1000 --shard 2/2 --out two", "on another"),
    ("oommc merge one two --out both", "both shares in one directory"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("directories", metavar="DIR", nargs="+", help="result directories of one run's shares")
    parser.add_argument("--out", metavar="DIR", required=True, help="made, or added to")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api

    ended.show(api.merge(args.directories, args.out), args.out)
    return 0
