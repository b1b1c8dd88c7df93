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


def test_student_is_the_one_sided_t_interval():
    sample = np.array([1.0, 2.0, 2.5, 7.0])
    high = stats.ttest_1samp(sample, 0).confidence_interval(0.9).high  # two-sided: 5 % above
    assert bounds.student(sample.mean(), sample.var(ddof=1), 4, 10.0, 0.05) == pytest.approx(high)


def test_values_that_never_differ_still_leave_room():
    """The bound is what a value of 8 in a share of schedules gives, of which none was among 100."""
    assert bounds.student(0.0, 0.0, 100, 8.0, 0.05) == pytest.approx(8 * (1 - 0.05 ** (1 / 100)))


@pytest.mark.parametrize("n, p", [(30, 0.02), (300, 0.3)])
def test_bernstein_misses_no_more_than_it_says(n, p):
    rng = np.random.default_rng(1)
    rows = rng.binomial(1, p, (REPETITIONS, n)).astype(float)
    ends = [
        bounds.bernstein(mean, variance, n, 1.0, 0.1)
        for mean, variance in zip(rows.mean(1), rows.var(1, ddof=1), strict=True)
    ]
    assert np.mean(np.array(ends) < p) <= 0.1
    wide = [bounds.bernstein(rows.mean(), rows.var(), size, 1.0, 0.1) for size in (100, 10_000)]
    assert wide[0] > wide[1] > rows.mean()


def test_difference_of_shares_misses_no_more_than_it_says():
    rng = np.random.default_rng(1)
    a, b = rng.random((2, REPETITIONS, 200)) < np.array([0.06, 0.03])[:, None, None]
    only = [(a & ~b).sum(1), (b & ~a).sum(1)]
    ends = np.array([bounds.share_difference(x, y, 200, 0.1) for x, y in zip(*only, strict=True)])
    missed = np.mean(ends < 0.03)
    assert 0 < missed <= 0.1
