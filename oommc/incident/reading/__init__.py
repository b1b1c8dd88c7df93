"""From the lines of a log, or from /proc, to `Report`s (`oommc.incident.model`)."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from oommc.incident.model import Report
from oommc.incident.reading.journal import Journal
from oommc.incident.reading.kernel import KernelReader
from oommc.incident.reading.live import read_live
from oommc.incident.reading.records import records
from oommc.incident.reading.source import lines
from oommc.incident.reading.userspace import UserspaceReader

__all__ = ["read", "read_file", "read_live"]


def read(text: Iterable[str]) -> Iterator[Report]:
    """The reports in these lines, in order. Never raises over what the lines hold."""
    journal = Journal()
    readers = KernelReader(journal), UserspaceReader(journal)
    for record in records(text):
        for reader in readers:
            reader.take(record)
        yield from journal.complete()
    yield from journal.complete(keep=0)


def read_file(path: str | Path) -> Iterator[Report]:
    """The reports in a log file, text, compressed or the journal's JSON;
    `-` is standard input. Raises `InputError` if it can't be read.
    """
    return read(lines(path))
