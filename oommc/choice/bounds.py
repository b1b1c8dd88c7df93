"""Upper bounds of means and of paired differences, each missed with probability `delta` at most.

Three kinds, each for what it is good at: Clopper-Pearson's, exact, for shares; Student's t for other means of a
fixed number of schedules; and the empirical Bernstein bound for decisions taken while a run goes on, which holds
for every number of schedules and every distribution within known ends.
"""

import math

from scipy import stats


def bernstein(mean: float, variance: float, n: int, width: float, delta: float) -> float:
    """The upper bound of a mean of n ≥ 2 independent values from an interval `width` wide.

    A. Maurer, M. Pontil: Empirical Bernstein bounds and sample variance penalization (COLT 2009), theorem 4;
    `variance`: of the sample, over n − 1.
    """
    rare = math.log(2 / delta)
    return mean + math.sqrt(2 * variance * rare / n) + 7 * width * rare / (3 * (n - 1))


def student(mean: float, variance: float, n: int, width: float, delta: float) -> float:
    """The upper bound of a mean of n values. Values that are all the same say how rarely another may come."""
    if n < 2 or variance <= 0:
        return mean + width * share(0, n, delta)
    return mean + float(stats.t.isf(delta, n - 1)) * math.sqrt(variance / n)


def share(hits: int, n: int, delta: float) -> float:
    """The upper bound of a probability, after `hits` of n (C. J. Clopper, E. S. Pearson, Biometrika 1934)."""
    return 1.0 if hits >= n else float(stats.beta.isf(delta, hits + 1, n - hits))


def share_difference(only_a: int, only_b: int, n: int, delta: float) -> float:
    """The upper bound of P(a) − P(b), after `only_a` of n schedules with a but not b, and `only_b`."""
    lower_b = 0.0 if only_b == 0 else float(stats.beta.ppf(delta / 2, only_b, n - only_b + 1))
    return share(only_a, n, delta / 2) - lower_b
