"""How many events a schedule has: those of the twin, which forks nothing, skips nothing and runs to the horizon.

So work that the core finds a way around counts as done. That is most of it: once a record is complete the twin still
runs to the horizon. `complete` counts the events up to there (`end_ns`), the figure for whoever doubts the other.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from oommc import twin


@dataclass(frozen=True)
class Events:
    """Events a schedule under all the policies together, estimated from `schedules` of them."""

    mean: float
    error: float  # the mean's standard error; nan of one schedule
    complete: float  # mean number up to `end_ns`
    schedules: int

    def to_dict(self) -> dict[str, float | None]:
        error = None if math.isnan(self.error) else self.error
        return {"mean": self.mean, "standard_error": error, "complete": self.complete, "schedules": self.schedules}


def count(engine, schedules: int) -> list[list[tuple[int, int]]]:
    """Events, and events until the record is complete: a list by policy of pairs by schedule 0 … `schedules` − 1."""
    return [
        [_events(engine.packed, policy, engine.seed, schedule) for schedule in range(schedules)]
        for policy in engine.policies
    ]


def together(counts: Sequence[Sequence[tuple[int, int]]]) -> Events:
    """What some policies' counts come to."""
    totals = [sum(all_ for all_, _ in schedule) for schedule in zip(*counts, strict=True)]
    complete = [sum(needed for _, needed in schedule) for schedule in zip(*counts, strict=True)]
    n = len(totals)
    error = statistics.stdev(totals) / math.sqrt(n) if n > 1 else math.nan
    return Events(statistics.fmean(totals), error, statistics.fmean(complete), n)


def _events(packed, policy, seed: int, schedule: int) -> tuple[int, int]:
    instants = []

    def listen(world, what, who, details):
        if what == "step":
            instants.append(world.now)

    end = twin.simulate(packed, policy, seed, schedule, listen)["end_ns"]
    return len(instants), sum(instant <= end for instant in instants)
