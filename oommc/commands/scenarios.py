"""`oommc scenarios [NAME]`"""

import argparse

from oommc.commands.text import as_json, facts, listed
from oommc.errors import InputError
from oommc.said import say

EXAMPLES = (
    ("oommc scenarios", "all of them"),
    ("oommc scenarios usemem --toml > mine.toml", "a file to change"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="the one to show (default: list all)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--toml", action="store_true", help="of NAME the file alone, to begin one's own with")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc.scenario import Scenario, catalogue_names

    if args.name is None and args.toml:
        raise InputError(f"--toml: of which scenario? There is {', '.join(catalogue_names())}")
    if args.name is None:
        say(listed({name: Scenario.load(name).about for name in catalogue_names()}, args.json))
        return 0
    scenario = Scenario.load(args.name)
    if args.toml:
        say(scenario.to_toml().rstrip())
        return 0
    if args.json:
        say(as_json(scenario.to_dict()))
        return 0
    from oommc.show.numbers import shown
    from oommc.units import format_duration, format_size

    machine = scenario.machine
    rows = [
        ("horizon", format_duration(scenario.horizon)),
        ("cpus", str(machine.cpus)),
        ("memory", " + ".join(format_size(node.memory) for node in machine.nodes)),
        *(
            (shown(p.name), f"{p.count} × {p.threads} thread{'s' * (p.threads > 1)}, {p.role}")
            for p in scenario.processes
        ),
    ]
    parts = (shown(scenario.name, 200), scenario.about.strip(), facts(rows), scenario.to_toml().rstrip())
    say("\n\n".join(parts))
    return 0
