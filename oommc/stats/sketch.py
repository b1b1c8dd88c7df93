"""Times to recovery, one by one or in bins.

Kaplan-Meier's curve and the log-rank test need every time. Where records are kept they get them; without
records they get a histogram of fixed integer bins, which adds up exactly and doesn't grow.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from oommc.stats import bins

DIGITS = 10
"""Binary digits of a time that are kept: a bin is at most 2^-9 of its times wide, its middle off by 0.1 %."""


class Times(NamedTuple):
    """Times to recovery in ns (int64), whether censored (bool), and how many schedules had each (int64).

    `binned`: whether they are the middles of bins.
    """

    ttr_ns: np.ndarray
    censored: np.ndarray
    count: np.ndarray  # type: ignore[assignment]  # hides a method of tuples that nobody calls here
    binned: bool = False

    @classmethod
    def of(cls, ttr_ns: np.ndarray, censored: np.ndarray) -> "Times":
        """One schedule each."""
        return cls(ttr_ns, censored, np.broadcast_to(np.int64(1), ttr_ns.shape))


@dataclass(frozen=True)
class Sketch:
    """How many schedules recovered, and how many were censored, in each bin of time: int64 of shape (bins,).

    `low` is a bin's lower end in ns, ascending; bins without a schedule are left out.
    """

    low: np.ndarray
    recovered: np.ndarray
    censored: np.ndarray

    @classmethod
    def of(cls, ttr_ns: np.ndarray, censored: np.ndarray) -> "Sketch":
        """The bins of times (int64 ≥ 0, shape (n,)) and of whether each is censored (bool)."""
        at = bins.number(ttr_ns, DIGITS)
        first, width = _span(at)
        counts = (np.bincount(at[which] - first, minlength=width) for which in (~censored, censored))
        return cls._of(first, *counts)

    def __add__(self, other: "Sketch") -> "Sketch":
        places = [bins.number(part.low, DIGITS) for part in (self, other)]
        first, width = _span(np.concatenate(places))
        recovered, censored = np.zeros((2, width), np.int64)
        for part, at in zip((self, other), places, strict=True):
            recovered[at - first] += part.recovered
            censored[at - first] += part.censored
        return self._of(first, recovered, censored)

    def times(self) -> Times:
        """The middle of each bin for all its schedules."""
        middle = (self.low + bins.low(bins.number(self.low, DIGITS) + 1, DIGITS)) // 2
        never = np.zeros(len(middle), bool)
        count = np.concatenate((self.recovered, self.censored))
        ttr_ns, censored = np.concatenate((middle, middle)), np.concatenate((never, ~never))
        return Times(ttr_ns[count > 0], censored[count > 0], count[count > 0], binned=True)

    @classmethod
    def _of(cls, first: int, recovered: np.ndarray, censored: np.ndarray) -> "Sketch":
        """From counts of all bins from the one of number `first` on."""
        there = np.flatnonzero(recovered + censored)
        return cls(bins.low(first + there, DIGITS), recovered[there], censored[there])


def _span(at: np.ndarray) -> tuple[int, int]:
    """The first of some bins, and how many there are from it to the last."""
    return (int(at.min()), int(np.ptp(at)) + 1) if len(at) else (0, 0)
