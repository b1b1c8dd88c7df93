"""Where blocks of records are kept: a result directory, or memory.

Both hold the same Parquet bytes, so that there is one way to write and to read a record. In memory this also
takes a tenth of the room that the bare arrays would (deviation from "a list of arrays": 10^6 schedules of
three policies fit in well under 100 MB).
"""

import fcntl
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from oommc.collect import records
from oommc.collect.files import safe_name, write_whole
from oommc.errors import InputError, RunError


class _Store:
    """What both kinds share. A block is known by (scenario, policy, n); `_open` gives its file."""

    def table(self, scenario: str, policy: str, n: int, columns: Sequence[str] | None = None):
        """A block's Arrow table, of all columns or those named. RunError if the file is damaged."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with self._open(scenario, policy, n) as file:
            try:
                return pq.ParquetFile(file).read(columns)
            except (pa.ArrowInvalid, OSError) as error:
                raise self._damaged(file) from error

    def block(self, scenario: str, policy: str, n: int, columns: Sequence[str]) -> dict[str, np.ndarray]:
        """A block's columns as int64 arrays of shape (rows,)."""
        return records.decode(self.table(scenario, policy, n, columns))

    def rows(self, scenario: str, policy: str) -> dict[int, int]:
        """Number of rows of each block that is there, by ascending block number."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        held = {}
        for n in sorted(self._numbers(scenario, policy)):
            with self._open(scenario, policy, n) as file:
                try:
                    held[n] = pq.ParquetFile(file).metadata.num_rows
                except (pa.ArrowInvalid, OSError) as error:
                    raise self._damaged(file) from error
        return held

    @staticmethod
    def _damaged(file) -> RunError:
        return RunError(
            f"{getattr(file, 'name', 'memory')}: not a whole block of records; remove it and run again"
        )


class Memory(_Store):
    """Blocks in memory, for a run without a directory."""

    def __init__(self):
        self._files: dict[tuple[str, str], dict[int, bytes]] = {}

    def write(self, scenario: str, policy: str, n: int, data: bytes) -> None:
        self._files.setdefault((scenario, policy), {})[n] = data

    def _numbers(self, scenario, policy):
        return self._files.get((scenario, policy), {})

    def _open(self, scenario, policy, n):
        return io.BytesIO(self._files[scenario, policy][n])


class Directory(_Store):
    """Blocks as files `blocks/<scenario>/<policy>/<n>.parquet` of a result directory."""

    def __init__(self, path: Path):
        self.path = Path(path)

    def write(self, scenario: str, policy: str, n: int, data: bytes) -> None:
        write_whole(self._folder(scenario, policy) / f"{n}.parquet", data)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While this lasts no other process writes here. InputError if one does; OSError if none may."""
        file = os.open(self.path / ".lock", os.O_CREAT | os.O_WRONLY, 0o666)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    f"{self.path}: another run is writing to this directory; wait for it or name another"
                ) from None
            yield
        finally:
            os.close(file)

    def _folder(self, scenario, policy):
        return self.path / "blocks" / safe_name(scenario) / safe_name(policy)

    def _numbers(self, scenario, policy):
        return [int(p.stem) for p in self._folder(scenario, policy).glob("*.parquet") if p.stem.isdecimal()]

    def _open(self, scenario, policy, n):
        return open(self._folder(scenario, policy) / f"{n}.parquet", "rb")
