"""Rows of the core's structs.

Their layout is derived from the C ones (`DTYPES`), so a field that isn't there is an error.
"""

from collections.abc import Iterable

import numpy as np

from ._core import DTYPES

CERTAIN = 1 << 63
"""The probability 1 in the core's numbers."""


def rows(name: str, packed: Iterable[dict]) -> np.ndarray:
    """A structured array; each row has to name every field of the struct."""
    dtype = DTYPES[name]
    packed = list(packed)
    array = np.zeros(len(packed), dtype)
    for target, row in zip(array, packed, strict=True):
        if set(row) != set(fields(dtype)):
            raise TypeError(f"{name}: {set(row) ^ set(fields(dtype))}")
        for field, value in row.items():
            target[field] = value
    return array


def fields(dtype: np.dtype) -> tuple[str, ...]:
    """The names of a struct's fields, in order."""
    assert dtype.names is not None
    return dtype.names


def probability(p: float) -> int:
    """p · 2^63, where the core takes 2^63 − 1 for certainty's sake as good as 1."""
    return min(CERTAIN - 1, round(p * CERTAIN))
