"""Kaplan-Meier and log-rank, on textbook data and at the edges."""

import numpy as np
import pytest
from scipy import stats

from oommc.stats import bounded
from oommc.stats.sketch import Times
from oommc.stats.survival import kaplan_meier
from oommc.stats.survival import logrank_p as weighted_logrank_p

S = 10**9
# Klein & Moeschberger's brain tumours, as in the documentation of scipy.stats.logrank
X = np.array([6, 13, 21, 30, 37, 38, 49, 50, 63, 79, 86, 98, 202, 219, 31, 47, 80, 82, 82, 149]) * S
X_CENSORED = np.arange(20) >= 14
Y = (
    np.array(
        [
            10,
            10,
            12,
            13,
            14,
            15,
            16,
            17,
            18,
            20,
            24,
            24,
            25,
            28,
            30,
            33,
            35,
            37,
            40,
            40,
            46,
            48,
            76,
            81,
            82,
            91,
        ]
        + [112, 181, 34, 40, 70]
    )
    * S
)
Y_CENSORED = np.arange(31) >= 28
NONE = np.empty(0, np.int64), np.empty(0, bool)


def logrank_p(a, a_censored, b, b_censored):
    return weighted_logrank_p(Times.of(a, a_censored), Times.of(b, b_censored))


def curve(times, censored=None):
    times = np.array(times, np.int64) * S
    return kaplan_meier(times, np.zeros(times.size, bool) if censored is None else np.array(censored, bool))


def test_by_hand():
    # 5 at risk; one of two is censored at 2 (counted at risk there), then 2 at risk
    of = curve([1, 2, 2, 3, 4], [0, 0, 1, 0, 1])
    assert of.time_s[of.share < 1][0] == 1
    np.testing.assert_allclose(of.share, [0.8, 0.6, 0.3, 0.3])
    assert (of.quantile(0.5), of.quantile(0.7), of.quantile(0.8)) == (3, 3, None)
    assert of.restricted_mean(10) == pytest.approx(1 + 0.8 + 0.6 + 0.3 * 7)
    np.testing.assert_array_equal(of.censored_s, [2, 4])


def test_without_censoring_the_mean_is_the_mean():
    of = curve([1, 5, 3, 2])
    assert of.restricted_mean(30) == pytest.approx(11 / 4)
    assert (of.quantile(0.5), of.quantile(0.75), of.quantile(0.99)) == (2, 3, 5)


def test_the_mean_stops_at_the_horizon():
    assert curve([1, 50]).restricted_mean(10) == pytest.approx(5.5)


@pytest.mark.parametrize("n", [24, 1000])
def test_the_median_is_not_lost_to_rounding(n):
    """A product of quotients comes out near 0.5, not at it; of 12 an ulp above."""
    censored = np.arange(n) == n - 1
    of = kaplan_meier(np.arange(1, n + 1) * S, censored)
    assert of.quantile(0.5) == n / 2


def test_the_band_holds_the_curve_and_has_no_gaps():
    of = kaplan_meier(X, X_CENSORED)
    assert np.isfinite(of.low).all() and np.isfinite(of.high).all()
    assert (of.low <= of.share + 1e-12).all() and (of.share <= of.high + 1e-12).all()
    whole = curve([1, 2, 3])
    assert np.isfinite(whole.low).all() and whole.low[-1] == 0


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
def test_the_band_is_scipys():
    of = kaplan_meier(X, X_CENSORED)
    data = stats.CensoredData(uncensored=X[~X_CENSORED] / S, right=X[X_CENSORED] / S)
    band = stats.ecdf(data).sf.confidence_interval(0.95, method="log-log")
    inside = (of.share > 0) & (of.share < 1)
    assert inside.sum() > 10
    np.testing.assert_allclose(of.low[inside], band.low.evaluate(of.time_s[inside]))
    np.testing.assert_allclose(of.high[inside], band.high.evaluate(of.time_s[inside]))


def test_nobody_and_nobody_recovered():
    nobody = kaplan_meier(*NONE)
    assert nobody.n == 0 and nobody.quantile(0.5) is None and nobody.restricted_mean(30) is None
    stuck = curve([3, 4], [1, 1])
    assert stuck.n == 2 and stuck.quantile(0.5) is None and stuck.restricted_mean(30) == 30


def test_logrank_is_scipys():
    x, y = (stats.CensoredData.right_censored(t / S, c) for t, c in ((X, X_CENSORED), (Y, Y_CENSORED)))
    assert logrank_p(X, X_CENSORED, Y, Y_CENSORED) == pytest.approx(stats.logrank(x, y).pvalue, rel=1e-10)


def test_logrank_does_not_overflow():
    """Products of counts beyond 2^63: 3·10^6 schedules, times with many ties."""
    n = 1_500_000
    a, b = np.arange(n) % 50 * S, np.arange(n) % 51 * S
    never = np.zeros(n, bool)
    assert logrank_p(a, never, a, never) == pytest.approx(1.0)
    assert logrank_p(a, never, b, never) < 1e-100


def test_logrank_where_nothing_can_be_compared():
    stuck = np.array([3 * S]), np.array([True])
    assert logrank_p(*NONE, *NONE) is None
    assert logrank_p(*stuck, *stuck) is None
    assert logrank_p(np.array([S]), np.array([False]), *NONE) is None


def test_the_interval_of_a_quantile_is_between_order_statistics():
    """Without censoring: the ranks of the binomial distribution."""
    n, q = 200, 0.9
    low, high = kaplan_meier(np.arange(1, n + 1) * S, np.zeros(n, bool)).quantile_interval(q)
    failures = stats.binom(n, q)
    assert failures.sf(low - 1) >= 0.975 > failures.sf(low)
    assert failures.cdf(high - 1) > 0.975 >= failures.cdf(high - 2)


def test_the_interval_of_a_quantile_says_what_is_not_known():
    # of 10 at least 9 lie below the 99 % quantile with probability 0.996, all 10 with 0.904
    assert curve(range(1, 11)).quantile_interval(0.99) == (9, None)
    assert curve([3]).quantile_interval(0.5) is None
    assert curve([3, 4], [1, 1]).quantile_interval(0.5) is None
    low, high = curve([1, 2, 3, 4] * 5, [0, 0, 0, 1] * 5).quantile_interval(0.9)
    assert low == 3 and high is None


def test_censoring_widens_the_interval_of_a_quantile():
    times = np.arange(1, 401) * S
    whole = kaplan_meier(times, np.zeros(400, bool)).quantile_interval(0.5)
    lost = kaplan_meier(times, np.arange(400) % 2 == 1).quantile_interval(0.5)
    assert whole[0] < 200 < whole[1] and lost[1] - lost[0] > whole[1] - whole[0]


def test_censored_before_anybody_recovered():
    low, high = curve([1, *range(2, 60)], [1, *[0] * 58]).quantile_interval(0.5)
    assert 2 < low < high < 60


def test_the_interval_of_the_restricted_mean():
    """Without censoring it is that of times between 0 and the horizon."""
    times = np.random.default_rng(1).poisson(3.0, 400)
    low, high = curve(times).restricted_mean_interval(30)
    assert low == pytest.approx(-bounded.upper(-times, np.ones(400), 0.0, 0.025))
    assert high == pytest.approx(float(bounded.upper(times, np.ones(400), 30.0, 0.025)))
    assert 100 < curve(times).restricted_mean_events(30) < 400
    assert curve([3]).restricted_mean_interval(30) is None
    assert curve([3, 4], [1, 1]).restricted_mean_interval(30) is None
    assert kaplan_meier(*NONE).restricted_mean_interval(30) is None


def test_a_hang_that_never_came_may_still_come():
    low, high = curve([1.0] * 100).restricted_mean_interval(30)
    assert low == pytest.approx(0.025**0.01) and high == pytest.approx(1 + 29 * (1 - 0.025**0.01))


def test_censored_times_count_less():
    times = np.random.default_rng(2).poisson(3.0, 400)
    whole = curve(times).restricted_mean_interval(30)
    lost = curve(times, np.arange(400) % 2).restricted_mean_interval(30)
    assert lost[1] - lost[0] > whole[1] - whole[0]
