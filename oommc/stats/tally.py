"""One pass over a scenario's blocks: everything that the summary needs, in sums that don't depend on the
blocks.

Policies are compared on the same schedules. Where they have different blocks (more schedules asked of one of
them, or a run that was stopped), each is described by all it has and a pair by what both have.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

import numpy as np

from oommc.collect.records import METRICS
from oommc.engine import OUTCOMES
from oommc.stats.moments import Moments


def times(store, scenario: str, policy: str) -> tuple[np.ndarray, np.ndarray]:
    """Times to recovery in ns (int64) and whether each is censored (bool), over the schedules with an OOM."""
    ns, censored = [np.empty(0, np.int64)], [np.empty(0, bool)]
    for n in store.rows(scenario, policy):
        block = store.block(scenario, policy, n, ["first_oom_ns", "ttr_ns", "censored"])
        had_oom = block["first_oom_ns"] >= 0
        ns.append(block["ttr_ns"][had_oom])
        censored.append(block["censored"][had_oom] != 0)
    return np.concatenate(ns), np.concatenate(censored)


@dataclass
class PolicyTally:
    """One policy: moments of METRICS, outcomes by code, schedules with cut sizes, and its `times`.

    Those are kept whole: Kaplan-Meier needs each of them.
    """

    ttr_ns: np.ndarray
    censored: np.ndarray
    moments: Moments = field(default_factory=lambda: Moments.none(len(METRICS)))
    outcomes: np.ndarray = field(default_factory=lambda: np.zeros(len(OUTCOMES), np.int64))
    cut: int = 0

    def add(self, block: "_Block") -> None:
        self.moments = self.moments + block.moments(block.rows)
        self.outcomes = self.outcomes + np.bincount(block.columns["outcome"], minlength=len(OUTCOMES))
        self.cut += int(block.columns["cut"].sum())


class PairTally:
    """Two policies on their common schedules: moments of each and of a − b, schedules where a − b is < 0 and
    > 0.

    `less` and `more` are int64 of shape (metrics,).
    """

    def __init__(self, metrics: int):
        self.a = self.b = self.difference = Moments.none(metrics)
        self.less = self.more = np.zeros(metrics, np.int64)

    def add(self, a: np.ndarray, b: np.ndarray, of_a: Moments, of_b: Moments) -> None:
        """Takes up common schedules: int64 values of shape (metrics, rows) and their moments."""
        difference = a - b
        self.a, self.b = self.a + of_a, self.b + of_b
        self.difference = self.difference + Moments.of(difference)
        self.less = self.less + (difference < 0).sum(axis=1)
        self.more = self.more + (difference > 0).sum(axis=1)


class Tally:
    """One scenario: `policies` (name → PolicyTally, of those that have blocks) and, by (a, b), two PairTally
    each.

    `pairs` has METRICS on all common schedules; `recovered` has time to recovery in ns alone, on the common
    schedules in which both recovered.
    """

    def __init__(self, store, scenario: str, policies: Sequence[str]):
        held = {policy: rows for policy in policies if (rows := store.rows(scenario, policy))}
        self.policies = {policy: PolicyTally(*times(store, scenario, policy)) for policy in held}
        self.pairs = {pair: PairTally(len(METRICS)) for pair in combinations(held, 2)}
        self.recovered = {pair: PairTally(1) for pair in self.pairs}
        for n in sorted(set().union(*held.values())):
            blocks = {policy: _Block(store, scenario, policy, n) for policy in held if n in held[policy]}
            for policy, block in blocks.items():
                self.policies[policy].add(block)
            for pair in combinations(blocks, 2):
                a, b = (blocks[policy] for policy in pair)
                rows = min(a.rows, b.rows)
                self.pairs[pair].add(a.values[:, :rows], b.values[:, :rows], a.moments(rows), b.moments(rows))
                both = a.recovered[:rows] & b.recovered[:rows]
                ns = [block.columns["ttr_ns"][None, :rows][:, both] for block in (a, b)]
                self.recovered[pair].add(*ns, *map(Moments.of, ns))


class _Block:
    """One policy's block in memory."""

    def __init__(self, store, scenario, policy, n):
        others = ("outcome", "first_oom_ns", "ttr_ns", "censored", "cut")
        self.columns = store.block(scenario, policy, n, [*METRICS, *others])
        self.values = np.stack([self.columns[metric] for metric in METRICS])
        self.rows = self.values.shape[1]
        self.recovered = (self.columns["first_oom_ns"] >= 0) & (self.columns["censored"] == 0)
        self.moments = cache(lambda rows: Moments.of(self.values[:, :rows]))  # each pair asks for them
