"""The draws that may be tilted: those that a thread makes once, so that their number doesn't depend on the policy.

A draw that the schedule never looks at has a weight too, of mean 1: it costs variance, not truth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from ..distributions import Distribution
from ..distributions.families import Law
from ..distributions.laws import Named
from ..engine.pack import pack
from ..errors import InputError
from ..naming import hint
from ..scenario import Process, Scenario
from ..twin.draws import Draws, Purpose


@dataclass(frozen=True)
class Key:
    """`law` of a process class; `leader`: drawn by the first thread of each process alone."""

    law: Callable[[Process], Distribution]
    purpose: Purpose
    leader: bool = False


KEYS = {
    "program.start": Key(attrgetter("program.start"), Purpose.START),
    "exit.wake": Key(attrgetter("exit.wake"), Purpose.WAKE),
    "exit.block.delay": Key(attrgetter("exit.block.delay"), Purpose.BLOCK),
    "exit.work.delay": Key(attrgetter("exit.work.delay"), Purpose.WORK),
    "exit.core_dump.delay": Key(attrgetter("exit.core_dump.delay"), Purpose.CORE_DUMP, leader=True),
    "exit.tail": Key(attrgetter("exit.tail"), Purpose.TAIL),
    "exit.pin.delay": Key(attrgetter("exit.pin.delay"), Purpose.PIN, leader=True),
}


def find(scenario: Scenario, path: str) -> tuple[Distribution, Purpose, list[int]]:
    """The law that stands at `process.NAME.KEY`, what it is drawn for, and the threads that do. InputError."""
    first = 0
    for process in scenario.processes:
        size = process.count * process.threads
        for name, key in KEYS.items():
            if path == f"process.{process.name}.{name}":
                return (
                    key.law(process),
                    key.purpose,
                    list(range(first, first + size, process.threads if key.leader else 1)),
                )
        first += size
    known = [f"process.{process.name}.{name}" for process in scenario.processes for name in KEYS]
    raise InputError(f"{scenario.name}: tilt {path}: not a time that a thread draws once; {hint(path, known)}")


def tail(law: Distribution) -> Law | None:
    """The law that a table goes on with beyond its own end; None where no more is known than the table."""
    return law.law if isinstance(law, Named) and not hasattr(law.law.standard, "pmf") else None


def words(scenario: Scenario, purpose: Purpose, threads: list[int], seed: int, schedules: int) -> np.ndarray:
    """The uniforms behind them: uint64, shape (schedules, threads)."""
    packed = pack(scenario)
    draws = (Draws(packed, seed, schedule) for schedule in range(schedules))
    return np.array([[of.word(purpose, thread) for thread in threads] for of in draws], np.uint64)
