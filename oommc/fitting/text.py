"""A fit as text, for the terminal."""

import math
import textwrap

import numpy as np

from oommc.fitting.result import Found
from oommc.show.numbers import number
from oommc.show.table import aligned

_WIDTH = 110
_DOUBT = 0.05
_FEW = 20
_TIE = 2


def text(fit: Found) -> str:
    """What the values are, the families compared, the chosen one as TOML, and how good it is."""
    best = fit.candidates[0].aicc
    rows = [["family", "parameters", "log-likelihood", "AICc", "above the best"]]
    for c in fit.candidates:
        if math.isfinite(c.aicc):
            given = ", ".join(f"{key} {number(value)}" for key, value in c.parameters.items())
            rows.append([c.family, given, f"{c.log_likelihood:.2f}", f"{c.aicc:.2f}", f"{c.aicc - best:.2f}"])
        else:
            rows.append([c.family, "can't be fitted", "", "", ""])
    return "\n\n".join(
        [
            "\n".join(textwrap.wrap(_values(fit), _WIDTH)),
            aligned(rows),
            fit.to_toml(),
            "\n".join(textwrap.wrap(judged(fit), _WIDTH)),
        ]
    )


def _values(fit: Found) -> str:
    sample = fit.sample
    known = sample.values[~sample.censored]
    told = f"{len(sample)} values, median {number(float(np.median(sample.values)))} {fit.unit}, "
    told += f"from {number(float(known.min()))} to {number(float(known.max()))} {fit.unit}"
    if fit.resolution:
        told += f", each known to {number(fit.resolution)} {fit.unit}"
    if sample.censored.any():
        told += f"; {int(sample.censored.sum())} of them lower bounds"
    return told + "."


def judged(fit: Found) -> str:
    """How good it is, in sentences."""
    chosen = f"{fit.best.family} has the smallest AICc."
    if rivals := [c.family for c in fit.candidates[1:] if c.aicc - fit.best.aicc < _TIE]:
        chosen = (
            f"A tie: {fit.best.family} and {' and '.join(rivals)} can't be told apart (AICc within {_TIE}); {chosen}"
        )
    good = fit.goodness
    if good is None:
        return f"{chosen} Its goodness isn't tested: what censored the values isn't known, so it can't be done again."
    ends = ", ".join(f"{key} {number(low)} to {number(high)}" for key, (low, high) in good.intervals.items())
    told = (
        f"{chosen} 95 % intervals: {ends}. Kolmogorov and Smirnov's distance is {number(good.distance)}; "
        f"of {good.trials} samples "
    )
    told += f"of this law, each fitted anew, a share of {number(good.p)} is at least as far off"
    if good.p < _DOUBT:
        return f"{told}: the values do not follow it. A `data` distribution of the values themselves claims less."
    few = ": few values, so hardly any law would be refused." if len(fit.sample) < _FEW else "."
    return f"{told}: nothing speaks against it{few}"
