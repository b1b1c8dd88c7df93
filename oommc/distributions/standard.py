"""The standard distributions behind the named families, by `scipy.special` alone.

To load `scipy.stats` takes half a second, more than all else that a short run does. These give the same numbers to the
last bit, which keeps tables, and with them records, what they are (`tests/test_distributions.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Real = Callable[..., Any]  # arrays in, an array out: scipy.special says it may also be a number


@dataclass(frozen=True)
class Standard:
    """A continuous distribution on (`low`, ∞), as a frozen one of `scipy.stats`: the functions take an array of what is
    inside, and the shape parameter, if there is one, as an array that goes with it.
    """

    low: float
    shapes: tuple[float, ...]
    _cdf: Real
    _sf: Real
    _ppf: Real
    _isf: Real

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return self._of_value(self._cdf, x, 0.0, 1.0)

    def sf(self, x: np.ndarray) -> np.ndarray:
        return self._of_value(self._sf, x, 1.0, 0.0)

    def ppf(self, p: np.ndarray) -> np.ndarray:
        return self._of_probability(self._ppf, p, self.low, np.inf)

    def isf(self, q: np.ndarray) -> np.ndarray:
        return self._of_probability(self._isf, q, np.inf, self.low)

    def support(self) -> tuple[float, float]:
        return self.low, np.inf

    def _of_value(self, function: Real, x: np.ndarray, below: float, above: float) -> np.ndarray:
        x = np.asarray(x, float)
        return self._inside(function, x, (x > self.low) & (x < np.inf), [x <= self.low, x == np.inf], [below, above])

    def _of_probability(self, function: Real, p: np.ndarray, at_0: float, at_1: float) -> np.ndarray:
        p = np.asarray(p, float)
        return self._inside(function, p, (p > 0) & (p < 1), [p == 0, p == 1], [at_0, at_1])

    def _inside(self, function: Real, at: np.ndarray, inside: np.ndarray, edges: list, values: list) -> np.ndarray:
        """The function where `inside`, the values at the edges, NaN elsewhere."""
        result = np.select(edges, values, np.nan)
        # NumPy rounds some powers in another way where there is one exponent for all; as in scipy.stats, that is not so
        # where all is inside
        result[inside] = function(
            at[inside], *(np.full(at.shape if inside.all() else 1, shape) for shape in self.shapes)
        )
        return result


def expon() -> Standard:
    """Exponential, mean 1."""
    from scipy.special import expm1, log1p

    return Standard(0.0, (), lambda x: -expm1(-x), lambda x: np.exp(-x), lambda p: -log1p(-p), lambda q: -np.log(q))


def lognorm(s: float) -> Standard:
    """Lognormal, median 1."""
    from scipy.special import ndtr, ndtri

    return Standard(
        0.0,
        (s,),
        lambda x, s: ndtr(np.log(x) / s),
        lambda x, s: ndtr(-(np.log(x) / s)),
        lambda p, s: np.exp(s * ndtri(p)),
        lambda q, s: np.exp(s * -ndtri(q)),
    )


def gamma(a: float) -> Standard:
    """Gamma, scale 1."""
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    return Standard(
        0.0,
        (a,),
        lambda x, a: gammainc(a, x),
        lambda x, a: gammaincc(a, x),
        lambda p, a: gammaincinv(a, p),
        lambda q, a: gammainccinv(a, q),
    )


def weibull_min(c: float) -> Standard:
    """Weibull, scale 1."""
    from scipy.special import expm1, log1p

    return Standard(
        0.0,
        (c,),
        lambda x, c: -expm1(-np.power(x, c)),
        lambda x, c: np.exp(-np.power(x, c)),
        lambda p, c: np.power(-log1p(-p), 1 / c),
        lambda q, c: np.power(-np.log(q), 1 / c),
    )


def pareto(b: float) -> Standard:
    """Pareto, minimum 1."""
    return Standard(
        1.0,
        (b,),
        lambda x, b: 1 - np.power(x, -b),
        lambda x, b: np.power(x, -b),
        lambda p, b: np.power(1 - p, -1 / b),
        lambda q, b: np.power(q, -1 / b),
    )
