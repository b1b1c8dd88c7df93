"""How often intervals hold the truth, in cases where it is known."""

import itertools

import numpy as np
import pytest
from scipy import stats

from oommc.stats import intervals
from oommc.stats.moments import Moments
from oommc.stats.survival import kaplan_meier
from oommc.stats.tally import PairTally

pytestmark = pytest.mark.slow

REPETITIONS = 2_000
SECOND = 10**9
TIMES = stats.lognorm(1.0)  # seconds to recovery
CENSORED = stats.uniform(3, 4)  # when the clock stops


def moments(values):
    return Moments.of(values.reshape(1, -1))


def pair(a, b):
    return PairTally.of(a.reshape(1, -1), b.reshape(1, -1), moments(a), moments(b))


def share(hits):
    return np.mean(list(itertools.islice(hits, REPETITIONS)))


def holds(interval, truth):
    return interval[0] <= truth <= (np.inf if interval[1] is None else interval[1])


@pytest.mark.parametrize(
    ("law", "schedules"),
    [
        (stats.bernoulli(0.3), 2_000),
        (stats.bernoulli(0.01), 4_000),
        (stats.poisson(0.02), 4_000),
        (stats.nbinom(0.5, 0.5), 2_000),
        (stats.poisson(2.5), 1_000),
    ],
    ids=["share", "rare share", "rare count", "scattered count", "count"],
)
def test_means(law, schedules):
    rng = np.random.default_rng(1)
    draws = (moments(law.rvs(schedules, random_state=rng)) for _ in range(REPETITIONS))
    assert share(holds(intervals.mean_interval(of, 0, None), law.mean()) for of in draws) >= 0.94


@pytest.mark.parametrize("mean", [0.02, 2.5])
def test_paired_differences(mean):
    rng = np.random.default_rng(2)

    def hits():
        while True:
            common = rng.poisson(mean, 4_000)
            a, b = common + rng.poisson(mean, 4_000), common + rng.poisson(mean / 2, 4_000)
            yield holds(intervals.difference_interval(pair(a, b), 0, None), mean / 2)

    assert share(hits()) >= 0.94


@pytest.mark.parametrize("mean", [0.0003, 0.02, 2.5])
def test_equal_policies_are_told_apart_in_no_more_than_5_percent(mean):
    rng = np.random.default_rng(3)

    def told_apart():
        while True:
            common = rng.poisson(2.0, 4_000)
            both = (common + rng.poisson(mean, 4_000) for _ in range(2))
            yield intervals.difference_p(pair(*both), 0, None) < 0.05

    assert share(told_apart()) <= 0.06  # 5 % and two standard errors


def test_times_to_recovery():
    rng = np.random.default_rng(4)
    truth = {q: TIMES.ppf(q) for q in (0.5, 0.9)}
    restricted = TIMES.expect(lambda t: np.minimum(t, 3.0), lb=0, ub=200)
    held = dict.fromkeys(truth, 0) | {"mean": 0}
    for _ in range(REPETITIONS):
        times, ends = TIMES.rvs(4_000, random_state=rng), CENSORED.rvs(4_000, random_state=rng)
        curve = kaplan_meier((np.minimum(times, ends) * SECOND).astype(np.int64), ends < times)
        for q in truth:
            held[q] += holds(curve.quantile_interval(q), truth[q])
        held["mean"] += holds(curve.restricted_mean_interval(3.0), restricted)
    shares = {kind: hits / REPETITIONS for kind, hits in held.items()}
    assert all(share >= 0.94 for share in shares.values()), shares
