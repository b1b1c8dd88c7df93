"""Many records, and how they compare with an exact answer."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy import stats

from oommc.collect.threads import default_workers
from oommc.engine import Engine
from oommc.policies import Policy, registry
from oommc.scenario import Scenario
from proof import Row

SIGMAS = 4.0
"""A mean further than so many of its own standard errors from the truth is wrong: 6 in 100,000 are by chance."""
_LEAST_P = 2 * stats.norm.sf(SIGMAS)
_BLOCK = 50_000


def columns(
    scenario: Scenario, policy: Policy | str, names: Sequence[str], schedules: int, seed: int = 1
) -> list[np.ndarray]:
    """Columns of the records of schedules 0 … `schedules` − 1, int64 of shape (schedules,), on all processors."""
    engine = Engine(scenario, [registry[policy] if isinstance(policy, str) else policy], seed)

    def block(first: int) -> list[np.ndarray]:
        rows = engine.run(first, min(_BLOCK, schedules - first))[0]
        return [rows[name].copy() for name in names]

    with ThreadPoolExecutor(default_workers()) as pool:
        blocks = list(pool.map(block, range(0, schedules, _BLOCK)))
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def sigmas(expected: float, values: np.ndarray) -> float:
    """How many standard errors the mean of `values` is off; infinite if they are all alike and not as expected."""
    off = float(values.mean()) - expected
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    return off / error if error else math.copysign(math.inf, off) if off else 0.0


def mean(what: str, expected: float, values: np.ndarray, unit: str = "") -> Row:
    """The mean of `values` against the exact one."""
    off = sigmas(expected, values)
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    return Row(what, f"{expected:.7g}{unit}", f"{values.mean():.7g} ± {error:.2g}{unit}", abs(off) <= SIGMAS)


def share(what: str, expected: float, happened: np.ndarray) -> Row:
    """How often something happened against its exact probability: the exact binomial test, so 0 and 1 are exact."""
    hits, n = int(happened.sum()), len(happened)
    p = float(stats.binomtest(hits, n, min(1.0, max(0.0, expected))).pvalue)
    error = math.sqrt(expected * (1 - expected) / n)
    return Row(what, f"{expected:.7g}", f"{hits / n:.7g} ± {error:.2g}", p >= _LEAST_P)


def distribution(what: str, cdf, values: np.ndarray) -> Row:
    """The empirical distribution function of `values` against the exact one,
    which may have jumps (Kolmogorov's test).
    """
    at, count = np.unique(values, return_counts=True)
    distance = float(np.abs(np.cumsum(count) / len(values) - cdf(at)).max())
    limit = float(stats.kstwobign.isf(_LEAST_P)) / math.sqrt(len(values))
    return Row(what, f"distance ≤ {limit:.2g}", f"{distance:.2g}", distance <= limit)


def apart(what: str, off: float) -> Row:
    """Something wrong on purpose, so many standard errors `off`: has it been noticed?"""
    return Row(what, f"> {SIGMAS:g} standard errors", f"{abs(off):.1f}", abs(off) > SIGMAS)
