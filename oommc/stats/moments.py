"""Exact sums over schedules.

Sums and sums of squares are integers, so that they add up to the same value in any order and for any block
size; floating point begins where a mean is reported.
"""

from dataclasses import dataclass

import numpy as np

_LIMB = 24  # bits; products of two limbs are below 2^48, and 2^13 of them below 2^61
_ROWS = 1 << 13


@dataclass(frozen=True)
class Moments:
    """Number of schedules and, for each of M metrics, sum, sum of squares, least and largest value.

    `total` and `squares` hold Python integers (object arrays of shape (M,)), `low` and `high` int64; the
    latter two mean nothing while n is 0.
    """

    n: int
    total: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def none(cls, metrics: int) -> "Moments":
        """The moments of no schedule."""
        nothing = np.zeros(metrics, np.int64)
        return cls(0, nothing.astype(object), nothing.astype(object), nothing, nothing)

    @classmethod
    def of(cls, values: np.ndarray) -> "Moments":
        """The moments of int64 values of shape (M, rows)."""
        metrics, rows = values.shape
        if rows == 0:
            return cls.none(metrics)
        low, high = values.min(axis=1), values.max(axis=1)
        limit = 1 << (2 * _LIMB - 1)
        if (
            int(low.min()) <= -limit or int(high.max()) >= limit
        ):  # beyond 39 hours in ns: rare, so slow and plain
            exact = values.astype(object)
            return cls(rows, exact.sum(axis=1), (exact * exact).sum(axis=1), low, high)
        total = squares = np.zeros(metrics, object)
        for first in range(0, rows, _ROWS):
            part = values[:, first : first + _ROWS]
            upper, lower = part >> _LIMB, part & ((1 << _LIMB) - 1)
            total = total + part.sum(axis=1).astype(object)
            squares = squares + (
                (_dot(upper, upper) << 2 * _LIMB) + (_dot(upper, lower) << _LIMB + 1) + _dot(lower, lower)
            )
        return cls(rows, total, squares, low, high)

    def __add__(self, other: "Moments") -> "Moments":
        if not self.n or not other.n:
            return self if self.n else other
        return Moments(
            self.n + other.n,
            self.total + other.total,
            self.squares + other.squares,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    def scaled_variance(self, metric: int) -> int:
        """n·(n − 1) times the sample variance: an integer."""
        return self.n * self.squares[metric] - self.total[metric] ** 2


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b).astype(object)
