"""Distributions that come as Python objects: anything of `scipy.stats` that has a quantile function.

Times are in seconds there, sizes in pages. One that `scipy.stats` knows by name stays known by it; others
(histograms, transformed and truncated ones, users' own classes) are kept as their compiled quantile function.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from oommc.distributions import families
from oommc.distributions.laws import Compiled, Distribution, Named
from oommc.distributions.table import tabulate
from oommc.errors import InputError
from oommc.naming import hint
from oommc.units import LIMIT, UNITS, shown

_NEGATIVE = "it can be negative ({low:g} {unit}): cut it off at 0, as scipy.truncnorm does"


def is_distribution(value: Any) -> bool:
    """Whether it has a quantile function, in the old or the new style of `scipy.stats`."""
    return callable(getattr(value, "ppf", None)) or callable(getattr(value, "icdf", None))


def named(name: str, shapes: dict[str, float], loc: float, scale: float, unit: str, where: str) -> Distribution:
    """The `scipy.NAME` of these shape parameters; `loc` and `scale` in the unit. Raises InputError."""
    if not 0 < scale < LIMIT:
        raise InputError(f"{where}.scale: {scale} is not positive")
    parameters = shapes | ({"loc": loc} if loc else {}) | {"scale": scale}
    result = Named(unit, name, tuple(parameters.items()))
    low = result.law.support[0]
    if math.isnan(low):
        told = ", ".join(f"{key} = {value:g}" for key, value in shapes.items())
        raise InputError(f"{where}: {name} has no meaning with {told}")
    _check_support(low, scale, unit, where)
    return result


def from_python(value: Any, unit: str, where: str) -> Distribution:
    """The distribution of a `scipy.stats` object. Raises InputError."""
    generator = getattr(value, "dist", None)
    name = getattr(generator, "name", None)
    if name and type(families.scipy_names().get(name)) is type(generator):
        return _frozen(value, f"scipy.{name}", unit, where)
    per = UNITS[unit].python
    old = hasattr(value, "ppf")
    try:
        ppf, isf = (value.ppf, value.isf) if old else (value.icdf, value.iccdf)
        _check_support(float(value.support()[0]) * per, 1.0, unit, where)
        with np.errstate(all="ignore"):
            quantile = tabulate(lambda p: ppf(p) * per, lambda q: isf(q) * per)
    except InputError as error:
        raise InputError(str(error) if str(error).startswith(where) else f"{where}: {error}") from None
    except (TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{where}: {shown(value)} is not a frozen distribution: {error}") from None
    arrays = (
        quantile.start, quantile.width, quantile.kind, quantile.base, quantile.span, quantile.table, quantile.bits,
        quantile.knots,
    )  # fmt: skip
    return Compiled(unit, tuple(tuple(array.tolist()) for array in arrays))


def _frozen(value: Any, name: str, unit: str, where: str) -> Distribution:
    shapes = families.shape_names(value.dist)
    given = dict(zip((*shapes, "loc", "scale"), value.args, strict=False)) | value.kwds
    for key in given:
        if key not in (*shapes, "loc", "scale"):
            raise InputError(f"{where}: {name} has no parameter {key!r}: {hint(key, (*shapes, 'loc', 'scale'))}")
    try:
        numbers = {key: float(given[key]) for key in shapes}
        loc, scale = (_canonical(given.get(key, default), unit) for key, default in (("loc", 0), ("scale", 1)))
    except (TypeError, ValueError, OverflowError, KeyError):
        raise InputError(f"{where}: the parameters of {name} are not plain numbers") from None
    return named(name, numbers, loc, scale, unit, where)


def _canonical(value: Any, unit: str) -> float:
    """Seconds to ns (or pages), as the decimal number that is written: 0.03 s is 30000000 ns exactly."""
    return float(Fraction(repr(float(value))) * UNITS[unit].python)


def _check_support(low: float, scale: float, unit: str, where: str) -> None:
    if not low >= -1e-9 * scale:
        raise InputError(f"{where}: {_NEGATIVE.format(low=low, unit=unit)}")
