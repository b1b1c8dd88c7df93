"""`oommc find DIR --where CONDITION --policy P`"""

import argparse

from oommc.said import note, say

EXAMPLES = (("oommc find out --where 'needless > 0' --policy baseline", "each with the command that replays it"),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("directory", metavar="DIR", help="a result directory, as of run --out")
    parser.add_argument(
        "--where",
        metavar="CONDITION",
        required=True,
        help='on a record\'s columns: "needless > 0 and ttr_ns > 1e9"',
    )
    parser.add_argument("--policy", metavar="P", required=True, help="the one policy, with settings too")
    parser.add_argument("--scenario", metavar="S", help="only this one")
    parser.add_argument("--limit", metavar="N", default="20", help="schedules listed a scenario (default 20)")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api
    from oommc.policies.file import warning
    from oommc.trace.search import text

    result = api.load(args.directory)
    told = ""
    for at, one in enumerate(result.find(args.where, args.policy, args.scenario, args.limit)):
        say(("\n" if at else "") + text(one))
        told = warning(one.options)
    if told:
        note(told)
    return 0
