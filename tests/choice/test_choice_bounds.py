"""Upper bounds: against SciPy's, and missed as rarely as they say."""

import numpy as np
import pytest
from scipy import stats

from oommc.choice import bounds

REPETITIONS = 4_000


@pytest.mark.parametrize("hits, n", [(0, 50), (1, 50), (17, 50), (50, 50)])
def test_share_is_clopper_pearson(hits, n):
    interval = stats.binomtest(hits, n, alternative="less").proportion_ci(0.99, method="exact")
    assert bounds.share(hits, n, 0.01) == pytest.approx(interval.high)


LAWS = {
    "even": ([0, 1], [0.7, 0.3]),
    "rare": ([0, 1], [0.98, 0.02]),
    "rare and large": ([0, 1, 500], [0.8, 0.199, 0.001]),
    "differences": ([-8, -1, 0, 1, 8], [0.01, 0.2, 0.58, 0.2, 0.01]),
    "rare gains": ([-500, 0, 1], [0.001, 0.499, 0.5]),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_bets_miss_no_more_than_they_say_at_all_looks_together(law):
    values, shares = (np.array(of, float) for of in law)
    rng, mean, most = np.random.default_rng(1), values @ shares, values.max()
    missed, counts = np.zeros(REPETITIONS, bool), np.zeros((REPETITIONS, len(values)))
    for _ in range(8):
        counts += rng.multinomial(max(25, int(counts[0].sum())), shares, size=REPETITIONS)
        n = int(counts[0].sum())
        means = counts @ values / n
        squares = counts @ values**2 - n * means**2
        ends = [bounds.wagered(*of, n, most, 0.1) for of in zip(means, squares, strict=True)]
        missed |= np.array(ends) < mean - 1e-12
    assert missed.mean() <= 0.1
    assert max(ends) <= most


def test_values_that_never_differ_still_leave_room():
    """As much as a value of 8 in a share of schedules gives, of which none was among many, and a third more at most."""
    exact = 8 * (1 - (0.05 / 16) ** (1 / 10_000))
    assert exact < bounds.wagered(0.0, 0.0, 10_000, 8.0, 0.05) < 4 / 3 * exact


def test_many_values_take_what_chernoff_takes():
    """Of variance 1: the best stake's sqrt(2·log(16 / delta) / n), and a little more for stakes apart."""
    n, delta = 10**7, 0.05
    chernoff = np.sqrt(2 * np.log(16 / delta) / n)
    assert chernoff < bounds.wagered(0.0, float(n), n, 30.0, delta) < 1.1 * chernoff


def test_nothing_is_above_the_most():
    assert bounds.wagered(3.0, 0.0, 5, 3.0, 0.05) == 3.0
    assert bounds.wagered(2.0, 10.0, 1, 3.0, 0.05) == 3.0


def test_difference_of_shares_misses_no_more_than_it_says():
    rng = np.random.default_rng(1)
    a, b = rng.random((2, REPETITIONS, 200)) < np.array([0.06, 0.03])[:, None, None]
    only = [(a & ~b).sum(1), (b & ~a).sum(1)]
    ends = np.array([bounds.share_difference(x, y, 200, 0.1) for x, y in zip(*only, strict=True)])
    missed = np.mean(ends < 0.03)
    assert 0 < missed <= 0.1
