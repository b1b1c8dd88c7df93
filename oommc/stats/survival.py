"""Time to recovery, where some schedules had not recovered when the clock stopped.

Kaplan-Meier's estimate of the share not yet recovered, over the schedules with an OOM;
times that ran into the horizon are right-censored, never dropped.

SciPy has the curve and the log-rank test, but neither on counts nor at 10^6 times, and no interval of a
quantile. Those here come from the beta product confidence procedure of Fay, Brittain & Proschan, Biostatistics 14
(2013) 723, with moments: without censoring it is Clopper and Pearson's, so that the interval of a quantile is the
exact one between two order statistics.
"""

import bisect
import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from oommc.stats import bins, bounded, tails
from oommc.stats.intervals import LEVEL, Interval, carried
from oommc.stats.ordered import dot
from oommc.stats.sketch import DIGITS, Times

_SECOND = 1e9
_ROUNDING = 1e-12  # the estimate is a product of many quotients: 0.5 can come out a little above 0.5


@dataclass(frozen=True)
class Curve:
    """Steps of the share not yet recovered: from time_s[i] on it is share[i], within low[i]..high[i] (95 %,
    log-log).

    Each of shape (steps,); before the first step the share is 1. `censored_s`: the times at which observation
    ended without recovery. `n`: schedules with an OOM. `died`: how many recovered at each step, `at_risk`: how many
    had not before it, `left`: how many still go on behind it. `binned`: times are the middles of bins.
    """

    n: int
    time_s: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    censored_s: np.ndarray
    died: np.ndarray
    at_risk: np.ndarray
    left: np.ndarray
    binned: bool = False

    def quantile(self, probability: float) -> float | None:
        """Seconds by which the share `probability` has recovered; None where the curve doesn't get there."""
        there = np.flatnonzero(self.share <= 1 - probability + _ROUNDING)
        return float(self.time_s[there[0]]) if there.size else None

    def quantile_interval(self, probability: float, level: float = LEVEL) -> tuple[float, float | None] | None:
        """Seconds between which the share `probability` has recovered; no upper end (None) where the schedules are
        too few, or too many of them censored, and None where nothing can be said at all.
        """
        share, tail = 1 - probability, (1 - level) / 2
        mean, excess = self._product()

        def below(at: int, last: float) -> float:
            """The chance that the share not recovered after step `at` is below `share`; `last`: those who go on."""
            if last == 0:
                return 1.0
            m, e = float(mean[at]), float(excess[at])
            if last == math.inf and e == 0:  # nobody has recovered yet
                return 0.0
            if last < math.inf:  # one more would have recovered just now
                m, e = m * last / (last + 1), (1 + e) * (last + 1) ** 2 / (last * (last + 2)) - 1
            ab = max((1 - m) / (m * e) - 1, 1e-300)
            return tails.beta(share, m * ab, (1 - m) * ab)

        steps = range(self.time_s.size)
        low = bisect.bisect_left(steps, True, key=lambda at: below(at, float(self.left[at])) >= tail)
        high = bisect.bisect_left(steps, True, key=lambda at: below(at, math.inf) > 1 - tail)
        if low == steps.stop or (share**self.n >= tail and high == steps.stop):
            return None
        from_s = 0.0 if share**self.n >= tail else self._ends(low)[0]
        return from_s, self._ends(high)[1] if high < steps.stop else None

    def _ends(self, step: int) -> tuple[float, float]:
        """Between what the time of a step lies: in its bin."""
        at = float(self.time_s[step])
        if not self.binned:
            return at, at
        least, most = bins.ends(np.array([round(at * _SECOND)]), DIGITS)
        return float(least[0]) / _SECOND, float(most[0]) / _SECOND

    def restricted_mean(self, horizon_s: float) -> float | None:
        """Mean seconds to recovery, none counted beyond the horizon: the area under the curve up to there."""
        return float(self._areas(horizon_s).sum()) if self.n else None

    def restricted_mean_interval(self, horizon_s: float, level: float = LEVEL) -> Interval:
        """The restricted mean's interval; None of a single schedule, or if nobody recovered.

        That of values from 0 to the horizon (`oommc.stats.bounded`), so that a hang that never came may still come.
        They have the curve's shares, and are as many as give the mean Greenwood's variance: all without censoring.
        """
        found = self._weighed(horizon_s)
        if found is None:
            return None
        values, counts = found
        tail = (1 - level) / 2
        return -float(bounded.upper(-values, counts, 0.0, tail)), float(bounded.upper(values, counts, horizon_s, tail))

    def restricted_mean_events(self, horizon_s: float) -> float | None:
        """How many events carry that interval, as `oommc.stats.intervals` has it."""
        found = self._weighed(horizon_s)
        return None if found is None else carried(*found)

    def _weighed(self, horizon_s: float) -> tuple[np.ndarray, np.ndarray] | None:
        """Times up to the horizon, and how many schedules had each, as far as censoring lets them count."""
        if self.n < 2 or not self.time_s.size:
            return None
        shares = -np.diff(np.concatenate(([1.0], self.share, [0.0])))
        values = np.clip(np.append(self.time_s, horizon_s), 0.0, horizon_s)
        stay = self.at_risk - self.died
        area = self._areas(horizon_s)[1:][::-1].cumsum()[::-1]  # behind each step
        held = stay > 0  # behind the last step of a curve that reaches 0 there is no area
        greenwood = float((area[held] ** 2 * self.died[held] / (self.at_risk[held] * stay[held])).sum())
        varied = float(dot(shares, values**2) - dot(shares, values) ** 2)
        size = self.n if greenwood == 0 else min(self.n, varied / greenwood)
        return values[shares > 0], shares[shares > 0] * size

    def _areas(self, horizon_s: float) -> np.ndarray:
        """Under each stretch of the curve, the one before the first step first."""
        edges = np.clip(np.concatenate(([0.0], self.time_s, [horizon_s])), 0.0, horizon_s)
        return np.diff(edges) * np.concatenate(([1.0], self.share))

    def _product(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and squared coefficient of variation, after each step,
        of the product of Beta(at_risk - died + 1, died).
        """
        a, ab = self.at_risk - self.died + 1, self.at_risk + 1
        return (a / ab).cumprod(), special.expm1(special.log1p((ab - a) / (a * (ab + 1))).cumsum())


def kaplan_meier(
    ttr_ns: np.ndarray, censored: np.ndarray, count: np.ndarray | None = None, binned: bool = False
) -> Curve:
    """The curve of times `ttr_ns` (int64, shape (n,)); those `censored` (bool, shape (n,)) went on unseen.

    `count` (int64, shape (n,)): schedules that had each time, by default one; `binned`: as of `Times`. Estimate and
    band are those of `scipy.stats.ecdf`, which takes no counts.
    """
    none = np.empty(0)
    censored_s = np.unique(ttr_ns[censored]) / _SECOND
    if not ttr_ns.size:
        return Curve(0, none, none, none, none, none, none, none, none)
    count = np.ones(ttr_ns.shape, np.int64) if count is None else count
    times, died, gone = _deaths(ttr_ns, np.where(censored, 0, count), count)
    n = int(gone.sum())
    if not died.any():
        return Curve(n, none, none, none, none, censored_s, none, none, none)
    at_risk = (n - np.cumsum(gone) + gone).astype(float)
    with np.errstate(all="ignore"):  # the band is undefined where the share is 1 or 0; that is filled below
        share = np.cumprod((at_risk - died) / at_risk)
        spread = np.sqrt(np.cumsum(died / (at_risk * (at_risk - died)))) / np.log(share)
        z = tails.normal((1 + LEVEL) / 2)
        low, high = (_filled(share ** np.exp(sign * z * spread)) for sign in (-1, 1))
    low = np.where(share <= 0, 0.0, low)
    left = n - np.cumsum(gone).astype(float)
    return Curve(n, times / _SECOND, share, low, high, censored_s, died, at_risk, left, binned)


def _deaths(ttr_ns: np.ndarray, *counts: np.ndarray) -> tuple[np.ndarray, ...]:
    """The different times, ascending, and how many of each count there were."""
    order = np.argsort(ttr_ns)
    sorted_ns = ttr_ns[order]
    first = np.flatnonzero(np.diff(sorted_ns, prepend=-1) > 0)  # np.unique hashes, slow where all differ
    return sorted_ns[first], *(np.add.reduceat(count[order], first) for count in counts)


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
    if not a.ttr_ns.size + b.ttr_ns.size:
        return None
    ttr_ns, censored, count = (np.concatenate(columns) for columns in zip(a[:3], b[:3], strict=True))
    both = Times(ttr_ns, censored, count)
    in_a = np.arange(both.ttr_ns.size) < a.ttr_ns.size
    recovered = np.where(both.censored, 0, both.count)
    _, died, gone, died_a, gone_a = _deaths(both.ttr_ns, recovered, both.count, in_a * recovered, in_a * both.count)
    at_risk, at_risk_a = ((each.sum() - np.cumsum(each) + each).astype(float) for each in (gone, gone_a))
    share = at_risk_a / at_risk
    variance = float(np.sum(died * share * (1 - share) * (at_risk - died) / np.maximum(at_risk - 1, 1)))
    if variance == 0:
        return None
    z = float(np.sum(died_a - died * share)) / math.sqrt(variance)
    return tails.normal_p(z)
