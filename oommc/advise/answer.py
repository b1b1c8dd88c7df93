"""An incident's report, its settings measured, and what follows, as text."""

import copy
from collections.abc import Iterator
from pathlib import Path

from oommc import api
from oommc.advise import text
from oommc.advise.assumed import varied
from oommc.advise.measure import affordable
from oommc.advise.measure import run as measure
from oommc.advise.part import Part
from oommc.advise.part import page as as_page
from oommc.advise.settings import kernel, settings, victim
from oommc.collect.files import put
from oommc.errors import InputError, unwritten
from oommc.incident import Report
from oommc.incident import text as incident_text
from oommc.incident.drafting.scenario import draft
from oommc.incident.numbered import numbered
from oommc.incident.score import design
from oommc.scenario import Scenario
from oommc.units import whole_number

_MOST_SCHEDULES = 1_000_000
_OF_ALL = 4  # an assumed parameter is varied on the first so many-th part of the schedules


def answer(
    log: str,
    only: int | None = None,
    schedules: int | str | None = None,
    out: str | Path | None = None,
    page: Path | None = None,
) -> Iterator[Part | str]:
    """Parts of the advice, each as soon as it is known, and the names of files written. `only`: a report's number;
    without `schedules` as many as half a minute allows; `page`: a new file. Raises InputError, and RunError if that
    can't be written.
    """
    if page is not None and page.exists():
        raise InputError(f"{page}: exists already; remove it, or name another file")
    if page is not None and not page.parent.is_dir():
        raise InputError(f"{page}: can't be written: there is no directory {page.parent}")
    schedules = schedules and whole_number(schedules, "schedules", 1, _MOST_SCHEDULES)
    out = None if out is None else _new(Path(out))
    at, report, scenario = _asked(log, only)
    made, killed, offered = draft(report), victim(report), settings(report)
    doubt = "" if design(report) else " (the report doesn't say)"
    parts = [
        Part(f"Report {at} of {log}", (scenario.about, f"Its kernel is simulated as {kernel(report).name}{doubt}."))
    ]
    yield parts[-1]
    variations = [(what, Scenario.from_dict(table)) for what, table in varied(scenario.to_dict())]
    others = len(variations) / _OF_ALL
    schedules = schedules or affordable(scenario, offered, 2 + others)
    runs = measure(scenario, offered, schedules, out)
    advice = runs.advice()
    deaths = {}
    if killed is not None:
        watched = runs
        if next(p for p in scenario.processes if p.name == killed.name).role != "hog":
            watched = measure(_watching(made.table, killed.name), offered, schedules)
        deaths = {setting.name: watched.hog_dies(setting.name) for setting in offered}
    parts.append(text.outcome(advice, deaths, None if killed is None else killed.name))
    yield parts[-1]
    fewer = max(1, schedules // _OF_ALL)
    moved = {what: measure(other, offered, fewer).advice() for what, other in variations}
    parts += [text.sensitivity(advice["chosen"], moved), text.basis(made)]
    yield from parts[-2:]
    if page is not None:
        put(page, as_page(parts, text.answer(advice, moved), incident_text.text(report, at)).encode("utf-8", "replace"))
        yield str(page)
    if out is not None:
        yield str(api.load(out / "run").report(out / "report" / "index.html"))


def _asked(log: str, only: int | None) -> tuple[int, Report, Scenario]:
    """The report asked for, or the last that makes a scenario, with its number. Raises InputError."""
    found = failure = None
    for at, report in numbered(log, only):
        try:
            found = at, report, Scenario.from_dict(draft(report).table, "its scenario")
        except InputError as error:
            failure = failure or f"{log}: report {at}: {error}"
    if found is None:
        raise InputError(failure)
    return found


def _watching(table: dict, name: str) -> Scenario:
    """The scenario with the named process as its hog: only counts read the role, and what isn't collateral is its."""
    table = copy.deepcopy(table)
    for process in table["process"]:
        process["role"] = "hog" if process["name"] == name else "daemon"
    return Scenario.from_dict(table)


def _new(directory: Path) -> Path:
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise InputError(f"--out {directory}: exists already; name a new directory")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(error, directory) from error
    return directory
