"""What earlyoom logs of its kills, and of the attempts that failed.

Lines as main.c and kill.c print them, 0.2 to 1.9: `Killing process`, then `killing process`, then `sending SIGTERM to
process`; `badness`, then `oom_score`, with `cmdline` (once on a line of its own), from 1.9 on with `oom_score_adj`.
What stands between is read by its names.
"""

import re

from oommc.incident.model import Report, Victim
from oommc.incident.reading.journal import Journal
from oommc.incident.reading.records import Record
from oommc.incident.reading.rules import Rules

_rules = Rules()


class EarlyoomReader:
    """Takes records one by one and keeps the journal's reports of earlyoom."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._report: Report | None = None
        self._memory: tuple[int, int] | None = None
        self._swap: tuple[int, int] | None = None

    def take(self, record: Record) -> None:
        """Add what this record says, if it is earlyoom's."""
        _rules.apply(self, record)

    @_rules.on(r"mem avail: *(\d{1,9}) of *(\d{1,9}) MiB.{0,40}?swap free: *(\d{1,9}) of *(\d{1,9}) MiB")
    def _available(self, match: re.Match, record: Record) -> None:
        free, total, swap_free, swap_total = (int(mib) * 1024 for mib in match.groups())
        self._memory, self._swap = (free, total), (swap_free, swap_total)

    @_rules.on(r"[Ll]ow [Mm]emory! (?!Killing)", r"Out of memory! avail: ")
    def _low_memory(self, match: re.Match, record: Record) -> None:
        self._report = report = self._journal.begin("earlyoom", record)
        report.mem_kb = self._memory
        if self._swap:
            report.swap_free_kb, report.swap_total_kb = self._swap

    @_rules.on(
        r"(?:sending (?P<signal>SIG\w{1,8}) to|killing) process (?P<pid>\d{1,10})(?: uid (?P<uid>\d{1,10}))? "
        r"\"(?P<comm>.{0,64}?)\"(?: with signal (?P<number>\d{1,2}))?: (?=(?:badness|oom_score) )"
        r"(?P<told>.{1,200}?)(?:, cmdline \"(?P<cmdline>.{0,4096})\")?$"
    )
    def _sending(self, match: re.Match, record: Record) -> None:
        if self._report is None or self._report.victims or self._report.attempts:
            self._low_memory(match, record)
        assert self._report is not None
        told = {name: int(number) for name, number in re.findall(r"\b(\w{3,16}) (-?\d{1,9})", match["told"], re.ASCII)}
        victim = _victim(int(match["pid"]), match["comm"], record)
        victim.rss_kb = told["VmRSS"] * 1024 if "VmRSS" in told else None
        victim.oom_score, victim.oom_score_adj = told.get("oom_score", told.get("badness")), told.get("oom_score_adj")
        victim.signal = match["signal"] or {"15": "SIGTERM", "9": "SIGKILL"}.get(match["number"])
        victim.uid = None if match["uid"] is None else int(match["uid"])
        victim.cmdline = match["cmdline"]
        self._report.victims.append(victim)

    @_rules.on(r"Killing process (\d{1,10}) (\S.{0,63})$")
    def _killing(self, match: re.Match, record: Record) -> None:
        if self._report and not self._report.victims:
            self._report.victims.append(_victim(int(match[1]), match[2], record))

    @_rules.on(r"process (?P<pid>\d{1,10}) cmdline \"(?P<cmdline>.{0,4096})\"$")
    def _command(self, match: re.Match, record: Record) -> None:
        if (victim := self._last()) and victim.pid == int(match["pid"]):
            victim.cmdline = match["cmdline"]

    @_rules.on(r"escalating to (SIG\w{1,8}) after")
    def _escalating(self, match: re.Match, record: Record) -> None:
        if victim := self._last():
            victim.signal = match[1]

    @_rules.on(r"(?:.{0,60}?earlyoom )?Low memory! Killing process (\d{1,10}) (\S{1,64})")
    def _notified(self, match: re.Match, record: Record) -> None:
        """The desktop notification of a kill, which repeats what the log says of it."""
        pid = int(match[1])
        if self._report is None or not self._report.told_of(pid):
            self._report = self._journal.begin("earlyoom", record)
            self._report.victims.append(_victim(pid, match[2], record))

    @_rules.on(r"process (?:(\d{1,10}) )?exited after (\d{1,9}(?:\.\d{1,9})?) seconds")
    def _exited(self, match: re.Match, record: Record) -> None:
        victim = self._last()
        if victim and (match[1] is None or int(match[1]) == victim.pid):
            victim.gone_after_s = float(match[2])
            if victim.t_s is not None:
                victim.reaped_t_s = victim.t_s + victim.gone_after_s

    @_rules.on(
        r"(?P<why>process (?P<pid>\d{1,10}) did not exit)",
        r"kill failed: (?P<why>.{1,100})",
        r"(?P<why>dryrun, not sending any signal)",
    )
    def _failed(self, match: re.Match, record: Record) -> None:
        report, victim = self._report, self._last()
        if report is None:
            return
        if victim and victim.gone_after_s is None and int(match.groupdict().get("pid") or victim.pid) == victim.pid:
            report.failed(match["why"].strip())
        elif report.attempts and not report.victims and "pid" not in match.groupdict():
            report.attempts[-1].failure = match["why"].strip()

    @_rules.on(r".{0,60}?[Nn]o killable process|Could not find a process to kill")
    def _nobody(self, match: re.Match, record: Record) -> None:
        if self._report is not None:
            self._report.no_victim = True

    def _last(self) -> Victim | None:
        return self._report.victims[-1] if self._report and self._report.victims else None


def _victim(pid: int, comm: str, record: Record) -> Victim:
    return Victim(pid, comm, record.t_s, wall_s=record.stamp.wall_s)
