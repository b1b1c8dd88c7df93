"""Policies at many places of a scenario's ranges, each place on schedules of its own."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from oommc.choice.criteria import columns, values
from oommc.collect.threads import default_workers
from oommc.engine import BUT_FOR, Engine
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.sensitivity.unknown import Unknown, placed

T = TypeVar("T")


@dataclass(frozen=True)
class Places:
    """`policies` at places of the ranges of `unknowns`, on `schedules` schedules a place."""

    scenario: Scenario
    policies: Sequence[Policy]
    unknowns: list[Unknown]
    schedules: int
    seed: int

    def each(
        self, places: np.ndarray, first: int, metrics: Sequence[str], made: Callable[[Mapping[str, np.ndarray]], T]
    ) -> list[T]:
        """What is `made` of each place, in their order.

        `places`: shares of the ranges, shape (places, unknowns). The first place gets the schedules from
        `first` · `schedules` on, the next the following ones. `made` gets each of the `metrics` (criteria of `oommc
        choose`): int64 of shape (policies, schedules), in units of 1 / `criteria.scale`.
        """

        running: set[Engine] = set()
        stopped = threading.Event()

        def one(at: int) -> T:
            world = placed(self.scenario, self.unknowns, places[at])
            engine = Engine(world, self.policies, self.seed, but_for=BUT_FOR in metrics)
            running.add(engine)
            if stopped.is_set():
                raise CancelledError
            rows = engine.run((first + at) * self.schedules, self.schedules)
            running.discard(engine)
            return made({metric: self._values(metric, rows) for metric in metrics})

        pool = ThreadPoolExecutor(default_workers())
        try:
            return list(pool.map(one, range(len(places))))
        finally:  # after an interruption, too
            stopped.set()
            for engine in list(running):
                engine.stop()
            pool.shutdown(cancel_futures=True)

    def _values(self, metric: str, rows: np.ndarray) -> np.ndarray:
        needed = columns(metric)
        return np.stack([values(metric, {name: of[name] for name in needed}) for of in rows])
