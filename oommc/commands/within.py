"""--within: how large a difference doesn't matter."""

import argparse


def add_argument(parser: argparse.ArgumentParser) -> None:
    """The option."""
    parser.add_argument(
        "--within",
        metavar="[M=]AMOUNT",
        action="append",
        default=[],
        help="a difference that doesn't matter, of metric M or of all (times in s); may be given again (default 0.01)",
    )
