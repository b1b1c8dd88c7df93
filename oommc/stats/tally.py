"""Everything that the summary needs, in integer sums that add up in any order.

Policies are compared on the same schedules. Where they have different blocks (more schedules asked of one of
them, or a run that was stopped), each is described by all it has and a pair by what both have.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

import numpy as np

from oommc.collect.interface import Records
from oommc.collect.records import METRICS
from oommc.columns import BUT_FOR, OUTCOMES
from oommc.scenario import Scenario
from oommc.scenario.totals import largest
from oommc.stats.excess import recovered
from oommc.stats.moments import Moments
from oommc.stats.sketch import Sketch, Times

COLUMNS = (*METRICS, "outcome", "first_oom_ns", "ttr_ns", "censored", "cut")
"""The columns of a record that a tally reads."""

_SHARES: dict[str, Callable[[Mapping[str, np.ndarray]], np.ndarray]] = {
    "any_needless": lambda columns: columns["needless"] > 0,
    "livelock": lambda columns: columns["outcome"] == OUTCOMES.index("livelock"),
}

MEASURED = (*METRICS, *_SHARES)
"""What means and differences are taken of: the counting columns, and of some events whether a schedule had one."""


def measured(columns: Collection[str]) -> tuple[str, ...]:
    """MEASURED, with BUT_FOR behind if records have that column."""
    return (*MEASURED, BUT_FOR) if BUT_FOR in columns else MEASURED


def ends(metrics: Sequence[str], scenario: Scenario) -> dict[str, float | None]:
    """The largest value in one schedule of each metric, and of AFTER_RECOVERY; None where none is known."""
    return {name: 1.0 if name in _SHARES else largest(name, scenario) for name in (*metrics, *AFTER_RECOVERY)}


AFTER_RECOVERY = ("ttr_ns", "kills")
"""What is compared where both policies recovered; the kills for the excess over the oracle's."""

EXACT = 100_000
"""Of more schedules with an OOM than these, times to recovery come in bins, so that memory is bounded."""


@dataclass(frozen=True)
class PolicyTally:
    """One policy: moments of what is `measured`, outcomes by code (int64), and how many schedules had sizes cut."""

    moments: Moments
    outcomes: np.ndarray
    cut: int

    def __add__(self, other: "PolicyTally") -> "PolicyTally":
        return PolicyTally(self.moments + other.moments, self.outcomes + other.outcomes, self.cut + other.cut)


@dataclass(frozen=True)
class PairTally:
    """Two policies on their common schedules: moments of each and of a − b, schedules where a − b is < 0 and
    > 0.

    `less` and `more` are int64 of shape (metrics,). Values are counted of the difference alone.
    """

    a: Moments
    b: Moments
    difference: Moments
    less: np.ndarray
    more: np.ndarray

    @classmethod
    def of(cls, a: Sequence[np.ndarray], b: Sequence[np.ndarray], of_a: Moments, of_b: Moments) -> "PairTally":
        """Common schedules: int64 columns of shape (rows,), one a metric, and their moments."""
        difference = Moments.of(x - y for x, y in zip(a, b, strict=True))
        # most metrics of most pairs differ one way, if at all
        less = [np.count_nonzero(x < y) if low < 0 else 0 for x, y, low in zip(a, b, difference.low, strict=True)]
        more = [np.count_nonzero(x > y) if high > 0 else 0 for x, y, high in zip(a, b, difference.high, strict=True)]
        return cls(of_a.bare(), of_b.bare(), difference, *(np.array(count, np.int64) for count in (less, more)))

    @classmethod
    def none(cls, metrics: int) -> "PairTally":
        """No common schedule."""
        nothing, zeros = Moments.none(metrics), np.zeros(metrics, np.int64)
        return cls(nothing.bare(), nothing.bare(), nothing, zeros, zeros)

    def __add__(self, other: "PairTally") -> "PairTally":
        return PairTally(*(x + y for x, y in zip(vars(self).values(), vars(other).values(), strict=True)))

    def flipped(self) -> "PairTally":
        """The same as b and a."""
        return PairTally(self.b, self.a, -self.difference, self.more, self.less)


@dataclass(frozen=True)
class Tally:
    """One scenario: `policies` by name (of those that have blocks) and, by (a, b), two PairTally each.

    `pairs` has what is `measured` on all common schedules; `recovered` has AFTER_RECOVERY, on the common schedules in
    which both recovered.
    """

    policies: dict[str, PolicyTally] = field(default_factory=dict)
    pairs: dict[tuple[str, str], PairTally] = field(default_factory=dict)
    recovered: dict[tuple[str, str], PairTally] = field(default_factory=dict)

    @classmethod
    def of(cls, block: Mapping[str, Mapping[str, np.ndarray]], metrics: Sequence[str] = MEASURED) -> "Tally":
        """One block: for each policy COLUMNS and `metrics`, int64 arrays of shape (rows,) from the same schedule on."""
        held = {policy: _Rows(columns, metrics) for policy, columns in block.items()}
        tally = cls({policy: rows.tally() for policy, rows in held.items()})
        for pair in combinations(held, 2):
            a, b = (held[policy] for policy in pair)
            n = min(a.rows, b.rows)
            tally.pairs[pair] = PairTally.of(a.first(n), b.first(n), a.moments(n), b.moments(n))
            both = a.recovered[:n] & b.recovered[:n]
            of_a, of_b = ([of.columns[name][:n][both] for name in AFTER_RECOVERY] for of in (a, b))
            tally.recovered[pair] = PairTally.of(of_a, of_b, Moments.of(of_a), Moments.of(of_b))
        return tally

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            *(added(mine, theirs) for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True))
        )


def added(one: dict, other: dict) -> dict:
    """Both, with the sums of what is in both, in the order in which the names first came."""
    return one | {key: one[key] + value if key in one else value for key, value in other.items()}


class Summable(Protocol):
    """What a summary is made of: records, read or counted along, or sums."""

    def tallied(self, scenario: str, policies: Sequence[str]) -> tuple[Tally, dict[str, Times]]:
        """A scenario's tally, and each policy's times to recovery."""

    def times(self, scenario: str, policy: str) -> Times:
        """One policy's times to recovery."""


@dataclass(frozen=True)
class Reader:
    """Records, read anew for each summary."""

    store: Records
    metrics: Sequence[str] = MEASURED

    def tallied(self, scenario: str, policies: Sequence[str]) -> tuple[Tally, dict[str, Times]]:
        return read(self.store, scenario, policies, self.metrics)

    def times(self, scenario: str, policy: str) -> Times:
        return times(self.store, scenario, policy)


def read(
    store: Records, scenario: str, policies: Sequence[str], metrics: Sequence[str] = MEASURED
) -> tuple[Tally, dict[str, Times]]:
    """The tally of a scenario's blocks of records, and every time to recovery of each policy.

    `store` is a `collect.reading.Blocks`; what that leaves out isn't counted.
    """
    rows = {policy: held for policy in policies if (held := store.rows(scenario, policy))}
    # no pair is left out: one that shares no block has no common schedule
    pairs = list(combinations(rows, 2))
    tally = Tally(
        {},
        {pair: PairTally.none(len(metrics)) for pair in pairs},
        {pair: PairTally.none(len(AFTER_RECOVERY)) for pair in pairs},
    )
    found = {policy: _Found() for policy in rows}
    columns = [*COLUMNS, *(metric for metric in metrics if metric == BUT_FOR)]
    for n in sorted(set().union(*rows.values())):
        found_in = {policy: store.block(scenario, policy, n, columns) for policy in rows if n in rows[policy]}
        block = {policy: of for policy, of in found_in.items() if of}
        tally += Tally.of(block, metrics)
        for policy, of in block.items():
            found[policy].add(*after_oom(of))
    ordered = {policy: tally.policies[policy] for policy in rows if policy in tally.policies}
    common, recovered = (
        {pair: of for pair, of in there.items() if set(pair) <= ordered.keys()}
        for there in (tally.pairs, tally.recovered)
    )
    return Tally(ordered, common, recovered), {policy: found[policy].times() for policy in ordered}


def times(store: Records, scenario: str, policy: str) -> Times:
    """Times to recovery over the schedules with an OOM, from blocks of records."""
    found = _Found()
    for n in store.rows(scenario, policy):
        if block := store.block(scenario, policy, n, ("first_oom_ns", "ttr_ns", "censored")):
            found.add(*after_oom(block))
    return found.times()


def after_oom(columns: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Times to recovery in ns (int64) and whether each is censored (bool), of the schedules with an OOM."""
    had_oom = columns["first_oom_ns"] >= 0
    return columns["ttr_ns"][had_oom], columns["censored"][had_oom] != 0


class _Found:
    """Times to recovery from block after block: each of them up to EXACT, bins from there on."""

    def __init__(self):
        self._rows, self._sketch = 0, None
        self._exact = [(np.empty(0, np.int64), np.empty(0, bool))]

    def add(self, ttr_ns: np.ndarray, censored: np.ndarray) -> None:
        self._rows += len(ttr_ns)
        self._exact.append((ttr_ns, censored))
        if self._rows > EXACT:
            sketch = Sketch.of(*self._joined())
            self._sketch = sketch if self._sketch is None else self._sketch + sketch
            self._exact.clear()

    def times(self) -> Times:
        return Times.of(*self._joined()) if self._sketch is None else self._sketch.times()

    def _joined(self) -> tuple[np.ndarray, np.ndarray]:
        ns, censored = zip(*self._exact, strict=True)
        return np.concatenate(ns), np.concatenate(censored)


class _Rows:
    """One policy's block."""

    def __init__(self, columns: Mapping[str, np.ndarray], metrics: Sequence[str]):
        self.columns = columns
        self.values = [_SHARES[m](columns).astype(np.int64) if m in _SHARES else columns[m] for m in metrics]
        self.rows = len(self.values[0])
        self.recovered = recovered(columns)
        self._moments: dict[int, Moments] = {}

    def moments(self, rows: int) -> Moments:
        """Of the first `rows`; each pair asks for them. (A cached method would keep the block until the next
        collection of cycles, which hundreds of blocks don't bring about.)
        """
        if rows not in self._moments:
            self._moments[rows] = Moments.of(self.first(rows))
        return self._moments[rows]

    def first(self, rows: int) -> list[np.ndarray]:
        """The first `rows` of each metric."""
        return [column[:rows] for column in self.values]

    def tally(self) -> PolicyTally:
        outcomes = np.bincount(self.columns["outcome"], minlength=len(OUTCOMES))
        return PolicyTally(self.moments(self.rows), outcomes, int(self.columns["cut"].sum()))
