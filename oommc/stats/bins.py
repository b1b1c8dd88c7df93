"""Integers by their first binary digits: bins that are fixed, so that counts of them add up exactly.

A value's bin is what of it stands first in a float: its exponent and `digits` - 1 binary digits behind the leading one.
So values below 2^digits have bins of their own, and wider bins are at most 2^(1 - digits) of their values wide. Floats
are exact below 2^53, and no run is longer than 2^50 ns.
"""

import numpy as np


def number(values: np.ndarray, digits: int) -> np.ndarray:
    """The number of each value's bin (values int64 ≥ 0), in the order of the values; of 0 it is 0."""
    return np.maximum((values.astype(float).view(np.int64) >> 53 - digits) - _before(digits), 0)


def low(at: np.ndarray, digits: int) -> np.ndarray:
    """The lower end of each bin, int64."""
    return np.where(at > 0, (at + _before(digits)) << 53 - digits, 0).view(float).astype(np.int64)


def ends(values: np.ndarray, digits: int) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest value in each value's bin, int64."""
    at = number(values, digits)
    least = low(at, digits)
    return least, np.maximum(low(at + 1, digits) - 1, least)


def _before(digits: int) -> int:
    return (int(np.float64(1).view(np.int64)) >> 53 - digits) - 1
