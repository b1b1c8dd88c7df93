"""What other killers in user space log: nohang, Android's lmkd, Ray's memory monitor, slurmstepd.

Lines as printed by nohang 0.2 (src/nohang, implement_corrective_action()), lmkd of Android 9 to 14 (lmkd.cpp,
kill_one_process()), and the kernel's lowmemorykiller before it (drivers/staging/android/lowmemorykiller.c,
lowmem_shrink(), 2.6.29 to 3.18),
Ray 2.x (python/ray/exceptions.py quotes src/ray/raylet/node_manager.cc), and Slurm 15.08 to 23.11
(src/plugins/task/cgroup/task_cgroup_memory.c, src/slurmd/slurmstepd/mgr.c, src/interfaces/jobacct_gather.c).
"""

import re

from oommc.incident.model import Report, Victim
from oommc.incident.reading.journal import Journal
from oommc.incident.reading.records import Record
from oommc.incident.reading.rules import Rules

_GB_KB = 1 << 20
_PAGE_KB = 4  # of the machines whose driver printed pages
_GB = r"\d{1,9}(?:\.\d{1,9})?"

_rules = Rules()


class KillersReader:
    """Takes records one by one and keeps the journal's reports of these killers."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._report: Report | None = None
        self._found: tuple[int, str, int] | None = None  # nohang's victim before it acts: pid, name, badness
        self._memory: tuple[int, int] | None = None

    def take(self, record: Record) -> None:
        """Add what this record says, if it is one of theirs."""
        _rules.apply(self, record)

    def _begin(self, source: str, record: Record, victim: Victim | None) -> Report:
        self._report = report = self._journal.begin(source, record)
        if victim:
            victim.t_s, victim.wall_s = record.t_s, record.stamp.wall_s
            report.victims.append(victim)
        return report

    def _last(self, source: str) -> Victim | None:
        report = self._report
        return report.victims[-1] if report and report.source == source and report.victims else None

    # nohang

    @_rules.on(r"(?:.{0,80}? )?PID: (\d{1,10}), [Nn]ame: (.{1,64}?), badness: (-?\d{1,6})")
    def _highest(self, match: re.Match, record: Record) -> None:
        self._found = int(match[1]), match[2], int(match[3])

    @_rules.on(r"New victim is cached victim (\d{1,10}) \((.{1,64})\)")
    def _cached(self, match: re.Match, record: Record) -> None:
        self._found = int(match[1]), match[2], 0

    @_rules.on(r"MemAvailable \[(?P<free>\d{1,9}) MiB, (?P<share>\d{1,3}(?:\.\d{1,3})?) %\]")
    def _available(self, match: re.Match, record: Record) -> None:
        free, share = int(match["free"]) * 1024, float(match["share"])
        self._memory = (free, round(free * 100 / share)) if share else None

    @_rules.on(r"(?:.{0,80}?[Ii]mplementing a corrective action:\s+)?Sending (?P<signal>SIG[A-Z]{3,5}) to the victim")
    def _acts(self, match: re.Match, record: Record) -> None:
        pid, comm, score = self._found or (0, None, None)
        victim = Victim(pid, comm, signal=match["signal"], oom_score=score) if self._found else None
        report = self._begin("nohang", record, victim)
        report.mem_kb, report.killed_unit = self._memory, victim is None
        self._found = None

    @_rules.on(r"The victim (?:died|became a zombie) in (\d{1,6}(?:\.\d{1,6})?) ?s")
    def _died(self, match: re.Match, record: Record) -> None:
        if victim := self._last("nohang"):
            victim.gone_after_s = float(match[1])

    @_rules.on(r"(?P<why>The victim doesn't respond on corrective action)", r"Cannot send a signal: (?P<why>.{1,100})")
    def _ignored(self, match: re.Match, record: Record) -> None:
        if self._report and self._last("nohang"):
            self._report.failed(match["why"].strip())

    # lmkd, and the driver before it

    @_rules.on(
        r"(?:lowmemorykiller: |lmkd: )?Kill(?:ing)? '(?P<comm>.{0,256}?)' \((?P<pid>\d{1,10})\)(?: \(tgid \d{1,10}\))?,"
        r"(?: uid (?P<uid>\d{1,10}),)? (?:oom_(?:score_)?)?adj (?P<adj>-?\d{1,5}),?(?: score_adj (?P<new>-?\d{1,4}),)?"
        r"(?:(?:\s|\\x0a|#012)+to free (?P<kb>\d{1,12})kB)?"
        r"(?:.{0,80}?; reason: (?P<why>.{1,200}))?",
        r"(?:lowmemorykiller: )?send sigkill to (?P<pid>\d{1,10}) \((?P<comm>.{0,64}?)\), "
        r"(?:oom_)?adj (?P<adj>-?\d{1,5})(?:, size (?P<pages>\d{1,12}))?",
    )
    def _lmkd(self, match: re.Match, record: Record) -> None:
        told = {name: int(text) for name, text in match.groupdict().items() if text and name not in ("comm", "why")}
        victim = Victim(told["pid"], match["comm"], uid=told.get("uid"), signal="SIGKILL")
        victim.oom_score_adj = told.get("new", told["adj"])
        victim.rss_kb = told.get("kb", told["pages"] * _PAGE_KB if "pages" in told else None)
        self._begin("lmkd", record, victim).reason = match.groupdict().get("why")

    @_rules.on(r"(?:lowmemorykiller: )?to free (?P<kb>\d{1,12})kB on behalf of ")
    def _freed(self, match: re.Match, record: Record) -> None:
        if (victim := self._last("lmkd")) and victim.rss_kb is None:
            victim.rss_kb = int(match["kb"])

    @_rules.on(r"(?:lowmemorykiller: |lmkd: )?kill\((\d{1,10})\): (errno=\d{1,4})")
    def _not_killed(self, match: re.Match, record: Record) -> None:
        if self._report and (victim := self._last("lmkd")) and victim.pid == int(match[1]):
            self._report.failed(match[2])

    @_rules.on(r"(?:lowmemorykiller: |lmkd: )?Process (\d{1,10}) was reaped in (\d{1,9}) ?ms")
    def _reaped(self, match: re.Match, record: Record) -> None:
        if (victim := self._last("lmkd")) and victim.pid == int(match[1]):
            victim.gone_after_s = int(match[2]) / 1000

    # Ray

    @_rules.on(
        rf".{{0,400}}?Memory on the node \(.{{1,200}}?\) "
        rf"(?:where the .{{1,20}}?\((?P<task>.{{1,400}}?), memory used=(?P<gb>{_GB})GB ?\) was running )?"
        rf"was (?P<used>{_GB})GB ?/ ?(?P<total>{_GB})GB.*"
    )
    def _ray(self, match: re.Match, record: Record) -> None:
        pid = re.search(r"\bpid=(\d{1,10})", match["task"] or "", re.ASCII)
        name = re.search(r"\bname=([^,]{1,200})", match["task"] or "")
        rss = round(float(match["gb"]) * _GB_KB) if match["gb"] else None
        victim = Victim(int(pid[1]), name and name[1], rss_kb=rss) if pid else None
        if victim and (last := self._last("ray")) and last.pid == victim.pid:
            return  # raylet and driver both tell it
        report = self._begin("ray", record, victim)
        report.killed_unit = victim is None and "killed" in match[0]
        used, total = (round(float(match[part]) * _GB_KB) for part in ("used", "total"))
        report.mem_kb = max(0, total - used), total

    @_rules.on(r"(?:.{0,80}?\] )?(\d{1,6}) Workers \(tasks / actors\) killed due to memory pressure \(OOM\)")
    def _summed(self, match: re.Match, record: Record) -> None:
        """The summary that drivers print each minute, for logs that have nothing else of Ray's."""
        if int(match[1]) and (self._report is None or self._report.source != "ray"):
            self._begin("ray", record, None).killed_unit = True

    # slurmstepd

    @_rules.on(
        r"(?:.{0,80}?slurmstepd.{0,40}?: )?(?:error: )?Detected \d{1,9} oom[-_]kill event(?:s|\(s\))? in "
        r"(?P<step>\S{1,64}?)(?: cgroup)?\.(?:\s|$)"
    )
    def _slurm(self, match: re.Match, record: Record) -> None:
        self._step(match["step"], record)

    @_rules.on(
        r"(?:.{0,80}?slurmstepd.{0,40}?: )?(?:error: )?(?P<step>(?:StepId=|Step |Job |job )\S{1,64}) exceeded "
        r"(?:job )?memory limit "
        r"\((?P<used>\d{1,19}) > (?P<limit>\d{1,19})\), being killed"
    )
    def _exceeded(self, match: re.Match, record: Record) -> None:
        report = self._step(match["step"], record)
        report.counters["memory"] = int(match["used"]) // 1024, int(match["limit"]) // 1024

    @_rules.on(r"(?:.{0,80}?slurmstepd.{0,40}?: )?(?:error: )?Exceeded (?P<step>step|job) memory limit at some point")
    def _once_exceeded(self, match: re.Match, record: Record) -> None:
        self._step(match["step"], record)

    def _step(self, step: str, record: Record) -> Report:
        report = self._begin("slurmstepd", record, None)
        report.constraint, report.memcg, report.killed_unit = "memcg", step, True
        return report
