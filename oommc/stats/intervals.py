"""95 % intervals and p values from exact sums.

The kind follows the values: 0/1-valued → Wilson (a column of zeros counts as 0/1-valued, so that "never seen"
has an honest upper end); other counts and sums → Student's t on the mean (Monte Carlo sizes make the mean
normal enough); constant otherwise, or a single schedule → none, for such data says nothing about the spread.
"""

import math
from fractions import Fraction

from oommc.stats.moments import Moments

LEVEL = 0.95

Interval = tuple[float, float] | None


def mean(moments: Moments, metric: int) -> float | None:
    """The mean, correctly rounded; None of no schedule."""
    return moments.total[metric] / moments.n if moments.n else None


def mean_interval(moments: Moments, metric: int) -> Interval:
    """The interval of a mean."""
    if moments.n < 2:
        return None
    if _binary(moments, metric):
        return _wilson(int(moments.total[metric]), moments.n)
    return _student(moments, metric)


def difference_interval(a: Moments, b: Moments, difference: Moments, metric: int) -> Interval:
    """The interval of the mean of paired differences: Student's t.

    Two 0/1-valued columns that never differ: ± the upper Wilson end of the share of differing schedules (0 of
    n), each of which would move the difference by one, one way or the other. Other differences that are all
    equal: None.
    """
    if difference.n < 2:
        return None
    if _always(difference, metric, 0) and _binary(a, metric) and _binary(b, metric):
        most = _wilson(0, difference.n)[1]
        return -most, most
    return _student(difference, metric)


def difference_p(difference: Moments, metric: int) -> float | None:
    """Two-sided p of "no difference": the paired t test; 1 if no schedule differs.

    Differences that are all equal and not 0 have no spread to test against: the sign test stands in.
    """
    from scipy import stats

    n = difference.n
    if n < 2:
        return None
    if _always(difference, metric, 0):
        return 1.0
    spread = difference.scaled_variance(metric)
    if spread == 0:
        return float(stats.binomtest(n, n, 0.5).pvalue)
    t = difference.total[metric] * math.sqrt(Fraction(n - 1, spread))
    return float(2 * stats.t.sf(abs(t), n - 1))


def variance_ratio(a: Moments, b: Moments, difference: Moments, metric: int) -> float | None:
    """(var a + var b) / var(a − b): how many times more independent schedules as much certainty takes."""
    spread = difference.scaled_variance(metric)
    if spread == 0:
        return None
    return float(Fraction(a.scaled_variance(metric) + b.scaled_variance(metric), spread))


def _always(moments: Moments, metric: int, value: int) -> bool:
    return moments.low[metric] == value == moments.high[metric]


def _binary(moments: Moments, metric: int) -> bool:
    return moments.low[metric] >= 0 and moments.high[metric] <= 1


def _wilson(successes: int, n: int) -> tuple[float, float]:
    from scipy import stats

    interval = stats.binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def _student(moments: Moments, metric: int) -> Interval:
    from scipy import stats

    n, spread = moments.n, moments.scaled_variance(metric)
    if spread == 0:
        return None
    middle = moments.total[metric] / n
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * math.sqrt(Fraction(spread, n * n * (n - 1)))
    return middle - half, middle + half
