"""How much a number varies from place to place of the ranges, and how much by chance within a place.

A place i drawn from the ranges has a mean μ_i and a variance σ_i² of its schedules. Seen is a mean m_i of R schedules,
which errs by σ_i²/R. So the m_i vary by var(μ) + E(σ²)/R, and the method of moments takes the mean s_i²/R off. That is
the analysis of variance of one random factor (Searle, Casella, McCulloch, Variance Components, 1992, ch. 3), without
its assumption that all σ_i² are equal (Sun, Apley, Staum, Oper. Res. 59 (2011) 998). It is unbiased for independent
places. P places of a Sobol sequence lie more evenly, which makes it too large by the factor P / (P − 1) at most.

The m_i lie further apart than the μ_i do. Drawn together until their variance is that of the μ_i, they show how these
are spread (Louis, JASA 79 (1984) 393; Ghosh, JASA 87 (1992) 533).

Intervals are percentiles of a bootstrap over the places, which takes these for independent.
"""

import math
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
_RESAMPLES = 999


@dataclass(frozen=True)
class Components:
    """Of the means of places, and of a schedule's value at a place drawn from the ranges.

    `between`: var(μ), estimated below 0 where it is less than the noise. `within`: the mean σ². `share`: of the sum of
    both, what is between; None where nothing varies, as is its interval. `least`, `most`: of the means as seen, noise
    and all. `spread`: between what LEVEL of the μ lie; None where they don't surely vary.
    """

    between: float
    within: float
    share: float | None
    share_ci: list[float] | None
    least: float
    most: float
    spread: list[float] | None


def resamples(places: int, seed: int) -> np.ndarray:
    """How often each place is in each replicate of the bootstrap: int64 of shape (replicates, places)."""
    return np.random.default_rng(seed).multinomial(places, np.full(places, 1 / places), _RESAMPLES)


def components(means: np.ndarray, variances: np.ndarray, schedules: int, replicates: np.ndarray) -> Components:
    """From each place's mean and sample variance of its schedules, both of shape (places,), two places or more, and
    their `resamples`.
    """
    apart = means - means[0]  # exactly 0 where all are the same
    ends = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    middle, seen, within = apart.mean(), apart.var(ddof=1), variances.mean()
    between = seen - within / schedules
    again, chance = _both(apart, variances, schedules, replicates)
    share = share_ci = spread = None
    if seen or within:
        share = float(_share(between, within))
        share_ci = np.quantile(_share(again, chance), ends).tolist()
    if between > 0 and np.quantile(again, ends[0]) > 0:
        drawn = means[0] + middle + math.sqrt(between / seen) * (apart - middle)
        spread = np.quantile(drawn, ends).tolist()
    return Components(float(between), float(within), share, share_ci, float(means.min()), float(means.max()), spread)


def _both(
    apart: np.ndarray, variances: np.ndarray, schedules: int, replicates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`between` and `within` of each replicate."""
    places = len(apart)
    # by einsum, which calls no BLAS: the result is the same for any number of its threads
    first, second, within = (np.einsum("rp,p->r", replicates, of) / places for of in (apart, apart**2, variances))
    return (second - first**2) * places / (places - 1) - within / schedules, within


def _share(between, within):
    """0 where nothing varies, as in a replicate without the only place that had a case."""
    between = np.maximum(between, 0)
    total = between + within
    return np.divide(between, total, out=np.zeros_like(total), where=total > 0)
