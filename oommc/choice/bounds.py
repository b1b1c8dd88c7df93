"""Upper bounds of means and of paired differences, each missed with probability `delta` at most.

Clopper-Pearson's, exact, for shares of a fixed number of schedules. For other means between known ends bets, whose
bound holds for every law and at all numbers of schedules together, so that a run may go on until it is narrow enough.
"""

import math

import numpy as np
from scipy import stats

_STAKES = 0.95 * 0.5 ** np.arange(16)
_PRICE = -np.log1p(-_STAKES) - _STAKES


def wagered(mean: float, squares: float, n: int, most: float, delta: float) -> float:
    """The upper end of a mean of `n` values, none above `most`; `squares`: the sum of their squared distances from it.

    If the mean were m, who stakes a share u on each value's being below m, at the fair odds (m - x) / (most - m),
    multiplies their money by 1 / delta at any time with probability `delta` at most (Ville; I. Waudby-Smith, A. Ramdas,
    J. R. Statist. Soc. B 86 (2024) 1). Stakes from 0.95 down to 3e-5 get a sixteenth of the money each. Of log(1 + y) ≥
    y + y²·(log(1 - u) + u) / u² for y ≥ -u (X. Fan, I. Grama, Q. Liu, Electron. J. Probab. 20 (2015) 1) two sums are
    enough: the bound is the root of a quadratic for each stake, and the least of them.
    """
    room, need = most - mean, math.log(len(_STAKES) / delta)
    if room <= 0:
        return most
    a = n * (_STAKES + _PRICE) + need
    b = room * (n * _STAKES + 2 * need)
    c = _PRICE * squares + need * room**2
    rest = b**2 - 4 * a * c
    ends = 2 * c / (b + np.sqrt(np.maximum(rest, 0.0)))
    return mean + min(room, float(ends[rest >= 0].min(initial=room)))


def share(hits: int, n: int, delta: float) -> float:
    """The upper bound of a probability, after `hits` of n (C. J. Clopper, E. S. Pearson, Biometrika 1934)."""
    return 1.0 if hits >= n else float(stats.beta.isf(delta, hits + 1, n - hits))


def share_difference(only_a: int, only_b: int, n: int, delta: float) -> float:
    """The upper bound of P(a) − P(b), after `only_a` of n schedules with a but not b, and `only_b`."""
    lower_b = 0.0 if only_b == 0 else float(stats.beta.ppf(delta / 2, only_b, n - only_b + 1))
    return share(only_a, n, delta / 2) - lower_b
