"""The simulations behind a study: the difference of two policies at many places of a scenario's ranges."""

from dataclasses import dataclass

import numpy as np

from oommc.choice.criteria import most, scale
from oommc.scenario import Scenario
from oommc.sensitivity.places import Places
from oommc.stats.intervals import difference_interval, difference_p, mean
from oommc.stats.moments import Moments
from oommc.stats.tally import PairTally


@dataclass(frozen=True)
class Difference:
    """The mean of a − b, its interval if there is one, its sign, which is 0 where it isn't sure, and its variance."""

    mean: float
    ci: list[float] | None
    sign: int
    noise: float


@dataclass(frozen=True)
class Sampler(Places):
    """`metric` under two policies."""

    metric: str

    def values(self, places: np.ndarray, first: int) -> np.ndarray:
        """int64 of shape (places, 2, schedules), in units of 1 / `criteria.scale`; arguments as of `each`."""
        return np.stack(self.each(places, first, [self.metric], lambda held: held[self.metric]))

    def outputs(self, places: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Means of a − b, a and b, and the variances σ²/R of these means: two of shape (3, places)."""
        sampled = self.values(places, first) / scale(self.metric)
        a, b = sampled[:, 0], sampled[:, 1]
        stacked = np.stack([a - b, a, b])
        return stacked.mean(axis=-1), stacked.var(axis=-1, ddof=1) / self.schedules

    def differences(self, places: np.ndarray, first: int, level: float) -> list[Difference]:
        """Of each place."""
        unit, end = scale(self.metric), largest(self.metric, self.scenario)
        return [difference(_tally(a, b), 0, unit, end, level) for a, b in self.values(places, first)]


def difference(tally: PairTally, at: int, unit: int, end: float | None, level: float) -> Difference:
    """Of one place, in the amounts that users write, of which one has `unit` of the tally's.

    `at`: where the tally has the metric; `end`: its largest value there, None where none is known.
    """
    ends, p = difference_interval(tally, at, end, level), difference_p(tally, at, end)
    middle = mean(tally.difference, at)
    assert middle is not None and p is not None  # two schedules at least
    middle /= unit
    # the same difference in every schedule has no interval, but a sign test
    sure = (ends[0] > 0 or ends[1] < 0) if ends else p < 1 - level
    n = tally.difference.n
    noise = tally.difference.scaled_variance(at) / (n * n * (n - 1)) / unit**2
    ci = [end / unit for end in ends] if ends else None
    return Difference(middle, ci, int(np.sign(middle)) if sure else 0, noise)


def largest(metric: str, scenario: Scenario) -> float | None:
    """What a schedule's column can be at most; None where none is known."""
    end = most(metric, scenario)
    return None if end is None else end * scale(metric)


def _tally(a: np.ndarray, b: np.ndarray) -> PairTally:
    return PairTally.of([a], [b], Moments.of([a]), Moments.of([b]))
