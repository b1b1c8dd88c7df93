"""Whether the simulation does what the log tells: as many kills, the same victims in order, at about that pace.

Of a log of more than _EXACT kills, or where a whole group died at once, a quarter of the number and of the names may
differ, but not the first. Where it doesn't do that, what the log leaves open is tried (`tried`).
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from oommc import api
from oommc.advise.incident import Incident
from oommc.advise.tried import AGAIN, of_victim
from oommc.engine.pack import pack
from oommc.incident.drafting.classes import classes
from oommc.incident.model import Report
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.twin import simulate
from oommc.twin.world import World

SEED = 1
_SCHEDULES, _MOST = 3, 2
_EXACT = 4  # kills
_PACE = 10.0  # how fast memory grew is assumed, so a span may be off by this factor
_LONGEST_S = 5.0  # of CPU, that the twin may take for a schedule; who died by then is known
_SECONDS = 12.0  # of CPU, after which nothing else is tried


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
    begin, together = time.process_time(), incident.first.group_kill
    first: Reproduced | None = None
    tried: list[str] = []
    for what, scenario, grower in scenarios:
        tried.append(what)
        told = _log(incident, grower)
        kills = next(api.run(scenario, [policy], _SCHEDULES, SEED).blocks(scenario.name, policy.name, ["kills"]))
        counts = [int(count) for count in kills["kills"]]
        alike = [n for n, count in enumerate(counts) if _as_many(told, count, together)]
        seen = {n: _simulated(incident.first, scenario, policy, grower, n, counts[n], told) for n in alike}
        same = {n: course for n, course in seen.items() if _the_same(told, course, together)}
        agrees = told.kills > 0 and len(same) >= _MOST and (together or _pace(told, [*same.values()]))
        if first is None or agrees:
            shown = same if len(same) >= _MOST else {n: course for n, course in seen.items() if n not in same}
            if not shown:
                n = next(n for n in range(_SCHEDULES) if n not in same)
                shown = {n: _simulated(incident.first, scenario, policy, grower, n, counts[n], told)}
            schedule, course = next(iter(shown.items()))
            found = Reproduced(told, course, agrees, tuple(tried), scenario, grower, schedule)
            first = first or found
        if agrees:
            return found
        if time.process_time() - begin > _SECONDS:
            break
    assert first is not None
    return replace(first, tried=tuple(tried))


def _log(incident: Incident, grower: int | None) -> Course:
    grown, others = classes(incident.first, grower)
    found = [(victim, of_victim(incident.first, [grown, *others], victim)) for victim in incident.victims]
    died = tuple(one.comm if one else victim.comm or f"pid {victim.pid}" for victim, one in found)
    return Course(len(died), died, incident.span_s)


def _simulated(
    report: Report, scenario: Scenario, policy: Policy, grower: int | None, schedule: int, kills: int, log: Course
) -> Course:
    of_thread = comms(report, scenario, grower)
    died: list[tuple[int, int]] = []

    def listen(world: World, what: str, who: Any, details: dict) -> None:
        if what == "kill":
            died.append((who.id, world.now))
            if kills > _EXACT and log.victims[:1] != (of_thread[died[0][0]],):
                raise _Enough  # it isn't the log's course, and what many more make of it takes long
        elif what == "step" and (len(died) >= kills or time.process_time() > end):
            raise _Enough

    end = time.process_time() + _LONGEST_S
    with suppress(_Enough):
        simulate(pack(scenario), policy, SEED, schedule, listen)
    span = (died[-1][1] - died[0][1]) / 1e9 if len(died) == kills > 1 else None
    return Course(kills, tuple(of_thread[thread] for thread, _ in died), span)


class _Enough(Exception):
    """All that die are dead, or the twin takes more time than it is worth."""


def _as_many(log: Course, kills: int, together: bool) -> bool:
    """Whether that is the log's number; where all of a group die its end is often missing."""
    if together:
        return kills * 4 >= log.kills * 3
    return abs(log.kills - kills) <= (log.kills // 4 if log.kills > _EXACT else 0)


def _the_same(log: Course, seen: Course, together: bool) -> bool:
    """Whether the same died, as far as that can be asked for."""
    if log.kills <= _EXACT and not together:
        return seen.victims == log.victims
    common = (Counter(log.victims) & Counter(seen.victims)).total()
    return seen.victims[:1] == log.victims[:1] and common * 4 >= log.kills * 3


def comms(report: Report, scenario: Scenario, grower: int | None) -> list[str]:
    """The table's name of each thread of the scenario, in its order."""
    grown, others = classes(report, grower)
    comm = {c.name: c.comm for c in (grown, *others)}
    return [
        comm[process.name.removesuffix(AGAIN)]
        for process in scenario.processes
        for _ in range(process.count * process.threads)
    ]


def _pace(log: Course, seen: list[Course]) -> bool:
    spans = [course.span_s for course in seen if course.span_s is not None]
    return not (log.span_s and spans) or log.span_s / _PACE <= median(spans) <= log.span_s * _PACE
