"""An incident's report, its settings measured, and what follows, as text and as JSON."""

import copy
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oommc import api
from oommc.advise import needless, text
from oommc.advise.assumed import ASSUMED, SPAN, drawn
from oommc.advise.enough import enough
from oommc.advise.given import Given
from oommc.advise.incident import MATTERS, Incident, last
from oommc.advise.larger import larger, raising
from oommc.advise.measure import PLACES, SEED, Pooled, affordable
from oommc.advise.measure import run as measure
from oommc.advise.part import Part, Picture
from oommc.advise.part import page as as_page
from oommc.advise.picture import pictures
from oommc.advise.picture import told as story
from oommc.advise.reproduced import Reproduced, comms, reproduce
from oommc.advise.settings import AS_IT_WAS, Setting, kernel, settings, victim
from oommc.advise.tried import drafts, must_be_whole
from oommc.collect.files import put
from oommc.errors import InputError, unwritten
from oommc.incident import text as incident_text
from oommc.incident.cause import cause
from oommc.incident.drafting.classes import classes
from oommc.incident.drafting.scenario import draft
from oommc.incident.numbered import numbered
from oommc.incident.score import design
from oommc.said import note
from oommc.scenario import Scenario
from oommc.show.numbers import of_schedules
from oommc.trace.story import thread_names
from oommc.units import whole_number

_MOST_SCHEDULES = 1_000_000
_WATCHED = 4  # the recorded victim is watched on the first so many-th part of the schedules
_TELLS = 4  # progress at every so many-th machine
_FIRST = 10  # a first answer is that of so many-th part of them


@dataclass
class Advice:
    """What came of it; `recommendation` and `why_not`: one of them is None."""

    cause: str
    reproduced: Reproduced | None = None
    recommendation: dict[str, Any] | None = None
    why_not: str | None = None
    enough: list[dict[str, Any]] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    shown: list[Setting] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As `--json` has it."""
        return {
            "cause": self.cause,
            "reproduced": self.reproduced and self.reproduced.to_json(),
            "recommendation": self.recommendation,
            "why_not": self.why_not,
            "enough": self.enough,
            "settings": self.settings,
        }


def answer(
    logs: Sequence[str],
    only: int | None = None,
    schedules: int | str | None = None,
    out: str | Path | None = None,
    page: Path | None = None,
    given: Given | None = None,
) -> Iterator[Part | str | Advice]:
    """Parts of the advice, each as soon as it is known, the names of files written, and all as `Advice`. `logs` are
    one log; `only`: a report's number; without `schedules` as many as the time allows; `page`: a new file. Raises
    InputError, and RunError if that can't be written.
    """
    if page is not None and page.exists():
        raise InputError(f"{page}: exists already; remove it, or name another file")
    if page is not None and not page.parent.is_dir():
        raise InputError(f"{page}: can't be written: there is no directory {page.parent}")
    count = None if schedules is None else whole_number(schedules, "schedules", 1, _MOST_SCHEDULES)
    out = None if out is None else _new(Path(out))
    given = given or Given()
    incident = last(numbered(logs, only))
    given.tell(incident.first)
    advice = Advice(incident.kind)
    parts: list[Part] = []
    for part in _parts(incident, advice, logs, given, count, out):
        parts.append(part)
        yield part
    if page is not None:
        told = incident_text.text(incident.first, incident.number)
        told_so = text.answer(advice.recommendation, advice.why_not)
        said = next((part for part in parts if part.title == text.ANSWER), told_so)
        rest = [part for part in parts if part is not said]
        put(
            page,
            as_page(text.title(incident, logs), said, _drawn(incident, advice), rest, told).encode("utf-8", "replace"),
        )
        yield str(page)
    if out is not None and (out / "run").exists():
        yield str(api.load(out / "run").report(out / "report" / "index.html"))
    yield advice


def _parts(
    incident: Incident, advice: Advice, logs: Sequence[str], given: Given, schedules: int | None, out: Path | None
) -> Iterator[Part]:
    report = incident.first
    found = cause(report)
    happened = text.happened(f"Report {incident.number} of {', '.join(logs)}", incident, found.text if found else "")
    if advice.cause not in MATTERS:
        advice.why_not = needless.why(advice.cause)
        yield Part(text.ANSWER, (advice.why_not,), commands=(needless.look(advice.cause),))
        yield happened
        return
    yield happened
    try:
        made = draft(report)
        must_be_whole(report)
    except InputError as error:
        unbuilt = text.unbuilt(error, shlex.join(logs))
        (advice.why_not,) = unbuilt.paragraphs
        yield unbuilt
        return
    now = kernel(report)
    doubt = "" if design(report) else " (the report doesn't say)"
    tries = (
        (what, given.changed(Scenario.from_dict(table, "its scenario")), grower)
        for what, table, grower in drafts(incident)
    )
    advice.reproduced = same = reproduce(incident, now, tries)
    yield text.beside_the_log(same, f"Its kernel is simulated as {now.name}{doubt}.")
    if not same.agrees:
        advice.why_not = f"The simulation doesn't do what the log tells, so it recommends nothing. {same}."
        return
    note("how much memory would have been enough ...")
    scenario, more = same.scenario, enough(same.scenario, now, classes(report, same.grower)[0].comm)
    advice.enough = [one.to_json() for one in more]
    offered = settings(report, same.grower)
    offered[1:1] = larger(report, more)
    if schedules is None:
        note(f"how long {len(offered)} settings take ...")
        schedules = affordable(scenario, offered, 2 + 1 / _WATCHED + 1 / _FIRST)
        if schedules >= _FIRST * _FIRST:
            few = measure(scenario, offered, schedules // _FIRST)
            sketch = few.advice([setting.name for setting in offered])
            note(text.first(text.recommended(sketch, offered) or text.spared(offered, few), sketch["schedules"]))
    note(f"{len(offered)} settings on {of_schedules(schedules)} each ...")
    runs = measure(scenario, offered, schedules, out)
    alike = runs.alike()
    offered = [setting for setting in offered if setting.name in alike]
    measured = runs.advice(list(alike))
    advice.recommendation = text.recommended(measured, offered)
    calm = None if advice.recommendation else text.spared(offered, runs)
    advice.recommendation = advice.recommendation or calm
    chosen = advice.recommendation["setting"] if advice.recommendation else AS_IT_WAS
    deaths, killed = {}, victim(report, same.grower)
    if killed is not None:
        watched = measure(_watching(scenario, killed.name), offered, max(1, schedules // _WATCHED))
        deaths = {setting.name: watched.hog_dies(setting.name) for setting in offered}
    advice.why_not = None if advice.recommendation else text.nothing(report, more)
    advice.settings = [_told(setting, measured, alike[setting.name]) for setting in offered]
    advice.shown = [setting for setting in offered if setting.name in (AS_IT_WAS, chosen)]
    yield text.answer(advice.recommendation, advice.why_not)
    yield text.outcome(chosen, measured, deaths, None if killed is None else killed.comm, alike)
    yield text.room(report, more, None if calm else raising(report, more[0].enough) if more else None)
    count = min(PLACES, 1 << (schedules.bit_length() - 1))
    places = [Scenario.from_dict(table) for table in drawn(scenario.to_dict(), count, SEED)]
    elsewhere = []
    for at, place in enumerate(places, 1):
        if at % _TELLS == 1:
            note(f"machine {at} of {count} with other assumptions ...")
        elsewhere.append(measure(place, offered, schedules // count, seed=SEED + at))
    pooled = Pooled(elsewhere).advice(list(alike))
    yield (
        text.spares(chosen, elsewhere)
        if calm
        else text.survives(chosen, pooled, [of.advice(list(alike)) for of in elsewhere], list(ASSUMED), SPAN)
    )
    yield text.basis(made)


def _drawn(incident: Incident, advice: Advice) -> list[Picture]:
    """The log's course as it was simulated, and with what is recommended."""
    same = advice.reproduced
    if same is None:
        return []
    note("drawing ...")
    shown = advice.shown or [Setting(AS_IT_WAS, kernel(incident.first))]
    stories = [(of.name, story(of.applied(same.scenario), of.policy, same.schedule, SEED)) for of in shown]
    known = comms(incident.first, same.scenario, same.grower)
    return pictures(stories, dict(zip(thread_names(same.scenario), known, strict=True)))


def _told(setting: Setting, measured: dict, alike: list[str]) -> dict[str, Any]:
    amounts = measured["policies"][setting.name]["amounts"]
    means = {name: of["mean"] for name, of in amounts.items()}
    return {"setting": setting.name, "command": setting.command, "means": means, "same_as_this": alike}


def _watching(scenario: Scenario, watched: str) -> Scenario:
    """The scenario with the named class as its hog: only counts read the role, and what isn't collateral is its."""
    table = copy.deepcopy(scenario.to_dict())
    for process in table["process"]:
        process["role"] = "hog" if process["name"] == watched else "daemon"
    return Scenario.from_dict(table)


def _new(directory: Path) -> Path:
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise InputError(f"--out {directory}: exists already; name a new directory")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(error, directory) from error
    return directory
