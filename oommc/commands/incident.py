"""`oommc incident LOG`: the reports of a log, or a live machine, in words, as JSON, or as a scenario."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oommc.collect.files import put
from oommc.commands import log
from oommc.errors import InputError
from oommc.incident import Report, read_live, scenario_toml
from oommc.incident.cause import entry
from oommc.incident.numbered import numbered
from oommc.incident.overview import Overview
from oommc.incident.text import text
from oommc.said import note_line, say

EXAMPLES = (
    ("oommc incident kern.log", "what happened"),
    ("oommc incident kern.log -o night.toml", "as a scenario to change and run"),
    ("oommc incident --live", "what if this machine ran out of memory now"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    log.add_arguments(parser, "?", "only the N-th report of the log")
    parser.add_argument(
        "--live",
        metavar="PROC",
        nargs="?",
        const="/proc",
        help="instead of a log: this machine as it is now, or the one whose /proc is in that directory",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "-o",
        "--output",
        metavar="SCENARIO.toml",
        help="write a scenario of the incident (of the first report that tells enough)",
    )
    form.add_argument("--json", action="store_true", help="the reports as JSON")


def run(args: argparse.Namespace) -> int:
    """Does it; returns the exit status. Raises InputError."""
    if (args.log is None) == (args.live is None):
        raise InputError("incident: either LOG or --live")
    if args.live is not None and args.report:
        raise InputError("incident: --report is for a log; --live has one report")
    source = args.log if args.live is None else args.live
    reports = iter([(1, read_live(source))]) if args.live is not None else numbered(source, args.report)
    whole = args.live is None and not args.report
    if args.output is not None:
        _write_scenario(source, reports, Path(args.output))
    elif args.json:
        _print_json(reports, whole)
    else:
        overview = Overview()
        for number, report in reports:
            overview.add(report)
            say(text(report, number))
        if whole and overview.is_cascade:
            say(overview.text())
    return 0


def _print_json(reports: Iterator[tuple[int, Report]], whole: bool) -> None:
    """A list; the last of its entries has the overview of a whole log."""
    overview = Overview()
    last: dict[str, Any] = {}
    for _, report in reports:
        say("[" if not last else json.dumps(last | {"overview": None}) + ",")
        overview.add(report)
        last = entry(report)
    say(json.dumps(last | {"overview": overview.to_json() if whole else None}))
    say("]")


def _write_scenario(source: str, reports: Iterator[tuple[int, Report]], output: Path) -> None:
    from oommc.scenario import Scenario

    made = failure = None
    for number, report in reports:
        try:
            drafted = scenario_toml(report)
            Scenario.from_toml(drafted, "its scenario")  # what is written can be run
            made = drafted
            break
        except InputError as error:
            failure = failure or f"{source}: report {number}: {error}"
    if made is None:
        raise InputError(failure)
    if output.is_file():
        raise InputError(f"{output}: exists already; remove it, or name another file")
    put(output, made.encode())
    note_line(f"{output}: report {number} of {source}")
