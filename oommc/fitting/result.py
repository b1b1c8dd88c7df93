"""What a fit to measured values found."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from oommc.distributions import families
from oommc.distributions.laws import Named
from oommc.errors import InputError
from oommc.fitting.sample import Sample
from oommc.naming import hint
from oommc.units import UNITS

_DIGITS = 4  # of the parameters in a scenario; no sample here knows more


@dataclass(frozen=True)
class Candidate:
    """A family fitted: `parameters` in the values' unit; `aicc` the smaller the better, infinite where it can't be."""

    family: str
    parameters: dict[str, float]
    log_likelihood: float
    aicc: float

    def law(self) -> families.Law:
        """With the methods of a frozen distribution of scipy.stats."""
        return families.law(self.family, self.parameters)


@dataclass(frozen=True)
class Goodness:
    """`distance`: Kolmogorov and Smirnov's; `p`: the share of `trials` samples of the fitted law with at least that (as
    `scipy.stats.monte_carlo_test` counts it); `intervals`: 95 %, by parameter.
    """

    distance: float
    p: float
    trials: int
    intervals: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Found:
    """What `fit` found: `candidates`, the best first; `unit` is the values' own. `goodness` is None where values are
    censored: what censors them isn't known, so it can't be done again.
    """

    sample: Sample
    unit: str
    resolution: float
    candidates: tuple[Candidate, ...]
    goodness: Goodness | None

    @property
    def best(self) -> Candidate:
        """The one with the smallest criterion."""
        return self.candidates[0]

    @cached_property
    def distribution(self) -> Named:
        """What a scenario takes, its parameters with four digits."""
        counted = kind(self.unit)
        by = float(UNITS[counted].units[self.unit])
        quantities = families.quantities(self.best.family)
        given = {
            key: _rounded(value * by if key in quantities else value) for key, value in self.best.parameters.items()
        }
        return Named(counted, self.best.family, tuple(given.items()))

    def to_toml(self) -> str:
        """The distribution as it stands in a scenario file."""
        from oommc.scenario.write import inline

        return inline(self.distribution.to_toml())

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "unit": self.unit,
            "values": len(self.sample),
            "censored": int(self.sample.censored.sum()),
            "resolution": self.resolution,
            "distribution": self.distribution.to_toml(),
            "criterion": "AICc",
            "candidates": [
                {"family": c.family, "parameters": c.parameters, "log_likelihood": c.log_likelihood, "aicc": c.aicc}
                for c in self.candidates
                if np.isfinite(c.aicc)
            ],
            "goodness": self.goodness and vars(self.goodness),
        }


def kind(unit: str) -> str:
    """What a unit measures: "ns" (times) or "pages" (sizes). Raises InputError."""
    for name, of in UNITS.items():
        if unit in of.units:
            return name
    raise InputError(f"fit: unknown unit {unit!r}: {hint(unit, [name for of in UNITS.values() for name in of.units])}")


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
