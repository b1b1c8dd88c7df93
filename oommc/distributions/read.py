"""Reads a distribution from what a scenario file holds, or from a frozen `scipy.stats` distribution.

Everything is checked here, and a distribution is compiled before it is handed out, so that one which no table
can follow is refused with its key's path rather than in the middle of a run.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from oommc.distributions import families
from oommc.distributions.data import column
from oommc.distributions.laws import Compiled, Constant, Discrete, Distribution, Mixture, Named, Uniform
from oommc.distributions.python import from_python, is_distribution, named
from oommc.errors import InputError
from oommc.naming import hint
from oommc.units import UNITS, exact, shown


def read(value: Any, unit: str, where: str, folder: Path = Path()) -> Distribution:
    """The distribution of `unit` ("ns" or "pages") that a value of TOML or Python means.

    `where` begins every message; `folder` is where data files stand. In Python times are in seconds. Raises
    InputError.
    """
    result = _read(value, unit, where, folder)
    try:
        _ = result.quantile
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return result


def _read(value: Any, unit: str, where: str, folder: Path) -> Distribution:
    if isinstance(value, Distribution):
        if value.unit != unit:
            raise InputError(f"{where}: a distribution of {value.unit} where {unit} are needed")
        return value
    if isinstance(value, dict):
        return _table(value, unit, where, folder)
    if is_distribution(value):
        return from_python(value, unit, where)
    return Constant(unit, math.ceil(_quantity(value, unit, where)))


def _table(table: dict[str, Any], unit: str, where: str, folder: Path) -> Distribution:
    name = table.get("dist")
    given = {key: value for key, value in table.items() if key != "dist"}
    if not isinstance(name, str):
        raise InputError(f"{where}.dist: missing: the name of a distribution, such as {', '.join(families.FAMILIES)}")
    if name.startswith("scipy."):
        return _scipy(name, given, unit, where)
    if name in families.FAMILIES:
        return _family(name, given, unit, where)
    if name not in _READERS:
        raise InputError(f"{where}.dist: unknown distribution {name!r}: {hint(name, [*_READERS, *families.FAMILIES])}")
    needed, optional, reader = _READERS[name]
    _check_keys(given, needed, optional, where)
    return reader(given, unit, where, folder)


def _check_keys(given: dict[str, Any], needed: tuple[str, ...], optional: tuple[str, ...], where: str) -> None:
    for key in given:
        if key not in needed + optional:
            raise InputError(f"{where}.{key}: unknown parameter: {hint(key, needed + optional)}")
    for key in needed:
        if key not in given:
            raise InputError(f"{where}.{key}: missing")


def _family(name: str, given: dict[str, Any], unit: str, where: str) -> Distribution:
    kinds = families.FAMILIES[name].parameters
    _check_keys(given, tuple(kinds), (), where)
    values = {
        key: float(_quantity(given[key], unit, f"{where}.{key}"))
        if kind == families.QUANTITY
        else _number(given[key], f"{where}.{key}", zero=key == "sigma")
        for key, kind in kinds.items()
    }
    (quantity,) = (values[key] for key in families.quantities(name))
    if not quantity or values.get("sigma") == 0:
        return Constant(unit, math.ceil(quantity))
    return Named(unit, name, tuple(values.items()))


def _scipy(name: str, given: dict[str, Any], unit: str, where: str) -> Distribution:
    known = families.scipy_names()
    generator = known.get(name.removeprefix("scipy."))
    if generator is None:
        close = hint(name, [f"scipy.{key}" for key in known])
        raise InputError(f"{where}.dist: unknown distribution {name!r}: {close}")
    shapes = families.shape_names(generator)
    _check_keys(given, (*shapes, "scale"), ("loc",), where)
    numbers = {key: _number(given[key], f"{where}.{key}", signed=True) for key in shapes}
    loc = float(_quantity(given.get("loc", 0), unit, f"{where}.loc", signed=True))
    return named(name, numbers, loc, float(_quantity(given["scale"], unit, f"{where}.scale")), unit, where)


def _constant(given: dict[str, Any], unit: str, where: str, folder: Path) -> Distribution:
    return Constant(unit, math.ceil(_quantity(given["value"], unit, f"{where}.value")))


def _uniform(given: dict[str, Any], unit: str, where: str, folder: Path) -> Distribution:
    low, high = (math.ceil(_quantity(given[key], unit, f"{where}.{key}")) for key in ("low", "high"))
    if low > high:
        raise InputError(f"{where}: low {shown(given['low'])} lies above high {shown(given['high'])}")
    return Uniform(unit, low, high) if low < high else Constant(unit, low)


def _discrete(given: dict[str, Any], unit: str, where: str, folder: Path) -> Distribution:
    values, weights = _list(given, "values", where), _list(given, "weights", where)
    if len(values) != len(weights):
        raise InputError(f"{where}: {len(values)} values but {len(weights)} weights")
    numbers = [math.ceil(_quantity(value, unit, f"{where}.values.{i}")) for i, value in enumerate(values)]
    merged: dict[int, float] = {}
    for number, weight in sorted(zip(numbers, _weights(weights, f"{where}.weights"), strict=True)):
        if weight:
            merged[number] = merged.get(number, 0) + weight
    return Discrete(unit, tuple(merged), tuple(merged.values()))


def _mixture(given: dict[str, Any], unit: str, where: str, folder: Path) -> Distribution:
    parts = _list(given, "parts", where)
    for i, part in enumerate(parts):
        if not isinstance(part, dict) or "weight" not in part:
            raise InputError(f"{where}.parts.{i}: not a table with a weight and a distribution")
    weights = _weights([part["weight"] for part in parts], f"{where}.parts")
    laws = []
    for i, part in enumerate(parts):
        inner = {key: value for key, value in part.items() if key != "weight"}
        laws.append(read(inner, unit, f"{where}.parts.{i}", folder))
    return Mixture(unit, tuple(zip(weights, laws, strict=True)))


def _data(given: dict[str, Any], unit: str, where: str, folder: Path) -> Distribution:
    for key, value in given.items():
        if not isinstance(value, str):
            raise InputError(f"{where}.{key}: {shown(value)} is not a text")
    written_in = given.get("unit", unit)
    if written_in not in UNITS[unit].units:
        raise InputError(f"{where}.unit: unknown unit {written_in!r}: {hint(written_in, UNITS[unit].units)}")
    return column(folder / given["file"], given["column"], unit, written_in, where)


def _compiled(given: dict[str, Any], unit: str, where: str, folder: Path) -> Distribution:
    """What `Compiled.to_toml` wrote; anyone else's is checked as far as safety needs."""
    try:
        rows = [[int(number) for number in row.split()] for row in given["segments"]]
        arrays = (*zip(*rows, strict=True), tuple(given["knots"]))
        result = Compiled(unit, tuple(tuple(array) for array in arrays))
        sound = result.quantile.is_sound()
    except (ValueError, TypeError, AttributeError, OverflowError):
        sound = False
    if not sound:
        raise InputError(f"{where}: not a compiled distribution as oommc writes it")
    return result


_READERS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[..., Distribution]]] = {
    "constant": (("value",), (), _constant),
    "uniform": (("low", "high"), (), _uniform),
    "discrete": (("values", "weights"), (), _discrete),
    "mixture": (("parts",), (), _mixture),
    "data": (("file", "column"), ("unit",), _data),
    "compiled": (("segments", "knots"), (), _compiled),
}


def _quantity(value: Any, unit: str, where: str, signed: bool = False) -> Any:
    try:
        return exact(value, UNITS[unit].units, signed)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _number(value: Any, where: str, signed: bool = False, zero: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not math.isfinite(value):
        raise InputError(f"{where}: {shown(value)} is not a number")
    if not signed and (value < 0 or (value == 0 and not zero)):
        raise InputError(f"{where}: {shown(value)} is not {'0 or more' if zero else 'positive'}")
    return float(value)


def _list(given: dict[str, Any], key: str, where: str) -> list[Any]:
    if not isinstance(given[key], list | tuple) or not given[key]:
        raise InputError(f"{where}.{key}: {shown(given[key])} is not a list of at least one")
    return list(given[key])


def _weights(weights: list[Any], where: str) -> list[float]:
    numbers = [_number(weight, f"{where}.{i}", zero=True) for i, weight in enumerate(weights)]
    if not any(numbers):
        raise InputError(f"{where}: all weights are 0")
    return [int(number) if number.is_integer() else number for number in numbers]
