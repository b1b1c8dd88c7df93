"""`oommc rare SCENARIO --policy P --where CONDITION --tilt KEY=K`"""

import argparse
from dataclasses import asdict

from oommc.commands import own
from oommc.commands.text import as_json
from oommc.errors import InputError
from oommc.said import note, say

EXAMPLES = (
    (
        "oommc rare usemem --policy patched-timeout --where 'needless > 0' --tilt process.usemem.exit.wake=40",
        "exits forty times as long, weighted back",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or a catalogue name")
    parser.add_argument("--policy", metavar="P", required=True, help="the one policy, with settings too")
    own.add_argument(parser)
    parser.add_argument("--where", metavar="CONDITION", required=True, help='the event, as of find: "needless > 0"')
    parser.add_argument(
        "--tilt",
        metavar="KEY=K",
        action="append",
        required=True,
        help="draw upper tails of probability s about s^(1/K) often: process.usemem.exit.wake=8; may be given again",
    )
    parser.add_argument("--schedules", metavar="N", default="20_000", help="how many, tilted (default 20000)")
    parser.add_argument("--seed", metavar="S", default="1", help="0 to 2^64 - 1 (default 1)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc.rare import estimate
    from oommc.rare.text import text

    tilt = {}
    for tilted in args.tilt:
        key, _, k = tilted.rpartition("=")
        if not key or key in tilt:
            raise InputError(f"tilt: {tilted!r}: KEY=K, a key once: process.usemem.exit.wake=8")
        tilt[key] = k
    done = estimate(args.scenario, own.chosen(args, args.policy), args.where, tilt, args.schedules, args.seed)
    for warning in done.warnings:
        note(f"warning: {warning}")
    say(as_json(asdict(done)) if args.json else text(done))
    return 0
