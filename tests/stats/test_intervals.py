"""Each kind of interval and p against SciPy on the raw values."""

import math

import numpy as np
import pytest
from scipy import stats

from oommc.stats import intervals, tails
from oommc.stats.moments import Moments
from oommc.stats.tally import PairTally

rng = np.random.default_rng(5)
COUNTS = rng.poisson(2.5, 500)
OTHERS = COUNTS + rng.integers(-2, 3, 500)
BINARY = rng.integers(0, 2, 500)


def of(*values):
    return Moments.of(np.array([values], np.int64).reshape(1, -1))


def pair(a, b):
    a, b = (np.array([values], np.int64).reshape(1, -1) for values in (a, b))
    return PairTally.of(a, b, Moments.of(a), Moments.of(b))


def test_the_ends_of_a_count_are_where_its_score_is_students_quantile():
    dispersion = COUNTS.var(ddof=1) / COUNTS.mean()
    t = stats.t.ppf(0.975, 499)
    for end in intervals.mean_interval(of(*COUNTS), 0):
        assert abs(COUNTS.mean() - end) == pytest.approx(t * math.sqrt(dispersion * end / 500), rel=1e-9)


def test_of_many_schedules_a_count_gets_students_t():
    many = np.tile(COUNTS, 4000)
    expected = stats.ttest_1samp(many, 0).confidence_interval(0.95)
    assert intervals.mean_interval(of(*many), 0) == pytest.approx(tuple(expected), abs=1e-5)


def test_a_rare_count_stays_above_zero():
    low, high = intervals.mean_interval(of(2, *[0] * 9_999), 0)
    assert 0 < low < 1e-4 and 9e-4 < high < 13e-4


def test_a_wider_level_is_wider():
    for values in (COUNTS, BINARY):
        (low, high), (lower, higher) = (intervals.mean_interval(of(*values), 0, level) for level in (0.9, 0.99))
        assert lower < low < high < higher


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
    """Its variance raised by two schedules more that differ."""
    of, expected = pair(COUNTS, OTHERS), stats.ttest_rel(COUNTS, OTHERS)
    raised = math.sqrt(1 + 2 / np.count_nonzero(COUNTS - OTHERS))
    p = 2 * stats.t.sf(abs(expected.statistic) / raised, 499)
    assert intervals.difference_p(of, 0) == pytest.approx(p, rel=1e-9)
    low, high = intervals.difference_interval(of, 0)
    ci = expected.confidence_interval()
    assert high - low == pytest.approx((ci.high - ci.low) * raised)
    assert (high + low) / 2 == pytest.approx((COUNTS - OTHERS).mean())
    ratio = (COUNTS.var() + OTHERS.var()) / (COUNTS - OTHERS).var()
    assert intervals.variance_ratio(of, 0) == pytest.approx(ratio)


def test_binary_differences_get_mcnemars_exact_p():
    other = np.random.default_rng(6).integers(0, 2, 500)
    a_only, b_only = ((x > y).sum() for x, y in ((BINARY, other), (other, BINARY)))
    expected = min(1.0, 2 * stats.binom.cdf(min(a_only, b_only), a_only + b_only, 0.5))
    assert intervals.difference_p(pair(BINARY, other), 0) == pytest.approx(expected, rel=1e-9)


def test_a_few_that_all_point_one_way_prove_nothing():
    """As the sign test has it; the t test alone would call four of 10,000 certain."""
    few = np.zeros(10_000, np.int64)
    few[:4] = 2
    of = pair(few, np.zeros_like(few))
    assert stats.ttest_1samp(few, 0).pvalue < 0.05 < intervals.difference_p(of, 0)
    low, high = intervals.difference_interval(of, 0)
    assert low < 0 < few.mean() < high


def test_means_that_are_not_paired():
    """As wide as if the worse had met the worse, at every dependence."""
    difference, (low, high), p = intervals.unpaired(of(*COUNTS), of(*OTHERS[:300]), 0)
    assert difference == pytest.approx(COUNTS.mean() - OTHERS[:300].mean())
    half = stats.t.ppf(0.975, 299) * (stats.sem(COUNTS) + stats.sem(OTHERS[:300]))
    assert (high - low) / 2 == pytest.approx(half) and 0 < p < 1
    assert intervals.unpaired(of(1, 1), of(2, 2), 0) == (-1, None, None)
    assert intervals.unpaired(of(1), of(), 0) == (None, None, None)


def test_holm_by_hand():
    ps = [0.01, 0.04, None, 0.03, 0.005]
    assert intervals.holm(ps) == [pytest.approx(0.03), pytest.approx(0.06), None, pytest.approx(0.06), 0.02]
    assert intervals.holm([0.7, 0.9]) == [1.0, 1.0] and intervals.holm([]) == []


def test_identical_binary_columns_differ_by_at_most_wilson():
    same = pair(BINARY, BINARY)
    low, high = intervals.difference_interval(same, 0)
    assert low == -high and high == pytest.approx(intervals.mean_interval(of(*[0] * 500), 0)[1])
    assert intervals.difference_p(same, 0) == 1.0
    assert intervals.variance_ratio(same, 0) is None


def test_identical_counts():
    assert intervals.difference_interval(pair(COUNTS, COUNTS), 0) is None
    assert intervals.difference_p(pair(COUNTS, COUNTS), 0) == 1.0


def test_constant_difference_falls_back_to_the_sign_test():
    always = pair(COUNTS[:10] + 1, COUNTS[:10])
    assert intervals.difference_interval(always, 0) is None
    assert intervals.difference_p(always, 0) == pytest.approx(2**-9)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_schedules(n):
    few = pair(COUNTS[:n], OTHERS[:n])
    assert intervals.difference_interval(few, 0) is None
    assert intervals.difference_p(few, 0) is None
    assert intervals.variance_ratio(few, 0) is None


@pytest.mark.parametrize("n", [1, 2, 7, 500, 10**6])
def test_quantiles_and_tails_are_those_of_scipy_stats(n):
    for p in (1e-9, 0.025, 0.5, 0.975):
        assert tails.normal(p) == stats.norm.ppf(p)
        assert tails.student(p, n) == stats.t.ppf(p, n)
        assert tails.beta(p, n + 1, 2.5) == stats.beta.cdf(p, n + 1, 2.5)
        assert intervals.wilson(int(p * n), n, 0.9) == tuple(
            stats.binomtest(int(p * n), n).proportion_ci(0.9, method="wilson")
        )
    for z in (-3.0, 0.0, 0.7, 40.0):
        assert tails.normal_p(z) == 2 * stats.norm.sf(abs(z))
        assert tails.student_p(z, n) == 2 * stats.t.sf(abs(z), n)


@pytest.mark.parametrize(("less", "more"), [(1600, 0), (0, 1700), (900_000, 850_000), (5000, 3000), (1000, 900)])
def test_a_sign_test_far_out_is_what_scipy_computes(less, more):
    a, b = [0] * less + [1] * more, [1] * less + [0] * more
    assert intervals.difference_p(pair(a, b), 0) == stats.binomtest(less, less + more, 0.5).pvalue
