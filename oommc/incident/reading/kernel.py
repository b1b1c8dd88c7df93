"""The kernel's own OOM reports, 2.6.12 to 6.x.

A report goes through stages, always in this order: head (who asked, the zones or the group's limit), task
table, choice, kill. A record that belongs to an earlier stage than the report has reached belongs to
another report, one whose head the log doesn't have: lost to an overrun of the log, or never printed, since
the kernel limits how often it prints the report but not how often it says "Killed process".
"""

import re
from enum import IntEnum

from oommc.incident.model import Report, Task, Victim, Zone
from oommc.incident.reading import table
from oommc.incident.reading.journal import Journal
from oommc.incident.reading.records import Record
from oommc.incident.reading.rules import Rules

_N = r"(\d{1,19})"
_CONSTRAINTS = {
    "CONSTRAINT_NONE": "none",
    "CONSTRAINT_MEMCG": "memcg",
    "CONSTRAINT_CPUSET": "cpuset",
    "CONSTRAINT_MEMORY_POLICY": "mempolicy",
}
_CAUSE = r"(?P<cause>(?:Out of [Mm]emory|Memory cgroup out of memory|No available memory)[^:]{0,60}: ?)"
_LONGEST_NAME = 15
# All members of a group (memory.oom.group) die at one decision; a kill later than this is another one's.
_GROUP_S = 5.0

_UNLIMITED_KB = (
    1 << 50
)  # page_counter's maximum is printed where there is no limit: 2**63 bytes, 2**31 pages on 32 bits
_UNLIMITED_32_KB = 4 * (2**31 - 1)
# Only the charge of a memory cgroup comes to these (mm/memcontrol.c, mem_cgroup_oom() of 3.x to 6.x).
_IN_MEMCG = r"mem_cgroup_(?:out_of_memory|oom_synchronize|oom)\+0x"
_NOT_FOR_ALL = set("HCI")  # free blocks of the types highatomic, CMA, isolated: not for an ordinary ask
_CUT = re.compile(r"\[\s?\.{2,}\s?\]")  # what people write where they leave something out

_TRACE = re.compile(rf"{_IN_MEMCG}|moom_callback|sysrq_handle_moom")
_rules = Rules()


class _Stage(IntEnum):
    HEAD = 0
    TABLE = 1
    CHOICE = 2
    KILL = 3


class KernelReader:
    """Takes records one by one and keeps the journal's kernel reports."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._report: Report | None = None
        self._stage = _Stage.HEAD
        self._header: tuple[str, ...] | None = None
        self._zone: Zone | None = None
        self._loose: Report | None = None  # a memory report whose beginning is lost, if it is an OOM's

    def take(self, record: Record) -> None:
        """Add what this record says, if it is the kernel's."""
        if record.text.startswith("["):
            self._table(record)
        else:
            _rules.apply(self, record)
        if (report := self._head()) and _TRACE.search(record.text):
            self._trace(report, record)

    def _at(self, stage: _Stage, record: Record) -> Report:
        """The report that a record of this stage belongs to."""
        if self._report is None or stage < self._stage:
            self._report, self._zone = self._journal.begin("kernel", record), None
        self._stage, self._loose = stage, None
        return self._report

    def _trace(self, report: Report, record: Record) -> None:
        """A function in the call trace tells more than the report's own words; one behind `?` may be a leftover."""
        if "oom_" in record.text and re.search(rf"(?<!\? ){_IN_MEMCG}", record.text):
            report.constraint = "memcg"
        elif "moom" in record.text:  # drivers/tty/sysrq.c: SysRq-f, whatever order the report prints (before 3.19: 0)
            report.sysrq = True

    def _head(self) -> Report | None:
        """The report whose head is being printed; other things print zones and pids, too."""
        return self._report if self._report and self._stage is _Stage.HEAD else self._loose

    @_rules.on(r"Mem-[Ii]nfo:")
    def _memory(self, match: re.Match, record: Record) -> None:
        if self._head() is None:
            self._loose = self._journal.made("kernel", record)

    @_rules.on(r"(?:(?P<comm>.{1,120}?) invoked oom-killer\b|oom-killer:(?= *gfp))(?P<rest>.*)")
    def _invoked(self, match: re.Match, record: Record) -> None:
        self._report, self._stage, self._zone = self._journal.begin("kernel", record), _Stage.HEAD, None
        self._loose = None
        trigger = self._report.trigger
        name = (match["comm"] or "").strip()
        # A console may have stopped in the middle of something else: then only the last word is the name's.
        trigger.comm = (name if len(name) <= _LONGEST_NAME else name.split()[-1]) or None
        if asked := re.search(r"gfp_mask=(.{1,300}?), ?order=(-?\d{1,3})", match["rest"], re.ASCII):
            trigger.gfp, trigger.order = asked[1].replace(" ", ""), int(asked[2])
            self._report.sysrq = trigger.order == -1
        elif asked := re.search(r"gfp_mask=(0x[0-9a-f]{1,8})[(,]", match["rest"], re.ASCII):  # the line is cut
            trigger.gfp = asked[1]

    @_rules.on(r".{1,64}? ?cpuset=(?P<cpuset>\S{1,512}) mems_allowed=(?P<mems>[\d,-]{1,200})")
    def _cpuset(self, match: re.Match, record: Record) -> None:
        if report := self._head():
            report.cpuset, report.mems_allowed = match["cpuset"], match["mems"]

    @_rules.on(
        r"(?:CPU: (?P<cpu>\d{1,5}) .{0,40}?PID|Pid): (?P<pid>\d{1,10}),? [Cc]omm: (?P<comm>.{1,64}?) "
        r"(?:Kdump: loaded )?(?:Not tainted|Tainted)(?P<rest>.*)"
    )
    def _cpu(self, match: re.Match, record: Record) -> None:
        report = self._head()
        if report and report.trigger.pid is None:
            self._processor(match, record)
            report.trigger.pid = int(match["pid"])
            asked = report.trigger.comm or match["comm"]
            if asked.endswith(match["comm"]) or match["comm"].endswith(
                asked
            ):  # a prefix may have hidden where it begins
                report.trigger.comm = match["comm"]
            if version := re.search(r"\s(\d{1,3}\.\d{1,4}\.\d\S{0,64})", match["rest"], re.ASCII):
                report.kernel = version[1]

    @_rules.on(r"(?:CPU|cpu) +(?P<cpu>\d{1,5})(?:: hi:| hot:)")
    def _processor(self, match: re.Match, record: Record) -> None:
        if report := self._head():
            report.cpus = max(report.cpus or 0, int(match["cpu"] or 0) + 1)

    @_rules.on(r"(?P<zone>(?:Node +\d+ +)?(?:DMA32|DMA|Normal|HighMem|Movable|Device)) +free:.*")
    def _zone_line(self, match: re.Match, record: Record) -> None:
        report = self._head()
        name = " ".join(match["zone"].split())
        self._zone = None
        if report and not any(zone.zone == name for zone in report.zones):
            told = _sizes(match[0])
            self._zone = Zone(
                name,
                free_kb=told.get("free"),
                min_kb=told.get("min"),
                low_kb=told.get("low"),
                high_kb=told.get("high"),
                present_kb=told.get("present"),
                managed_kb=told.get("managed"),
                boost_kb=told.get("boost"),
            )
            report.zones.append(self._zone)
            report.constraint = report.constraint or "none"  # a group's report has no zones, or says that it is one's
            self._stacks(report, told)

    @_rules.on(r"Node \d{1,4} active_anon:\d.*")
    def _node_line(self, match: re.Match, record: Record) -> None:
        if report := self._head():
            self._stacks(report, _sizes(match[0]))

    @staticmethod
    def _stacks(report: Report, told: dict[str, int]) -> None:
        if "kernel_stack" in told:
            report.kernel_stack_kb = (report.kernel_stack_kb or 0) + told["kernel_stack"]

    @_rules.on(r"lowmem_reserve\[\]:(?P<reserve>(?: \d{1,15}){1,8})")
    def _reserve(self, match: re.Match, record: Record) -> None:
        if self._head() and self._zone and self._zone.reserve is None:
            self._zone.reserve = [*map(int, match["reserve"].split())]

    @_rules.on(r"(?P<zone>(?:Node +\d+ +)?(?:DMA32|DMA|Normal|HighMem|Movable|Device)): (?P<blocks>\d{1,9}\*\d.*)")
    def _blocks(self, match: re.Match, record: Record) -> None:
        name = " ".join(match["zone"].split())
        zones = [zone for zone in (self._head() or Report("")).zones if zone.zone == name]
        found = {
            int(kb): 0 if types and set(types) <= _NOT_FOR_ALL else int(count)
            for count, kb, types in re.findall(r"(\d{1,9})\*(\d{1,9})kB(?: \(([A-Z]+)\))?", match["blocks"], re.ASCII)
        }
        if zones and zones[0].blocks is None and found:
            zones[0].blocks = [found[kb] for kb in sorted(found)]

    @_rules.on(r"Node \d{1,4} hugepages_total=(\d{1,12}) .{0,80}?hugepages_size=(\d{1,12})kB")
    def _hugetlb(self, match: re.Match, record: Record) -> None:
        if report := self._head():
            report.hugetlb_kb = (report.hugetlb_kb or 0) + int(match[1]) * int(match[2])

    @_rules.on(
        rf"(?P<ram_pages>{_N}) pages (?:of )?RAM\b",
        rf"(?P<reserved_pages>{_N}) (?:reserved pages|pages reserved)",
        rf"Free swap *[:=] *(?P<swap_free_kb>{_N})kB",
        rf"Total swap *= *(?P<swap_total_kb>{_N})kB",
    )
    def _amount(self, match: re.Match, record: Record) -> None:
        report = self._head()
        for name, value in match.groupdict().items():
            if report and value is not None and getattr(report, name) is None:
                setattr(report, name, int(value))

    @_rules.on(
        r"(?:active_anon|active_file|unevictable|slab_reclaimable|mapped|free|Active|slab):\d{1,15}(?:\s|\\|$).*",
    )
    def _pages(self, match: re.Match, record: Record) -> None:
        if (report := self._head()) is None:
            return
        for name, count in re.findall(r"([A-Za-z_]{3,24}):(\d{1,15})(?=\s|\\|$|#)", match[0], re.ASCII):
            report.pages.setdefault(name, int(count))
        lists = ("active_file", "inactive_file")
        if report.file_pages is None and report.pages.keys() >= set(lists):
            report.file_pages = sum(report.pages[name] for name in lists)

    @_rules.on(rf"{_N} pages swap cached")
    def _memory_told(self, match: re.Match, record: Record) -> None:
        # Before 2.6.30 the report was printed first and the victim chosen afterwards: a whole report and no
        # kill means that the scan met a kill under way, and went home.
        if report := self._head():
            report.no_victim = True

    @_rules.on(
        r"Task in .{1,512}? killed as a result of limit of (?P<path>\S{1,512})",
        r"Memory cgroup stats for (?P<path>\S{1,512}?):(?:\s|$)",
    )
    def _group(self, match: re.Match, record: Record) -> None:
        report = self._at(_Stage.HEAD, record)
        report.constraint, report.memcg = "memcg", report.memcg or match["path"]

    @_rules.on(rf"(?P<what>memory|memory\+swap|swap|kmem): usage {_N}kB, limit {_N}kB")
    def _limit(self, match: re.Match, record: Record) -> None:
        report = self._at(_Stage.HEAD, record) if match["what"] == "memory" else self._head()
        if report is None or match["what"] in report.counters:
            return
        report.constraint = "memcg"
        limit = int(match[3])
        unlimited = limit >= _UNLIMITED_KB or abs(limit - _UNLIMITED_32_KB) <= 64
        report.counters[match["what"]] = int(match[2]), None if unlimited else limit

    def _table(self, record: Record) -> None:
        if task := table.row(record.lines, self._header):
            self._row(task, record)
        elif header := table.columns(record.text):
            if self._report and self._report.tasks:
                self._report = None
            if self._loose:  # no failed allocation has a table of tasks after its memory report
                self._report, self._stage = self._journal.add(self._loose), _Stage.HEAD
            self._at(_Stage.TABLE, record).era = table.era(header)
            self._header = header
        elif cut := _CUT.fullmatch(record.text):
            self._cut(cut, record)
        elif task := table.row(record.lines, None):
            self._row(task, record)

    def _row(self, task: Task, record: Record) -> None:
        begun = self._report is not None and self._stage is _Stage.TABLE
        report = self._at(_Stage.TABLE, record)
        report.headless = report.headless or not begun  # no header has opened this table
        report.tasks.append(task)

    @_rules.on(r"\.{3,}$")
    def _cut(self, match: re.Match, record: Record) -> None:
        if self._report and self._stage is _Stage.TABLE:
            self._report.cut = True

    @_rules.on(r"oom-kill:constraint=(\w{1,64}).*")
    def _constraint(self, match: re.Match, record: Record) -> None:
        report = self._at(_Stage.CHOICE, record)
        report.constraint = _CONSTRAINTS.get(match[1], match[1].removeprefix("CONSTRAINT_").lower())
        if not report.era or int(report.era.split(".")[0]) < 5:
            report.era = "5.0"  # mm/oom_kill.c, dump_oom_summary(): there since then
        if group := re.search(r",oom_memcg=(.{1,512}?),task_memcg=", match[0]):
            report.constraint, report.memcg = "memcg", group[1]
        for name, pattern in (
            ("nodemask", r",nodemask=([\d,-]{1,200}),"),
            ("cpuset", r",cpuset=(.{1,512}?),mems_allowed="),
            ("mems_allowed", r",mems_allowed=([\d,-]{1,200}?)(?:,(?=[a-z])|$)"),
        ):
            if told := re.search(pattern, match[0], re.ASCII):
                setattr(report, name, told[1])
        if victim := re.search(r",task=(.{1,64}?),pid=(\d{1,10}),uid=(\d{1,10})", match[0], re.ASCII):
            # The line that says "Killed process" follows, but a log may have lost it.
            report.victims.append(_victim(int(victim[2]), victim[1], record))
            report.victims[-1].uid = int(victim[3])

    @_rules.on(rf"{_CAUSE}?[Kk]ill process (?P<pid>\d{{1,10}}) (?:\((?P<comm>.{{0,64}}?)\) )?score")
    def _chosen(self, match: re.Match, record: Record) -> None:
        report = self._at(_Stage.CHOICE, record)
        report.no_victim = False
        report.chosen = int(match["pid"]), match["comm"] or ""
        _note_cause(report, match["cause"])

    @_rules.on(
        rf"{_CAUSE}?Killed process (?P<pid>\d{{1,10}})(?:, UID \d{{1,10}},?)? *"
        r"(?:\((?P<comm>.{0,64}?)\)(?=\.?$|\.?,| +total-vm| +vsz)|\((?P<short>.{0,64}?)\))?(?P<rest>.*)"
    )
    def _killed(self, match: re.Match, record: Record) -> None:
        pid, t_s = int(match["pid"]), record.t_s
        told = _sizes(match["rest"])
        if self._report and self._stage is _Stage.KILL and not self._same_kill(pid, t_s, bool(told)):
            self._report = None
        first = self._stage is not _Stage.KILL
        report = self._at(_Stage.KILL, record)
        _note_cause(report, match["cause"])
        if first and report.victims and report.victims[0].pid != pid:
            report.victims.clear()  # another dies than the one that was chosen
        victim = report.victim(pid)
        if victim is None:
            report.no_victim = report.no_killable = False
            report.victims.append(victim := _victim(pid, None, record))
        elif first:
            victim.t_s, victim.wall_s = t_s, record.stamp.wall_s
        victim.comm = next((name for name in (match["comm"], match["short"]) if name is not None), victim.comm)
        for task in report.tasks:
            if task.comm == table.NAMELESS and task.pid == pid and victim.comm:
                task.comm = victim.comm
        if told:
            victim.anon_rss_kb = told.get("anon-rss")
            victim.total_vm_kb = told.get("total-vm", told.get("vsz"))

    def _same_kill(self, pid: int, t_s: float | None, sized: bool) -> bool:
        """Whether one more "Killed process" is of the decision before: one named again, a group's member, or,
        in kernels that didn't print sizes, a thread or sharer of the same mm."""
        report = self._report
        assert report is not None
        if not report.victims or report.victim(pid) or not sized:
            return True
        last = report.victims[-1].t_s
        return report.group_kill and (t_s is None or last is None or t_s - last < _GROUP_S)

    @_rules.on(r"Tasks in .{1,512}? are going to be killed due to +memory\.oom\.group")
    def _whole_group(self, match: re.Match, record: Record) -> None:
        if self._report is not None:
            self._report.group_kill = True

    @_rules.on(r"oom_reaper: reaped process (\d{1,10})\b")
    def _reaped(self, match: re.Match, record: Record) -> None:
        victim = self._journal.victim(int(match[1]), self._hosts_own)
        if victim and victim.reaped_t_s is None and victim.reaped_wall_s is None:
            victim.reaped_t_s, victim.reaped_wall_s = record.t_s, record.stamp.wall_s

    @_rules.on(r"oom_reaper: unable to reap pid: ?(\d{1,10})\b")
    def _unreaped(self, match: re.Match, record: Record) -> None:
        if victim := self._journal.victim(int(match[1]), self._hosts_own):
            victim.unreaped = True

    @_rules.on(r"Out of memory and no killable|System is deadlocked on memory")
    def _nobody(self, match: re.Match, record: Record) -> None:
        self._at(_Stage.CHOICE, record).no_killable = True

    @_rules.on(r"Kernel panic - not syncing: .{0,40}?(?:[Oo]ut of memory|deadlocked on memory)")
    def _panic(self, match: re.Match, record: Record) -> None:
        report = self._at(_Stage.KILL, record)
        report.panic = True
        report.no_killable = report.no_killable or "no killable" in match.string or "deadlocked" in match.string

    def _hosts_own(self, report: Report) -> bool:
        return self._report is None or report.host == self._report.host


def _victim(pid: int, comm: str | None, record: Record) -> Victim:
    return Victim(pid, comm, record.t_s, wall_s=record.stamp.wall_s)


def _sizes(text: str) -> dict[str, int]:
    """What the text tells as `name:123kB`."""
    return {name: int(kb) for name, kb in re.findall(r"\b([\w-]{3,24}): ?(\d{1,19})kB", text, re.ASCII)}


def _note_cause(report: Report, cause: str | None) -> None:
    if cause is None:
        return
    if cause.startswith("Memory cgroup"):
        report.constraint = "memcg"
    elif report.constraint is None and cause.startswith("Out of"):
        report.constraint = "none"
    elif "cpuset" in cause:
        report.constraint = "cpuset"
    elif "MPOL_BIND" in cause:
        report.constraint = "mempolicy"
