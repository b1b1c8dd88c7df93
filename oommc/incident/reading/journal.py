"""The reports of a log that is still being read.

A report is complete only some time after its last line: the reaper speaks of a victim when the next report
may have begun. So the last few stay here, open, before they go to the caller.
"""

from collections import deque
from collections.abc import Callable, Iterator

from oommc.incident.model import Report, Victim
from oommc.incident.reading.records import Record

_KEPT = 4


class Journal:
    """The last reports, oldest first."""

    def __init__(self) -> None:
        self._reports: deque[Report] = deque()

    def begin(self, source: str, record: Record) -> Report:
        """A new report, begun by this record."""
        return self.add(self.made(source, record))

    @staticmethod
    def made(source: str, record: Record) -> Report:
        """The same, but not among the reports yet."""
        stamp = record.stamp
        return Report(source, t_s=stamp.t_s, stamp=stamp.shown, host=record.lines[0].host, wall_s=stamp.wall_s)

    def add(self, report: Report) -> Report:
        """Put it among the reports, as the last."""
        self._reports.append(report)
        return report

    def victim(self, pid: int, wanted: Callable[[Report], bool]) -> Victim | None:
        """The last victim of that pid in a report that is `wanted`."""
        found = (report.victim(pid) for report in reversed(self._reports) if wanted(report))
        return next((victim for victim in found if victim), None)

    def complete(self, keep: int = _KEPT) -> Iterator[Report]:
        """Those that nothing will be added to any more."""
        while len(self._reports) > keep:
            yield self._reports.popleft()
