"""What is finished of a block that isn't: kept once a minute, so that a slow policy loses no more than that.

The records stand in `unfinished/<scenario>/<policy>/<n>.parquet` of the result directory, in the form of a block's, and
go when the block is there. Nothing but the computation of that block reads them.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oommc.collect import records
from oommc.collect.blocks import Block
from oommc.collect.files import Unusable, clear_partial, read_regular, safe_name, write_whole
from oommc.collect.lock import is_locked_by
from oommc.columns import names

_NAME = re.compile(r"[0-9]+\.parquet")
Columns = Mapping[str, Mapping[str, np.ndarray]]  # int64 of shape (rows,) by policy and column


@dataclass(frozen=True)
class Unfinished:
    """Of a run into the directory `path`, which a worker knows by the lock's `token`; of none where `path` is None."""

    labels: Mapping[tuple[str, str], str]  # by scenario and policy
    path: Path | None
    token: str | None

    def kept(self, block: Block) -> tuple[int, dict[str, dict[str, np.ndarray]]]:
        """How many of a block's first schedules are there under all of its policies, and their columns by policy."""
        if not self._mine():
            return 0, {}
        read = {policy: self._read(block, policy) for policy in block.policies}
        columns = {policy: of for policy, of in read.items() if of}
        if len(columns) < len(read):
            return 0, {}
        rows = min(len(of["schedule"]) for of in columns.values())
        return rows, columns if rows else {}

    def keep(self, block: Block, columns: Columns) -> None:
        """Writes what there is of a block."""
        if self._mine():
            for policy, of in columns.items():
                write_whole(self._file(block, policy), records.encode(of, policy, self._label(block, policy)))

    def drop(self, block: Block) -> None:
        """The block is there."""
        if self._mine():
            for policy in block.policies:
                file = self._file(block, policy)
                with suppress(OSError):
                    file.unlink()
                    clear_partial(file.parent, _NAME)
                    for folder in list(file.parents)[:3]:  # if it was the last
                        folder.rmdir()

    def _mine(self) -> bool:
        return self.path is not None and self.token is not None and is_locked_by(self.path, self.token)

    def _label(self, block: Block, policy: str) -> str:
        return f"{self.labels[block.scenario, policy]}/{block.n}/unfinished"

    def _file(self, block: Block, policy: str) -> Path:
        assert self.path is not None
        return self.path / "unfinished" / safe_name(block.scenario) / safe_name(policy) / f"{block.n}.parquet"

    def _read(self, block: Block, policy: str) -> dict[str, np.ndarray] | None:
        """A policy's columns; None where there are none of this run, or they are damaged."""
        try:
            data = read_regular(self._file(block, policy), records.most_bytes(block.count, names(but_for=True)))
        except (OSError, Unusable):
            return None
        if not records.whole(data):
            return None
        file = records.opened(data)
        formed = any(records.has_form(file, names(but_for), block.count - 1) for but_for in (False, True))
        if not formed or records.label(file) != self._label(block, policy):
            return None
        columns = records.decode(file.read())
        in_order = (columns["schedule"] == block.first + np.arange(len(columns["schedule"]))).all()
        return columns if in_order else None
