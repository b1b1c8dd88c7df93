"""What is asked of a store: by a run, which fills it, and by whoever reads records."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from oommc.collect.blocks import Block
from oommc.collect.manifest import Manifest
from oommc.collect.work import Keeper
from oommc.errors import InputError

Labels = dict[tuple[str, str], str]
"""What the blocks of each (scenario, policy) are known by."""


class Store(Protocol):
    """Where a run's blocks go: `collect.store` has two of records, `stats.sums` one of sums and one of both."""

    @property
    def path(self) -> Path | None:
        """The result directory; None in memory."""

    def held(
        self, scenario: str, policies: Sequence[str], manifest: Manifest, count: int, workers: int
    ) -> list[dict[int, int]]:
        """For each policy the number of rows of each block below `count` that is whole and in its place; others are
        named on stderr.
        """

    def reader(self, manifest: Manifest, tell: Callable[[InputError], None] | None = None) -> Any:
        """What readers get, checked against `manifest`: of a store of records `collect.reading.Blocks`, else a
        `stats.tally.Summable`.

        What is damaged or foreign is an InputError, or is left out, and `tell` gets the error.
        """

    def clear(self) -> None:
        """Removes what writers that were killed have left in the result directory."""

    def keeper(self, labels: Labels, token: str | None) -> Keeper:
        """What is called beside the engine, maybe on another machine, with a block's records;
        what it returns travels.
        """

    def take(self, done: Iterable[tuple[Block, Any]]) -> None:
        """Keeps finished blocks, called where the run is; with each comes what its keeper returned."""


class Records(Protocol):
    """Blocks of records that can be read."""

    def rows(self, scenario: str, policy: str) -> dict[int, int]:
        """Number of rows of each block that is there, by ascending number. InputError if one is damaged or foreign."""

    def block(self, scenario: str, policy: str, n: int, columns: Sequence[str]) -> dict[str, np.ndarray] | None:
        """A block's columns as int64 arrays of shape (rows,). InputError, or None where those are left out, as
        `rows`.
        """
