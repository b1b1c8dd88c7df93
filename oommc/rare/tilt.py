"""A quantile function with its upper tail drawn more often, and the weight that makes up for it.

The upper-tail probability s of a draw is cut into octaves (1/2 … 1, 1/4 … 1/2, …). The tilted function gives
each octave the probability that it has where s is drawn from G(s) = d·s + (1 − d)·s^(1/k), and within an octave it is
the original. So the weight, the ratio of the two probabilities of an octave, is exact and never above 1/d: what no tilt
was needed for is still found (Hesterberg, Technometrics 37 (1995) 185, defensive mixtures).

Weights of several threads multiply. Of T threads each is tilted with probability 1 - d = 1/T, so that one is in the
mean: a mixture over which of them are, by its balance heuristic (Veach & Guibas, SIGGRAPH 1995), whose weight is at
most (1 - 1/T)^-T, below 4. Of one thread alone d is DEFENSE.

Down to s = 2^-33 it works on the segments and knots that the core draws from: exact for a law that is one table; where
a segment ends inside an octave a value is rounded by one unit. Below, where the core's tables are flat, it follows the
law itself, as far as the tilt reaches and SciPy inverts its own tail there: the probability of an octave is exact, and
inside one the law is followed by straight lines, as in the tables.
"""

import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from ..distributions import OCTAVES, TABLE, UNIFORM, Quantile
from ..distributions.families import Law
from ..distributions.laws import Compiled
from ..distributions.table import LARGEST

DEFENSE = 0.1
_ALL = 1 << 64
_TABLED = OCTAVES + 1
"""Octaves in which a table isn't flat."""
_CUTS = [0, *(_ALL - (_ALL >> j) for j in range(1, _TABLED + 1)), _ALL]
_FURTHEST = 1_000
"""Octaves at most: 2^-1000 is near the smallest number that SciPy's tails are sure to know."""
_RARELY = 2.0**-33
"""What the last octave is drawn with at least, as in a table."""
_CELLS = 16
_EXACT = 1e-6  # relative, of a tail and its inverse


class Tilt:
    """`quantile` is the tilted function; `flat` whether it ends in its last octave in one value,
    where the law goes on.
    """

    def __init__(self, quantile: Quantile, k: float, law: Law | None = None, threads: int = 1) -> None:
        """`k` > 1: the k-th root is taken of a tail probability. `law`: that of a function that is a table.
        `threads`: how many draw from it.
        """
        defense = max(DEFENSE, 1 - 1 / threads)

        def drawn(s: float) -> float:
            return defense * s + (1 - defense) * s ** (1 / k)

        self.flat = bool(quantile.kind[-1] == TABLE)
        further = _followed(law, drawn, quantile.maximum()) if law and len(quantile.kind) == 1 else []
        tails = [1.0, *(2.0**-j for j in range(1, _TABLED + len(further) + 1)), 0.0]
        self._cuts = [_ALL - round(drawn(s) * _ALL) for s in tails]
        before, after = -np.diff(tails), np.array([b - a for a, b in pairwise(self._cuts)], float) / _ALL
        self._weights = before / after
        pieces = list(self._moved(_cut(_pieces(quantile))))
        if further:
            pieces[-1:] = self._of_law(further)
        self.quantile = _assembled(iter(pieces))

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

    def _of_law(self, further: list[list[int]]) -> Iterator["_Piece"]:
        """The octaves behind those of the table, and the last, of which no end is known: it is all where it begins."""
        for octave, values in enumerate([*further, [further[-1][-1]] * 2], _TABLED):
            to, until = self._cuts[octave : octave + 2]
            cells = len(values) - 1
            for cell, (low, high) in enumerate(pairwise(values)):
                at, end = (to + i * (until - to) // cells for i in (cell, cell + 1))
                yield at, end, low, max(low, high - 1)


def _followed(law: Law, drawn: Callable[[float], float], least: int) -> list[list[int]]:
    """The law's values at the ends of the cells of each octave behind a table that ends at `least`."""
    found = []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy's own, where it gives up
        for octave in range(_TABLED, _FURTHEST):
            tails = 2.0**-octave * np.linspace(1, 0.5, _CELLS + 1)
            values = law.isf(tails)
            exact = (abs(law.sf(values) / tails - 1) < _EXACT).all() and (values < LARGEST).all()
            if not exact or drawn(float(tails[-1])) < _RARELY:
                break
            found.append(np.maximum(values.astype(np.int64), least).tolist())
    return found


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
    rows = [
        (start, (end - start) % _ALL, UNIFORM, low, high - low, 0, 0) for start, end, low, high in pieces if start < end
    ]
    types = [np.uint64, np.uint64] + [np.int64] * 5
    columns = [np.array(column, dtype) for column, dtype in zip(zip(*rows, strict=True), types, strict=True)]
    start, width, kind, base, span, table, bits = columns
    return Quantile(start, width, kind, base, span, table, bits, knots=np.zeros(0, np.int64))
