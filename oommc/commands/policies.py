"""`oommc policies [NAME]`"""

import argparse

from oommc.commands import own
from oommc.commands.text import as_json, listed
from oommc.said import say

EXAMPLES = (
    ("oommc policies", "all of them"),
    ("oommc policies patched", "one, with its mechanisms"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="the one to show (default: list all)")
    own.add_argument(parser, "; nothing of it is run")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc.policies import registry
    from oommc.policies.text import text

    if args.name is None:
        say(listed({policy.name: policy.about for policy in own.told(args)}, args.json))
        return 0
    chosen, others = own.told(args, args.name), [*registry.values()]
    say("\n\n\n".join(as_json(policy.to_dict()) if args.json else text(policy, others) for policy in chosen))
    return 0
