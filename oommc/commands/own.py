"""--policy-file: policies of the user's own beside the registered ones."""

import argparse


def add_argument(parser: argparse.ArgumentParser) -> None:
    """The option."""
    parser.add_argument("--policy-file", metavar="FILE", help="TOML with policies of your own: [policy.NAME]")


def policies(args: argparse.Namespace) -> dict:
    """The user's own policies by name. Raises InputError."""
    from oommc.policies import load_policies

    return load_policies(args.policy_file) if args.policy_file is not None else {}


def chosen(args: argparse.Namespace, names: str) -> list:
    """The policies of these names, the user's own among them. Raises InputError."""
    from oommc.policies import parse

    return parse(names, policies(args))
