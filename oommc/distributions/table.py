"""Compiles a quantile function given as arrays of floats (`ppf` from below, `isf` from above) into a
`Quantile`.

Knots stand in octaves towards both ends of a segment; the fewest cells an octave are taken that keep linear
interpolation within `TOLERANCE` between the quantiles `TAIL` and 1 - `TAIL`. Where no number of cells would
(a jump, or a kink, of a mixture or a gapped histogram) the segment is cut there, and the tables on both sides
refine towards the cut. Knots are whole numbers, and evaluation drops the fraction towards the segment's ends;
so a knot is rounded from half its cell (at most half a unit) further in. Rounding then costs at most one
unit, and hardly anything on average.

Where floats can't decide how a knot is rounded, `correct` does, so that another processor's last bits change nothing.
"""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from oommc.distributions.quantile import CONSTANT, LIMIT, TABLE, UNIFORM, Quantile, knot_positions
from oommc.errors import InputError

TAIL = 1e-6
TOLERANCE = 1e-4
BITS = range(5, 11)
MAX_SEGMENTS = 256
LARGEST = float(LIMIT - 1024)
"""Whatever lies above is drawn as this; a float, unlike LIMIT - 1."""
WHOLE = 1 << 64
_MARGIN = 0.9  # the points checked are the middles of the cells, not where the error is largest
_PARTS = 2
_DIGITS = 36
"""Binary digits of a knot, so that few lie so near to a half that floats can't tell on which side: 69 s in ns."""
_DOUBT = 2.0**-42
"""More than the relative error of floats' quantiles: 2,000 times that of one operation."""

Real = Callable[[np.ndarray], np.ndarray]
Correct = Callable[[float, bool, float], float]
"""(probability, upper, near): the quantile to the last bit, from below or with `upper` from above; `near` is that of
floats.
"""


class _Segment(NamedTuple):
    start: int
    end: int
    kind: int
    base: int = 0
    span: int = 0
    bits: int = 0
    knots: np.ndarray = np.zeros(0, np.int64)


def constant(value: int) -> Quantile:
    """The quantile function that is always `value`."""
    return _assemble([_Segment(0, WHOLE, CONSTANT, value)])


def uniform(low: int, high: int) -> Quantile:
    """The whole numbers from `low` to `high`, each equally likely."""
    return _assemble([_Segment(0, WHOLE, UNIFORM, low, high - low)])


def steps(values: Iterable[int], weights: Iterable[float]) -> Quantile:
    """Ascending `values` with probabilities in proportion to `weights`, exact to 2**-64."""
    ratios = [weight.as_integer_ratio() for weight in weights]
    unit = max(denominator for _, denominator in ratios)  # powers of two: the largest is a multiple of all
    whole = [numerator * (unit // denominator) for numerator, denominator in ratios]
    total = sum(whole)
    edges = [-(-below * WHOLE // total) for below in accumulate(whole, initial=0)]
    stretches = zip(pairwise(edges), values, strict=True)
    return _assemble([_Segment(start, end, CONSTANT, value) for (start, end), value in stretches if start < end])


def tabulate(
    ppf: Real,
    isf: Real,
    atoms: Iterable[tuple[int, int, int]] = (),
    cuts: Iterable[int] = (),
    correct: Correct = lambda probability, upper, near: near,
) -> Quantile:
    """The quantile function of ppf(p) = isf(1 - p).

    `atoms` are known constant stretches (start, end, value), `cuts` known jumps or kinks; all in units of
    2**-64. `correct` decides how a knot is rounded where floats can't. Raises InputError for values that are no
    numbers and for functions that no table follows.
    """
    atoms = sorted(atoms)
    if len(atoms) > MAX_SEGMENTS:
        raise InputError(f"it has {len(atoms)} values of their own: at most {MAX_SEGMENTS} fit a mixture")
    edges = sorted({0, WHOLE, *cuts, *(edge for start, end, _ in atoms for edge in (start, end))})
    known = {start: value for start, _, value in atoms}
    inner = [edge for edge in edges if not any(start < edge < end for start, end, _ in atoms)]
    pending = list(pairwise(inner))[::-1]
    rows: list[_Segment] = []
    least = 0
    while pending:
        start, end = pending.pop()
        if start in known:
            rows.append(_Segment(start, end, CONSTANT, max(least, known[start])))
        else:
            fit = _Span(ppf, isf, correct, start, end).fit(least)
            if isinstance(fit, int):
                pending += [(fit, end), (start, fit)]
                if len(pending) + len(rows) > MAX_SEGMENTS:
                    raise InputError(
                        f"no table of {MAX_SEGMENTS} segments follows it to a relative error of {TOLERANCE}"
                    )
                continue
            rows.append(fit)
        least = _last(rows[-1])
    return _assemble(rows)


class _Span:
    """One stretch [start, end) of u, looked at from both of its ends."""

    def __init__(self, ppf: Real, isf: Real, correct: Correct, start: int, end: int):
        self.ppf, self.isf, self.correct, self.start, self.end = ppf, isf, correct, start, end
        self.below, self.mass, self.above = start / WHOLE, (end - start) / WHOLE, (WHOLE - end) / WHOLE

    def probability(self, at: np.ndarray, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        """(p, 1 - p), each without cancellation, at the fraction `at` of the stretch from its lower or upper
        end.
        """
        near, far = at * self.mass, (1 - at) * self.mass
        return (self.below + far, self.above + near) if upper else (self.below + near, self.above + far)

    def values(self, at: np.ndarray, upper: bool) -> np.ndarray:
        p, q = self.probability(at, upper)
        low = p <= 0.5
        result = np.empty(len(at))
        result[low], result[~low] = self.ppf(p[low]), self.isf(q[~low])
        if np.isnan(result).any():
            raise InputError("it gives no number for some probabilities")
        return np.clip(result, 0.0, LARGEST)

    def fit(self, least: int) -> _Segment | int:
        """The segment that follows the function, or where to cut first."""
        bits = BITS[0]
        while True:
            at = knot_positions(bits, _PARTS)
            sides = [self.values(at, upper) for upper in (False, True)]
            if np.rint(sides[0][0]) == np.rint(sides[1][0]):
                return _Segment(self.start, self.end, CONSTANT, max(least, int(np.rint(sides[0][0]))))
            excess = [self.excess(at, side, upper) for side, upper in zip(sides, (False, True), strict=True)]
            worst = max(float(e.max()) for e in excess)
            if worst <= 1:
                at, sides = at[::_PARTS], [side[::_PARTS] for side in sides]
                decided = [self.decided(at, side, upper) for side, upper in zip(sides, (False, True), strict=True)]
                return _Segment(self.start, self.end, TABLE, bits=bits, knots=_knots(decided, least))
            bits += max(1, int(math.log(worst, 4)))  # where it is smooth, one bit more is a quarter of the error
            if bits > BITS[-1]:
                break
        upper = bool(excess[1].max() > excess[0].max())
        cell = int(excess[upper].argmax()) // _PARTS * _PARTS
        return self.cut(at[cell], at[cell + _PARTS], upper)

    def excess(self, at: np.ndarray, values: np.ndarray, upper: bool) -> np.ndarray:
        """The interpolation's error at each point, as a multiple of what is allowed; 0 in the far tails."""
        straight = np.interp(at, at[::_PARTS], values[::_PARTS])
        allowed = TOLERANCE * _MARGIN * np.maximum(values, 1.0)
        p, q = self.probability(at, upper)
        return np.where((p >= TAIL) & (q >= TAIL), np.abs(straight - values) / allowed, 0.0)

    def decided(self, at: np.ndarray, knots: np.ndarray, upper: bool) -> np.ndarray:
        """The values of one side's knots, to the last bit wherever those of floats could decide how one is rounded."""
        p, q = self.probability(at, upper)
        result = knots.copy()
        for i in np.flatnonzero(_doubtful(knots) & (knots > 0.25) & (knots < LARGEST)):  # smaller ones are 0
            above = bool(p[i] > 0.5)
            result[i] = min(self.correct(float(q[i] if above else p[i]), above, float(knots[i])), LARGEST)
        return result

    def cut(self, near: float, far: float, upper: bool) -> int:
        """The steepest place between two fractions of the stretch: a jump to the precision of a float, a kink until
        its last digits would decide.
        """
        while True:
            at = np.linspace(near, far, 65)
            values = self.values(at, upper)
            steps = np.abs(np.diff(values))
            k = int(steps.argmax())
            if at[k + 1] - at[k] <= np.spacing(far) or steps[k] <= TOLERANCE / 10 * values[k]:
                break
            near, far = float(at[k]), float(at[k + 1])
        offset = int(Fraction(float(at[k + 1])) * (self.end - self.start))
        return self.end - offset if upper else self.start + offset


def _knots(sides: list[np.ndarray], least: int) -> np.ndarray:
    """Both sides. Where the cells at the median span a unit or more, its own value is what they lead up and
    down to.
    """
    lower, upper = sides
    median, whole = float(lower[-1]), round(float(lower[-1]))
    if abs(median - whole) <= 1e-9 * median:
        median = whole
    last = math.floor(median) + 1 if median - lower[-2] >= 1 else whole
    first = math.ceil(median) - 1 if upper[-2] - median >= 1 else whole
    rising = np.clip(np.append(np.minimum(_inwards(lower), last), last), least, None)
    falling = np.append(np.maximum(_inwards(upper), first), first)
    return np.concatenate([np.maximum.accumulate(rising), np.maximum.accumulate(falling[::-1].clip(least))[::-1]])


def _inwards(values: np.ndarray) -> np.ndarray:
    """All knots but the last, rounded from half of the wider cell beside each, or half a unit, further in."""
    scaled, unit = _unrounded(values)
    return np.minimum(np.ldexp(np.rint(scaled), unit), LARGEST).astype(np.int64)


def _doubtful(values: np.ndarray) -> np.ndarray:
    """On which values it depends how a knot is rounded that lies within floats' error of a half; and the last two."""
    scaled, _ = _unrounded(values)
    near = np.append(np.abs(scaled - np.floor(scaled) - 0.5) <= _DOUBT * scaled, [True])
    return near | np.append(near[1:], True) | np.append(False, near[:-1])


def _unrounded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What rounds to all knots but the last, in units of powers of 2 that give it `_DIGITS` digits; and the powers."""
    steps = np.clip(np.diff(values), -1, 1)
    before = np.append(steps[:1], steps[:-1])
    inwards = values[:-1] + np.where(np.abs(before) > np.abs(steps), before, steps) / 2
    unit = np.maximum(np.frexp(inwards)[1] - _DIGITS, 0)
    return np.ldexp(inwards, -unit), unit


def _last(segment: _Segment) -> int:
    """The largest value of a segment."""
    if segment.kind == TABLE:
        return int(segment.knots[len(segment.knots) // 2])
    return segment.base + segment.span


def _assemble(rows: list[_Segment]) -> Quantile:
    """Arrays of the segments; equal constants beside each other become one."""
    merged: list[_Segment] = []
    for row in rows:
        if merged and row.kind == CONSTANT == merged[-1].kind and row.base == merged[-1].base:
            merged[-1] = merged[-1]._replace(end=row.end)
        else:
            merged.append(row)
    start, end, kind, base, span, bits, knots = zip(*merged, strict=True)
    return Quantile(
        start=np.array(start, np.uint64),
        width=np.array([(e - s) % WHOLE for s, e in zip(start, end, strict=True)], np.uint64),
        kind=np.array(kind, np.int64),
        base=np.array(base, np.int64),
        span=np.array(span, np.int64),
        table=np.cumsum([0, *map(len, knots[:-1])], dtype=np.int64),
        bits=np.array(bits, np.int64),
        knots=np.concatenate(knots),
    )
