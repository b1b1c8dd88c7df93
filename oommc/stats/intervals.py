"""Intervals and p values from exact sums.

The kind follows the values. 0/1-valued → Wilson (a column of zeros counts as 0/1-valued, so that "never seen"
has an honest upper end). Other counts and sums are not negative and often rare, so their mean gets the score
interval of a count whose variance is some multiple of its mean: Wilson's idea with the dispersion that was
seen, never below zero, Student's in the limit. Paired differences → Student's t, its variance raised for how few
schedules differ. Constant otherwise, or a single schedule → none: such data says nothing about the spread.

E. B. Wilson, JASA 22 (1927) 209; McCullagh & Nelder, Generalized Linear Models (1989), ch. 9 (a variance
proportional to the mean); Bonett & Price, J. Educ. Behav. Stat. 37 (2012) 479 (two more that differ); McNemar,
Psychometrika 12 (1947) 153; Holm, Scand. J. Statist. 6 (1979) 65.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

from oommc.stats import tails
from oommc.stats.moments import Moments
from oommc.stats.tally import PairTally

LEVEL = 0.95
_NOTHING = (
    800  # by Hoeffding's bound a p is below 2·exp(-this), which no float holds, so scipy.stats needn't be loaded for it
)

Interval = tuple[float, float] | None


def mean(moments: Moments, metric: int) -> float | None:
    """The mean, correctly rounded; None of no schedule."""
    return moments.total[metric] / moments.n if moments.n else None


def mean_interval(moments: Moments, metric: int, level: float = LEVEL) -> Interval:
    """The interval of the mean of a metric that is never negative."""
    if moments.n < 2:
        return None
    if _binary(moments, metric):
        return wilson(int(moments.total[metric]), moments.n, level)
    n, spread = moments.n, moments.scaled_variance(metric)
    if spread == 0:
        return None
    return scored(moments.total[metric] / n, spread / ((n - 1) * moments.total[metric]), n, level)


def scored(middle: float, dispersion: float, n: int, level: float = LEVEL) -> tuple[float, float]:
    """The score interval of the mean of `n` values that are never negative,
    their variance `dispersion` times their mean.
    """
    # where |middle - x| = z·sqrt(dispersion·x / n): a quadratic, the product of its roots is middle²
    z = _student(n - 1, level)
    shift = z * z * dispersion / (2 * n)
    high = middle + shift + math.sqrt(shift * (2 * middle + shift))
    return middle * (middle / high), high


def difference_interval(pair: PairTally, metric: int, level: float = LEVEL) -> Interval:
    """The interval of the mean of paired differences.

    Two 0/1-valued columns that never differ: ± the upper Wilson end of the share of differing schedules (0 of
    n), each of which would move the difference by one, one way or the other. Other differences that are all
    equal: None.
    """
    n = pair.difference.n
    if n < 2:
        return None
    if _differ(pair, metric) == 0 and _binary(pair.a, metric) and _binary(pair.b, metric):
        most = wilson(0, n, level)[1]
        return -most, most
    if pair.difference.scaled_variance(metric) == 0:
        return None
    middle = pair.difference.total[metric] / n
    half = _student(n - 1, level) * _standard_error(pair, metric)
    return middle - half, middle + half


def difference_p(pair: PairTally, metric: int) -> float | None:
    """Two-sided p of "no difference"; 1 if no schedule differs.

    0/1-valued: McNemar's test, exact. Others: the t test that belongs to the interval. Differences that are all
    equal and not 0 have no spread to test against: the sign test, which is McNemar's, stands in.
    """
    n = pair.difference.n
    if n < 2:
        return None
    differ = _differ(pair, metric)
    if differ == 0:
        return 1.0
    binary = _binary(pair.a, metric) and _binary(pair.b, metric)
    if binary or pair.difference.scaled_variance(metric) == 0:
        return _sign_p(int(pair.less[metric]), differ)
    t = pair.difference.total[metric] / n / _standard_error(pair, metric)
    return tails.student_p(t, n - 1)


def unpaired(a: Moments, b: Moments, metric: int, level: float = LEVEL) -> tuple[float | None, Interval, float | None]:
    """Difference of two means, its interval and p, where nothing is known of how the schedules belong together.

    The standard errors are added, which no dependence can exceed (Cauchy-Schwarz): wide, but never wrong.
    """
    of_a, of_b = mean(a, metric), mean(b, metric)
    if of_a is None or of_b is None:
        return None, None, None
    difference = of_a - of_b
    if min(a.n, b.n) < 2 or not (a.scaled_variance(metric) or b.scaled_variance(metric)):
        return difference, None, None
    error = sum(math.sqrt(Fraction(of.scaled_variance(metric), of.n**2 * (of.n - 1))) for of in (a, b))
    freedom = min(a.n, b.n) - 1
    half = _student(freedom, level) * error
    return difference, (difference - half, difference + half), tails.student_p(difference / error, freedom)


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


def _differ(pair: PairTally, metric: int) -> int:
    return int(pair.less[metric]) + int(pair.more[metric])


def _binary(moments: Moments, metric: int) -> bool:
    return moments.low[metric] >= 0 and moments.high[metric] <= 1


def wilson(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval of a probability, as `scipy.stats.binomtest(successes, n).proportion_ci` has it."""
    p, z = successes / n, tails.normal(0.5 + 0.5 * level)
    room = 2 * (n + z**2)
    middle, half = (2 * n * p + z**2) / room, z / room * math.sqrt(4 * n * p * (1 - p) + z**2)
    return 0.0 if successes == 0 else middle - half, 1.0 if successes == n else middle + half


def _student(freedom: int, level: float) -> float:
    return tails.student((1 + level) / 2, freedom)


def _sign_p(less: int, differ: int) -> float:
    """Two-sided p of as many signs out of so many, each as likely as the other."""
    if 2 * differ * (less / differ - 0.5) ** 2 > _NOTHING:
        return 0.0
    from scipy import stats

    return float(stats.binomtest(less, differ, 0.5).pvalue)


def _standard_error(pair: PairTally, metric: int) -> float:
    """Of the mean difference, as if two schedules more differed, as those that do: four that all point one way
    prove nothing, though their t does.
    """
    n, differ = pair.difference.n, _differ(pair, metric)
    return math.sqrt(Fraction(pair.difference.scaled_variance(metric) * (differ + 2), n * n * (n - 1) * differ))
