"""LOG, and `--report N` of it: what the commands that read a log of OOM reports have in common."""

import argparse


def add_arguments(parser: argparse.ArgumentParser, nargs: str | None, report: str) -> None:
    """LOG (`nargs`: "?" where it may be left out) and --report, whose help is `report`."""
    parser.add_argument(
        "log",
        metavar="LOG",
        nargs=nargs,
        help="a kernel log, syslog or journal: text, compressed, or journalctl -o json; - is standard input",
    )
    parser.add_argument("--report", metavar="N", type=_number, help=report)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a report's number: 1, 2, …")
    return int(text)
