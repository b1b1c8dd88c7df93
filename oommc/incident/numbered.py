"""The reports of a log with their numbers, or the one that is asked for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from oommc.errors import InputError
from oommc.incident.model import Report
from oommc.incident.reading import read
from oommc.incident.reading.source import lines

_READS = "kernels 2.6.16 to 6.18, earlyoom, systemd-oomd, oomd, nohang, lmkd, kubelet, Ray and slurmstepd"
_LIKE_ONE = re.compile(
    r"\boom\b|(?-i:OOM)|\boom[-_]?kill|out of memory|memory pressure|low memory"
    r"|\bkill.{1,80}memory|memory.{1,80}\bkill",
    re.IGNORECASE,
)
_SHOWN = 3
_LONGEST = 120


def numbered(log: str | Sequence[str], only: int | None = None) -> Iterator[tuple[int, Report]]:
    """The reports and their numbers, from 1; several files are one log, `kern.log.1` before `kern.log`.

    Raises InputError if the log has none, or not the one asked for.
    """
    logs = [log] if isinstance(log, str) else sorted(log, key=_rotated, reverse=True)
    log = ", ".join(logs)
    number, doubtful = 0, _Doubtful()
    whole = chain.from_iterable(map(lines, logs))
    for number, report in enumerate(read(doubtful.passed(whole)), 1):
        if only in (None, number):
            yield number, report
        if number == only:
            return
    if number == 0:
        raise InputError(f"{log}: no OOM report found. Reports are read of {_READS}.{doubtful}")
    if only is not None:
        raise InputError(f"{log}: --report {only}: there are only {number}")


def _rotated(log: str) -> int:
    """How often logrotate has renamed it: 2 of `kern.log.2.gz`."""
    match = re.search(r"\.(\d{1,4})(?:\.[a-z0-9]{1,4})?$", log, re.ASCII)
    return int(match[1]) if match else 0


class _Doubtful:
    """The first lines that look like a report's, but may be another program's."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def passed(self, text: Iterable[str]) -> Iterator[str]:
        """The lines as they come, with a look at each until some were found."""
        text = iter(text)
        for line in text:
            yield line
            if _LIKE_ONE.search(line):
                self._found.append(line)
                if len(self._found) == _SHOWN:
                    break
        yield from text

    def __str__(self) -> str:
        if not self._found:
            return ""
        shown = ", ".join(repr(" ".join(line.split())[:_LONGEST]) for line in self._found)
        return f" Lines that look like one: {shown}"
