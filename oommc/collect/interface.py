"""What is asked of a store: by a run, which fills it, and by whoever reads records."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from oommc.collect.blocks import Block
from oommc.collect.work import Keeper

Labels = dict[tuple[str, str], str]
"""What the blocks of each (scenario, policy) are known by."""


class Store(Protocol):
    """Where a run's blocks go: `collect.store` has two of records, `stats.sums` one of sums and one of both."""

    @property
    def path(self) -> Path | None:
        """The result directory; None in memory."""

    def held(self, scenario: str, policies: Sequence[str], labels: Labels, workers: int) -> list[dict[int, int]]:
        """For each policy the number of rows of each block that is there; damage is named on stderr and left out."""

    def keeper(self, labels: Labels, token: str | None) -> Keeper:
        """What is called beside the engine, maybe on another machine, with a block's records; what it returns travels."""

    def take(self, done: Iterable[tuple[Block, Any]]) -> None:
        """Keeps finished blocks, called where the run is; with each comes what its keeper returned."""


class Records(Protocol):
    """Blocks of records that can be read."""

    def rows(self, scenario: str, policy: str) -> dict[int, int]:
        """Number of rows of each block that is there, by ascending number. RunError if one can't be read."""

    def block(self, scenario: str, policy: str, n: int, columns: Sequence[str]) -> dict[str, np.ndarray]:
        """A block's columns as int64 arrays of shape (rows,)."""
