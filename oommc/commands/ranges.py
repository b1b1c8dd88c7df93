"""--range: what isn't known of a scenario, and between what it lies."""

import argparse


def add_argument(parser: argparse.ArgumentParser, more: str = "") -> None:
    """The option; `more` goes on in its help after "may be given again"."""
    parser.add_argument(
        "--range",
        metavar="KEY=LOW..HIGH",
        dest="ranges",
        action="append",
        default=[],
        help="an unknown, as machine.latency.report.median=10ms..200ms, machine.cpus=1..8, or a key alone with the "
        f"scenario's own range; may be given again{more} (default: all of the scenario's [range])",
    )
