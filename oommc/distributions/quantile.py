"""A quantile function in integers: one uniform of 64 bits gives one value, monotonically.

This is what the compiled core evaluates for every draw; `Quantile.__call__` is its specification, in Python's
own integers. A function is a row of segments over u in [0, 2**64); a segment is a constant, a uniform, or a
table whose knots stand closer and closer towards both of its ends (octaves), so that tails stay accurate.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

CONSTANT, UNIFORM, TABLE = range(3)
OCTAVES = 32
LIMIT = 1 << 62
"""Every value is below this, in ns (146 years) as in pages."""
_ALL = (1 << 64) - 1


def side_length(bits: int) -> int:
    """How many knots one side of a table with 2**bits cells an octave has."""
    return (OCTAVES << bits) + 1


@dataclass(frozen=True, eq=False)
class Quantile:
    """Arrays of equal length, one entry a segment, sorted by `start` (uint64, the first is 0).

    width: uint64, 0 means 2**64. kind: CONSTANT, UNIFORM, TABLE. base, span: the value, and high - low of a
    UNIFORM. table: where in `knots` a TABLE's lower side begins; its upper side follows. bits: cells an
    octave, as log2.
    """

    start: np.ndarray
    width: np.ndarray
    kind: np.ndarray
    base: np.ndarray
    span: np.ndarray
    table: np.ndarray
    bits: np.ndarray
    knots: np.ndarray

    def __call__(self, u: int) -> int:
        """The value at probability u / 2**64."""
        start, width, kind, base, span, table, bits, knots = self._plain
        s = bisect_right(start, u) - 1
        if kind[s] == CONSTANT:
            return base[s]
        w = u - start[s]
        if width[s]:
            w = (w << 64) // width[s]
        if kind[s] == UNIFORM:
            return base[s] + (w * (span[s] + 1) >> 64)
        m, side = bits[s], table[s]
        upper = w >> 63
        t = _ALL - w if upper else w  # distance from the nearer end
        if upper:
            side += side_length(m)
        if t < 1 << (63 - OCTAVES):
            return knots[side]
        octave = 63 - t.bit_length()  # counted from the median; 62 - floor(log2(t))
        x = (t << (octave + 2)) & _ALL  # the fraction after the leading one
        cell, rest = x >> (64 - m), (x << m) & _ALL
        i = side + ((OCTAVES - 1 - octave) << m) + cell
        a, b = knots[i], knots[i + 1]
        return a - ((a - b) * rest >> 64) if upper else a + ((b - a) * rest >> 64)

    def is_sound(self) -> bool:
        """Whether the arrays keep what is said above, so that no u leads outside of them or downwards."""
        start, width, kind, base, span, table, bits, knots = self._plain
        ends = [*start[1:], _ALL + 1]
        least = 0
        for s in range(len(start)):
            if kind[s] == TABLE:
                n = side_length(bits[s]) if 0 <= bits[s] <= 16 else len(knots) + 1
                lower, upper = knots[table[s] :][:n], knots[table[s] + n :][:n]
                if table[s] < 0 or len(lower) + len(upper) != 2 * n:
                    return False
                # what follows the last knot but one stops short of a last one that differs
                reached = lower[-1] - (lower[-1] > lower[-2]), upper[-1] + (upper[-1] < upper[-2])
                values = [*lower[:-1], *reached, *upper[-2::-1]]
            else:
                values = [base[s], base[s] + span[s]]
            right = start[0] == 0 and ends[s] > start[s] and width[s] == (ends[s] - start[s]) % (_ALL + 1)
            if not right or kind[s] not in (CONSTANT, UNIFORM, TABLE) or (kind[s] == CONSTANT and span[s]):
                return False
            if values[0] < least or any(b < a for a, b in pairwise(values)):
                return False
            least = values[-1]
        return bool(start) and least < LIMIT

    @cached_property
    def _plain(self) -> tuple[list[int], ...]:
        fields = (self.start, self.width, self.kind, self.base, self.span, self.table, self.bits, self.knots)
        return tuple(field.tolist() for field in fields)

    def median(self) -> int:
        """The value at one half."""
        return self(1 << 63)

    def maximum(self) -> int:
        """The largest value that can be drawn."""
        return self(_ALL)

    def minimum(self) -> int:
        """The smallest value that can be drawn."""
        return self(0)

    def mean(self) -> float:
        """The mean of what is drawn (not of the distribution, whose own may be infinite)."""
        total = 0.0
        for s, width in enumerate(self.width.tolist()):
            base, span = float(self.base[s]), float(self.span[s])
            mass = (width or 1 << 64) / 2.0**64
            total += mass * (_table_mean(self, s) if self.kind[s] == TABLE else base + span / 2)
        return total


def _table_mean(quantile: Quantile, s: int) -> float:
    """The middles of all cells, less the half unit that dropping the fraction costs, and the two extreme
    values.
    """
    bits, first = int(quantile.bits[s]), int(quantile.table[s])
    n = side_length(bits)
    at, total = knot_positions(bits), 0.0
    for begin, inward in ((first, -0.5), (first + n, 0.5)):
        side = quantile.knots[begin : begin + n].astype(float)
        cells = (side[1:] + side[:-1]) / 2 + inward * (side[1:] != side[:-1])
        total += float((np.diff(at) * cells).sum() + at[0] * side[0])
    return total


def knot_positions(bits: int, parts: int = 1) -> np.ndarray:
    """The probabilities t / 2**64 (up to 1/2, from the end) at which knots stand; `parts` > 1 refines each
    cell.
    """
    fraction = 1 + np.arange(parts << bits) / (parts << bits)
    octaves = 2.0 ** np.arange(-1 - OCTAVES, -1)
    return np.append((octaves[:, None] * fraction).ravel(), 0.5)
