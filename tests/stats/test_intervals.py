"""Each kind of interval and p against SciPy on the raw values."""

import numpy as np
import pytest
from scipy import stats

from oommc.stats import intervals
from oommc.stats.moments import Moments

rng = np.random.default_rng(5)
COUNTS = rng.poisson(2.5, 500)
OTHERS = COUNTS + rng.integers(-2, 3, 500)
BINARY = rng.integers(0, 2, 500)


def of(*values):
    return Moments.of(np.array([values], np.int64).reshape(1, -1))


def pair(a, b):
    return of(*a), of(*b), of(*(np.asarray(a) - np.asarray(b)))


def test_counts_get_students_t():
    expected = stats.ttest_1samp(COUNTS, 0).confidence_interval(0.95)
    assert intervals.mean_interval(of(*COUNTS), 0) == pytest.approx(tuple(expected), rel=1e-12)


@pytest.mark.parametrize("values", [BINARY, np.zeros(500), np.ones(500)])
def test_binary_values_get_wilson(values):
    expected = stats.binomtest(int(values.sum()), 500).proportion_ci(0.95, method="wilson")
    assert intervals.mean_interval(of(*values), 0) == pytest.approx((expected.low, expected.high))


def test_never_seen_has_an_honest_upper_end():
    low, high = intervals.mean_interval(of(*[0] * 100), 0)
    assert low == 0 and 0.03 < high < 0.04


@pytest.mark.parametrize("values", [[7] * 50, [3], [0], []])
def test_no_interval_where_nothing_is_known_of_the_spread(values):
    assert intervals.mean_interval(of(*values), 0) is None


def test_differences_get_the_paired_t_test():
    a, b, difference = pair(COUNTS, OTHERS)
    expected = stats.ttest_rel(COUNTS, OTHERS)
    assert intervals.difference_p(difference, 0) == pytest.approx(expected.pvalue, rel=1e-9)
    assert intervals.difference_interval(a, b, difference, 0) == pytest.approx(
        tuple(expected.confidence_interval())
    )
    ratio = (COUNTS.var() + OTHERS.var()) / (COUNTS - OTHERS).var()
    assert intervals.variance_ratio(a, b, difference, 0) == pytest.approx(ratio)


def test_identical_binary_columns_differ_by_at_most_wilson():
    a, b, difference = pair(BINARY, BINARY)
    low, high = intervals.difference_interval(a, b, difference, 0)
    assert low == -high and high == pytest.approx(intervals.mean_interval(of(*[0] * 500), 0)[1])
    assert intervals.difference_p(difference, 0) == 1.0
    assert intervals.variance_ratio(a, b, difference, 0) is None


def test_identical_counts():
    a, b, difference = pair(COUNTS, COUNTS)
    assert intervals.difference_interval(a, b, difference, 0) is None
    assert intervals.difference_p(difference, 0) == 1.0


def test_constant_difference_falls_back_to_the_sign_test():
    a, b, difference = pair(COUNTS[:10] + 1, COUNTS[:10])
    assert intervals.difference_interval(a, b, difference, 0) is None
    assert intervals.difference_p(difference, 0) == pytest.approx(2**-9)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_schedules(n):
    a, b, difference = pair(COUNTS[:n], OTHERS[:n])
    assert intervals.difference_interval(a, b, difference, 0) is None
    assert intervals.difference_p(difference, 0) is None
    assert intervals.variance_ratio(a, b, difference, 0) is None
