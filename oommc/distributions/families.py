"""The named continuous families, each a frozen `scipy.stats` distribution under the field's usual parameters.

A row says which parameters there are (a quantity, or a number) and which scipy distribution they mean; adding
a family is adding a row. `scipy.NAME` is every other one: its own shape parameters are numbers, `scale` and
`loc` quantities.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

QUANTITY, NUMBER = "quantity", "number"


@dataclass(frozen=True)
class Family:
    """`law` maps the parameters to (name in scipy.stats, its shape parameters, scale)."""

    parameters: Mapping[str, str]
    law: Callable[..., tuple[str, dict[str, float], float]]


FAMILIES = {
    "exponential": Family({"mean": QUANTITY}, lambda mean: ("expon", {}, mean)),
    "lognormal": Family(
        {"median": QUANTITY, "sigma": NUMBER},
        lambda median, sigma: ("lognorm", {"s": sigma}, median),
    ),
    "gamma": Family(
        {"shape": NUMBER, "mean": QUANTITY},
        lambda shape, mean: ("gamma", {"a": shape}, mean / shape),
    ),
    "weibull": Family(
        {"shape": NUMBER, "scale": QUANTITY},
        lambda shape, scale: ("weibull_min", {"c": shape}, scale),
    ),
    "pareto": Family(
        {"shape": NUMBER, "minimum": QUANTITY},
        lambda shape, minimum: ("pareto", {"b": shape}, minimum),
    ),
}


@dataclass(frozen=True)
class Law:
    """A standard `scipy.stats` distribution, moved and stretched: continuous or discrete alike."""

    standard: Any
    loc: float
    scale: float

    def ppf(self, p: np.ndarray) -> np.ndarray:
        return self.loc + self.scale * self.standard.ppf(p)

    def isf(self, q: np.ndarray) -> np.ndarray:
        return self.loc + self.scale * self.standard.isf(q)

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
    import scipy.stats

    given = dict(parameters)
    if name.startswith("scipy."):
        loc, scale = given.pop("loc", 0.0), given.pop("scale")
        return Law(getattr(scipy.stats, name.removeprefix("scipy."))(**given), loc, scale)
    scipy_name, shapes, scale = FAMILIES[name].law(**given)
    return Law(getattr(scipy.stats, scipy_name)(**shapes), 0.0, scale)


def quantities(name: str) -> set[str]:
    """Which parameters of a family are quantities rather than numbers."""
    if name.startswith("scipy."):
        return {"loc", "scale"}
    return {key for key, kind in FAMILIES[name].parameters.items() if kind == QUANTITY}
