"""Where blocks of records are kept: a result directory, or memory.

Both hold the same Parquet bytes, so that there is one way to write and to read a record. In memory this also
takes a tenth of the room that the bare arrays would (deviation from "a list of arrays": 10^6 schedules of
three policies fit in well under 100 MB).

They are stores as `oommc.collect.interface` says; `oommc.stats.sums` is one too.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oommc.collect import records
from oommc.collect.blocks import Block
from oommc.collect.files import safe_name, write_whole
from oommc.collect.interface import Labels
from oommc.collect.lock import is_locked_by
from oommc.errors import RunError

Files = dict[str, bytes]  # by policy


class _Store:
    """What both kinds share. `_bytes` gives the file of a block (scenario, policy, n), `_name` its name, `numbers` the blocks of a
    scenario and policy.
    """

    def table(self, scenario: str, policy: str, n: int, columns: Sequence[str] | None = None):
        """A block's Arrow table, of all columns or those named. RunError if the file is damaged."""
        data = self._bytes(scenario, policy, n)
        if not records.whole(data):
            raise RunError(f"{self._name(scenario, policy, n)}: damaged; the command that made it computes it anew")
        return records.opened(data).read(columns)

    def block(self, scenario: str, policy: str, n: int, columns: Sequence[str]) -> dict[str, np.ndarray]:
        """A block's columns as int64 arrays of shape (rows,)."""
        return records.decode(self.table(scenario, policy, n, columns))

    def rows(self, scenario: str, policy: str) -> dict[int, int]:
        """Number of rows of each block that is there, by ascending number. RunError if one can't be read."""
        return {n: self._rows(scenario, policy, n) for n in sorted(self.numbers(scenario, policy))}

    def held(self, scenario: str, policies: Sequence[str], labels: Labels, workers: int) -> list[dict[int, int]]:
        """`rows` of each policy, of whole blocks that carry their label; others are named on stderr."""

        def checked(policy: str) -> dict[int, int]:
            wanted = labels[scenario, policy]
            numbers = sorted(self.numbers(scenario, policy))
            rows = pool.map(lambda n: self.checked(scenario, policy, n, wanted), numbers)
            found = {}
            for n, (count, wrong) in zip(numbers, rows, strict=True):
                if wrong:
                    print(f"oommc: {wrong}; computed anew", file=sys.stderr, flush=True)
                else:
                    found[n] = count
            return found

        with ThreadPoolExecutor(workers) as pool:
            return [checked(policy) for policy in policies]

    def checked(self, scenario: str, policy: str, n: int, label: str) -> tuple[int, str]:
        """A block's number of rows, and what is wrong with its file, in words; reads all of it."""
        try:
            data = self._bytes(scenario, policy, n)
        except OSError as error:
            return 0, f"{self._name(scenario, policy, n)}: {error.strerror}"
        if not records.whole(data):
            return 0, f"{self._name(scenario, policy, n)}: damaged, not a whole block of records"
        file = records.opened(data)
        if records.label(file) != f"{label}/{n}":
            return 0, f"{self._name(scenario, policy, n)}: a block of another run"
        return file.metadata.num_rows, ""

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

    def keeper(self, labels: Labels, token: str | None) -> "Keeper":
        return Keeper(labels, None, None)

    def write(self, scenario: str, policy: str, n: int, data: bytes) -> None:
        self._files.setdefault((scenario, policy), {})[n] = data

    def numbers(self, scenario, policy):
        return self._files.get((scenario, policy), {})

    def _rows(self, scenario, policy, n):
        return records.opened(self._files[scenario, policy][n]).metadata.num_rows

    def _bytes(self, scenario, policy, n):
        return self._files[scenario, policy][n]

    def _name(self, scenario, policy, n):
        return f"block {n} of {scenario} under {policy}"


class Directory(_Store):
    """Blocks as files `blocks/<scenario>/<policy>/<n>.parquet` of a result directory."""

    def __init__(self, path: Path):
        self.path = Path(path)

    def keeper(self, labels: Labels, token: str | None) -> "Keeper":
        return Keeper(labels, self.path.resolve(), token)

    def write(self, scenario: str, policy: str, n: int, data: bytes) -> None:
        write_whole(self._file(scenario, policy, n), data)

    def merge(self, other: "Directory", labels: Labels) -> list[str]:
        """Takes another directory's blocks, the longer of two; returns what is wrong with the rest."""
        wrong = []
        for scenario, policy in labels:
            mine = self.rows(scenario, policy)
            for n in sorted(other.numbers(scenario, policy)):
                rows, why = other.checked(scenario, policy, n, labels[scenario, policy])
                if why:
                    wrong.append(why)
                elif rows > mine.get(n, 0):
                    self.write(scenario, policy, n, other._bytes(scenario, policy, n))
        return wrong

    def _file(self, scenario, policy, n):
        return self._folder(scenario, policy) / f"{n}.parquet"

    def _folder(self, scenario, policy):
        return self.path / "blocks" / safe_name(scenario) / safe_name(policy)

    def numbers(self, scenario, policy):
        return [int(p.stem) for p in self._folder(scenario, policy).glob("*.parquet") if p.stem.isdecimal()]

    def _rows(self, scenario, policy, n):
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._file(scenario, policy, n)
        try:  # the footer alone, and not through pyarrow's own files: those take only names that are UTF-8
            with open(path, "rb") as file:
                return pq.ParquetFile(file).metadata.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            raise RunError(f"{path}: damaged; the command that made it computes it anew") from error

    def _bytes(self, scenario, policy, n):
        return self._file(scenario, policy, n).read_bytes()

    def _name(self, scenario, policy, n):
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
        if self.path is None or not is_locked_by(self.path, self.token):
            return files
        for policy, data in files.items():
            Directory(self.path).write(block.scenario, policy, block.n, data)
        return None
