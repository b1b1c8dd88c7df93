"""How far the mean of values between known ends may lie from the sample's, whatever their law.

N. Gaffke's bound (Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative
variable, Math. Methods Statist. 14 (2005) 451): one value more, the largest that there can be, stands beside the
sample, all get random weights from the flat Dirichlet law, and the bound is a quantile of the weighted mean. So a
value that was never seen still counts, as much as a sample of this size can't exclude. Of values that are 0 or 1 it is
Clopper and Pearson's. Of rare events of known sizes it is the bound that Fay and Feuer (Statist. Med. 16 (1997)
791) approximate by one gamma law. Of many values it is Student's. That it holds for every law is a conjecture that
nobody has refuted (Learned-Miller & Thomas, arXiv:1905.06208; Phan, Thomas & Learned-Miller, ICML 2021).

A weighted mean is above t where a sum of independent exponential variables is above 0. Barndorff-Nielsen's form of the
saddlepoint approximation (Biometrika 73 (1986) 307) has its probability; its saddlepoint is the multiplier of Owen's
empirical likelihood. Where only the value beside the sample differs from the rest the law is a beta law, and exact.

Where the sample holds so much of the largest value that the one beside it no longer stands for the unseen, its weight
falls to a half, as in a mid-p bound (`_weight`).
"""

import numpy as np
from scipy import optimize, special

from oommc.stats.ordered import dot

_STEPS = 60
_CLOSE = 1e-9
_EDGE = 36.0  # of a log-odds: beyond, 1 - u has no digits left


def upper(values: np.ndarray, counts: np.ndarray, most: float, tail: float) -> np.ndarray:
    """The end that the mean exceeds with probability `tail` (below 1/2) at most.

    `values`: float64 of shape (bins,), none above `most`; `counts`: how many schedules had each, shape (…, bins), of
    several samples at once. The result has shape (…).
    """
    counts = np.asarray(counts, float)
    z = float(special.ndtri(1 - tail)) if tail > 1e-15 else -float(special.ndtri(tail))
    x, c = np.append(values, most), np.concatenate((counts, _weight(values, counts, most)[..., None]), axis=-1)
    n = c.sum(axis=-1)
    middle = dot(c, x) / n
    room = most - middle
    spread = np.sqrt(np.maximum(dot(c, x**2) / n - middle**2, 0.0))
    alone = room <= 1e-14 * np.abs(x).max()
    room = np.where(alone, 1.0, room)
    two = ((counts > 0) & (values < most)).sum(axis=-1) == 1
    end = middle
    if not (two | alone).all():
        y = (x - middle[..., None]) / room[..., None]  # at most 1
        with np.errstate(all="ignore"):
            start = np.clip(z * room / (np.maximum(spread, 1e-300) * np.sqrt(n)), 1e-12, 0.9)
            odds = _solved(y, c, n, z, special.logit(start))
            end = middle + room * _at(y, c, n, odds)[0]
    if two.any():
        least = np.where(counts > 0, values, np.inf).min(axis=-1)
        high = np.where(x == most, c, 0).sum(axis=-1)
        exact = least + (most - least) * special.betaincinv(high, n - high, 1 - tail)
        end = np.where(two, exact, end)
    return np.where(alone, most, end)


def exceeded(values: np.ndarray, counts: np.ndarray, most: float, at: float) -> float:
    """The tail at which `upper` is `at`, 1/2 at most; of one sample, whose mean is below `at` < `most`."""
    x, c = np.append(values, most), np.append(counts, _weight(values, counts, most))
    n, there = c.sum(), counts > 0
    middle = float(dot(c, x)) / n
    if at <= middle:
        return 0.5
    if there.sum() == 1:
        whole, share = counts.sum(), (at - values[there][0]) / (most - values[there][0])
        return min(0.5, float(special.betainc(whole, n - whole, 1 - share)))
    y, t = (x - middle) / (most - middle), (at - middle) / (most - middle)
    odds = optimize.brentq(lambda of: float(_at(y, c, n, np.array(of))[0]) - t, -_EDGE, _EDGE)
    return min(0.5, float(special.ndtr(-_at(y, c, n, np.array(odds))[1])))


def _weight(values: np.ndarray, counts: np.ndarray, most: float) -> np.ndarray:
    """What the value that stands beside the sample counts: one, and half where the sample varies as if the largest had
    come 30 times, for then it no longer stands for what wasn't seen, but for the steps of a count, as in a mid-p bound.
    """
    n = counts.sum(axis=-1)
    middle = dot(counts, values) / n
    varied = np.maximum(dot(counts, values**2) - n * middle**2, 0.0)
    return np.clip(1.5 - varied / (30 * np.maximum(most - middle, 1e-150) ** 2), 0.5, 1.0)


def _at(y: np.ndarray, c: np.ndarray, n: np.ndarray, odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A bound, in units of the room above the middle, and its normal quantile; by log-odds of the multiplier."""
    r = special.expit(odds)[..., None]
    g = 1 / (special.expit(-odds)[..., None] + r * (1 - y))  # 1 - r·y without cancellation at r = y = 1
    whole = dot(c, g)
    t = dot(c * y, g) / whole
    w = np.sqrt(2 * np.maximum(n * _log(whole / n) - dot(c, _log(g)), 1e-300))
    u = r[..., 0] * np.sqrt(dot(c * (y - t[..., None]) ** 2, g**2))
    return t, w + _log(u / w) / w


def _solved(y: np.ndarray, c: np.ndarray, n: np.ndarray, z: float, start: np.ndarray) -> np.ndarray:
    """The log-odds whose normal quantile is `z`: secants of its nearly straight logarithm, kept in a bracket."""
    low, high = np.full_like(start, -_EDGE), np.full_like(start, _EDGE)
    at, before, last, slope = start, start, np.zeros_like(start), np.ones_like(start)
    for step in range(_STEPS):
        off = _log(np.maximum(_at(y, c, n, at)[1], 1e-3) / z)
        if (np.abs(off) < _CLOSE).all():
            break
        low, high = np.where(off < 0, at, low), np.where(off > 0, at, high)
        if step:
            slope = np.where(at != before, (off - last) / (at - before), slope)
        following = at - off / np.where(slope > 0, slope, 1.0)
        inside = (following > low) & (following < high)
        before, last = at, off
        at = np.where(np.abs(off) < _CLOSE, at, np.where(inside, following, (low + high) / 2))
    return at


def _log(x: np.ndarray) -> np.ndarray:
    """The natural logarithm, with the same digits on every processor (see `ordered`)."""
    return special.xlogy(1.0, x)
