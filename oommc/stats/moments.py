"""Exact sums over schedules.

Sums and sums of squares are integers, so that they add up to the same value in any order and for any block
size; floating point begins where a mean is reported.
"""

import math
from collections.abc import Callable
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
        total = rows * low.astype(object)  # of those that are constant; most metrics of most blocks are
        squares = total * low
        varied = low < high
        for size, sums in _SUMS:
            of = np.flatnonzero(varied & (low > -size) & (high < size))
            varied[of] = False
            if len(of):
                total[of], squares[of] = sums(values[of])
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


Sums = tuple[np.ndarray, np.ndarray]


def _of_small(values: np.ndarray) -> Sums:
    """Sums and sums of squares of values of one limb: object arrays of shape (M,)."""
    return values.sum(axis=1).astype(object), _dot(values, values)


def _of_large(values: np.ndarray) -> Sums:
    """Those of values of two limbs."""
    upper, lower = values >> _LIMB, values & ((1 << _LIMB) - 1)
    squares = (_dot(upper, upper) << 2 * _LIMB) + (_dot(upper, lower) << _LIMB + 1) + _dot(lower, lower)
    return values.sum(axis=1).astype(object), squares


def _of_any(values: np.ndarray) -> Sums:
    """Those of any values: beyond 39 hours in ns, so rare, and slow and plain."""
    exact = values.astype(object)
    return exact.sum(axis=1), (exact * exact).sum(axis=1)


def _by_rows(sums: Callable[[np.ndarray], Sums]) -> Callable[[np.ndarray], Sums]:
    """So many rows at a time that no sum overflows."""

    def summed(values: np.ndarray) -> Sums:
        parts = [sums(values[:, first : first + _ROWS]) for first in range(0, values.shape[1], _ROWS)]
        return sum(total for total, _ in parts), sum(squares for _, squares in parts)

    return summed


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b).astype(object)


_SUMS = ((1 << _LIMB, _by_rows(_of_small)), (1 << 2 * _LIMB - 1, _by_rows(_of_large)), (math.inf, _of_any))
"""How values are added up that are all smaller than so much."""
