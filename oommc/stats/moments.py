"""Exact sums over schedules.

Sums and sums of squares are integers, so that they add up to the same value in any order and for any block
size; floating point begins where a mean is reported.
"""

from collections.abc import Iterable
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
    def of(cls, columns: Iterable[np.ndarray]) -> "Moments":
        """The moments of M columns, int64 of shape (rows,);
        one by one, so that what is made on the way stays in the cache.
        """
        rows, total, squares, low, high = zip(*map(_column, columns), strict=True)
        if not rows[0]:
            return cls.none(len(rows))
        return cls(
            rows[0], *(np.array(of, object) for of in (total, squares)), *(np.array(of, np.int64) for of in (low, high))
        )

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


def _column(values: np.ndarray) -> tuple[int, int, int, int, int]:
    """How many values, their sum, their sum of squares, the least and the largest."""
    n = len(values)
    if not n:
        return 0, 0, 0, 0, 0
    low, high = int(values.min()), int(values.max())
    most = max(high, -low)
    if low == high:  # most metrics of most blocks
        return n, n * low, n * low * low, low, high
    if n * most * most < 1 << 63:
        return n, int(values.sum()), _dot(values, values), low, high
    add_up = _of_limbs if most < 1 << 2 * _LIMB - 1 else _of_any
    parts = [add_up(values[first : first + _ROWS]) for first in range(0, n, _ROWS)]
    total, square = map(sum, zip(*parts, strict=True))
    return n, total, square, low, high


def _of_limbs(values: np.ndarray) -> tuple[int, int]:
    """Sum and sum of squares of values of two limbs, so few that no sum overflows."""
    upper, lower = values >> _LIMB, values & ((1 << _LIMB) - 1)
    squares = (_dot(upper, upper) << 2 * _LIMB) + (_dot(upper, lower) << _LIMB + 1) + _dot(lower, lower)
    return int(values.sum()), squares


def _of_any(values: np.ndarray) -> tuple[int, int]:
    """Those of any values: beyond 39 hours in ns, so rare, and slow and plain."""
    exact = values.astype(object)
    return exact.sum(), (exact * exact).sum()


def _dot(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.einsum("i,i", a, b))
