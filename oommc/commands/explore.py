"""`oommc explore [WORLD] --policies A,B,…`"""

import argparse

from oommc.commands import own
from oommc.commands.text import listed
from oommc.said import say

EXAMPLES = (
    ("oommc explore", "the worlds that there are"),
    ("oommc explore race --policies serialize-v1", "the order that breaks the patch's assertion"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("world", metavar="WORLD", nargs="?", help="a small world, or a scenario; none lists them")
    parser.add_argument(
        "--policies", metavar="A,B,…", default="2006", help="(default 2006); of one alone the stories are told"
    )
    own.add_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc.explore import explore, text, worlds

    if args.world is None:
        say(listed(worlds.names()))
        return 0
    world = worlds.load(args.world)
    verdicts = [explore(world, policy) for policy in own.chosen(args, args.policies)]
    stories = [text.story(verdicts[0], goal) for goal in verdicts[0].ways] if len(verdicts) == 1 else []
    say("\n".join([text.table(verdicts), *stories]).rstrip("\n"))
    return 0
