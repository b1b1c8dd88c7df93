"""Intervals and p values of means of values between known ends, from exact sums.

What a column's largest value can be is known from the scenario's structure, not from the sample: a value that never
came may still come, as seldom as a sample of this size can't exclude. `oommc.stats.bounded` has the bound that takes
this into account; of values that are 0 or 1 it is Clopper and Pearson's. Where nothing is known of the largest value,
the largest seen stands in for it. Without that either (all values the same), or of a single schedule, there is no
interval.

How many events carry an interval is the squared sum of squares over the sum of fourth powers, of the distances from the
mean: k of k equal ones in many schedules.

C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404; McNemar, Psychometrika 12 (1947) 153; Holm, Scand. J. Statist. 6
(1979) 65.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import numpy as np

from oommc.stats import bounded, tails
from oommc.stats.moments import Moments
from oommc.stats.ordered import dot
from oommc.stats.tally import PairTally

LEVEL = 0.95
_NOTHING = (
    800  # by Hoeffding's bound a p is below 2·exp(-this), which no float holds, so scipy.stats needn't be loaded for it
)

Interval = tuple[float, float] | None


def mean(moments: Moments, metric: int) -> float | None:
    """The mean, correctly rounded; None of no schedule."""
    return moments.total[metric] / moments.n if moments.n else None


def mean_interval(moments: Moments, metric: int, most: float | None, level: float = LEVEL) -> Interval:
    """The interval of the mean of a metric between 0 and `most`; None: nothing is known of its largest value."""
    if not _known(moments, metric, most):
        return None
    seen = float(moments.high[metric])
    return _between(moments, metric, 0.0, seen if most is None else max(most, seen), level)


def share(count: int, schedules: int, level: float = LEVEL) -> tuple[Interval, float]:
    """Clopper and Pearson's interval of the share of `schedules` that `count` of them are, and the events behind it."""
    values, counts = np.array([0.0, 1.0]), np.array([schedules - count, count])
    ends = _bounds(values.tobytes(), counts.astype(float).tobytes(), 0.0, 1.0, (1 - level) / 2)
    return ends if schedules > 1 else None, carried(values, counts)


def events(moments: Moments, metric: int) -> float:
    """How many events of equal size would carry as much of the variance; 0 of values that are all the same."""
    if not moments.n or not moments.scaled_variance(metric):
        return 0.0
    return carried(*moments.sample(metric))


def carried(values: np.ndarray, counts: np.ndarray) -> float:
    """The same of values and how many schedules had each."""
    squared = (values - dot(counts, values) / counts.sum()) ** 2
    fourth = dot(counts, squared**2)
    return float(dot(counts, squared) ** 2 / fourth) if fourth else 0.0


def _between(moments: Moments, metric: int, least: float, most: float, level: float) -> Interval:
    values, counts = moments.sample(metric)
    return _bounds(values.tobytes(), counts.tobytes(), least, most, (1 - level) / 2)


@lru_cache(1 << 14)
def _bounds(values: bytes, counts: bytes, least: float, most: float, tail: float) -> tuple[float, float]:
    """Both ends, of float64 values and counts as bytes: of many policies most pairs differ in the same way."""
    x, c = np.frombuffer(values), np.frombuffer(counts)
    return -float(bounded.upper(-x, c, -least, tail)), float(bounded.upper(x, c, most, tail))


def _known(moments: Moments, metric: int, most: float | None) -> bool:
    """Whether there is anything to make an interval of."""
    return moments.n > 1 and (most is not None or moments.low[metric] < moments.high[metric])


def difference_interval(pair: PairTally, metric: int, most: float | None, level: float = LEVEL) -> Interval:
    """The interval of the mean of paired differences of a metric between 0 and `most`."""
    if not _known(pair.difference, metric, most):
        return None
    widest = _widest(pair, metric, most)
    return _between(pair.difference, metric, -widest, widest, level)


def difference_p(pair: PairTally, metric: int, most: float | None) -> float | None:
    """Two-sided p of "no difference"; 1 if no schedule differs.

    0/1-valued: McNemar's test, exact. Others: the level at which the interval ends at 0. Differences that are all
    equal and not 0, of a metric without a known largest value: the sign test, which is McNemar's, stands in.
    """
    difference = pair.difference
    if difference.n < 2:
        return None
    differ = _differ(pair, metric)
    if differ == 0:
        return 1.0
    if most == 1 or (most is None and difference.low[metric] == difference.high[metric]):
        return _sign_p(int(pair.less[metric]), differ)
    values, counts = difference.sample(metric)
    sign = -1.0 if difference.total[metric] > 0 else 1.0
    return 2 * _exceeded((sign * values).tobytes(), counts.tobytes(), float(_widest(pair, metric, most)))


@lru_cache(1 << 14)
def _exceeded(values: bytes, counts: bytes, most: float) -> float:
    return bounded.exceeded(np.frombuffer(values), np.frombuffer(counts), most, 0.0)


def unpaired(
    a: Moments, b: Moments, metric: int, most: float | None, level: float = LEVEL
) -> tuple[float | None, Interval, float | None]:
    """Difference of two means, its interval and p, where nothing is known of how the schedules belong together.

    The intervals of both means are added, and so are, for p, the standard errors, which no dependence can exceed
    (Cauchy-Schwarz).
    """
    of_a, of_b = mean(a, metric), mean(b, metric)
    if of_a is None or of_b is None:
        return None, None, None
    difference = of_a - of_b
    ends_a, ends_b = (mean_interval(of, metric, most, level) for of in (a, b))
    interval = None if ends_a is None or ends_b is None else (ends_a[0] - ends_b[1], ends_a[1] - ends_b[0])
    if min(a.n, b.n) < 2 or not (a.scaled_variance(metric) or b.scaled_variance(metric)):
        return difference, interval, None
    error = sum(math.sqrt(Fraction(of.scaled_variance(metric), of.n**2 * (of.n - 1))) for of in (a, b))
    freedom = min(a.n, b.n) - 1
    return difference, interval, tails.student_p(difference / error, freedom)


def variance_ratio(pair: PairTally, metric: int) -> float | None:
    """(var a + var b) / var(a − b): how many times more independent schedules as much certainty takes."""
    spread = pair.difference.scaled_variance(metric)
    if spread == 0:
        return None
    return float(Fraction(pair.a.scaled_variance(metric) + pair.b.scaled_variance(metric), spread))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Holm's p of each of several tests: the chance that any of them errs is kept. None stays None."""
    known = sorted((p, at) for at, p in enumerate(ps) if p is not None)
    adjusted, least = list(ps), 0.0
    for rank, (p, at) in enumerate(known):
        least = adjusted[at] = max(least, min(1.0, p * (len(known) - rank)))
    return adjusted


def _widest(pair: PairTally, metric: int, most: float | None) -> float:
    """The largest difference that there can be, or that there was."""
    seen = float(max(-pair.difference.low[metric], pair.difference.high[metric]))
    return seen if most is None else max(most, seen)


def _differ(pair: PairTally, metric: int) -> int:
    return int(pair.less[metric]) + int(pair.more[metric])


def _sign_p(less: int, differ: int) -> float:
    """Two-sided p of as many signs out of so many, each as likely as the other."""
    if 2 * differ * (less / differ - 0.5) ** 2 > _NOTHING:
        return 0.0
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(less, differ - less), differ, 0.5)))
