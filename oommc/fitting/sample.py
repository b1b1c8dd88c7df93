"""Measured values as what is known of each: a number, an interval of a coarse clock, or only a lower bound."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from oommc.errors import InputError

_ROUNDING = 1e-6  # a share of a step: neighbouring intervals end and begin at the same number but for this


@dataclass(frozen=True)
class Sample:
    """The `values`, each known to lie in [`low`, `high`]:
    exact where these are the same, a bound where `high` is infinite.
    """

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, values: Any, resolution: float = 0.0, censored: Any = None) -> "Sample":
        """`values` rounded to multiples of `resolution` (0: exact); `censored`: where the truth is larger.

        Raises InputError.
        """
        given = np.asarray(values, float)
        if given.ndim != 1:
            raise InputError("fit: not a list of numbers")
        bounds = np.zeros(len(given), bool) if censored is None else np.asarray(censored, bool)
        if bounds.shape != given.shape:
            raise InputError(f"fit: {given.size} values, but {bounds.size} say whether they are censored")
        wrong = ~np.isfinite(given) | (given < 0)
        if wrong.any():
            raise InputError(f"fit: {given[wrong][0]} is not a time or size from 0 on")
        if not resolution and (given[~bounds] == 0).any():
            raise InputError(
                "fit: a value is 0, which none of the families gives; with the clock's resolution it is an interval"
            )
        steps = given / resolution if resolution else given
        if resolution and (off := ~bounds & (np.abs(steps - np.rint(steps)) > _ROUNDING * np.maximum(1, steps))).any():
            raise InputError(f"fit: {given[off][0]} is no multiple of the resolution, {resolution}")
        half = resolution / 2
        low = np.where(bounds, given, np.maximum(given - half, 0))
        return cls(given, low, np.where(bounds, np.inf, given + half))

    def __len__(self) -> int:
        return len(self.low)

    @cached_property
    def exact(self) -> bool:
        """Whether every value is known exactly."""
        return bool((self.low == self.high).all())

    @cached_property
    def censored(self) -> np.ndarray:
        """Which values are lower bounds only."""
        return np.isinf(self.high)

    @property
    def scale(self) -> float:
        """A number of the values' size."""
        return float(np.median(self.values)) or float(self.values.max())

    def scaled(self, by: float) -> "Sample":
        """The same in another unit."""
        return Sample(self.values * by, self.low * by, self.high * by)

    def for_scipy(self) -> Any:
        """What `rv_continuous.fit` takes."""
        from scipy import stats

        if self.exact:
            return self.low
        known = ~self.censored
        point = known & (self.low == self.high)
        between = known & ~point
        return stats.CensoredData(
            self.low[point],
            right=self.low[self.censored],
            interval=np.column_stack([self.low[between], self.high[between]]),
        )

    def log_likelihood(self, law: Any) -> float:
        """Of a frozen distribution of scipy.stats: densities of exact values, probabilities of the others."""
        point = self.low == self.high
        low, high = self.low[~point], self.high[~point]
        # differences of the smaller tails, so that far out they aren't lost to rounding
        inside = np.where(law.cdf(low) < 0.5, law.cdf(high) - law.cdf(low), law.sf(low) - law.sf(high))
        with np.errstate(divide="ignore"):
            return float(law.logpdf(self.low[point]).sum() + np.log(inside).sum())

    def distance(self, law: Any) -> float:
        """Kolmogorov and Smirnov's, of a law of scipy.stats: between shares and cdf where the values say what the
        shares are, which with a coarse clock is at the ends of its intervals.
        """
        from scipy import stats

        if self.exact:
            return float(stats.kstest(self.low, law.cdf).statistic)
        ends = np.concatenate([self.low, self.high])
        up_to = np.searchsorted(np.sort(self.high), ends * (1 + _ROUNDING), side="right") / len(self)
        return float(np.abs(law.cdf(ends) - up_to).max())
