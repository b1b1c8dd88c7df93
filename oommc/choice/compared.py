"""What a directory's records say about some criteria, of all policies on the same schedules."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from oommc.choice import bounds
from oommc.choice.criteria import Amount, columns, values
from oommc.collect.interface import Records
from oommc.errors import InputError
from oommc.policies import contenders
from oommc.scenario import Scenario
from oommc.stats.ordered import of_all_pairs

BATCHES = 512
"""Sums over so many equal stretches of schedules are kept, for the bootstrap."""
_PIECE = 8_192

Piece = dict[str, np.ndarray]
"""Values by criterion: int64 of shape (policies, schedules)."""


@dataclass(frozen=True)
class Compared:
    """`policies` on the same `n` schedules; `left_out`: those that have fewer or others, with how many.

    `batches`: int64 of shape (batches, criteria, policies), sums of `criteria` in units of `scale`. `sums` and
    `products` by amount: float64 of shapes (policies,) and (policies, policies). `high`: the largest value seen.
    `alike`: policies that had the same criteria and amounts on every schedule, groups of two and more.
    """

    scenario: Scenario
    policies: tuple[str, ...]
    n: int
    left_out: dict[str, int]
    criteria: tuple[str, ...]
    batches: np.ndarray
    sums: dict[Amount, np.ndarray]
    products: dict[Amount, np.ndarray]
    high: dict[Amount, float]
    alike: list[list[str]]

    def mean(self, amount: Amount, policy: str) -> float:
        return float(self.sums[amount][self.policies.index(policy)]) / self.n

    def above(self, amount: Amount, policy: str, delta: float) -> float:
        """The upper bound of the mean, wrong with probability `delta` at most."""
        at = self.policies.index(policy)
        total, squares = self.sums[amount][at], self.products[amount][at, at]
        if amount.is_share:
            return bounds.share(round(total), self.n, delta)
        return self._wagered(total, squares, self._most(amount), delta)

    def below(self, amount: Amount, policy: str, delta: float) -> float:
        """The lower bound of the mean, wrong with probability `delta` at most."""
        at = self.policies.index(policy)
        total, squares = self.sums[amount][at], self.products[amount][at, at]
        if amount.is_share:
            return 1.0 - bounds.share(self.n - round(total), self.n, delta)
        return max(0.0, -self._wagered(-total, squares, 0.0, delta))

    def exceeds(self, amount: Amount, a: str, b: str, delta: float) -> float:
        """The upper bound of what a's mean exceeds b's by, wrong with probability `delta` at most."""
        i, j = self.policies.index(a), self.policies.index(b)
        sums, products = self.sums[amount], self.products[amount]
        if amount.is_share:
            only = round(sums[i] - products[i, j]), round(sums[j] - products[i, j])
            return bounds.share_difference(*only, self.n, delta)
        squares = products[i, i] + products[j, j] - 2 * products[i, j]
        return self._wagered(sums[i] - sums[j], squares, self._most(amount), delta)

    def supposed(self, amount: Amount) -> bool:
        """Whether no largest value is known, and the largest seen stands in for it."""
        return amount.most(self.scenario) is None

    def _most(self, amount: Amount) -> float:
        known = amount.most(self.scenario)
        return self.high[amount] if known is None else known

    def _wagered(self, total: float, squares: float, most: float, delta: float) -> float:
        distance = max(0.0, squares - total * total / self.n)
        return bounds.wagered(total / self.n, distance, self.n, most, delta)


def compared(
    store: Records, scenario: Scenario, policies: Sequence[str], amounts: Sequence[Amount], criteria: Sequence[str]
) -> Compared:
    """Reads the records. Those policies compare that have the most schedules,
    and the same as the first of them. InputError if there are none.
    """
    name = scenario.name
    rows = {policy: store.rows(name, policy) for policy in contenders(policies)}
    counts = {policy: sum(held.values()) for policy, held in rows.items()}
    most = max(counts.values())
    if not most:
        raise InputError(f"{name}: no records there yet; run the same command again to go on")
    common = next(rows[policy] for policy, count in counts.items() if count == most)
    chosen = [policy for policy in rows if rows[policy] == common]
    n = most
    amounts = list(dict.fromkeys(amounts))
    names = list(dict.fromkeys((*criteria, *(c for amount in amounts for c in amount.names))))
    batches = np.zeros((min(n, BATCHES), len(criteria), len(chosen)), np.int64)
    sums = {amount: np.zeros(len(chosen)) for amount in amounts}
    products = {amount: np.zeros((len(chosen),) * 2) for amount in amounts}
    high = dict.fromkeys(amounts, 0.0)
    seen = {policy: hashlib.blake2b() for policy in chosen}
    first = 0
    for piece in _pieces(_read(store, scenario, chosen, common, names)):
        count = len(piece[names[0]][0])
        batch = (first + np.arange(count)) * len(batches) // n
        for at, criterion in enumerate(criteria):
            np.add.at(batches[:, at], batch, piece[criterion].T)
        for amount in amounts:
            matrix = amount.of(piece)
            sums[amount] += matrix.sum(axis=1)
            products[amount] += of_all_pairs(matrix)
            high[amount] = max(high[amount], float(matrix.max()))
        for at, policy in enumerate(chosen):
            for criterion in names:
                seen[policy].update(piece[criterion][at].tobytes())
        first += count
    left_out = {policy: count for policy, count in counts.items() if policy not in chosen}
    return Compared(scenario, tuple(chosen), n, left_out, tuple(criteria), batches, sums, products, high, _alike(seen))


def _alike(seen: dict[str, "hashlib.blake2b"]) -> list[list[str]]:
    groups: dict[bytes, list[str]] = {}
    for policy, of in seen.items():
        groups.setdefault(of.digest(), []).append(policy)
    return [group for group in groups.values() if len(group) > 1]


def _read(
    store: Records, scenario: Scenario, policies: Sequence[str], blocks: dict[int, int], names: Sequence[str]
) -> Iterator[Piece]:
    """Block by block the first so many schedules of each."""
    wanted = list(dict.fromkeys(column for name in names for column in columns(name)))
    for n, count in blocks.items():
        held = []
        for policy in policies:
            block = store.block(scenario.name, policy, n, wanted)
            assert block is not None  # it is among the rows
            rows = {key: of[:count] for key, of in block.items()}
            held.append({name: values(name, rows) for name in names})
        yield {name: np.stack([of[name] for of in held]) for name in names}


def _pieces(blocks: Iterator[Piece]) -> Iterator[Piece]:
    """The same cut into pieces of _PIECE schedules: sums of floats then don't tell how long the blocks were."""
    kept: Piece = {}
    for block in blocks:
        kept = {name: np.concatenate((kept[name], of), axis=1) if kept else of for name, of in block.items()}
        length = len(next(iter(kept.values()))[0])
        for first in range(0, length - _PIECE + 1, _PIECE):
            yield {name: of[:, first : first + _PIECE] for name, of in kept.items()}
        kept = {name: of[:, length // _PIECE * _PIECE :] for name, of in kept.items()}
    if kept and kept[next(iter(kept))].size:
        yield kept
