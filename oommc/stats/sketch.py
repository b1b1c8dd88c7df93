"""Times to recovery, one by one or in bins.

Kaplan-Meier's curve and the log-rank test need every time. Where records are kept they get them; without
records they get a histogram of fixed integer bins, which adds up exactly and doesn't grow.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

DIGITS = 10
"""Binary digits of a time that are kept: a bin is at most 2^-9 of its times wide, its middle off by 0.1 %."""


class Times(NamedTuple):
    """Times to recovery in ns (int64), whether censored (bool), and how many schedules had each (int64)."""

    ttr_ns: np.ndarray
    censored: np.ndarray
    count: np.ndarray

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
        low = ttr_ns & -_width(ttr_ns)
        return cls._added(low, (~censored).astype(np.int64), censored.astype(np.int64))

    def __add__(self, other: "Sketch") -> "Sketch":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return self._added(*map(np.concatenate, pairs))

    def times(self) -> Times:
        """The middle of each bin for all its schedules."""
        middle = self.low + _width(self.low) // 2
        never = np.zeros(len(middle), bool)
        columns = (
            np.concatenate((middle, middle)),
            np.concatenate((never, ~never)),
            np.concatenate((self.recovered, self.censored)),
        )
        return Times(*(column[columns[2] > 0] for column in columns))

    @classmethod
    def _added(cls, low, recovered, censored) -> "Sketch":
        bins, at = np.unique(low, return_inverse=True)
        sums = np.zeros((2, len(bins)), np.int64)
        np.add.at(sums, (slice(None), at), np.stack((recovered, censored)))
        return cls(bins, *sums)


def _width(ns: np.ndarray) -> np.ndarray:
    """The width of the bin that each time is in; 1 ns below 2^DIGITS ns."""
    _, length = np.frexp(ns.astype(float))  # bits; exact below 2^53, and no run is longer than 2^50 ns
    return np.int64(1) << np.maximum(length - DIGITS, 0).astype(np.int64)
