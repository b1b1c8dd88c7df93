"""Which blocks of schedules are missing.

Block n holds the schedules [n·size, min((n + 1)·size, schedules)). The last one may be short; when more
schedules are asked for it is the one block that is computed anew, to its longer length (its first records
stay what they were).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

MOST_SCHEDULES = 10**12
LARGEST_BLOCK = 10**6


class Block(NamedTuple):
    scenario: str
    n: int
    first: int
    count: int  # type: ignore[assignment]  # hides a method of tuples that nobody calls here
    policies: tuple[str, ...]  # those of which this block is missing


class Shard(NamedTuple):
    """The blocks n with n mod `of` = `index`: they stay the same when more schedules are asked for."""

    index: int  # type: ignore[assignment]  # hides a method of tuples that nobody calls here
    of: int


WHOLE = Shard(0, 1)


def length(n: int, size: int, schedules: int) -> int:
    """Number of schedules of block n."""
    return min(size, schedules - n * size)


class Plan:
    """What is left to do for one scenario, given each policy's rows by block number."""

    def __init__(
        self,
        scenario: str,
        policies: Sequence[str],
        rows: Sequence[dict[int, int]],
        size: int,
        schedules: int,
        shard: Shard = WHOLE,
    ):
        self.scenario, self.policies, self.rows = scenario, policies, rows
        self.size, self.schedules, self.shard = size, schedules, shard

    def missing(self) -> Iterator[Block]:
        """The missing blocks in ascending order, one by one: there can be 10^12 of them."""
        for n in self._shared():
            if missing := self._missing(n):
                yield Block(self.scenario, n, n * self.size, length(n, self.size, self.schedules), missing)

    def left(self) -> int:
        """Number of schedules in missing blocks; looks only at the blocks that are there."""
        mine = self._shared()
        total = len(mine) * self.size
        if mine:
            total -= self.size - length(mine[-1], self.size, self.schedules)
        seen = set().union(*self.rows)
        whole = (n for n in seen if n in mine and not self._missing(n))
        return total - sum(length(n, self.size, self.schedules) for n in whole)

    def _shared(self) -> range:
        return range(self.shard.index, -(-self.schedules // self.size), self.shard.of)

    def _missing(self, n: int) -> tuple[str, ...]:
        count = length(n, self.size, self.schedules)
        return tuple(p for p, rows in zip(self.policies, self.rows, strict=True) if rows.get(n, 0) < count)
