"""Sobol indices of a noisy function: how much of its variance over the unknowns each of them accounts for.

The first-order index of an unknown is the share of the variance that goes when it alone becomes known; the total one
the share that stays when all others do. Estimators of Saltelli et al., Comput. Phys. Commun. 181 (2010) 259, table 2
(b) and (f), those of `scipy.stats.sobol_indices`, which takes the function for exact and whose bootstrap takes no seed.

Here every value is a mean over R schedules with a replication variance σ²/R of its own, and no two points of the design
share a schedule, so that their errors are independent. They add the mean σ²/R to the variance over the points, and to
the total effect, half the mean squared difference of f(A) and f(AB), half of both variances: there they are taken off.
To the first-order effect, the mean of f(B)·(f(AB) − f(A)), independent errors add nothing.
"""

from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
_RESAMPLES = 999
_BATCH = 50  # resamples at a time: memory stays flat


@dataclass(frozen=True)
class Indices:
    """Of one output over d unknowns: `first` and `total` of shape (d,), their intervals of shape (2, d).

    They are None where the variance over the unknowns isn't surely more than the noise: then there is nothing to share
    out. `variance`: that over the unknowns, noise taken off; `noise`: the mean σ²/R.
    """

    variance: float
    noise: float
    first: np.ndarray | None = None
    first_ci: np.ndarray | None = None
    total: np.ndarray | None = None
    total_ci: np.ndarray | None = None


def sequence(dimensions: int, points: int, seed: int) -> np.ndarray:
    """The first `points`, a power of 2, of a scrambled Sobol sequence (Owen 1998): shape (points, dimensions)."""
    from scipy.stats import qmc

    return qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random(points)


def design(unknowns: int, points: int, seed: int) -> np.ndarray:
    """Shares of the ranges, shape (unknowns + 2, points, unknowns): A, B, and A with column i of B for each i.

    A and B are the halves of one `sequence`; `points` is a power of 2.
    """
    both = sequence(2 * unknowns, points, seed)
    a, b = both[:, :unknowns], both[:, unknowns:]
    mixed = [np.where(np.arange(unknowns) == i, b, a) for i in range(unknowns)]
    return np.stack([a, b, *mixed])


def indices(values: np.ndarray, noise: np.ndarray, seed: int) -> Indices:
    """The indices of one output: `values` on a `design`, shape (d + 2, points), and their variances σ²/R, likewise.

    95 % intervals from a bootstrap over the points (percentiles), which takes these for random: being spread evenly
    they do better, so the intervals are rather too wide; with noise as large as what is studied they get a little too
    narrow.
    """
    from scipy.stats import bootstrap

    points = values.shape[1]
    found = bootstrap(
        [np.arange(points)],
        lambda at, axis: _effects(values[:, at], noise[:, at]),
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        vectorized=True,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).bootstrap_distribution
    variance, *effects = _effects(values, noise)
    apart = Indices(float(variance), float(noise[:2].mean()))
    if not variance > 0 or np.quantile(found[0], (1 - LEVEL) / 2) <= 0:
        return apart
    # a replicate without variance, of which there are few then, shares out nothing: its index is anything
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(found[0] > 0, found[1:] / found[0], np.nan)
    ends = np.nanquantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=-1)
    middle = np.array(effects) / variance
    d = len(values) - 2
    return Indices(apart.variance, apart.noise, middle[:d], ends[:, :d], middle[d:], ends[:, d:])


def _effects(values: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Variance, first-order effects, total effects, shape (1 + 2d, …), of values of shape (d + 2, …, points)."""
    values = values - values[:2].mean(axis=(0, -1), keepdims=True)[0]
    (a, b), mixed = values[:2], values[2:]
    spread = (a * a + b * b).sum(axis=-1) / (2 * a.shape[-1] - 1) - noise[:2].mean(axis=(0, -1))
    first = (b * (mixed - a)).mean(axis=-1)
    total = ((a - mixed) ** 2 - noise[0] - noise[2:]).mean(axis=-1) / 2
    return np.concatenate([spread[None], first, total])
