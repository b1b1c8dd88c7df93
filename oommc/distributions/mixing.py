"""The law of a mixture: its quantiles by bisection, between the least and the greatest quantile of its
parts.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from oommc.distributions.table import WHOLE

_STEPS = 90
_RELATIVE, _ABSOLUTE = 1e-6, 1e-3  # far below a table's tolerance; the latter in ns or pages


class Mixed:
    """`laws` (ppf, isf, cdf, sf of arrays) with probabilities in proportion to `weights`."""

    def __init__(self, weights: Sequence[float], laws: Sequence[Any]):
        total = float(sum(weights))
        self.parts = [(w / total, law) for w, law in zip(weights, laws, strict=True) if w > 0]

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return sum(w * law.cdf(x) for w, law in self.parts)

    def sf(self, x: np.ndarray) -> np.ndarray:
        return sum(w * law.sf(x) for w, law in self.parts)

    def ppf(self, p: np.ndarray) -> np.ndarray:
        return self._bisect([law.ppf(p) for _, law in self.parts], lambda x: self.cdf(x) >= p)

    def isf(self, q: np.ndarray) -> np.ndarray:
        return self._bisect([law.isf(q) for _, law in self.parts], lambda x: self.sf(x) <= q)

    def edges(self, breaks: Iterable[float]) -> tuple[list[tuple[int, int, int]], list[int]]:
        """Where the quantile function is constant, (start, end, value), and where else it may jump, in
        2**-64.
        """
        atoms, cuts = [], []
        for x in breaks:
            start, end = self._position(np.nextafter(x, -np.inf)), self._position(x)
            if end > start + WHOLE // 10**12:
                atoms.append((start, end, round(x)))
            cuts.append(start)
        return atoms, [cut for cut in cuts if 0 < cut < WHOLE]

    def _position(self, x: float) -> int:
        at = np.array([x], float)
        p, q = float(np.sum(self.cdf(at))), float(np.sum(self.sf(at)))
        return min(int(p * WHOLE), WHOLE) if p <= 0.5 else WHOLE - int(q * WHOLE)

    @staticmethod
    def _bisect(quantiles: list[np.ndarray], enough: Any) -> np.ndarray:
        """The least x that is enough, up to the tolerance."""
        low, high = np.minimum.reduce(quantiles), np.maximum.reduce(quantiles)
        for _ in range(_STEPS):
            if (high - low <= _RELATIVE * high + _ABSOLUTE).all():
                break
            middle = np.where((low > 0) & (high > 4 * low), np.sqrt(low * high), (low + high) / 2)
            reached = enough(middle)
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return high
