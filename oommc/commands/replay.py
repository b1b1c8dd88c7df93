"""`oommc replay SCENARIO --policy P --schedule K --seed S`"""

import argparse

from oommc.commands import own
from oommc.commands.text import as_json
from oommc.said import say

EXAMPLES = (
    ("oommc replay usemem --policy baseline --schedule 17 --seed 1", "told on the terminal"),
    ("oommc replay usemem --policy baseline --schedule 17 --seed 1 --plot story.svg", "drawn"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or a catalogue name")
    parser.add_argument(
        "--policy", metavar="P", required=True, help="with --plot and --perfetto up to four: baseline,patched"
    )
    own.add_argument(parser)
    parser.add_argument("--schedule", metavar="K", required=True, help="its number, from 0")
    parser.add_argument("--seed", metavar="S", default="1", help="0 to 2^64 - 1 (default 1)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="as text (the default)")
    form.add_argument("--json", action="store_true", help="the events as JSON")
    form.add_argument("--plot", metavar="FILE", help="the timeline as a picture: .svg, .png or .pdf")
    form.add_argument("--perfetto", metavar="FILE", help="a trace for ui.perfetto.dev")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc import api

    policies = own.chosen(args, args.policy)
    if args.plot is not None or args.perfetto is not None:
        from oommc.show.canvas import checked
        from oommc.trace import perfetto, picture

        # a wrong name is told before the work is done
        path = checked(args.plot) if args.plot is not None else args.perfetto
        stories = api.replays(args.scenario, policies, args.schedule, args.seed)
        (picture.plot if args.plot is not None else perfetto.perfetto)(stories, path)
        say(path)
        return 0
    story = api.replay(args.scenario, policies, args.schedule, args.seed)
    say(as_json(story.events) if args.json else story.text().rstrip("\n"))
    return 0
