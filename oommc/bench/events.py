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
    """Events per schedule under all the policies together, estimated from `schedules` of them."""

    mean: float
    error: float | None  # its standard error; None of one schedule
    complete: float  # mean number up to `end_ns`
    complete_error: float | None
    schedules: int


def count(engine, schedules: int) -> list[list[tuple[int, int]]]:
    """Events, and events until the record is complete: a list by policy of pairs by schedule 0 … `schedules` − 1."""
    return [
        [_events(engine.packed, policy, engine.seed, schedule) for schedule in range(schedules)]
        for policy in engine.policies
    ]


def together(counts: Sequence[Sequence[tuple[int, int]]]) -> Events:
    """What some policies' counts come to."""
    columns = [[sum(of[column] for of in schedule) for schedule in zip(*counts, strict=True)] for column in (0, 1)]
    (mean, error), (complete, complete_error) = map(_mean, columns)
    return Events(mean, error, complete, complete_error, len(columns[0]))


def _mean(values: Sequence[int]) -> tuple[float, float | None]:
    """The mean and its standard error."""
    n = len(values)
    return statistics.fmean(values), statistics.stdev(values) / math.sqrt(n) if n > 1 else None


def _events(packed, policy, seed: int, schedule: int) -> tuple[int, int]:
    instants = []

    def listen(world, what, who, details):
        if what == "step":
            instants.append(world.now)

    end = twin.simulate(packed, policy, seed, schedule, listen)["end_ns"]
    return len(instants), sum(instant <= end for instant in instants)
