"""What systemd-oomd and Facebook's oomd log: they kill control groups, and name a process at most in passing.

Lines as systemd prints them, 247 to 258 (src/oom/oomd-manager.c, oomd-util.c; 258 marks a group before it kills it),
and oomd's plugins/BaseKillPlugin.cpp, 0.5.
"""

import re

from oommc.incident.model import Report, Victim
from oommc.incident.reading.journal import Journal
from oommc.incident.reading.records import Record
from oommc.incident.reading.rules import Rules

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"

_rules = Rules()


class OomdReader:
    """Takes records one by one and keeps the journal's reports of both."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._report: Report | None = None

    def take(self, record: Record) -> None:
        """Add what this record says, if it is theirs."""
        _rules.apply(self, record)

    @_rules.on(
        r"Memory pressure for (\S{1,512}) is .{1,20}?% > .{1,20}?% for > ",
        r"Memory pressure for (\S{1,512}) is greater than \d",
    )
    def _pressure(self, match: re.Match, record: Record) -> None:
        self._report = self._journal.begin("systemd-oomd", record)
        self._report.memcg = match[1]

    def _open(self, record: Record) -> Report:
        if self._report is None or self._report.killed_unit:
            self._report = self._journal.begin("systemd-oomd", record)
        return self._report

    @_rules.on(r"Considered \d{1,9} cgroups for killing")
    def _considered(self, match: re.Match, record: Record) -> None:
        self._open(record)

    @_rules.on(r"oomd attempting to kill (\d{1,10}) with (?:SIG)?KILL")
    def _attempt(self, match: re.Match, record: Record) -> None:
        report = self._open(record)
        if report.victim(int(match[1])) is None:
            report.victims.append(Victim(int(match[1]), None, record.t_s, wall_s=record.stamp.wall_s))

    @_rules.on(
        r"(?:Killed|Marked) (?P<path>/\S{0,512}) (?:for killing )?due to "
        r"(?:memory pressure for (?P<of>\S{1,512})(?: being (?P<share>[\d.]{1,9}%) > (?P<most>[\d.]{1,9}%))?)?"
        r"(?P<rest>.*)"
    )
    def _unit(self, match: re.Match, record: Record) -> None:
        if self._report and self._report.killed_unit and self._report.memcg == match["path"]:
            return  # marked before, and killed now
        if self._report and match["of"] and self._report.memcg not in (None, match["of"]):
            self._report = None  # the pressure was another group's: the rest of that decision is lost
        report = self._open(record)
        report.memcg, report.killed_unit = match["path"], True
        if match["share"]:
            report.reason = f"the memory pressure of {match['of']}, {match['share']}, above {match['most']}"
        if used := re.search(r"memory used \((\d{1,19})\) / total \((\d{1,19})\)", match["rest"], re.ASCII):
            report.mem_kb = max(0, int(used[2]) - int(used[1])) // 1024, int(used[2]) // 1024
        if used := re.search(r"swap used \((\d{1,19})\) / total \((\d{1,19})\)", match["rest"], re.ASCII):
            report.swap_total_kb = int(used[2]) // 1024
            report.swap_free_kb = max(0, int(used[2]) - int(used[1])) // 1024

    @_rules.on(r"(?P<unit>\S{1,512}): systemd-oomd killed (?P<count>\d{1,9}) process\(es\) in this unit")
    def _told_by_the_manager(self, match: re.Match, record: Record) -> None:
        """systemd's word of it (src/core/unit.c, unit_check_oomd_kill(), since 248); oomd's may have come before."""
        report = self._report
        if report and report.memcg and report.memcg.rsplit("/", 1)[-1] == match["unit"]:
            report.killed_unit = True
        else:
            self._report = report = self._journal.begin("systemd-oomd", record)
            report.memcg, report.killed_unit = match["unit"], True

    @_rules.on(
        r"Failed to (?:kill|select) any cgroups?(?:\(s\))? (?:under (?P<path>\S{1,512}) )?based on ",
        r"Failed to kill (?P<path>/\S{0,512})",
        r"oomd dry-run: would have tried to kill (?P<path>/\S{0,512})",
    )
    def _nobody(self, match: re.Match, record: Record) -> None:
        report = self._open(record)
        report.memcg, report.no_victim = report.memcg or match["path"], True

    @_rules.on(rf"oomd kill: {_NUMBER} {_NUMBER} {_NUMBER} (?P<path>\S{{1,512}}) \d{{1,19}} (?P<rest>.*)")
    def _oomd_kill(self, match: re.Match, record: Record) -> None:
        report = self._journal.begin("oomd", record)
        report.memcg = match["path"]
        report.killed_unit = "killer:(dry)" not in match["rest"]
