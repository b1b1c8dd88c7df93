"""What varies between places and within them, of numbers of which both are known."""

import numpy as np
import pytest
from scipy.stats import norm

from oommc.sensitivity.components import components, resamples
from oommc.sensitivity.sobol import sequence

SLOPES, SIGMA = np.array([0.5, -0.3, 0.1]), 1.5
BETWEEN, WITHIN = SLOPES @ SLOPES, SIGMA**2
SHARE = BETWEEN / (BETWEEN + WITHIN)


def linear(places, schedules, seed):
    """Means and variances of places whose truth is linear in three Gaussian unknowns; each value has Gaussian noise."""
    truth = norm.ppf(sequence(3, places, seed)) @ SLOPES
    values = truth[:, None] + SIGMA * np.random.default_rng(seed).standard_normal((places, schedules))
    return values.mean(axis=1), values.var(axis=1, ddof=1)


def test_a_linear_gaussian_world_is_taken_apart():
    found = components(*linear(2048, 40, 1), 40, resamples(2048, 1))
    assert found.between == pytest.approx(BETWEEN, rel=0.05)
    assert found.within == pytest.approx(WITHIN, rel=0.05)
    assert found.share == pytest.approx(SHARE, rel=0.05)
    assert found.spread == pytest.approx(norm.ppf([0.025, 0.975]) * np.sqrt(BETWEEN), rel=0.05)


def test_the_interval_of_the_share_holds_it():
    """With as few places and schedules as the command takes by default, or fewer."""
    for places, schedules in ((128, 1000), (64, 10)):
        replicates, held = resamples(places, 1), 0
        for seed in range(200):
            low, high = components(*linear(places, schedules, seed), schedules, replicates).share_ci
            held += low <= SHARE <= high
        assert held >= 0.92 * 200


def test_noise_is_taken_off():
    """Unequal noise, five times what varies, at few independent places, 2,000 times: right on average."""
    rng, places, schedules = np.random.default_rng(3), 16, 4
    replicates, found, seen = resamples(places, 1)[:2], [], []
    for _ in range(2000):
        sigma = np.sqrt(20) * rng.uniform(0.5, 1.5, (places, 1))
        values = rng.standard_normal((places, 1)) + sigma * rng.standard_normal((places, schedules))
        means = values.mean(axis=1)
        found.append(components(means, values.var(axis=1, ddof=1), schedules, replicates).between)
        seen.append(means.var(ddof=1))
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - 1) < 4 * error < 0.4
    assert np.mean(seen) - 1 > 40 * error


def test_where_nothing_varies_there_is_nothing_to_share():
    for value in (0.0, 0.1):  # the mean of many 0.1 isn't 0.1 to the last bit
        found = components(np.full(48, value), np.zeros(48), 10, resamples(48, 1))
        assert (found.share, found.share_ci, found.spread) == (None, None, None)
        assert (found.between, found.within, found.least, found.most) == (0, 0, value, value)


def test_nothing_but_noise_does_not_vary():
    values = np.random.default_rng(5).standard_normal((256, 10))
    found = components(values.mean(axis=1), values.var(axis=1, ddof=1), 10, resamples(256, 1))
    assert found.spread is None and found.share_ci[0] == 0 and found.share < 0.05


def test_a_single_place_with_a_case_proves_nothing():
    means, variances = np.zeros(64), np.zeros(64)
    means[9], variances[9] = 0.005, 0.005  # one of 200
    found = components(means, variances, 200, resamples(64, 1))
    assert found.spread is None and found.share_ci[0] == 0 and found.most == 0.005
