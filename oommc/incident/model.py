"""What an OOM report says, in plain values: a report, its zones, its tasks, its victims.

`None` always means "the log does not say". Sizes keep the log's own unit (kB or pages), since the size of a
page is itself something a report may or may not tell (`Report.page_kb`).
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Trigger:
    """Who asked in vain: `comm` and `pid` of the thread, `gfp` as printed, `order` (-1: a manual SysRq-f)."""

    comm: str | None = None
    pid: int | None = None
    gfp: str | None = None
    order: int | None = None


@dataclass(slots=True)
class Zone:
    """One zone line of the memory report; `zone` is its name as printed (`Node 0 DMA32`), sizes in kB."""

    zone: str
    free_kb: int | None = None
    min_kb: int | None = None
    low_kb: int | None = None
    high_kb: int | None = None
    present_kb: int | None = None
    managed_kb: int | None = None
    boost_kb: int | None = None  # what the marks are raised by (5.0 and later), part of them as printed


@dataclass(slots=True)
class Task:
    """One row of the task table; `total_vm`, `rss`, `swapents` in pages."""

    pid: int
    tgid: int
    uid: int
    comm: str
    total_vm: int
    rss: int
    swapents: int | None = None
    oom_adj: int | None = None
    oom_score_adj: int | None = None
    page_tables_kb: int | None = None
    threads: int = 1
    private_kb: int | None = None  # mapped by nobody else; only a live machine tells
    memcg: str | None = None  # the control group that limits it; only a live machine tells


@dataclass(slots=True)
class Memcg:
    """A memory cgroup with a limit (`memory.max`), and whether its members die together (`memory.oom.group`)."""

    path: str
    limit_kb: int
    oom_group: bool


@dataclass(slots=True)
class Victim:
    """A killed process: when (printk seconds), how large, and when the reaper was through with it."""

    pid: int
    comm: str | None = None
    t_s: float | None = None
    anon_rss_kb: int | None = None
    reaped_t_s: float | None = None
    total_vm_kb: int | None = None
    rss_kb: int | None = None  # VmRSS, which is what earlyoom prints
    gone_after_s: float | None = None  # earlyoom's own measure of the exit


@dataclass(slots=True)
class Report:
    """One OOM report. The keys of `to_json` are promised; the rest is what a scenario can use besides.

    `t_s` is printk's clock (seconds since boot). A wall-clock stamp is no substitute: it lacks the year and
    the zone, is off by the logger's delay, and would give one name two meanings. It is kept as text in
    `stamp`.
    """

    source: str
    t_s: float | None = None
    stamp: str | None = None
    kernel: str | None = None
    era: str | None = None  # a version of the kernels that print this table's columns
    trigger: Trigger = field(default_factory=Trigger)
    constraint: str = "none"
    memcg: str | None = None
    cpus: int | None = None  # at least so many: the highest number seen, plus one
    memcg_limit_kb: int | None = None
    memcg_usage_kb: int | None = None
    zones: list[Zone] = field(default_factory=list)
    ram_pages: int | None = None
    reserved_pages: int | None = None
    file_pages: int | None = None  # active_file + inactive_file: page cache that reclaim could take
    swap_total_kb: int | None = None
    swap_free_kb: int | None = None
    pressure: tuple[float, float] | None = None  # PSI some and full avg10, %; only a live machine tells
    tasks: list[Task] = field(default_factory=list)
    memcgs: list[Memcg] = field(
        default_factory=list
    )  # those with a limit that hold a process; only a live machine tells
    cut: bool = False  # somebody left something out between the table and what follows
    chosen: tuple[int, str] | None = None
    victims: list[Victim] = field(default_factory=list)
    group_kill: bool = False
    killed_unit: bool = False  # systemd-oomd names the control group, not always its processes
    no_victim: bool = False
    panic: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it is of a machine that runs, and has not run out of memory."""
        return self.source == "live"

    @property
    def ended(self) -> str | None:
        """The last thing the log says of it: `panic`, `kill`, `no_victim`, else `truncated`; None: it is live."""
        if self.is_live:
            return None
        if self.panic:
            return "panic"
        if self.victims or self.killed_unit:
            return "kill"
        return "no_victim" if self.no_victim else "truncated"

    @property
    def page_kb(self) -> int:
        """kB a page: from a victim whose size is told in both units, else from RAM told in both, else 4."""
        rows = {task.pid: task.total_vm for task in self.tasks}
        pairs = [(v.total_vm_kb, rows.get(v.pid)) for v in self.victims]
        pairs.append((sum(z.present_kb or 0 for z in self.zones), self.ram_pages))
        for kb, pages in pairs:
            if kb and pages:
                return min((4, 8, 16, 64), key=lambda size: abs(size - kb / pages))
        return 4

    @property
    def printing_s(self) -> float | None:
        """Seconds from the report's first line to the kill, if the head is there and both are stamped."""
        kills = [v.t_s for v in self.victims if v.t_s is not None]
        if not kills or self.t_s is None or self.trigger.gfp is None or kills[0] <= self.t_s:
            return None
        return kills[0] - self.t_s

    @property
    def is_of_2_6(self) -> bool:
        """Whether it is known to be of a kernel before 3.0."""
        return (self.kernel or "").startswith("2.")

    def victim(self, pid: int) -> Victim | None:
        """The victim with this pid, if it stands here already."""
        return next((v for v in self.victims if v.pid == pid), None)

    def to_json(self) -> dict:
        """The entry of `oommc incident LOG --json`."""

        def pick(thing: object, *names: str) -> dict:
            return {name: getattr(thing, name) for name in names}

        return {
            **pick(self, "source", "kernel", "t_s"),
            "trigger": pick(self.trigger, "comm", "pid", "gfp", "order"),
            **pick(self, "constraint", "memcg"),
            "nodes": [pick(z, "zone", "free_kb", "min_kb", "low_kb", "high_kb", "boost_kb") for z in self.zones],
            "page_cache_kb": None if self.file_pages is None else self.file_pages * self.page_kb,
            **pick(self, "swap_total_kb", "swap_free_kb"),
            "tasks": [
                pick(t, "pid", "tgid", "uid", "comm", "total_vm", "rss", "swapents", "oom_score_adj")
                for t in self.tasks
            ],
            "memcgs": [
                pick(m, "path", "limit_kb", "oom_group") | {"pids": [t.pid for t in self.tasks if t.memcg == m.path]}
                for m in self.memcgs
            ],
            "victims": [pick(v, "pid", "comm", "t_s", "anon_rss_kb", "reaped_t_s") for v in self.victims],
            "ended": self.ended,
        }
