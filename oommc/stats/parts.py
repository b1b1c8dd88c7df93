"""What blocks add up to where no records are kept, and what a file of sums holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from oommc.collect.blocks import Block
from oommc.errors import InputError
from oommc.stats import tally as tallies
from oommc.stats.sketch import Sketch
from oommc.stats.tally import Tally, added, measured


@dataclass(frozen=True)
class Part:
    """What some blocks of one set of policies add up to."""

    rows: int = 0
    tally: Tally = field(default_factory=Tally)
    sketches: dict[str, Sketch] = field(default_factory=dict)

    @classmethod
    def of(cls, block: Block, columns: Mapping[str, Mapping[str, np.ndarray]]) -> "Part":
        """One block's records by policy."""
        by_policy = dict(sorted(columns.items()))  # a pair is stored one way round
        sketches = {policy: Sketch.of(*tallies.after_oom(of)) for policy, of in by_policy.items()}
        return cls(block.count, Tally.of(by_policy, measured(by_policy[block.policies[0]])), sketches)

    def __add__(self, other: "Part") -> "Part":
        return Part(self.rows + other.rows, self.tally + other.tally, added(self.sketches, other.sketches))


@dataclass(frozen=True)
class State:
    """A file's content: `whole` adds up the blocks whose bit is set, `short` has shorter ones by number."""

    key: str
    blocks: int = 0
    whole: Part = field(default_factory=Part)
    short: dict[int, Part] = field(default_factory=dict)

    def rows(self, size: int) -> dict[int, int]:
        """Number of rows by block."""
        # a table where bits would do, so that a Plan needs to know one kind of store
        held = {n: size for n, bit in enumerate(reversed(f"{self.blocks:b}")) if bit == "1"}
        return held | {n: part.rows for n, part in self.short.items()}

    def taken(self, n: int, part: Part, size: int) -> "State":
        """With a block more; one that is there already counts once."""
        if self.blocks >> n & 1:
            return self
        others = {m: of for m, of in self.short.items() if m != n}
        if part.rows == size:
            return replace(self, blocks=self.blocks | 1 << n, whole=self.whole + part, short=others)
        return replace(self, short=others | {n: part})

    def joined(self, other: "State", where: Path) -> "State":
        """With another directory's. InputError if both have some blocks in common and each has others."""
        common = self.blocks & other.blocks
        if common not in (0, self.blocks, other.blocks):
            raise InputError(
                f"{where}: {common.bit_count()} of its blocks are in the others' sums already, "
                "and sums can't be taken apart; merge directories that share none (--shard makes them)"
            )
        if common:
            large = self if common == other.blocks else other
            blocks, whole = large.blocks, large.whole
        else:
            blocks, whole = self.blocks | other.blocks, self.whole + other.whole
        ends = sorted((*self.short.items(), *other.short.items()), key=lambda item: item[1].rows)
        return State(self.key, blocks, whole, {n: part for n, part in ends if not blocks >> n & 1})

    def all(self) -> Part:
        return sum((part for _, part in sorted(self.short.items())), self.whole)
