"""Exact sums over schedules.

Sums and sums of squares are integers, so that they add up to the same value in any order and for any block
size; floating point begins where a mean is reported.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from oommc.stats import bins
from oommc.stats.ordered import dot

DIGITS = 5
"""Binary digits of a value by which it is counted: counts up to 32 have bins of their own, others bins 6 % wide."""

LAST = 63 << DIGITS - 1
"""The number of the last bin, that of values just below 2^63."""

Bins = dict[int, int]
"""How many schedules had a value in each bin, by the bin's number; that of a negative value is negative."""

_LIMB = 24  # bits; products of two limbs are below 2^48, and 2^13 of them below 2^61
_ROWS = 1 << 13


@dataclass(frozen=True)
class Moments:
    """Number of schedules and, for each of M metrics, sum, sum of squares, least and largest, and counts of values.

    `total` and `squares` hold Python integers (object arrays of shape (M,)), `low` and `high` int64; the
    latter two mean nothing while n is 0. `bins` is empty where nobody asks for an interval.
    """

    n: int
    total: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray
    bins: tuple[Bins, ...] = ()

    @classmethod
    def none(cls, metrics: int) -> "Moments":
        """The moments of no schedule."""
        nothing = np.zeros(metrics, np.int64)
        return cls(0, nothing.astype(object), nothing.astype(object), nothing, nothing, ({},) * metrics)

    @classmethod
    def of(cls, columns: Iterable[np.ndarray]) -> "Moments":
        """The moments of M columns, int64 of shape (rows,);
        one by one, so that what is made on the way stays in the cache.
        """
        held = list(columns)
        rows, total, squares, low, high = zip(*map(_column, held), strict=True)
        if not rows[0]:
            return cls.none(len(rows))
        exact, ends = np.array([total, squares], object), np.array([low, high], np.int64)
        return cls(rows[0], exact[0], exact[1], ends[0], ends[1], tuple(map(_counted, held, low, high)))

    def __add__(self, other: "Moments") -> "Moments":
        if not self.n or not other.n:
            return self if self.n else other
        return Moments(
            self.n + other.n,
            self.total + other.total,
            self.squares + other.squares,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            tuple(map(_together, self.bins, other.bins)),
        )

    def __neg__(self) -> "Moments":
        bins = tuple({-at: count for at, count in of.items()} for of in self.bins)
        return Moments(self.n, -self.total, self.squares, -self.high, -self.low, bins)

    def bare(self) -> "Moments":
        """Without the counts of values."""
        return replace(self, bins=())

    def scaled_variance(self, metric: int) -> int:
        """n·(n − 1) times the sample variance: an integer."""
        return self.n * self.squares[metric] - self.total[metric] ** 2

    def sample(self, metric: int) -> tuple[np.ndarray, np.ndarray]:
        """Values of a metric, float64, and how many schedules had each, float64: both of shape (values,), n ≥ 1.

        Within its bin each stands at the same share of the way, that which makes the mean the exact one.
        """
        pairs = sorted(self.bins[metric].items())
        at, counts = np.array([number for number, _ in pairs]), np.array([count for _, count in pairs], float)
        ends = np.sort(np.sign(at) * bins.ends(bins.low(np.abs(at), DIGITS), DIGITS), axis=0)
        least, most = np.clip(ends, self.low[metric], self.high[metric]).astype(float)
        room = dot(counts, most - least)
        share = (float(self.total[metric]) - dot(counts, least)) / room if room else 0.0
        return least + min(max(share, 0.0), 1.0) * (most - least), counts


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


def _counted(values: np.ndarray, low: int, high: int) -> Bins:
    """The counts of the bins of values from `low` to `high`."""
    if not len(values):
        return {}
    if low == high:
        return {int(_numbers(np.array([low]))[0]): len(values)}
    if max(-low, high) < 1 << DIGITS:  # counts mostly are
        counts = np.bincount(values - low)
        there = np.flatnonzero(counts)
        numbers = _numbers(there + low)
    else:
        at = _numbers(values)
        counts = np.bincount(at - at.min())
        there = np.flatnonzero(counts)
        numbers = there + at.min()
    return dict(zip(numbers.tolist(), counts[there].tolist(), strict=True))


def _numbers(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * bins.number(np.abs(values), DIGITS)


def _together(one: Bins, other: Bins) -> Bins:
    return one | {at: one.get(at, 0) + count for at, count in other.items()}
