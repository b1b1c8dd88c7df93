"""`oommc machines [NAME]`"""

import argparse

from oommc.commands.text import as_json, listed
from oommc.said import say

EXAMPLES = (
    ("oommc machines", "all of them"),
    ("oommc machines server", "one, with the data it rests on"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="the one to show (default: list all)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc.scenario.preset import preset, preset_names, told

    presets = {name: preset(name) for name in preset_names()}
    if args.name is None:
        say(listed({name: table["about"] for name, table in presets.items()}, args.json))
        return 0
    table = preset(args.name)
    say(as_json(table) if args.json else told(args.name, table))
    return 0
