"""The named continuous families, each a distribution of `scipy.stats` under the field's usual parameters.

A row says which parameters there are (a quantity, or a number) and which scipy distribution they mean; adding
a family is adding a row. `scipy.NAME` is every other one: its own shape parameters are numbers, `scale` and
`loc` quantities.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from oommc.distributions import correct, standard
from oommc.distributions.standard import Standard

QUANTITY, NUMBER = "quantity", "number"


@dataclass(frozen=True)
class Family:
    """`standard`: the standard distribution, which has the name of that of scipy.stats. `to_scipy` maps the parameters
    to (shape parameters, scale) of that, and `from_scipy` those, in the order of `fit`, back.
    """

    parameters: Mapping[str, str]
    standard: Callable[..., Standard]
    correct: correct.Standard
    to_scipy: Callable[..., tuple[dict[str, float], float]]
    from_scipy: Callable[..., dict[str, float]]


FAMILIES = {
    "exponential": Family(
        {"mean": QUANTITY},
        standard.expon,
        correct.exponential,
        lambda mean: ({}, mean),
        lambda scale: {"mean": scale},
    ),
    "lognormal": Family(
        {"median": QUANTITY, "sigma": NUMBER},
        standard.lognorm,
        correct.lognormal,
        lambda median, sigma: ({"s": sigma}, median),
        lambda s, scale: {"median": scale, "sigma": s},
    ),
    "gamma": Family(
        {"shape": NUMBER, "mean": QUANTITY},
        standard.gamma,
        correct.gamma,
        lambda shape, mean: ({"a": shape}, mean / shape),
        lambda a, scale: {"shape": a, "mean": a * scale},
    ),
    "weibull": Family(
        {"shape": NUMBER, "scale": QUANTITY},
        standard.weibull_min,
        correct.weibull,
        lambda shape, scale: ({"c": shape}, scale),
        lambda c, scale: {"shape": c, "scale": scale},
    ),
    "pareto": Family(
        {"shape": NUMBER, "minimum": QUANTITY},
        standard.pareto,
        correct.pareto,
        lambda shape, minimum: ({"b": shape}, minimum),
        lambda b, scale: {"shape": b, "minimum": scale},
    ),
}


@dataclass(frozen=True)
class Law:
    """A `Standard` or a standard `scipy.stats` distribution, moved and stretched: continuous or discrete alike."""

    standard: Any
    loc: float
    scale: float
    exact: Callable[[float, bool, float], float] | None = None

    def ppf(self, p: np.ndarray) -> np.ndarray:
        return self.loc + self.scale * self.standard.ppf(p)

    def isf(self, q: np.ndarray) -> np.ndarray:
        return self.loc + self.scale * self.standard.isf(q)

    def correct(self, probability: float, upper: bool, near: float) -> float:
        """The quantile to the last bit, from below or with `upper` from above; `near` > 0 is that of floats."""
        return near if self.exact is None else self.exact(probability, upper, near)

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return self.standard.cdf((x - self.loc) / self.scale)

    def sf(self, x: np.ndarray) -> np.ndarray:
        return self.standard.sf((x - self.loc) / self.scale)

    @cached_property
    def support(self) -> tuple[float, float]:
        """The least and the greatest value; NaN where the shape parameters have no meaning."""
        low, high = self.standard.support()
        return self.loc + self.scale * float(low), self.loc + self.scale * float(high)


def scipy_names() -> dict[str, Any]:
    """Every distribution of `scipy.stats` that has a name there."""
    import scipy.stats

    kinds = (scipy.stats.rv_continuous, scipy.stats.rv_discrete)
    return {name: value for name, value in vars(scipy.stats).items() if isinstance(value, kinds)}


def shape_names(generator: Any) -> list[str]:
    """The shape parameters of a distribution of `scipy.stats`."""
    return [name.strip() for name in (generator.shapes or "").split(",") if name.strip()]


def law(name: str, parameters: Mapping[str, float]) -> Law:
    """The law of a family's parameters, all as plain numbers in the distribution's unit."""
    given = dict(parameters)
    if name.startswith("scipy."):
        import scipy.stats

        loc, scale = given.pop("loc", 0.0), given.pop("scale")
        return Law(getattr(scipy.stats, name.removeprefix("scipy."))(**given), loc, scale)
    family = FAMILIES[name]
    shapes, scale = family.to_scipy(**given)

    def exact(probability: float, upper: bool, near: float) -> float:
        return correct.quantile(family.correct, probability, upper, near, scale, *shapes.values())

    return Law(family.standard(**shapes), 0.0, scale, exact)


def quantities(name: str) -> set[str]:
    """Which parameters of a family are quantities rather than numbers."""
    if name.startswith("scipy."):
        return {"loc", "scale"}
    return {key for key, kind in FAMILIES[name].parameters.items() if kind == QUANTITY}
