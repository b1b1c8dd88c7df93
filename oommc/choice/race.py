"""A race: every policy starts, those that are surely worse than another get no more schedules.

Bernstein race: successive elimination by empirical Bernstein bounds of paired differences (O. Maron, A. Moore:
Hoeffding races, NIPS 1993; V. Mnih, C. Szepesvári, J.-Y. Audibert: Empirical Bernstein stopping, ICML 2008). It
looks at schedule counts that are declared beforehand and spends alpha/(k(k+1)) on the k-th look, so that with
probability 1 − alpha no bound is ever wrong: then the best is never eliminated, and the chosen one's mean exceeds
the best by no more than is said, whatever the distribution of the values between 0 and `most`, and whether or not
the best is unique. Decisions depend on the records alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from oommc.choice.bounds import bernstein

FIRST = 1_250
"""Schedules at the first look; it takes eight of these, or 10,000, to fill a block of the usual size."""


def looks(schedules: int) -> Iterator[int]:
    """FIRST, twice that, … and `schedules`, the most."""
    n = FIRST
    while n < schedules:
        yield n
        n *= 2
    yield schedules


@dataclass(frozen=True)
class Out:
    """Who eliminated a policy, and at how many schedules."""

    by: str
    schedules: int


class Race:
    """Between `policies`, for the smallest mean of a value between 0 and `most`.

    `within`: a chosen one may exceed the best by so much. `active`: those still in it, in order; `out`: the others.
    """

    def __init__(self, policies: Sequence[str], most: float, within: float, alpha: float = 0.05):
        self.policies, self.most, self.within, self.alpha = tuple(policies), most, within, alpha
        self.active, self.out = list(self.policies), {}
        self.schedules, self._looks = 0, 0
        size = len(self.policies)
        self._sum, self._product = np.zeros(size), np.zeros((size, size))
        # the least upper bound so far of the difference row − column: all of them hold together
        self._upper = np.full((size, size), most)
        np.fill_diagonal(self._upper, 0.0)

    def look(self, values: np.ndarray) -> None:
        """The next schedules: float64 of shape (active, rows). Bounds are taken after them, and some may go."""
        at = [self.policies.index(name) for name in self.active]
        self._sum[at] += values.sum(axis=1)
        self._product[np.ix_(at, at)] += values @ values.T
        self.schedules += values.shape[1]
        self._looks += 1
        pairs = len(self.policies) * (len(self.policies) - 1)
        delta = self.alpha / (max(pairs, 1) * self._looks * (self._looks + 1))
        for i in at:
            for j in at:
                if i != j:
                    self._upper[i, j] = min(self._upper[i, j], self._bound(i, j, delta))
        for i, name in zip(at, list(self.active), strict=True):
            better = [j for j in at if self._upper[j, i] < 0]
            if better:
                by = min(better, key=lambda j: self._upper[j, i])
                self.out[name] = Out(self.policies[by], self.schedules)
        self.active = [name for name in self.active if name not in self.out]

    @property
    def chosen(self) -> str:
        """The one with the smallest mean of those still in it; of equals the first."""
        return min(self.active, key=lambda name: self._sum[self.policies.index(name)])

    @property
    def excess(self) -> float:
        """What the chosen one's mean exceeds the best by, at most: with probability 1 − alpha."""
        at = self.policies.index(self.chosen)
        return float(max(self._upper[at, self.policies.index(name)] for name in self.active))

    @property
    def settled(self) -> bool:
        """Whether that is no more than `within`."""
        return self.excess <= self.within

    def mean(self, policy: str) -> float:
        """Of the schedules that it got."""
        return float(self._sum[self.policies.index(policy)]) / self.run(policy)

    def run(self, policy: str) -> int:
        """How many schedules it got."""
        return self.out[policy].schedules if policy in self.out else self.schedules

    def difference(self, policy: str) -> tuple[float, float]:
        """Between what its mean exceeds the chosen one's by; holds together with all that is said here."""
        i, j = self.policies.index(policy), self.policies.index(self.chosen)
        return -float(self._upper[j, i]), float(self._upper[i, j])

    def to_dict(self) -> dict:
        """All that the race has come to, as JSON knows it: see docs/files.md."""
        return {
            "level": 1 - self.alpha,
            "within": self.within,
            "schedules": self.schedules,
            "chosen": self.chosen,
            "excess": self.excess,
            "settled": self.settled,
            "policies": {
                name: {
                    "schedules": self.run(name),
                    "mean": self.mean(name),
                    "more": None if name == self.chosen else list(self.difference(name)),
                    "out_by": self.out[name].by if name in self.out else None,
                }
                for name in self.policies
            },
        }

    def _bound(self, i: int, j: int, delta: float) -> float:
        n = self.schedules
        if n < 2:
            return self.most
        total = self._sum[i] - self._sum[j]
        squares = self._product[i, i] + self._product[j, j] - 2 * self._product[i, j]
        variance = max(0.0, (squares - total * total / n) / (n - 1))
        return bernstein(total / n, variance, n, 2 * self.most, delta)
