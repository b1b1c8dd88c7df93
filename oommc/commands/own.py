"""--policy-file: policies of the user's own beside the registered ones."""

import argparse


def add_argument(parser: argparse.ArgumentParser, more: str = "; the Python files that they name run") -> None:
    """The option."""
    parser.add_argument("--policy-file", metavar="FILE", help=f"TOML with policies of your own: [policy.NAME]{more}")


def told(args: argparse.Namespace, names: str | None = None) -> list:
    """The policies of these names, or all, the user's own among them, to be told of: nothing of theirs is run. Raises
    InputError.
    """
    from oommc.policies import named_policies, parse, registry

    own = named_policies(args.policy_file) if args.policy_file is not None else {}
    return [*(registry | own).values()] if names is None else parse(names, own)


def chosen(args: argparse.Namespace, names: str) -> list:
    """The policies of these names, the user's own among them, to be used. Raises InputError."""
    return [policy.loaded() for policy in told(args, names)]
