"""Intervals of a fitted law's parameters, from fits to samples of that law.

A fitted parameter is to the true one as one fitted anew is to it (the bootstrap-t of logarithms, Davison & Hinkley,
Bootstrap Methods, 1997, 5.2; a size or time by the fit's own spread). For exponential, lognormal, weibull and pareto,
whose logarithms have a location or a scale or both, that is exact. A minimum, which is never fitted below the true one,
has its interval below the smallest value.

The ends are order statistics: of 39 fits anew one is as likely as not to lie below each 40th part. So the interval is
exact at any number of fits, where the usual sample quantile makes it too narrow (5.2.3 there).
"""

from collections.abc import Callable, Sequence

import numpy as np

from oommc.distributions import families
from oommc.fitting.result import Candidate

LEVEL = 0.95


def ends(best: Candidate, refits: Sequence[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """Both ends of each parameter of `best`; `refits`: what was fitted to samples of its law.

    Fewer than 39 fits can't bound 95 %: the ends are then the furthest of them.
    """
    quantities, found = families.quantities(best.family), {}
    tails = [(1 + LEVEL) / 2, (1 - LEVEL) / 2]
    for key, value in best.parameters.items():
        by = _SPREAD.get(best.family, _alone) if key in quantities else _alone
        off = [np.log(refit[key] / value) / by(refit) for refit in refits]
        low, high = value * np.exp(-np.quantile(off, tails, method="weibull") * by(best.parameters))
        found[key] = float(low), float(high)
    return found


def _alone(parameters: dict[str, float]) -> float:
    return 1.0


_SPREAD: dict[str, Callable[[dict[str, float]], float]] = {
    "lognormal": lambda of: of["sigma"],
    "weibull": lambda of: 1 / of["shape"],
    "pareto": lambda of: 1 / of["shape"],
    "gamma": lambda of: of["shape"] ** -0.5,
}
"""Of a value's logarithm, as the parameters have it (gamma: of the mean's); families without a shape have none."""
