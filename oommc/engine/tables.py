"""What a scenario's compiled distributions are known by.

A table's knots come from floating-point functions, of NumPy, SciPy and the C library, whose last bit may depend on the
processor. Where that bit decides how a knot is rounded, the same scenario has another record there.
"""

import dataclasses
import hashlib
from collections.abc import Iterator

import numpy as np

from .. import distributions
from ..distributions import TABLE, Distribution, Quantile
from ..scenario import Scenario

_KEYS = {"processes": "process", "nodes": "node"}  # where a field isn't called as its key


def tables(scenario: Scenario) -> dict[str, str]:
    """By key (`machine.latency.report`): of each table the first 16 digits of its SHA-256. Other laws are exact."""
    compiled = {path: distributions.compile(law) for path, law in _laws(scenario, "")}
    return {path: _digest(of) for path, of in compiled.items() if (of.kind == TABLE).any()}


def other_tables(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The keys of the tables that are in both and differ."""
    return [key for key, digest in one.items() if other.get(key, digest) != digest]


def _laws(value: object, path: str) -> Iterator[tuple[str, Distribution]]:
    if isinstance(value, Distribution):
        yield path, value
    elif isinstance(value, tuple):
        for number, entry in enumerate(value):
            yield from _laws(entry, f"{path}.{getattr(entry, 'name', number)}")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _laws(getattr(value, field.name), f"{path}.{_KEYS.get(field.name, field.name)}".lstrip("."))


def _digest(quantile: Quantile) -> str:
    arrays = [np.ascontiguousarray(getattr(quantile, field.name)) for field in dataclasses.fields(quantile)]
    return hashlib.sha256(b"".join(a.astype(a.dtype.newbyteorder("<")).tobytes() for a in arrays)).hexdigest()[:16]
