"""Time to recovery, where some schedules had not recovered when the clock stopped.

Kaplan-Meier's estimate (`scipy.stats.ecdf`) of the share not yet recovered, over the schedules with an OOM;
times that ran into the horizon are right-censored, never dropped.
"""

import math
import warnings
from dataclasses import dataclass

import numpy as np

_SECOND = 1e9
_ROUNDING = 1e-12  # the estimate is a product of many quotients: 0.5 can come out a little above 0.5


@dataclass(frozen=True)
class Curve:
    """Steps of the share not yet recovered: from time_s[i] on it is share[i], within low[i]..high[i] (95 %,
    log-log).

    Each of shape (steps,); before the first step the share is 1. `censored_s`: the times at which observation
    ended without recovery. `n`: schedules with an OOM.
    """

    n: int
    time_s: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    censored_s: np.ndarray

    def quantile(self, probability: float) -> float | None:
        """Seconds by which the share `probability` has recovered; None where the curve doesn't get there."""
        there = np.flatnonzero(self.share <= 1 - probability + _ROUNDING)
        return float(self.time_s[there[0]]) if there.size else None

    def restricted_mean(self, horizon_s: float) -> float | None:
        """Mean seconds to recovery, none counted beyond the horizon: the area under the curve up to there."""
        if not self.n:
            return None
        edges = np.clip(np.concatenate(([0.0], self.time_s, [horizon_s])), 0.0, horizon_s)
        return float(np.diff(edges) @ np.concatenate(([1.0], self.share)))


def kaplan_meier(ttr_ns: np.ndarray, censored: np.ndarray) -> Curve:
    """The curve of times `ttr_ns` (int64, shape (n,)); those `censored` (bool, shape (n,)) went on unseen."""
    from scipy import stats

    none = np.empty(0)
    censored_s = np.unique(ttr_ns[censored]) / _SECOND
    if not ttr_ns.size:
        return Curve(0, none, none, none, none, none)
    if censored.all():
        return Curve(ttr_ns.size, none, none, none, none, censored_s)
    survival = stats.ecdf(stats.CensoredData.right_censored(ttr_ns / _SECOND, censored)).sf
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter(
            "ignore"
        )  # the band is undefined where the share is 1 or 0; that is filled below
        band = survival.confidence_interval(method="log-log")
    low, high = (_filled(edge.probabilities) for edge in (band.low, band.high))
    low = np.where(survival.probabilities <= 0, 0.0, low)
    return Curve(ttr_ns.size, survival.quantiles, survival.probabilities, low, high, censored_s)


def _filled(edge: np.ndarray) -> np.ndarray:
    """A band's edge with its undefined places taken from the step before; 1 before the first."""
    defined = np.maximum.accumulate(np.where(np.isnan(edge), -1, np.arange(edge.size)))
    return np.where(defined < 0, 1.0, edge[defined])


def logrank_p(
    a_ns: np.ndarray, a_censored: np.ndarray, b_ns: np.ndarray, b_censored: np.ndarray
) -> float | None:
    """Two-sided p of the log-rank test that both recover alike; None where nothing can be compared.

    The same number as `scipy.stats.logrank`, whose integer products overflow from some 10^6 schedules with
    equal times on; these are floats. It takes the samples for independent. Common random numbers make them
    alike, so this p errs towards 1; the paired difference of `ttr_ns` is the sharper test.
    """
    from scipy import stats

    a_died, b_died = a_ns[~a_censored], b_ns[~b_censored]
    events = np.sort(np.concatenate((a_died, b_died)))
    times = events[np.diff(events, prepend=-1) > 0]  # np.unique hashes, which is slow where all differ
    if not times.size:
        return None
    at_risk_a, died_a = _at_risk(a_ns, times), _died(a_died, times)
    at_risk = at_risk_a + _at_risk(b_ns, times)
    died = died_a + _died(b_died, times)
    share = at_risk_a / at_risk
    variance = float(np.sum(died * share * (1 - share) * (at_risk - died) / np.maximum(at_risk - 1, 1)))
    if variance == 0:
        return None
    z = float(np.sum(died_a - died * share)) / math.sqrt(variance)
    return float(2 * stats.norm.sf(abs(z)))


def _at_risk(ns: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How many of `ns` are at or after each of `times`."""
    return (ns.size - np.searchsorted(np.sort(ns), times)).astype(float)


def _died(ns: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How many of `ns` are exactly at each of `times`."""
    ns = np.sort(ns)
    return (np.searchsorted(ns, times, "right") - np.searchsorted(ns, times, "left")).astype(float)
