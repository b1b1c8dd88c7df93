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
    reserve: list[int] | None = None  # lowmem_reserve[]: pages kept from asks for each higher zone
    blocks: list[int] | None = None  # free blocks of 2**0, 2**1, … pages


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
    """A process that was killed, or that a killer tried to kill: when, how large, and how it went.

    `t_s` and `reaped_t_s` are printk's seconds. `wall_s` counts on the logger's clock, for differences only.
    """

    pid: int
    comm: str | None = None
    t_s: float | None = None
    anon_rss_kb: int | None = None
    reaped_t_s: float | None = None
    total_vm_kb: int | None = None
    rss_kb: int | None = None  # VmRSS, which is what killers in user space print
    gone_after_s: float | None = None  # the killer's own measure of the exit
    wall_s: float | None = None
    reaped_wall_s: float | None = None
    unreaped: bool = False  # the reaper gave up: "unable to reap"
    uid: int | None = None
    signal: str | None = None
    oom_score: int | None = None
    oom_score_adj: int | None = None
    cmdline: str | None = None
    failure: str | None = None  # why the attempt failed, in the killer's words

    @property
    def reaped_after_s(self) -> float | None:
        """Seconds from the kill to the reaper's line, or to the killer's word of the exit."""
        if self.gone_after_s is not None:
            return self.gone_after_s
        for begin, end in ((self.t_s, self.reaped_t_s), (self.wall_s, self.reaped_wall_s)):
            if begin is not None and end is not None and end >= begin:
                return end - begin
        return None


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
    era: str | None = None  # a version of the kernels that print it so: the table's columns, the choice's line
    trigger: Trigger = field(default_factory=Trigger)
    host: str | None = None
    wall_s: float | None = None
    constraint: str | None = None  # none, memcg, cpuset, mempolicy, …
    memcg: str | None = None
    cpuset: str | None = None
    mems_allowed: str | None = None  # as printed: `0-1,4`
    nodemask: str | None = None
    cpus: int | None = None  # at least so many: the highest number seen, plus one
    counters: dict[str, tuple[int, int | None]] = field(default_factory=dict)  # the group's: usage and limit, kB
    mem_kb: tuple[int, int] | None = None  # a killer's own measure: available, and all there is
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
    pages: dict[str, int] = field(default_factory=dict)  # the kernel's counts, by the names it prints
    kernel_stack_kb: int | None = None
    hugetlb_kb: int | None = None
    cut: bool = False  # somebody left something out between the table and what follows
    headless: bool = False  # the head of the task table is lost
    sysrq: bool = False
    reason: str | None = None  # what a killer says it acted on
    chosen: tuple[int, str] | None = None
    victims: list[Victim] = field(default_factory=list)
    attempts: list[Victim] = field(default_factory=list)  # kills that failed
    group_kill: bool = False
    killed_unit: bool = False  # systemd-oomd names the control group, not always its processes
    no_victim: bool = False
    no_killable: bool = False  # the log says that nobody may be killed
    panic: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it is of a machine that runs, and has not run out of memory."""
        return self.source == "live"

    @property
    def ended(self) -> str | None:
        """The last thing the log says of it: `panic`, `kill`, `attempt` (a kill that failed), `no_victim`, else
        `truncated`; None: it is live.
        """
        if self.is_live:
            return None
        if self.panic:
            return "panic"
        if self.victims or self.killed_unit:
            return "kill"
        if self.attempts:
            return "attempt"
        return "no_victim" if self.no_victim or self.no_killable else "truncated"

    @property
    def memcg_limit_kb(self) -> int | None:
        """The group's limit of memory; None if it isn't told, or there is none."""
        return self.counters.get("memory", (0, None))[1]

    @property
    def memcg_usage_kb(self) -> int | None:
        """What the group uses of memory."""
        return self.counters["memory"][0] if "memory" in self.counters else None

    @property
    def is_unlimited(self) -> bool:
        """Whether the log says that its memory cgroup has no limit that could have been hit."""
        return bool(self.counters) and all(limit is None for _, limit in self.counters.values())

    @property
    def ram_kb(self) -> int | None:
        """The memory that the kernel manages, in kB."""
        for key in ("managed_kb", "present_kb"):
            sizes = [getattr(zone, key) for zone in self.zones]
            if sizes and None not in sizes:
                return sum(sizes)
        if self.ram_pages is None:
            return None
        return (self.ram_pages - (self.reserved_pages or 0)) * self.page_kb

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

    def failed(self, why: str) -> None:
        """The last kill failed: it was an attempt."""
        attempt = self.victims.pop()
        attempt.failure = why
        self.attempts.append(attempt)

    def told_of(self, pid: int) -> bool:
        """Whether a kill of this pid, or an attempt, stands here already."""
        return any(v.pid == pid for v in (*self.victims, *self.attempts))

    def to_json(self) -> dict:
        """What the log says, as the entry of `oommc incident LOG --json` has it; `cause.entry` adds the cause."""

        def pick(thing: object, *names: str) -> dict:
            return {name: getattr(thing, name) for name in names}

        def killed(v: Victim) -> dict:
            told = pick(v, "pid", "comm", "t_s", "anon_rss_kb", "reaped_t_s", "rss_kb", "uid", "signal")
            return told | pick(v, "oom_score", "oom_score_adj", "cmdline", "unreaped", "reaped_after_s", "failure")

        return {
            **pick(self, "source", "kernel", "t_s", "stamp", "host"),
            "trigger": pick(self.trigger, "comm", "pid", "gfp", "order"),
            **pick(self, "constraint", "memcg", "memcg_usage_kb", "memcg_limit_kb"),
            **pick(self, "cpuset", "mems_allowed", "nodemask"),
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
            "victims": [killed(v) for v in self.victims],
            "attempts": [killed(v) for v in self.attempts],
            "ended": self.ended,
        }
