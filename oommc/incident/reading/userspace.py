"""What the user-space killers log: earlyoom, systemd-oomd, and oomd.

They print decisions, no tables: a report of theirs has victims (earlyoom) or a control group (the others).
Lines as printed by earlyoom 1.x (`main.c`, `kill.c`), systemd's `oomd-manager.c`/`oomd-util.c`, and oomd's
`BaseKillPlugin.cpp`.
"""

import re

from oommc.incident.model import Report, Victim
from oommc.incident.reading.journal import Journal
from oommc.incident.reading.records import Record
from oommc.incident.reading.rules import Rules

_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?)"

_rules = Rules()


class UserspaceReader:
    """Takes records one by one and keeps the journal's reports of user-space killers."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._earlyoom: Report | None = None
        self._oomd: Report | None = None
        self._swap: tuple[int, int] | None = None

    def take(self, record: Record) -> None:
        """Add what this record says, if it is a user-space killer's."""
        if not record.text.startswith("["):  # the kernel's task table, most of what there is to read
            _rules.apply(self, record)

    # earlyoom

    @_rules.on(r"mem avail: .{0,60}?swap free: *(\d{1,9}) of *(\d{1,9}) MiB")
    def _available(self, match: re.Match, record: Record) -> None:
        self._swap = int(match[1]) * 1024, int(match[2]) * 1024

    @_rules.on(r"low memory! ")
    def _low_memory(self, match: re.Match, record: Record) -> None:
        self._earlyoom = report = self._journal.begin("earlyoom", record)
        if self._swap:
            report.swap_free_kb, report.swap_total_kb = self._swap

    @_rules.on(
        r"(?:sending SIG\w{1,8} to|killing) process (?P<pid>\d{1,10})(?: uid \d{1,10})? "
        r"\"(?P<comm>.{0,64}?)\"(?: with signal \d{1,2})?: (?:badness|oom_score) \d{1,9}, "
        r"VmRSS (?P<mib>\d{1,9}) MiB"
    )
    def _sending(self, match: re.Match, record: Record) -> None:
        if self._earlyoom is None or self._earlyoom.victims:
            self._low_memory(match, record)
        assert self._earlyoom is not None
        self._earlyoom.victims.append(
            Victim(int(match["pid"]), match["comm"], record.lines[0].t_s, rss_kb=int(match["mib"]) * 1024)
        )

    @_rules.on(r".{0,60}?earlyoom Low memory! Killing process (\d{1,10}) (\S{1,64})")
    def _notified(self, match: re.Match, record: Record) -> None:
        """The desktop notification of a kill, which repeats what the log says of it."""
        pid = int(match[1])
        if self._earlyoom is None or self._earlyoom.victim(pid) is None:
            self._earlyoom = self._journal.begin("earlyoom", record)
            self._earlyoom.victims.append(Victim(pid, match[2], record.lines[0].t_s))

    @_rules.on(rf"process (?:(\d{{1,10}}) )?exited after {_NUMBER} seconds")
    def _exited(self, match: re.Match, record: Record) -> None:
        if self._earlyoom is None or not self._earlyoom.victims:
            return
        victim = self._earlyoom.victims[-1]
        if match[1] is None or int(match[1]) == victim.pid:
            victim.gone_after_s = float(match[2])
            if victim.t_s is not None:
                victim.reaped_t_s = victim.t_s + victim.gone_after_s

    @_rules.on(r".{0,60}?[Nn]o killable process")
    def _nobody(self, match: re.Match, record: Record) -> None:
        if self._earlyoom is not None:
            self._earlyoom.no_victim = True

    # systemd-oomd and oomd

    @_rules.on(r"Memory pressure for (\S{1,512}) is .{1,20}?% > .{1,20}?% for > ")
    def _pressure(self, match: re.Match, record: Record) -> None:
        self._oomd = self._journal.begin("systemd-oomd", record)
        self._oomd.memcg = match[1]

    def _open_oomd(self, record: Record) -> Report:
        if self._oomd is None or self._oomd.killed_unit:
            self._oomd = self._journal.begin("systemd-oomd", record)
        return self._oomd

    @_rules.on(r"Considered \d{1,9} cgroups for killing")
    def _considered(self, match: re.Match, record: Record) -> None:
        self._open_oomd(record)

    @_rules.on(r"oomd attempting to kill (\d{1,10}) with KILL")
    def _attempt(self, match: re.Match, record: Record) -> None:
        report = self._open_oomd(record)
        if report.victim(int(match[1])) is None:
            report.victims.append(Victim(int(match[1]), t_s=record.lines[0].t_s))

    @_rules.on(r"Killed (/\S{0,512}) due to (?:memory pressure for (\S{1,512}))?")
    def _unit(self, match: re.Match, record: Record) -> None:
        if self._oomd and match[2] and self._oomd.memcg not in (None, match[2]):
            self._oomd = None  # the pressure was another group's: the rest of that decision is lost
        report = self._open_oomd(record)
        report.memcg, report.killed_unit = match[1], True

    @_rules.on(rf"oomd kill: {_NUMBER} {_NUMBER} {_NUMBER} (?P<path>\S{{1,512}}) \d{{1,19}} (?P<rest>.*)")
    def _oomd_kill(self, match: re.Match, record: Record) -> None:
        report = self._journal.begin("oomd", record)
        report.memcg = match["path"]
        report.killed_unit = "killer:(dry)" not in match["rest"]
