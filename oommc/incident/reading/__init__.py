"""From the lines of a log, or from /proc, to `Report`s (`oommc.incident.model`).

`source` gives text, `entries` lines, `folded` those that were chopped, `near` those worth a look, `order` the oldest
first, `tails` without what a copy put behind them, `records` whole ones, each parted by `prefix` from what stands
before it; the readers make reports of them, and `journal` keeps these while open.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path

from oommc.incident.model import Report
from oommc.incident.reading.earlyoom import EarlyoomReader
from oommc.incident.reading.entries import plain
from oommc.incident.reading.folded import unfolded
from oommc.incident.reading.journal import Journal
from oommc.incident.reading.kernel import KernelReader
from oommc.incident.reading.killers import KillersReader
from oommc.incident.reading.kubelet import KubeletReader
from oommc.incident.reading.live import read_live
from oommc.incident.reading.near import near
from oommc.incident.reading.oomd import OomdReader
from oommc.incident.reading.order import in_order
from oommc.incident.reading.records import records
from oommc.incident.reading.source import lines
from oommc.incident.reading.tails import without_tails

__all__ = ["read", "read_file", "read_live"]

_READERS = KernelReader, EarlyoomReader, OomdReader, KillersReader, KubeletReader
_MOST_TOLD = 4096  # reports that are known again
_MOST_HOSTS = 64  # whose reports may be open at once


def read(text: Iterable[str]) -> Iterator[Report]:
    """The reports in these lines, in order, each host's apart, and each once: kern.log and syslog may have the same.
    Never raises over what the lines hold.
    """
    told: OrderedDict[tuple, None] = OrderedDict()
    for report in _all(text):
        dead = tuple(victim.pid for victim in report.victims)
        key = report.source, report.host, report.t_s or report.stamp, report.trigger.pid, dead
        if not dead or key[2] is None or key not in told:
            told[key] = None
            yield report
        if len(told) > _MOST_TOLD:
            told.popitem(last=False)


def _all(text: Iterable[str]) -> Iterator[Report]:
    journal = Journal()
    hosts: OrderedDict[str | None, list] = OrderedDict()
    host = None
    for record in records(without_tails(in_order(near(unfolded(plain(text)))))):
        host = record.lines[0].host or host
        if host not in hosts and None in hosts:
            hosts[host] = hosts.pop(None)  # the first lines didn't name it
        elif host not in hosts:
            hosts[host] = [reader(journal) for reader in _READERS]
        hosts.move_to_end(host)
        is_table = record.text.startswith("[")  # most of what there is to read, and the kernel's alone
        for reader in hosts[host][:1] if is_table else hosts[host]:
            reader.take(record)
        if len(hosts) > _MOST_HOSTS:
            hosts.popitem(last=False)
        yield from journal.complete()
    yield from journal.complete(keep=0)


def read_file(path: str | Path) -> Iterator[Report]:
    """The reports in a log file, `-` is standard input: text in UTF-8, Latin-1, UTF-16 or UTF-32, the entries of the
    journal or of a log collector, maybe packed by gzip, xz, bzip2, zstd or lz4. Raises InputError if it can't be read.
    """
    return read(lines(path))
