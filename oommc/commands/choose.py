"""`oommc choose DIR`"""

import argparse

from oommc.commands.text import as_json
from oommc.said import say

EXAMPLES = (
    ("oommc choose out", "the defaults"),
    (
        "oommc choose out --require 'livelock < 0.01' --prefer 'downtime within 0.1, needless within 0.01'",
        "no hangs, then few needless kills, then quick",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("directory", metavar="DIR", help="a result directory, as of run --out")
    parser.add_argument("--require", metavar="LIMITS", help="what has to hold: 'livelock < 1e-4, outage < 500 ms'")
    parser.add_argument(
        "--prefer",
        metavar="WISHES",
        help="what to have little of, the most important first: 'downtime within 0.1, outage' (default: hangs and "
        "panics, downtime, innocents killed, needless kills, outage)",
    )
    parser.add_argument("--scenario", metavar="S", help="only this one")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api
    from oommc.choice import text
    from oommc.choice.criteria import DEFAULT

    advice = api.load(args.directory).choose(
        DEFAULT if args.prefer is None else args.prefer, args.require, args.scenario
    )
    say(as_json(advice) if args.json else text.advice(advice))
    return 0
