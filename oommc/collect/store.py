"""Where blocks of records are kept: a result directory, or memory.

Both hold the same Parquet bytes, so that there is one way to write and to read a record. In memory this also
takes a tenth of the room that the bare arrays would (deviation from "a list of arrays": 10^6 schedules of
three policies fit in well under 100 MB).

They are stores as `oommc.collect.interface` says; `oommc.stats.sums` is one too.
"""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oommc.collect import records
from oommc.collect.blocks import Block
from oommc.collect.files import clear_partial, listed, open_regular, read_regular, safe_name, write_whole
from oommc.collect.interface import Labels
from oommc.collect.lock import is_locked_by
from oommc.collect.manifest import Manifest
from oommc.collect.reading import Blocks
from oommc.errors import InputError
from oommc.said import note

Files = dict[str, bytes]  # by policy

BLOCK = re.compile(r"(0|[1-9][0-9]{0,11})\.parquet")
"""The name of a block's file: its number, of which there are as many as schedules, 10^12, at most."""


class _Store:
    """What both kinds share. Of a block (scenario, policy, n) `data` gives the file's bytes, of which there may be
    `most`, `opened` the file, `name` its name; `numbers` the blocks of a scenario and policy.
    """

    def reader(self, manifest: Manifest, tell: Callable[[InputError], None] | None = None) -> Blocks:
        return Blocks(self, manifest, tell)

    def held(
        self, scenario: str, policies: Sequence[str], manifest: Manifest, count: int, workers: int
    ) -> list[dict[int, int]]:
        """For each policy the rows of each block that is whole and in its place, of the blocks below `count`; others
        are named on stderr.
        """

        def tell(error: InputError) -> None:
            note(f"{error}; computed anew")

        blocks = self.reader(manifest, tell)
        places = [(policy, n) for policy in policies for n in blocks.numbers(scenario, policy) if n < count]
        found: dict[str, dict[int, int]] = {policy: {} for policy in policies}
        with ThreadPoolExecutor(workers) as pool:
            rows = pool.map(lambda place: blocks.held(scenario, *place), places)
            for (policy, n), there in zip(places, rows, strict=True):
                if there:
                    found[policy][n] = there
        return list(found.values())

    def write(self, scenario: str, policy: str, n: int, data: bytes) -> None:
        raise NotImplementedError

    def take(self, done: Iterable[tuple[Block, Files | None]]) -> None:
        """Writes the files of blocks that their makers couldn't write."""
        for block, files in done:
            for policy, data in (files or {}).items():
                self.write(block.scenario, policy, block.n, data)


class Memory(_Store):
    """Blocks in memory, for a run without a directory."""

    path = None

    def __init__(self):
        self._files: dict[tuple[str, str], dict[int, bytes]] = {}

    def clear(self) -> None:
        """There is no directory in which anything could be left."""

    def keeper(self, labels: Labels, token: str | None) -> "Keeper":
        return Keeper(labels, None, None)

    def write(self, scenario: str, policy: str, n: int, data: bytes) -> None:
        self._files.setdefault((scenario, policy), {})[n] = data

    def numbers(self, scenario, policy):
        return self._files.get((scenario, policy), {})

    def data(self, scenario, policy, n, most):
        return self._files[scenario, policy][n]

    def opened(self, scenario, policy, n, most):
        return io.BytesIO(self._files[scenario, policy][n])

    def name(self, scenario, policy, n):
        return f"block {n} of {scenario} under {policy}"


class Directory(_Store):
    """Blocks as files `blocks/<scenario>/<policy>/<n>.parquet` of a result directory."""

    def __init__(self, path: Path):
        self.path = Path(path)

    def keeper(self, labels: Labels, token: str | None) -> "Keeper":
        return Keeper(labels, self.path.resolve(), token)

    def write(self, scenario: str, policy: str, n: int, data: bytes) -> None:
        write_whole(self._file(scenario, policy, n), data)

    def merge(self, other: "Directory | Memory", mine: Manifest, theirs: Manifest) -> list[str]:
        """Takes the blocks of another store, the longer of two; returns what is wrong with the rest."""
        wrong: list[str] = []
        here, there = (
            self.reader(mine, lambda error: None),
            other.reader(theirs, lambda error: wrong.append(str(error))),
        )
        for scenario in theirs.scenarios:
            for policy in theirs.policies:
                for n in there.numbers(scenario, policy):
                    rows = there.held(scenario, policy, n)
                    if rows > here.held(scenario, policy, n):
                        self.write(scenario, policy, n, there.data(scenario, policy, n))
        return wrong

    def clear(self) -> None:
        """Removes what writers that were killed have left of blocks."""
        for folder in self.path.glob("blocks/*/*"):
            clear_partial(folder, BLOCK)

    def _file(self, scenario, policy, n):
        return self._folder(scenario, policy) / f"{n}.parquet"

    def _folder(self, scenario, policy):
        return self.path / "blocks" / safe_name(scenario) / safe_name(policy)

    def numbers(self, scenario, policy):
        names = (BLOCK.fullmatch(name) for name in listed(self._folder(scenario, policy)))
        return [int(name[1]) for name in names if name]

    def data(self, scenario, policy, n, most):
        return read_regular(self._file(scenario, policy, n), most)

    def opened(self, scenario, policy, n, most):
        # not by pyarrow's own files: those take only names that are UTF-8
        return open_regular(self._file(scenario, policy, n), most)

    def name(self, scenario, policy, n):
        return self._file(scenario, policy, n)


@dataclass(frozen=True)
class Keeper:
    """Turns a block's records into files and writes them, where the worker sees the run's directory."""

    labels: Labels
    path: Path | None
    token: str | None

    def __call__(self, block: Block, columns: Mapping[str, Mapping[str, np.ndarray]]) -> Files | None:
        """Records by policy; None if the files are written, else the files."""
        files = {
            policy: records.encode(of, policy, f"{self.labels[block.scenario, policy]}/{block.n}")
            for policy, of in columns.items()
        }
        if self.path is None or self.token is None or not is_locked_by(self.path, self.token):
            return files
        for policy, data in files.items():
            Directory(self.path).write(block.scenario, policy, block.n, data)
        return None
