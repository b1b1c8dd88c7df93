"""Time to recovery, where some schedules had not recovered when the clock stopped.

Kaplan-Meier's estimate of the share not yet recovered, over the schedules with an OOM;
times that ran into the horizon are right-censored, never dropped.
"""

import math
from dataclasses import dataclass

import numpy as np

from oommc.stats.intervals import LEVEL
from oommc.stats.sketch import Times

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


def kaplan_meier(ttr_ns: np.ndarray, censored: np.ndarray, count: np.ndarray | None = None) -> Curve:
    """The curve of times `ttr_ns` (int64, shape (n,)); those `censored` (bool, shape (n,)) went on unseen.

    `count` (int64, shape (n,)): schedules that had each time, by default one. Estimate and band are those of
    `scipy.stats.ecdf`, which takes no counts.
    """
    from scipy import stats

    none = np.empty(0)
    censored_s = np.unique(ttr_ns[censored]) / _SECOND
    if not ttr_ns.size:
        return Curve(0, none, none, none, none, none)
    times, died, gone = _deaths(ttr_ns, censored, count)
    n = int(gone.sum())
    if not died.any():
        return Curve(n, none, none, none, none, censored_s)
    at_risk = (n - np.cumsum(gone) + gone).astype(float)
    with np.errstate(all="ignore"):  # the band is undefined where the share is 1 or 0; that is filled below
        share = np.cumprod((at_risk - died) / at_risk)
        spread = np.sqrt(np.cumsum(died / (at_risk * (at_risk - died)))) / np.log(share)
        z = stats.norm.ppf((1 + LEVEL) / 2)
        low, high = (_filled(share ** np.exp(sign * z * spread)) for sign in (-1, 1))
    low = np.where(share <= 0, 0.0, low)
    return Curve(n, times / _SECOND, share, low, high, censored_s)


def _deaths(ttr_ns, censored, count) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The different times, ascending, and how many recovered there and how many were there at all."""
    count = np.ones(ttr_ns.shape, np.int64) if count is None else count
    order = np.argsort(ttr_ns)
    sorted_ns = ttr_ns[order]
    first = np.flatnonzero(np.diff(sorted_ns, prepend=-1) > 0)  # np.unique hashes, slow where all differ
    died, gone = (np.add.reduceat(c[order], first) for c in (np.where(censored, 0, count), count))
    return sorted_ns[first], died, gone


def _filled(edge: np.ndarray) -> np.ndarray:
    """A band's edge with its undefined places taken from the step before; 1 before the first."""
    defined = np.maximum.accumulate(np.where(np.isnan(edge), -1, np.arange(edge.size)))
    return np.where(defined < 0, 1.0, edge[defined])


def logrank_p(a: Times, b: Times) -> float | None:
    """Two-sided p of the log-rank test that both recover alike; None where nothing can be compared.

    The same number as `scipy.stats.logrank`, which takes no counts and whose integer products overflow from
    some 10^6 schedules with equal times on; these are floats. It takes the samples for independent. Common
    random numbers make them alike, so this p errs towards 1; the paired difference of `ttr_ns` is the sharper
    test.
    """
    from scipy import stats

    if not a.ttr_ns.size + b.ttr_ns.size:
        return None
    both = Times(*(np.concatenate(columns) for columns in zip(a, b, strict=True)))
    in_a = np.arange(both.ttr_ns.size) < a.ttr_ns.size
    _, died, gone = _deaths(*both)
    _, died_a, gone_a = _deaths(both.ttr_ns, both.censored, np.where(in_a, both.count, 0))
    at_risk, at_risk_a = ((each.sum() - np.cumsum(each) + each).astype(float) for each in (gone, gone_a))
    share = at_risk_a / at_risk
    variance = float(np.sum(died * share * (1 - share) * (at_risk - died) / np.maximum(at_risk - 1, 1)))
    if variance == 0:
        return None
    z = float(np.sum(died_a - died * share)) / math.sqrt(variance)
    return float(2 * stats.norm.sf(abs(z)))
