"""Which reports of a log are one incident, and what is asked about.

Reports follow one another in a cascade: each kill is of the same incident as the one before it. What is simulated is
the state before the first kill, and it must lead to all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from oommc.incident.cause import cause
from oommc.incident.model import Report, Victim

_LONGEST_PAUSE_S = 60.0
MATTERS = ("memory", "nodes", "limit")
"""The causes for which it matters who is killed."""


@dataclass
class Incident:
    """`first` is the report that is simulated, the `number`-th of the log; `victims` are of all its reports."""

    number: int
    first: Report
    reports: int = 0
    victims: list[Victim] = field(default_factory=list)
    last: Report | None = None

    @property
    def kind(self) -> str:
        """The cause; `unknown` where there is none."""
        found = cause(self.first)
        return found.kind if found else "unknown"

    @property
    def span_s(self) -> float | None:
        """Seconds from the first kill to the last, where one clock has stamped both."""
        if len(self.victims) < 2:
            return None
        first, last = self.victims[0], self.victims[-1]
        for begin, end in ((first.t_s, last.t_s), (first.wall_s, last.wall_s)):
            if begin is not None and end is not None and end >= begin:
                return end - begin
        return None

    def take(self, report: Report) -> None:
        """One more report of it."""
        self.reports += 1
        self.victims += report.victims
        self.last = report

    def goes_on(self, report: Report) -> bool:
        """Whether the report is of this incident, too."""
        last = self.last or self.first
        if _what(last) != _what(report):
            return False
        for before, after in ((last.t_s, report.t_s), (last.wall_s, report.wall_s)):
            if before is not None and after is not None:
                return 0 <= after - before <= _LONGEST_PAUSE_S
        return True


def last(reports: Iterable[tuple[int, Report]]) -> Incident:
    """The last incident whose report has a table of tasks; where none has, the last. `reports` aren't empty."""
    current: Incident | None = None
    told: Incident | None = None
    for number, report in reports:
        if current is None or not current.goes_on(report):
            current = Incident(number, report)
        current.take(report)
        if report.tasks and not current.first.tasks:
            current.number, current.first = number, report
        if current.first.tasks:
            told = current
    found = told or current
    assert found is not None
    return found


def _what(report: Report) -> tuple[str | None, ...]:
    """What ran out, where, and who says so; the same for all reports of an incident."""
    return report.source, report.host, (report.constraint == "memcg" and "memcg") or None, report.memcg
