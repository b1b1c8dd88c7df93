"""`oommc policies [NAME]`"""

import argparse
import re

from oommc.commands import own
from oommc.commands.text import as_json, listed
from oommc.said import say

EXAMPLES = (
    ("oommc policies", "all of them"),
    ("oommc policies patched", "one, and in what it differs"),
    ("oommc policies gate", "a mechanism, and its values"),
    ("oommc policies --mechanisms", "all mechanisms of a kernel and knobs of a killer"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="the policy, mechanism or knob to show (default: list the policies)"
    )
    own.add_argument(parser, "; nothing of it is run")
    parser.add_argument("--all", action="store_true", help="of a policy all mechanisms, also those at their defaults")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--mechanisms", action="store_true", help="list the mechanisms and knobs")
    form.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status."""
    from oommc.policies import KNOBS, MECHANISMS, registry
    from oommc.policies.text import mechanism_text, text

    if args.mechanisms:
        say(listed({name: of.about for name, of in (MECHANISMS | KNOBS).items()}))
    elif args.name is None:
        say(listed({policy.name: policy.about for policy in own.told(args)}, args.json))
    elif args.name in MECHANISMS or args.name in KNOBS:
        say(mechanism_text(args.name))
    else:
        _check_word(args)
        chosen, others = own.told(args, args.name), [*registry.values()]
        shown = (as_json(policy.to_dict()) if args.json else text(policy, others, args.all) for policy in chosen)
        say("\n\n\n".join(shown))
    return 0


def _check_word(args: argparse.Namespace) -> None:
    """InputError, with the nearest policy, mechanism or knob, for one word that is none of these."""
    from oommc.errors import InputError
    from oommc.naming import hint
    from oommc.policies import KNOBS, MECHANISMS, groups

    known = [*(policy.name for policy in own.told(args)), *groups, *MECHANISMS, *KNOBS]
    if re.fullmatch(r"[\w.-]+", args.name) and args.name not in known:
        raise InputError(f"no policy, mechanism or knob {args.name!r}; {hint(args.name, known)}")
