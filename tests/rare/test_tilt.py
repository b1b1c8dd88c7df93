"""The weighted draws of a tilted law are those of the law."""

import numpy as np
import pytest

from oommc import distributions
from oommc.rare.draws import tail
from oommc.rare.tilt import DEFENSE, Tilt

ALL = 1 << 64
LAWS = {
    "exponential": {"dist": "exponential", "mean": "3 ms"},
    "lognormal": {"dist": "lognormal", "median": "2 ms", "sigma": 1.0},
    "uniform": {"dist": "uniform", "low": "1 ms", "high": "9 ms"},
    "mixture": {
        "dist": "mixture",
        "parts": [
            {"weight": 0.9, "dist": "constant", "value": "1 ms"},
            {"weight": 0.1, "dist": "exponential", "mean": "1 s"},
        ],
    },
}


def first(quantile, x: int) -> int:
    """The least u whose value is above x; 2^64 if there is none."""
    low, high = 0, ALL
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if quantile(middle) > x else (middle + 1, high)
    return low


def weighted_tail(tilt: Tilt, x: int) -> float:
    """E[w; value > x], octave by octave."""
    ends = [0, *tilt._cuts[1:-1], ALL]
    weights = tilt.weights(np.arange(len(ends) - 1))
    at = first(tilt.quantile, x)
    return sum(w * max(0, b - max(a, at)) / ALL for w, a, b in zip(weights, ends[:-1], ends[1:], strict=True))


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("k", [1.5, 4.0, 20.0])
def test_weighted_tails_are_those_of_the_law(name, k):
    quantile = distributions.read(LAWS[name], "ns", name).quantile
    tilt = Tilt(quantile, k)
    assert tilt.quantile.is_sound()
    for p in (0, 0.1, 0.5, 0.7, 0.99, 1 - 1e-4, 1 - 1e-7, 1 - 3e-10):
        x = quantile(int(p * ALL))
        # a unit to either side: what rounding inside an octave may move
        most, least = ((ALL - first(quantile, x + by)) / ALL for by in (-2, 2))
        assert least * (1 - 1e-9) <= weighted_tail(tilt, x) <= most * (1 + 1e-9)


@pytest.mark.parametrize("name", ["exponential", "lognormal"])
def test_beyond_the_table_tails_are_those_of_the_law(name):
    law = distributions.read(LAWS[name], "ns", name)
    tilt = Tilt(law.quantile, 40.0, tail(law))
    assert tilt.quantile.is_sound()
    for s in (1e-6, 1e-11, 1e-20, 1e-60, 1e-150):
        x = int(law.law.isf(np.array([s]))[0])
        assert weighted_tail(tilt, x) == pytest.approx(s, rel=2e-3)  # straight lines in a cell of a sixteenth octave


def test_where_scipy_gives_up_the_law_ends(recwarn):
    law = distributions.read({"dist": "scipy.invgauss", "mu": 1.0, "scale": "2 ms"}, "ns", "x")
    tilt = Tilt(law.quantile, 40.0, tail(law))
    assert 100 < tilt.last < 500 and tilt.quantile.is_sound() and not recwarn.list


def test_weights_are_bounded_and_of_mean_one():
    tilt = Tilt(distributions.read(LAWS["exponential"], "ns", "x").quantile, 8.0)
    assert 1 < tilt.most < 1 / DEFENSE
    assert weighted_tail(tilt, -1) == pytest.approx(1, abs=1e-12)


def test_tails_are_drawn_as_often_as_said():
    quantile = distributions.read(LAWS["exponential"], "ns", "x").quantile
    x = quantile(ALL - (ALL >> 24))
    seen = (ALL - first(Tilt(quantile, 3.0).quantile, x)) / ALL
    assert seen == pytest.approx(DEFENSE * 2**-24 + (1 - DEFENSE) * 2**-8, rel=1e-6)


@pytest.mark.parametrize("threads", [1, 2, 20, 200])
def test_weights_of_many_threads_do_not_collapse(threads):
    """Some thread's draw has a tail probability below 2^-20: a closed form."""
    tilt = Tilt(distributions.read(LAWS["exponential"], "ns", "x").quantile, 14.0, threads=threads)
    words = np.random.default_rng(1).integers(0, ALL, size=(20_000, threads), dtype=np.uint64)
    octaves = tilt.octaves(words)
    weights = tilt.weights(octaves).prod(axis=1)
    hits = weights * (octaves >= 20).any(axis=1)
    exact = -np.expm1(threads * np.log1p(-(2.0**-20)))
    assert hits.mean() == pytest.approx(exact, abs=4 * hits.std() / np.sqrt(len(hits)))
    assert hits.sum() ** 2 / (hits**2).sum() > 500 and weights.max() <= max(1 / DEFENSE, 4)
