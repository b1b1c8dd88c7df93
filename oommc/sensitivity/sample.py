"""The simulations behind a study: two policies at many places of a scenario's ranges, each on schedules of its own."""

import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from oommc.choice.criteria import columns, most, scale, values
from oommc.collect.threads import default_workers
from oommc.engine import BUT_FOR, Engine
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.sensitivity.unknown import Unknown, placed
from oommc.stats.intervals import difference_interval, difference_p, mean
from oommc.stats.moments import Moments
from oommc.stats.tally import PairTally


@dataclass(frozen=True)
class Difference:
    """The mean of a − b, its interval if there is one, and its sign, which is 0 where it isn't sure."""

    mean: float
    ci: list[float] | None
    sign: int


@dataclass(frozen=True)
class Sampler:
    """`metric` under two `policies`, on `schedules` schedules a place."""

    scenario: Scenario
    policies: Sequence[Policy]
    metric: str
    unknowns: list[Unknown]
    schedules: int
    seed: int

    def values(self, places: np.ndarray, first: int) -> np.ndarray:
        """int64 of shape (places, 2, schedules), in units of 1 / `criteria.scale`.

        `places`: shares of the ranges, shape (places, unknowns). The first place gets the schedules from
        `first` · `schedules` on, the next the following ones.
        """

        running: set[Engine] = set()
        stopped = threading.Event()

        def one(at: int) -> np.ndarray:
            world = placed(self.scenario, self.unknowns, places[at])
            engine = Engine(world, self.policies, self.seed, but_for=self.metric == BUT_FOR)
            running.add(engine)
            if stopped.is_set():
                raise CancelledError
            rows = engine.run((first + at) * self.schedules, self.schedules)
            running.discard(engine)
            needed = columns(self.metric)
            return np.stack(
                [values(self.metric, {name: of[name] for name in needed}, self.scenario.horizon) for of in rows]
            )

        pool = ThreadPoolExecutor(default_workers())
        try:
            return np.stack(list(pool.map(one, range(len(places)))))
        finally:  # after an interruption, too
            stopped.set()
            for engine in list(running):
                engine.stop()
            pool.shutdown(cancel_futures=True)

    def outputs(self, places: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Means of a − b, a and b, and the variances σ²/R of these means: two of shape (3, places)."""
        sampled = self.values(places, first) / scale(self.metric)
        a, b = sampled[:, 0], sampled[:, 1]
        stacked = np.stack([a - b, a, b])
        return stacked.mean(axis=-1), stacked.var(axis=-1, ddof=1) / self.schedules

    def differences(self, places: np.ndarray, first: int, level: float) -> list["Difference"]:
        """Of each place."""
        return [self._difference(a, b, level) for a, b in self.values(places, first)]

    def _difference(self, a: np.ndarray, b: np.ndarray, level: float) -> "Difference":
        tally = PairTally.of([a], [b], Moments.of([a]), Moments.of([b]))
        unit, end = scale(self.metric), most(self.metric, self.scenario)
        widest = None if end is None else end * unit
        ends, p = difference_interval(tally, 0, widest, level), difference_p(tally, 0, widest)
        middle = mean(tally.difference, 0)
        assert middle is not None and p is not None  # two schedules at least
        middle /= unit
        # the same difference in every schedule has no interval, but a sign test
        sure = (ends[0] > 0 or ends[1] < 0) if ends else p < 1 - level
        return Difference(middle, [end / unit for end in ends] if ends else None, int(np.sign(middle)) if sure else 0)
