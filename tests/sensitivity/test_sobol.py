"""Indices of a function whose indices are known."""

import numpy as np
import pytest
from scipy import stats

from oommc.sensitivity.sobol import _effects, design, indices

# Ishigami and Homma (1990) with a = 7, b = 0.1, its variance and its indices in closed form
A, B = 7, 0.1
V1, V2, V13 = (1 + B * np.pi**4 / 5) ** 2 / 2, A**2 / 8, 8 * B**2 * np.pi**8 / 225
V = V1 + V2 + V13
FIRST = np.array([V1, V2, 0]) / V
TOTAL = np.array([V1 + V13, V2, V13]) / V


def ishigami(shares):
    x, y, z = np.moveaxis(np.pi * (2 * shares - 1), -1, 0)
    return np.sin(x) + A * np.sin(y) ** 2 + B * z**4 * np.sin(x)


@pytest.fixture(scope="module")
def exact():
    return ishigami(design(3, 2048, seed=3))


def test_known_indices(exact):
    found = indices(exact, np.zeros_like(exact), 1)
    assert found.variance == pytest.approx(V, rel=0.03)
    assert found.first == pytest.approx(FIRST, abs=0.03)
    assert found.total == pytest.approx(TOTAL, abs=0.03)
    for truth, (low, high) in ((FIRST, found.first_ci), (TOTAL, found.total_ci)):
        assert np.all(low <= truth) and np.all(truth <= high)


def test_as_scipy_without_noise(exact):
    """SciPy divides by the variance of all 2n values, here its unbiased estimate is taken."""
    found = indices(exact, np.zeros_like(exact), 1)
    ours = stats.sobol_indices(func={"f_A": exact[:1], "f_B": exact[1:2], "f_AB": exact[2:, None]}, n=2048)
    unbiased = (2 * 2048 - 1) / (2 * 2048)
    assert found.first == pytest.approx(ours.first_order * unbiased)
    assert found.total == pytest.approx(ours.total_order * unbiased)


def test_noise_is_taken_off(exact):
    """Noise as large as the function, 400 times: told of it, effects are right on average;
    not told, they are far off.
    """
    exact, rng = exact[:, None, :512], np.random.default_rng(5)
    sigma = np.sqrt(V) * rng.uniform(0.5, 1.5, exact.shape)  # not the same everywhere
    noisy = exact + sigma * rng.standard_normal((5, 400, 512))
    truth = _effects(exact, np.zeros_like(exact))[:, 0]

    def off(noise):
        found = _effects(noisy, np.broadcast_to(noise, noisy.shape))
        return np.abs(found.mean(axis=1) - truth) / (found.std(axis=1) / 20)  # in standard errors

    assert np.all(off(sigma**2) < 4)
    assert off(0)[[0, 4, 5, 6]].min() > 100  # the variance and the total effects


def test_nothing_but_noise_has_no_indices():
    rng = np.random.default_rng(7)
    noise = rng.standard_normal((5, 256))
    found = indices(noise, np.ones_like(noise), 1)
    assert found.first is None and found.total_ci is None
    assert abs(found.variance) < 0.5


def test_constant_has_no_indices():
    assert indices(np.full((4, 16), 2.0), np.zeros((4, 16)), 1).first is None


def test_design_is_paired():
    a, b, *mixed = design(3, 16, seed=1)
    for i, ab in enumerate(mixed):
        assert np.array_equal(ab[:, i], b[:, i])
        assert np.array_equal(np.delete(ab, i, 1), np.delete(a, i, 1))
