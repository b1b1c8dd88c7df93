"""OOM reports, of the kernel and of user-space killers, read from logs as people keep and post them.

`read` goes through lines, `read_file` through a file; both give `Report`s in the log's order, one at a
time, so that a log of any size can be read. `scenario_toml` makes a scenario of a report.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from oommc.incident.journal import Journal
from oommc.incident.kernel import KernelReader
from oommc.incident.live import read_live
from oommc.incident.model import Report, Task, Trigger, Victim, Zone
from oommc.incident.records import records
from oommc.incident.scenario import scenario_toml, to_scenario
from oommc.incident.source import lines
from oommc.incident.userspace import UserspaceReader

__all__ = [
    "Report",
    "Task",
    "Trigger",
    "Victim",
    "Zone",
    "read",
    "read_file",
    "read_live",
    "scenario_toml",
    "to_scenario",
]


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
    """The reports in a log file, text, compressed or the journal's JSON; `-` is standard input. Raises `InputError` if it can't be
    read.
    """
    return read(lines(path))
