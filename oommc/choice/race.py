"""A race: every policy starts, those that can't be chosen any more get no more schedules.

Successive elimination (O. Maron, A. Moore: Hoeffding races, NIPS 1993; V. Mnih, C. Szepesvári, J.-Y. Audibert:
Empirical Bernstein stopping, ICML 2008) by bounds from bets (`oommc.choice.bounds`), which hold at all numbers of
schedules together. Those of shares are Clopper and Pearson's: they are taken at schedule counts that are declared
beforehand, and the k-th look gets alpha/(k(k+1)) of what is to be spent. So with probability 1 − alpha no bound is ever
wrong, whatever the distribution of the values between 0 and the largest that there can be, and whether or not the best
is unique. Decisions depend on the records alone.

What is promised, by induction over the wishes. The field of the first wish are the policies that meet all limits; that
of the next ones those of the field before whose mean exceeds the least of that field by no more than is said not to
matter. A settled race has chosen one that is in every field, and by the last wish within what doesn't matter of the
least. Of each field bounds give a set that is surely in it (`_sure`) and one that may be (`_may`); who is in the
former after the last wish can be chosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from oommc.choice import bounds
from oommc.choice.criteria import BROKEN, MET, OPEN, Amount, Limit, Wish
from oommc.stats.ordered import of_all_pairs

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
    """Who eliminated a policy, or that it breaks a limit (None), and at how many schedules."""

    by: str | None
    schedules: int


class Race:
    """Between `policies`, for the smallest means that `wishes` name, in their order, under `limits`.

    `most`: the largest value of each amount. `active`: those still in it, in order; `out`: the others.
    """

    def __init__(
        self,
        policies: Sequence[str],
        wishes: Sequence[Wish],
        limits: Sequence[Limit],
        most: Mapping[Amount, float],
        alpha: float = 0.05,
    ):
        self.policies, self.wishes, self.limits = tuple(policies), tuple(wishes), tuple(limits)
        self.most, self.alpha = dict(most), alpha
        self.active = list(self.policies)
        self.out: dict[str, Out] = {}
        self.schedules, self._looks = 0, 0
        size = len(self.policies)
        self._sum = {amount: np.zeros(size) for amount in self.most}
        self._product = {amount: np.zeros((size, size)) for amount in self.most}
        # the least upper bound so far of the difference row − column, and the ends of the means that limits are about
        self._upper = {wish.amount: np.full((size, size), self.most[wish.amount]) for wish in self.wishes}
        for upper in self._upper.values():
            np.fill_diagonal(upper, 0.0)
        self._low = {limit.amount: np.zeros(size) for limit in self.limits}
        self._high = {limit.amount: np.full(size, self.most[limit.amount]) for limit in self.limits}
        pairs = size * (size - 1)
        self._statements = max(len(self._upper) * pairs + 2 * len(self._low) * size, 1)

    def look(self, values: Mapping[Amount, np.ndarray]) -> None:
        """The next schedules: float64 of shape (active, rows) of each amount.

        Bounds are taken after them, and some may go.
        """
        at = [self.policies.index(name) for name in self.active]
        for amount, of in values.items():
            self._sum[amount][at] += of.sum(axis=1)
            self._product[amount][np.ix_(at, at)] += of_all_pairs(of)
            rows = of.shape[1]
        self.schedules += rows
        self._looks += 1
        delta = self.alpha / self._statements
        for amount, upper in self._upper.items():
            for i in at:
                for j in at:
                    if i != j:
                        upper[i, j] = min(upper[i, j], self._difference(amount, i, j, delta))
        for amount, high in self._high.items():
            for i in at:
                low, up = self._mean(amount, i, delta)
                self._low[amount][i], high[i] = max(self._low[amount][i], low), min(high[i], up)
        needed, beaten = self._needed()
        for i, name in zip(at, list(self.active), strict=True):
            if i not in needed:
                by = beaten.get(i)
                self.out[name] = Out(None if by is None else self.policies[by], self.schedules)
        self.active = [name for name in self.active if name not in self.out]

    def status(self, policy: str) -> str:
        """Whether it surely meets all limits, surely breaks one, or neither."""
        at = self.policies.index(policy)
        if any(self._low[limit.amount][at] >= limit.limit for limit in self.limits):
            return BROKEN
        return MET if all(self._high[limit.amount][at] < limit.limit for limit in self.limits) else OPEN

    @property
    def chosen(self) -> str | None:
        """One that can be chosen if there is any, else the one that looks best;
        None while nobody surely meets the limits.
        """
        fields = self._fields()
        first = self._leasts(fields)[-1]
        sure = fields[-1][0]
        field = sorted(sure & first or sure or fields[0][0] & first or fields[0][0])
        for wish in self.wishes[:-1]:
            least = min((self._at_mean(wish.amount, i) for i in field), default=0.0)
            field = [i for i in field if self._at_mean(wish.amount, i) <= least + wish.within]
        last = self.wishes[-1].amount
        return self.policies[min(field, key=lambda i: self._at_mean(last, i))] if field else None

    def excess(self, wish: Wish) -> float:
        """What the chosen one's mean exceeds the least of that wish's field by, at most: with probability 1 − alpha."""
        at = self.policies.index(self.chosen)
        first = self._leasts(self._fields())[self.wishes.index(wish)]
        return float(max((self._upper[wish.amount][at, i] for i in first), default=0.0))

    @property
    def settled(self) -> bool:
        """Whether all of that is no more than `within`."""
        return self.chosen is not None and self.policies.index(self.chosen) in self._fields()[-1][0]

    def mean(self, amount: Amount, policy: str) -> float:
        """Of the schedules that it got."""
        return self._at_mean(amount, self.policies.index(policy))

    def run(self, policy: str) -> int:
        """How many schedules it got."""
        return self.out[policy].schedules if policy in self.out else self.schedules

    def difference(self, amount: Amount, policy: str) -> tuple[float, float]:
        """Between what its mean exceeds the chosen one's by; holds together with all that is said here."""
        i, j = self.policies.index(policy), self.policies.index(self.chosen)
        return -float(self._upper[amount][j, i]), float(self._upper[amount][i, j])

    def limited(self, amount: Amount, policy: str) -> tuple[float, float]:
        """Between what its mean lies, of an amount that a limit is about."""
        at = self.policies.index(policy)
        return float(self._low[amount][at]), float(self._high[amount][at])

    def _fields(self) -> list[tuple[set[int], set[int]]]:
        """Who is surely in the field of each wish, and who may be;
        behind the last wish who can be chosen, and who may.
        """
        status = [self.status(name) for name in self.policies]
        sure = {i for i, of in enumerate(status) if of == MET}
        may = {i for i, of in enumerate(status) if of != BROKEN}
        fields = [(sure, may)]
        for wish in self.wishes:
            upper = self._upper[wish.amount]
            first = _first(sure, may, upper)
            # surely more than one that is surely in the field, by more than matters
            passed = {i for i in may if any(upper[q, i] < -wish.within for q in sure)}
            sure = {i for i in sure if all(upper[i, p] <= wish.within for p in first)}
            may = may - passed
            fields.append((sure, may))
        return fields

    def _leasts(self, fields: list[tuple[set[int], set[int]]]) -> list[set[int]]:
        """Of each wish those who may have the least in its field."""
        return [_first(*field, self._upper[wish.amount]) for field, wish in zip(fields[:-1], self.wishes, strict=True)]

    def _needed(self) -> tuple[set[int], dict[int, int]]:
        """Whose further schedules may decide something, and who has surely less than each of the others."""
        fields = self._fields()
        leasts = self._leasts(fields)
        contenders = leasts[-1]
        needed = set(contenders)
        beaten: dict[int, int] = {}
        for wish, (sure, may), first in zip(self.wishes, fields[:-1], leasts, strict=True):
            upper = self._upper[wish.amount]
            for i in may:
                if better := [q for q in sure if upper[q, i] < 0]:
                    beaten.setdefault(i, min(better, key=upper[:, i].__getitem__))
            # a contender's place in this field isn't sure yet without them
            if wish is not self.wishes[-1]:
                needed |= {p for p in first if any(upper[i, p] > wish.within for i in contenders - {p})}
        return needed, beaten

    def _at_mean(self, amount: Amount, at: int) -> float:
        return float(self._sum[amount][at]) / self.run(self.policies[at])

    def _difference(self, amount: Amount, i: int, j: int, delta: float) -> float:
        sums, products = self._sum[amount], self._product[amount]
        squares = products[i, i] + products[j, j] - 2 * products[i, j]
        return self._bound(sums[i] - sums[j], squares, self.most[amount], delta)

    def _mean(self, amount: Amount, at: int, delta: float) -> tuple[float, float]:
        """The ends of a mean; of a share Clopper and Pearson's, for a count of schedules is declared beforehand."""
        n, total, squares = self.schedules, self._sum[amount][at], self._product[amount][at, at]
        if amount.is_share:
            delta /= self._looks * (self._looks + 1)
            return 1.0 - bounds.share(n - round(total), n, delta), bounds.share(round(total), n, delta)
        return -self._bound(-total, squares, 0.0, delta), self._bound(total, squares, self.most[amount], delta)

    def _bound(self, total: float, squares: float, most: float, delta: float) -> float:
        n = self.schedules
        return bounds.wagered(total / n, max(0.0, squares - total * total / n), n, most, delta)


def _first(sure: set[int], may: set[int], upper: np.ndarray) -> set[int]:
    """Those of a field who may have the least: nobody who is surely in it has surely less."""
    return {i for i in may if not any(upper[q, i] < 0 for q in sure)}
