"""Whether the simulation does what the log tells: as many kills, the same victims in order, at about that pace.

Where it doesn't, what the log leaves open is tried: who grew, and whether all that died did.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from oommc import api
from oommc.advise.incident import Incident
from oommc.errors import InputError
from oommc.incident.drafting.classes import TaskClass, classes
from oommc.incident.drafting.scenario import draft
from oommc.incident.model import Report, Victim
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.trace.story import replay, thread_names

SEED = 1
_SCHEDULES, _MOST = 3, 2
_PACE = 10.0  # how fast memory grew is assumed, so a span may be off by this factor
_SECONDS = 8.0  # of CPU, after which nothing else is tried
_MOST_KILLS = 40  # of the log, so many are looked at for who grew


@dataclass(frozen=True)
class Course:
    """How many died, who, in order (the first of them), by the names of the table, and seconds from the first kill to
    the last.
    """

    kills: int
    victims: tuple[str, ...]
    span_s: float | None

    def __str__(self) -> str:
        if self.kills == 0:
            return "no kill"
        span = f" in {self.span_s:.2g} s" if self.span_s is not None else ""
        return f"1 kill, {self.victims[0]}" if self.kills == 1 else f"{self.kills} kills{span}, first {self.victims[0]}"

    def to_json(self) -> dict[str, Any]:
        """As `--json` has it."""
        return {"kills": self.kills, "victims": list(self.victims), "span_s": self.span_s}


@dataclass(frozen=True)
class Reproduced:
    """The log's course beside a typical one of the simulation, and what was `tried`, in words, until they agreed.

    `scenario` is the last that was tried, with `grower`: the pid that is taken to have grown (None: as drafted).
    `schedule` is the number of the typical one, of the seed `SEED`.
    """

    log: Course
    simulated: Course
    agrees: bool
    tried: tuple[str, ...]
    scenario: Scenario
    grower: int | None
    schedule: int

    def __str__(self) -> str:
        return f"log: {self.log}; simulated: {self.simulated}"

    def to_json(self) -> dict[str, Any]:
        """As `--json` has it."""
        return {
            "log": self.log.to_json(),
            "simulated": self.simulated.to_json(),
            "agrees": self.agrees,
            "tried": list(self.tried),
        }


def reproduce(incident: Incident, policy: Policy, scenarios: Iterator[tuple[str, Scenario, int | None]]) -> Reproduced:
    """The first of the scenarios that does what the log tells in most schedules, else the first of all.

    The core counts the kills; where they are as many, the twin tells who died.
    """
    begin = time.process_time()
    first: Reproduced | None = None
    tried: list[str] = []
    for what, scenario, grower in scenarios:
        tried.append(what)
        told = _log(incident, grower)
        kills = next(api.run(scenario, [policy], _SCHEDULES, SEED).blocks(scenario.name, policy.name, ["kills"]))
        counts = [int(count) for count in kills["kills"]]
        alike = [n for n, count in enumerate(counts) if count == told.kills]
        seen = {n: _simulated(incident.first, scenario, policy, grower, n, counts[n]) for n in alike}
        same = {n: course for n, course in seen.items() if course.victims == told.victims}
        agrees = told.kills > 0 and len(same) >= _MOST and _pace(told, [*same.values()])
        if first is None or agrees:
            shown = same if len(same) >= _MOST else {n: course for n, course in seen.items() if n not in same}
            if not shown:
                n = next(n for n, count in enumerate(counts) if count != told.kills)
                shown = {n: _simulated(incident.first, scenario, policy, grower, n, counts[n])}
            schedule, course = next(iter(shown.items()))
            found = Reproduced(told, course, agrees, tuple(tried), scenario, grower, schedule)
            first = first or found
        if agrees:
            return found
        if time.process_time() - begin > _SECONDS:
            break
    assert first is not None
    return replace(first, tried=tuple(tried))


def must_be_whole(report: Report) -> None:
    """Raises InputError where a scenario would leave out what decides who dies."""
    if report.headless or report.cut:
        raise InputError("lines of the report are missing around its table of tasks")
    if report.constraint in ("cpuset", "mempolicy"):
        raise InputError("the ask was bound to some nodes, and a scenario from a report isn't")


def drafts(incident: Incident) -> Iterator[tuple[str, dict[str, Any], int | None]]:
    """What is tried, in words, its scenario's table, and who is taken to have grown. Raises InputError."""
    report = incident.first
    grown, others = classes(report)
    table = draft(report).table
    yield f"{grown.comm} grew", table, None
    died = [c for victim in incident.victims[:_MOST_KILLS] if (c := of_victim(report, [grown, *others], victim))]
    largest = max((grown, *others), key=lambda c: c.rss)
    asked = [c for c in others if report.trigger.pid in c.pids]
    for one in dict.fromkeys(c for c in (*died[:1], *asked, largest) if c != grown and c.count == 1):
        (pid,) = one.pids
        try:
            other = draft(report, grower=pid).table
        except InputError:  # too small to make room
            continue
        yield f"{one.comm} grew", other, pid
    if too := [c.name for c in dict.fromkeys(died) if c != grown]:
        program = next(p["program"] for p in table["process"] if p["name"] == grown.name)
        processes = [p | {"program": program} if p["name"] in too else p for p in table["process"]]
        yield "all that died grew", table | {"process": processes}, None


def of_victim(report: Report, members: list[TaskClass], victim: Victim) -> TaskClass | None:
    """The class of a victim: by its pid, or its thread group's, else by its name."""
    tgids = {task.pid: task.tgid for task in report.tasks}
    pids = {victim.pid, tgids.get(victim.pid)}
    by_pid = (c for c in members if any(pid in pids or tgids[pid] in pids for pid in c.pids))
    by_name = (c for c in members if c.comm == victim.comm)
    return next(by_pid, None) or next(by_name, None)


def _log(incident: Incident, grower: int | None) -> Course:
    grown, others = classes(incident.first, grower)
    found = [(victim, of_victim(incident.first, [grown, *others], victim)) for victim in incident.victims]
    died = tuple(one.comm if one else victim.comm or f"pid {victim.pid}" for victim, one in found)
    return Course(len(died), died, incident.span_s)


def _simulated(
    report: Report, scenario: Scenario, policy: Policy, grower: int | None, schedule: int, kills: int
) -> Course:
    of_thread = names(report, scenario, grower)
    died = replay(scenario, policy, schedule, SEED).victims
    span = (died[-1].killed_ns - died[0].killed_ns) / 1e9 if len(died) == kills > 1 else None
    return Course(kills, tuple(of_thread[kill.name] for kill in died), span)


def names(report: Report, scenario: Scenario, grower: int | None) -> dict[str, str]:
    """The table's name of each thread of the scenario."""
    grown, others = classes(report, grower)
    comm = {c.name: c.comm for c in (grown, *others)}
    threads = [process.name for process in scenario.processes for _ in range(process.count * process.threads)]
    return dict(zip(thread_names(scenario), (comm[name] for name in threads), strict=True))


def _pace(log: Course, seen: list[Course]) -> bool:
    spans = [course.span_s for course in seen if course.span_s is not None]
    return not (log.span_s and spans) or log.span_s / _PACE <= median(spans) <= log.span_s * _PACE
