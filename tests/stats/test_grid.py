"""What intervals are worth where an event is rare and large: how often they hold the truth, and how wide they are.

A cell is a law, how many schedules there are, and how many events are to be expected in them. Of two values the
coverage is a sum over binomial probabilities; of more it is that of many samples.
"""

import numpy as np
import pytest
from scipy import stats

from oommc.stats.bounded import upper

pytestmark = pytest.mark.slow

EVENTS = (0.01, 0.03, 0.1, 0.18, 0.3, 1, 2, 3, 5, 10, 20, 30, 50, 100)
SCHEDULES = (2, 10, 100, 1_000, 10_000, 10**6)
SAMPLES = 20_000
COUNTS = np.arange(13)
NOISE = stats.poisson.pmf(COUNTS, 2.5) / stats.poisson.pmf(COUNTS, 2.5).sum()


def two(low, high):
    return lambda p: ([low, high], [1 - p, p])


def around(values, shares, largest):
    """Values with these shares wherever the rare, large one doesn't come."""
    return lambda p: ([*values, largest], [*(np.array(shares) * (1 - p)), p])


def steps(largest):
    """0, and a smaller value that comes five times as often as the largest."""
    return lambda p: ([0, 1, largest], np.array([1 - p, 5 * p, p]) / (1 + 5 * p))


LAWS = {
    "0 or 1": two(0, 1),
    "0 or 500": two(0, 500),
    "1 or 9": two(1, 9),
    "1 or 501": two(1, 501),
    "0, half of them 1, or 8": around([0, 1], [0.5, 0.5], 8),
    "0, half of them 1, or 500": around([0, 1], [0.5, 0.5], 500),
    "Poisson, or 40": around(COUNTS, NOISE, 40),
    "Poisson, or 500": around(COUNTS, NOISE, 500),
    "0, 1 five times as often, or 8": steps(8),
    "0, 1 five times as often, or 500": steps(500),
}


def cell(law, n, expected, rng):
    """Values, their shares, and the counts of samples with the probability of each sample."""
    values, shares = (np.array(of, float) for of in law(expected / n))
    if len(values) == 2:
        k = np.arange(min(n, int(expected + 10 * np.sqrt(expected) + 15)) + 1)
        return values, shares, np.stack([n - k, k], axis=1), stats.binom.pmf(k, n, shares[1])
    counts, times = np.unique(rng.multinomial(n, shares, size=SAMPLES), axis=0, return_counts=True)
    return values, shares, counts, times / SAMPLES


def ends(values, counts):
    return -upper(-values, counts, 0.0, 0.025), upper(values, counts, values.max(), 0.025)


def students(values, counts):
    """The width of Student's interval, which supposes that nothing comes that didn't."""
    n = counts.sum(axis=1)
    variance = (counts @ values**2 - (counts @ values) ** 2 / n) / (n - 1)
    return 2 * stats.t.ppf(0.975, n - 1) * np.sqrt(variance / n)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_94_percent_everywhere(law):
    """Of 20,000 samples 0.5 % is three standard errors."""
    rng, held = np.random.default_rng(3), {}
    for n in SCHEDULES:
        for expected in EVENTS:
            if expected < n:
                values, shares, counts, chance = cell(law, n, expected, rng)
                low, high = ends(values, counts)
                truth = values @ shares
                within = (low <= truth * (1 + 1e-12)) & (truth <= high * (1 + 1e-12))
                held[n, expected] = float(chance @ within)
    worst = min(held, key=held.get)
    assert held[worst] >= 0.94, (worst, held[worst])


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_beyond_30_events_5_percent_wider_at_most(law):
    """Where more than 30 schedules had the largest value, and more than 30 had another."""
    rng, widest = np.random.default_rng(4), 0.0
    for n in SCHEDULES:
        for expected in EVENTS:
            if expected < n:
                values, _, counts, _ = cell(law, n, expected, rng)
                counts = counts[np.minimum(counts[:, -1], n - counts[:, -1]) > 30]
                if len(counts):
                    low, high = ends(values, counts)
                    widest = max(widest, float(((high - low) / students(values, counts)).max()))
    assert widest <= 1.05
