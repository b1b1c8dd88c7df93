"""OOM reports, of the kernel and of user-space killers, read from logs as people keep and post them.

`read` goes through lines, `read_file` through a file; both give `Report`s in the log's order, one at a
time, so that a log of any size can be read. `scenario_toml` makes a scenario of a report.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from oommc.errors import InputError
from oommc.incident.journal import Journal
from oommc.incident.kernel import KernelReader
from oommc.incident.live import read_live
from oommc.incident.model import Report, Task, Trigger, Victim, Zone
from oommc.incident.records import records
from oommc.incident.scenario import scenario_toml, to_scenario
from oommc.incident.userspace import UserspaceReader

__all__ = ["Report", "Task", "Trigger", "Victim", "Zone", "read", "read_file", "read_live", "scenario_toml", "to_scenario"]

_LONGEST_LINE = 1 << 16  # bytes; a longer one is read in pieces, so that memory has a bound


def read(lines: Iterable[str]) -> Iterator[Report]:
    """The reports in these lines, in order. Never raises over what the lines hold."""
    journal = Journal()
    readers = KernelReader(journal), UserspaceReader(journal)
    for record in records(lines):
        for reader in readers:
            reader.take(record)
        yield from journal.complete()
    yield from journal.complete(keep=0)


def read_file(path: str | Path) -> Iterator[Report]:
    """The reports in a log file; `-` is standard input. Raises `InputError` if it can't be read."""
    try:
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else open(path, "rb") as file:
            pieces = iter(partial(file.readline, _LONGEST_LINE), b"")
            yield from read(piece.decode("utf-8", "replace") for piece in pieces)
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from None
