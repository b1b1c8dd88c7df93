"""A family and its parameters from measured values, and how well it follows them.

Maximum likelihood (`scipy.stats.rv_continuous.fit`, with the location at 0), which knows intervals and lower bounds
too. The families that a scenario knows are compared by Akaike's criterion with the correction for small samples
(Hurvich and Tsai, 1989). Goodness is Kolmogorov and Smirnov's distance. Its usual tables hold for parameters known
beforehand; here they come from the same values, so it is compared with those of samples of the fitted law, each fitted
anew (the parametric bootstrap of Stute, Gonzales Manteiga and Presedo Quindimil, 1993, by
`scipy.stats.monte_carlo_test`). The same fits give the parameters' intervals (`oommc.fitting.bootstrap`).
"""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from oommc.distributions import families
from oommc.errors import InputError
from oommc.fitting.bootstrap import ends
from oommc.fitting.result import Candidate, Goodness, kind
from oommc.fitting.sample import Sample
from oommc.fitting.shown import Fit
from oommc.naming import hint

LEAST = 5
"""Fewer values say nothing about a family."""
TRIALS, TRIALS_COARSE = 999, 199  # a fit to intervals takes ten times as long


def fit(
    values: Any,
    unit: str = "s",
    *,
    resolution: float = 0.0,
    censored: Any = None,
    candidates: Iterable[str] = tuple(families.FAMILIES),
    trials: int | None = None,
    seed: int = 1,
) -> Fit:
    """The family, of `candidates`, that follows measured `values` best.

    `values`: at least five numbers in `unit` (ns, us, ms, s, or B, KiB, MiB, GiB, pages). `resolution`: of the clock
    that they were read off, in the same unit; each value is then an interval of that width. `censored`: where the truth
    is larger than the value. `trials`: of the goodness of fit (999, or 199 where values are intervals), drawn from
    `seed`. Raises InputError.
    """
    kind(unit)
    if not np.isfinite(resolution) or resolution < 0:
        raise InputError(f"fit: the resolution {resolution} is not a number from 0 on")
    sample = Sample.of(values, resolution, censored)
    if len(sample) < LEAST:
        raise InputError(f"fit: {len(sample)} values are too few: {LEAST} are the least, and they say little")
    if sample.censored.all() or len(np.unique(sample.values[~sample.censored])) == 1:
        raise InputError("fit: the values are all the same: nothing to choose a family by; take a constant")
    names = list(candidates)
    for name in names:
        if name not in families.FAMILIES:
            raise InputError(f"fit: unknown family {name!r}: {hint(name, families.FAMILIES)}")
    found = sorted((_fitted(name, sample) for name in names), key=lambda c: c.aicc)
    if not found or not np.isfinite(found[0].aicc):
        raise InputError("fit: none of the families can be fitted to these values")
    goodness = None
    if not sample.censored.any():
        goodness = _goodness(found[0], sample, resolution, trials or (TRIALS if sample.exact else TRIALS_COARSE), seed)
    return Fit(sample, unit, resolution, tuple(found), goodness)


def _fitted(name: str, sample: Sample) -> Candidate:
    """The family with its most likely parameters, found where the values are about 1, as optimizers like them."""
    scale = sample.scale
    near = sample.scaled(1 / scale)
    given = _parameters(name, near)
    likelihood = near.log_likelihood(_frozen(name, given)) if given else -np.inf
    if given is None or not np.isfinite(likelihood):
        return Candidate(name, {}, -np.inf, np.inf)
    likelihood -= np.log(scale) * int((sample.low == sample.high).sum())  # densities are per unit
    quantities = families.quantities(name)
    k, n = len(given), len(sample)
    return Candidate(
        name,
        {key: value * scale if key in quantities else value for key, value in given.items()},
        likelihood,
        2 * k - 2 * likelihood + 2 * k * (k + 1) / (n - k - 1),
    )


def _parameters(name: str, sample: Sample) -> dict[str, float] | None:
    """By scipy; None where it finds none."""
    from scipy import stats

    family = families.FAMILIES[name]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            *shapes, _, scale = getattr(stats, family.standard.__name__).fit(sample.for_scipy(), floc=0)
        except (stats.FitError, ValueError, RuntimeError):
            return None
    found = {key: float(value) for key, value in family.from_scipy(*shapes, scale).items()}
    return found if all(np.isfinite(value) and value > 0 for value in found.values()) else None


def _frozen(name: str, parameters: dict[str, float]) -> Any:
    from scipy import stats

    family = families.FAMILIES[name]
    shapes, scale = family.to_scipy(**parameters)
    return getattr(stats, family.standard.__name__)(scale=scale, **shapes)


def _goodness(best: Candidate, sample: Sample, resolution: float, trials: int, seed: int) -> Goodness:
    from scipy import stats

    law, refits = _frozen(best.family, best.parameters), []
    rng = np.random.default_rng(seed)

    def draw(size: Any) -> np.ndarray:
        drawn = law.rvs(size=size, random_state=rng)
        return np.rint(drawn / resolution) * resolution if resolution else drawn

    def distance(values: np.ndarray) -> float:
        again = Sample.of(values, resolution)
        refit = _fitted(best.family, again)
        if not refit.parameters:
            return 1.0  # as far off as can be
        refits.append(refit.parameters)
        return again.distance(_frozen(best.family, refit.parameters))

    test = stats.monte_carlo_test(
        sample.values, draw, distance, vectorized=False, n_resamples=trials, alternative="greater"
    )
    return Goodness(float(test.statistic), float(test.pvalue), trials, ends(best, refits[1:]))
