"""A quantile function with its upper tail drawn more often, and the weight that makes up for it.

The upper-tail probability s of a draw is cut into octaves (1/2 … 1, 1/4 … 1/2, …, below 2^-33). The tilted function gives
each octave the probability that it has where s is drawn from G(s) = DEFENSE·s + (1 − DEFENSE)·s^(1/k), and within an octave
it is the original. So the weight, the ratio of the two probabilities of an octave, is exact and never above 1/DEFENSE: what
no tilt was needed for is still found (Hesterberg, Technometrics 37 (1995) 185, defensive mixtures).

Works on the segments and knots that the core draws from: exact for a law that is one table; where a segment ends inside an
octave a value is rounded by one unit.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..distributions import OCTAVES, TABLE, UNIFORM, Quantile
from ..distributions.laws import Compiled

DEFENSE = 0.1
_ALL = 1 << 64
_CUTS = [0, *(_ALL - (_ALL >> j) for j in range(1, OCTAVES + 2)), _ALL]


class Tilt:
    """`quantile` is the tilted function; `flat` whether the law's table ends in its last octave in one value."""

    def __init__(self, quantile: Quantile, k: float) -> None:
        """`k` > 1: the k-th root is taken of a tail probability."""
        tails = [(_ALL - cut) / _ALL for cut in _CUTS]
        self._cuts = [_ALL - round((DEFENSE * s + (1 - DEFENSE) * s ** (1 / k)) * _ALL) for s in tails]
        sizes = [[b - a for a, b in pairwise(cuts)] for cuts in (_CUTS, self._cuts)]
        self._weights = np.array([before / after for before, after in zip(*sizes, strict=True)])
        self.flat = bool(quantile.kind[-1] == TABLE)
        self.quantile = _assembled(self._moved(_cut(_pieces(quantile))))

    def law(self, unit: str) -> Compiled:
        """The tilted function as a scenario holds it."""
        q = self.quantile
        arrays = (q.start, q.width, q.kind, q.base, q.span, q.table, q.bits, q.knots)
        return Compiled(unit, tuple(tuple(array.tolist()) for array in arrays))

    @property
    def most(self) -> float:
        """The largest weight of a draw."""
        return float(self._weights.max())

    def octaves(self, words: np.ndarray) -> np.ndarray:
        """The octave of each uniform of 64 bits (uint64), from 0; the last is below 2^-33."""
        return np.searchsorted(np.array(self._cuts[1:-1], np.uint64), words, side="right")

    def weights(self, octaves: np.ndarray) -> np.ndarray:
        """How much more probable each draw was before."""
        return self._weights[octaves]

    @property
    def last(self) -> int:
        """The number of the last octave."""
        return len(self._weights) - 1

    def _moved(self, pieces: Iterator["_Piece"]) -> Iterator["_Piece"]:
        octave = 0
        for start, end, low, high in pieces:
            while start >= _CUTS[octave + 1]:
                octave += 1
            (a, b), (to, until) = _CUTS[octave : octave + 2], self._cuts[octave : octave + 2]
            yield to + (start - a) * (until - to) // (b - a), to + (end - a) * (until - to) // (b - a), low, high


_Piece = tuple[int, int, int, int]
"""For uniforms from `start` up to `end`, every value from `low` to `high` is equally likely, in order."""


def _pieces(q: Quantile) -> Iterator[_Piece]:
    starts, knots = q.start.tolist(), q.knots.tolist()
    for s, (start, end) in enumerate(pairwise([*starts, _ALL])):
        base, span = int(q.base[s]), int(q.span[s])
        if q.kind[s] != TABLE:
            yield start, end, base, base + span
            continue
        for a, b, low, high in _cells(knots[int(q.table[s]) :], int(q.bits[s])):
            # the first u whose position in the segment is at least a
            first, last = (start - (-at * (end - start) >> 64) for at in (a, b))
            if first < last:
                yield first, last, low, high


def _cells(knots: list[int], bits: int) -> Iterator[_Piece]:
    """The cells of a table on [0, 2^64), from below; evaluation drops fractions towards the ends."""
    n = OCTAVES << bits
    at = [((1 << bits) + (i & (1 << bits) - 1)) << (63 - OCTAVES + (i >> bits)) >> bits for i in range(n + 1)]
    yield 0, at[0], knots[0], knots[0]
    for i in range(n):
        a, b = knots[i : i + 2]
        yield at[i], at[i + 1], a, max(a, b - 1)
    upper = knots[n + 1 :]
    for i in reversed(range(n)):
        a, b = upper[i : i + 2]
        yield _ALL - at[i + 1], _ALL - at[i], min(a, b + 1), a
    yield _ALL - at[0], _ALL, upper[0], upper[0]


def _cut(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """The same with no piece across the end of an octave."""
    for start, end, low, high in pieces:
        for cut in _CUTS:
            if start < cut < end:
                values, rest = divmod((high - low + 1) * (cut - start), end - start)
                yield start, cut, low, low + values - (rest == 0)
                start, low = cut, low + values
        yield start, end, low, high


def _assembled(pieces: Iterator[_Piece]) -> Quantile:
    rows = [(start, (end - start) % _ALL, UNIFORM, low, high - low, 0, 0) for start, end, low, high in pieces if start < end]
    types = [np.uint64, np.uint64] + [np.int64] * 5
    columns = [np.array(column, dtype) for column, dtype in zip(zip(*rows, strict=True), types, strict=True)]
    return Quantile(*columns, knots=np.zeros(0, np.int64))
