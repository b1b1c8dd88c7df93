"""Each kind of interval and p against SciPy on the raw values."""

import math
from fractions import Fraction

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


def weighted(values, least, most, repetitions=400_000):
    """Means under random weights, with the least or the largest value that there can be beside the sample."""
    seen, counts = np.unique(values, return_counts=True)
    weights = np.random.default_rng(1).gamma([*counts, 1], size=(repetitions, len(seen) + 1))
    return [weights @ [*seen, end] / weights.sum(axis=1) for end in (least, most)]


@pytest.mark.parametrize(
    "values",
    [[0] * 90 + [1] * 8 + [40] * 2, [1] * 400 + [3], [0, 1, 2, 3, 4, 5], [40] * 30 + [0], [30, 35, 40] * 9],
)
def test_the_ends_are_quantiles_of_a_mean_under_random_weights(values):
    """As far as a saddlepoint's approximation goes."""
    below, above = weighted(values, 0, 40)
    low, high = intervals.mean_interval(of(*values), 0, 40)
    assert (np.mean(below <= low), np.mean(above >= high)) == (pytest.approx(0.025, abs=3e-3),) * 2


def test_of_many_schedules_a_count_gets_students_t():
    many = np.tile(COUNTS, 4000)
    expected = stats.ttest_1samp(many, 0).confidence_interval(0.95)
    assert intervals.mean_interval(of(*many), 0, 40) == pytest.approx(tuple(expected), abs=1e-5)


def test_a_rare_count_stays_above_zero():
    low, high = intervals.mean_interval(of(2, *[0] * 9_999), 0, 2)
    expected = stats.binomtest(1, 10_000).proportion_ci(0.95)
    assert (low, high) == pytest.approx((2 * expected.low, 2 * expected.high), rel=1e-4)


def test_a_wider_level_is_wider():
    for values in (COUNTS, BINARY):
        (low, high), (lower, higher) = (intervals.mean_interval(of(*values), 0, 40, level) for level in (0.9, 0.99))
        assert lower < low < high < higher


@pytest.mark.parametrize("hits", [0, 1, 7, 493, 499, 500])
def test_rare_shares_get_clopper_and_pearsons(hits):
    values = np.arange(500) < hits
    expected = stats.binomtest(hits, 500).proportion_ci(0.95)
    assert intervals.mean_interval(of(*values), 0, 1) == pytest.approx((expected.low, expected.high), rel=1 / 500)


def test_other_shares_lie_between_clopper_and_pearsons_and_wilsons():
    low, high = intervals.mean_interval(of(*BINARY), 0, 1)
    wide, narrow = (
        stats.binomtest(int(BINARY.sum()), 500).proportion_ci(0.95, method) for method in ("exact", "wilson")
    )
    assert wide.low <= low <= narrow.low and narrow.high <= high <= wide.high


def test_never_seen_reaches_as_far_as_one_could():
    for most in (1, 40):
        low, high = intervals.mean_interval(of(*[0] * 100), 0, most)
        assert low == 0 and high == pytest.approx(most * (1 - 0.025**0.01))
    low, high = intervals.mean_interval(of(*[7] * 50), 0, 9)
    assert low == pytest.approx(7 * 0.025**0.02) and high == pytest.approx(7 + 2 * (1 - 0.025**0.02))


def test_without_a_largest_value_the_largest_seen_stands_for_it():
    assert intervals.mean_interval(of(*COUNTS), 0, None) == intervals.mean_interval(of(*COUNTS), 0, COUNTS.max())


def test_events_that_carry_an_interval():
    assert intervals.events(of(*[1] * 9_990, *[41] * 10), 0) == pytest.approx(10, rel=0.01)
    assert intervals.events(of(*COUNTS[:100], 10_000), 0) == pytest.approx(1, rel=0.03)
    assert intervals.events(of(3, 3), 0) == intervals.events(of(), 0) == 0


@pytest.mark.parametrize("values", [[7] * 50, [3], [0], []])
def test_no_interval_where_nothing_is_known_of_the_spread(values):
    assert intervals.mean_interval(of(*values), 0, None) is None


def test_many_differences_get_the_paired_t_test():
    a, b = np.tile(COUNTS, 400), np.tile(OTHERS, 400)
    both, expected = pair(a, b), stats.ttest_rel(a, b).confidence_interval(0.95)
    assert intervals.difference_interval(both, 0, 40) == pytest.approx((expected.low, expected.high), abs=40 / len(a))
    assert intervals.variance_ratio(both, 0) == pytest.approx((a.var() + b.var()) / (a - b).var())


def test_p_is_the_level_at_which_the_interval_ends_at_0():
    for a, b in ((OTHERS + (np.arange(500) < 60), COUNTS), (COUNTS + 1, COUNTS)):
        p = intervals.difference_p(pair(a, b), 0, 40)
        ends = intervals.difference_interval(pair(a, b), 0, 40, 1 - p)
        assert 0 < p < 1 and min(map(abs, ends)) == pytest.approx(0, abs=1e-7)


def test_binary_differences_get_mcnemars_exact_p():
    other = np.random.default_rng(6).integers(0, 2, 500)
    a_only, b_only = ((x > y).sum() for x, y in ((BINARY, other), (other, BINARY)))
    expected = min(1.0, 2 * stats.binom.cdf(min(a_only, b_only), a_only + b_only, 0.5))
    assert intervals.difference_p(pair(BINARY, other), 0, 1) == pytest.approx(expected, rel=1e-9)


def test_a_few_that_all_point_one_way_prove_nothing():
    """As the sign test has it; the t test alone would call four of 10,000 certain."""
    few = np.zeros(10_000, np.int64)
    few[:4] = 2
    of = pair(few, np.zeros_like(few))
    assert stats.ttest_1samp(few, 0).pvalue < 0.05 < intervals.difference_p(of, 0, 2)
    low, high = intervals.difference_interval(of, 0, 2)
    assert low < 0 < few.mean() < high


def test_means_that_are_not_paired():
    """As wide as if the worse had met the worse, at every dependence."""
    one, other = of(*COUNTS), of(*OTHERS[:300])
    difference, (low, high), p = intervals.unpaired(one, other, 0, 40)
    assert difference == pytest.approx(COUNTS.mean() - OTHERS[:300].mean()) and 0 < p < 1
    (a, b), (c, d) = (intervals.mean_interval(each, 0, 40) for each in (one, other))
    assert (low, high) == (a - d, b - c)
    assert intervals.unpaired(of(1, 1), of(2, 2), 0, None) == (-1, None, None)
    assert intervals.unpaired(of(1), of(), 0, 40) == (None, None, None)


def test_holm_by_hand():
    ps = [0.01, 0.04, None, 0.03, 0.005]
    assert intervals.holm(ps) == [pytest.approx(0.03), pytest.approx(0.06), None, pytest.approx(0.06), 0.02]
    assert intervals.holm([0.7, 0.9]) == [1.0, 1.0] and intervals.holm([]) == []


@pytest.mark.parametrize(("values", "most"), [(BINARY, 1), (COUNTS, 40)])
def test_columns_that_never_differed_still_may(values, most):
    same, unseen = pair(values, values), most * (1 - 0.025**0.002)
    assert intervals.difference_interval(same, 0, most) == pytest.approx((-unseen, unseen))
    assert intervals.difference_interval(same, 0, None) is None
    assert intervals.difference_p(same, 0, most) == 1.0
    assert intervals.variance_ratio(same, 0) is None


def test_constant_difference_falls_back_to_the_sign_test():
    always = pair(COUNTS[:10] + 1, COUNTS[:10])
    assert intervals.difference_interval(always, 0, None) is None
    assert intervals.difference_p(always, 0, None) == pytest.approx(2**-9)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_schedules(n):
    few = pair(COUNTS[:n], OTHERS[:n])
    assert intervals.difference_interval(few, 0, 40) is None
    assert intervals.difference_p(few, 0, 40) is None
    assert intervals.variance_ratio(few, 0) is None


@pytest.mark.parametrize("n", [1, 2, 7, 500, 10**6])
def test_quantiles_and_tails_are_those_of_scipy_stats(n):
    for p in (1e-9, 0.025, 0.5, 0.975):
        assert tails.normal(p) == stats.norm.ppf(p)
        assert tails.beta(p, n + 1, 2.5) == stats.beta.cdf(p, n + 1, 2.5)
    for z in (-3.0, 0.0, 0.7, 40.0):
        assert tails.normal_p(z) == 2 * stats.norm.sf(abs(z))
        assert tails.student_p(z, n) == 2 * stats.t.sf(abs(z), n)


@pytest.mark.parametrize(("less", "more"), [(5000, 3000), (1000, 900), (40, 0), (7, 9)])
def test_a_sign_test_far_out_is_the_exact_one(less, more):
    """In whole numbers. SciPy's tail is the exponential of a sum of three log-gammas, each n·log n at most and rounded
    to 2^-53 of itself.
    """
    n, fewer = less + more, min(less, more)
    exact = min(1.0, float(Fraction(2 * sum(math.comb(n, k) for k in range(fewer + 1)), 2**n)))
    a, b = [0] * less + [1] * more, [1] * less + [0] * more
    rounding = 3 * n * math.log(n) * 2**-53
    assert intervals.difference_p(pair(a, b), 0, 1) == pytest.approx(exact, rel=rounding, abs=0)


@pytest.mark.parametrize(("less", "more"), [(1600, 0), (0, 1700), (910_000, 840_000)])
def test_a_p_that_no_float_holds_is_0(less, more):
    n = less + more
    logarithm = math.log(2) - 2 * n * (less / n - 0.5) ** 2  # Hoeffding's bound
    assert logarithm < math.log(5e-324)
    assert intervals.difference_p(pair([0] * less + [1] * more, [1] * less + [0] * more), 0, 1) == 0
