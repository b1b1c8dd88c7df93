"""The state of one schedule: machine, nodes, mms, threads, and what has been counted so far."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from types import SimpleNamespace
from typing import Any, Protocol

from ..policies import Monitor, Policy
from .draws import Draws

NEVER = (1 << 63) - 1
LONGEST = 1 << 50  # ns: no piece of work is longer, no run either (13 days)


class State(Enum):
    """Where a thread is. The order of its life: at work, inside the allocator, dying."""

    START = auto()
    THINK = auto()
    BUSY = auto()  # it thinks on a CPU
    KEEP = auto()  # a churn program holds its chunk
    HOLD = auto()  # a grow program has reached its target
    ERRAND = auto()  # asleep, with another's mm or a lock in its hands
    OVER_HIGH = auto()  # its group is above memory.high: a pass, before its program goes on
    HIGH_OUT = auto()  # what that pass found is written to swap
    THROTTLED = auto()  # and a sleep
    PAGE_IN = auto()  # what it uses is being read from swap, or from a file
    PASS = auto()  # direct reclaim
    SWAP_OUT = auto()  # it waits until its pages are written to swap
    NAP = auto()  # blk_congestion_wait(HZ/50)
    PREEMPT = auto()  # off its CPU after a failed last recheck
    GATE_QUEUE = auto()
    GATE_HELD = auto()  # was handed the semaphore
    REPORT = auto()  # it prints, and others may run instead
    PRINT = auto()  # it prints and keeps its processor
    MUTEX_QUEUE = auto()
    MUTEX_HELD = auto()  # was handed the cpuset mutex
    SCAN = auto()
    RESCAN = auto()  # once more, under tasklist_lock: whom it chose can't be killed
    PARK = auto()  # at a page fault, while a kill is in progress
    PAUSE = auto()  # schedule_timeout_uninterruptible(1)
    SHUT_OUT = auto()  # until the gate opens (refused=wait), or what its group's OOM lock waits for has come
    CLEANUP = auto()  # its handler of SIGTERM
    CORE_WAIT = auto()  # the mm dumps core: in exit_mm(), or who dumps, until all others are there
    DUMP = auto()  # it writes the core file
    WAKE = auto()  # from the signal until it runs in the kernel's exit path
    BLOCK = auto()  # uninterruptible
    LOCK_WAIT = auto()
    EXITING = auto()  # got the lock that it needed
    WORK = auto()  # between PF_EXITING and exit_mm()
    TEARDOWN = auto()  # exit_mmap()
    TAIL = auto()  # files, fs, exit_notify()
    TASKLIST_WAIT = auto()  # in exit_notify(), for a report that is printed under tasklist_lock
    ZOMBIE = auto()
    REAPED = auto()


RUNNABLE = frozenset(
    {
        State.BUSY, State.OVER_HIGH, State.PASS, State.PREEMPT, State.REPORT, State.WAKE, State.TEARDOWN, State.TAIL,
    }
)  # fmt: skip
HELD_UP = frozenset(
    {State.OVER_HIGH, State.HIGH_OUT, State.THROTTLED, State.PAGE_IN}
)  # its request is over, but its program waits


@dataclass(slots=True, eq=False)
class Node:
    """A memory node, in pages, and its kswapd."""

    free: int
    cache: int
    min: int
    low: int
    high: int
    lists: list[int]  # by CPU: freed, and not yet back
    resident: int = 0  # file pages in use, that stay on its LRU lists
    returned_at: int = 0  # when a page last came back to it
    kswapd_when: int = NEVER
    kswapd_swaps: bool = False  # its batch is being written to swap
    boost: int = 0  # by how much the watermarks are raised
    run_boost: int = 0  # at the beginning of kswapd's run
    run_got: int = 0  # by that run
    owed: int = 0  # what that run is to get although the node is balanced
    failures: int = 0  # runs in a row that got nothing
    plenty: bool = False  # an ask found it at high, and none has left it at min since (boost.at_minimum)
    shortages: int = 0  # how often it went from one to the other

    def give(self, pages: int, now: int) -> None:
        """Pages come back (free_pages_bulk())."""
        if pages:
            self.free += pages
            self.returned_at = now

    @property
    def room(self) -> int:
        """Pages that are free, whether a watermark sees them or not."""
        return self.free + sum(self.lists)


@dataclass(slots=True, eq=False)
class Segment:
    """Shared memory: pages that several mms map and that go with the last of them."""

    pages: list[int]  # by node
    mappers: int = 0


@dataclass(slots=True, eq=False)
class Mm:
    """An address space."""

    owner: "Process"  # whose class says what is so of the mm
    pages: list[int]  # by node
    users: int  # mm_users: threads and pins
    condemned_at: int = -1  # killed
    condemned_by: int = -1  # the number of the decision by which it was
    homes: list[int] = field(default_factory=list)  # the nodes on which it held pages then
    last_back: int = -1  # when a page of it last came back since then
    preventive: bool = False  # nobody waited when it was decided on
    innocent: bool = False  # its victim wasn't the hog
    spared: bool = False  # the killer in user space passes it over, in a run without its kill
    victim_at: int = -1  # killed by the kernel, or going by itself with the mark
    freed_at: int = -1
    left_at: int = -1  # when its last thread but init's let go of it
    pinned: bool = False
    skip: bool = False  # MMF_OOM_SKIP: no longer a kill under way, never chosen again
    reapable: bool = False  # the reaper is, or will be, at work on it
    mlocked: int = 0  # pages that are mlocked
    mmap_locked: bool = False  # its mmap lock is held until its last thread lets go
    total: int = 0  # exit_mmap(): pages at its start, by node in `whole`
    unmapped: int = 0  # of these; counted where they wait for a lump (machine.gather)
    returned: int = 0
    whole: list[int] = field(default_factory=list)
    swapped: int = 0  # pages that are out in swap
    scanned: int = 0  # pages that reclaim has taken from it (memory.stat: pgscan)
    seen: int = 0  # what a killer noted at its last look: of these, how many since the look before, and its average rss
    rate: int = 0
    average: int = -1
    segment: Segment | None = None  # that it maps
    dumper: "Thread | None" = None  # who dumps its core
    took: list[int] = field(default_factory=list)  # pages of a segment that became its own, by node

    @property
    def shared(self) -> int:
        """Pages of the segment that it maps."""
        return sum(self.segment.pages) if self.segment else 0

    @property
    def size(self) -> int:
        """Pages in memory and in swap."""
        return sum(self.pages) + self.swapped

    def begin_return(self) -> None:
        """Pages are about to go back in batches, to each node its proportion of what there is now."""
        self.whole, self.total, self.unmapped, self.returned = list(self.pages), sum(self.pages), 0, 0


@dataclass(slots=True, eq=False)
class Memcg:
    """A memory cgroup and its OOM lock (`memcg.py`). What is charged to it and all groups in it counts."""

    limit: int
    high: int
    low: int
    min: int
    swap_max: int  # -1: any amount
    oom_group: bool
    above: "Memcg | None" = None  # the group that it lies in
    mms: list[Mm] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    lock: "Thread | None" = None

    def margin(self) -> int:
        """Pages that its members may still take together."""
        return self.limit - self.usage()

    def usage(self) -> int:
        """Pages that are charged to it."""
        holders: list[Mm | Segment] = [*self.mms, *self.segments]
        return sum(sum(holder.pages) for holder in holders)


@dataclass(slots=True, eq=False)
class Process:
    """A thread group."""

    spec: SimpleNamespace  # its class, a row of the packed inputs
    mm: Mm = field(init=False)  # which names its owner, so it comes second
    memcg: Memcg | None = None
    threads: list["Thread"] = field(default_factory=list)
    children: list["Process"] = field(default_factory=list)
    alive: int = 0  # threads that aren't PF_DEAD


@dataclass(slots=True, eq=False)
class Errand:
    """What a thread does for the sake of a dying one, before it goes on with its program."""

    mm: Mm | None  # that it pins; None: it holds a lock
    delay: int
    chunk: int  # pages that it asks for
    begun: bool = False
    after: State = State.THINK  # what it was at; WAKE: it is on its way out
    rest: int = NEVER  # ns of that are left


class Place(Enum):
    """Where one with CPU work is (`turns`)."""

    AWAY = auto()
    WAITS = auto()
    RUNS = auto()


@dataclass(slots=True)
class Work:
    """What one has to do on a processor, where processors are had in turns (`turns`)."""

    place: Place = Place.AWAY
    active: bool = False  # it has something to do
    left: int = 0  # ns of that
    age: int = 0  # ns that it has run for, by weight (vruntime)
    since: int = 0  # up to when that is counted
    turn: int = 0  # when its turn began
    woken: bool = False  # in this event
    fifo: bool = False  # SCHED_FIFO
    keeps: bool = False  # nobody takes its processor away


class Worker(Protocol):
    """Who may have a processor: a thread, who holds a pin, the reaper, a killer in user space."""

    when: int
    work: Work


@dataclass(slots=True, eq=False)
class Thread:
    """A task."""

    id: int
    process: Process
    state: State = State.START
    when: int = NEVER  # its next event
    has_mm: bool = True
    put: bool = False  # its own mmput() is over, exit_mmap() included if it was the last user
    signalled: bool = False  # SIGKILL
    term: bool = False  # SIGTERM, which it handles
    marked: bool = False  # TIF_MEMDIE
    exiting: bool = False  # PF_EXITING
    dead: bool = False  # PF_DEAD
    errand: Errand | None = None
    errands: int = 0
    # the ask
    asks: int = 0
    faults: int = 0
    left: int = 0  # pages that it uses, that were out, and that it hasn't asked for yet
    fault: str = ""  # the ask is a page fault: "swap" or "file"
    unit: int = 1  # pages at a time
    want: int = 0  # pages that it still lacks
    taken: list[int] = field(default_factory=list)  # that it has got, by node
    source: Node | None = None  # of the last of them
    asked_at: int = 0
    pending: bool = False  # in steps 3 to 6
    no_fs: bool = False
    noretry: bool = False
    nofail: bool = False
    pass_ns: int = -1  # one draw an ask
    passes: int = 0  # in a row, without progress, for the page that it waits for
    rebalancing: bool = False  # has been in a pass since step 1
    rescans: bool = False  # goes round select_bad_process() with tasklist_lock held
    starved: bool = False  # has come to the OOM path with the mark, in vain
    domain: Memcg | None = None  # the group whose limit this ask fails, None for the machine
    pass_from: int = 0
    got: int = 0  # page cache that this pass took before it came to swap
    spinning: bool = False
    failed_at: int = -1  # the last recheck that failed
    stage: Callable | None = None  # what follows a preemption or a report
    chosen: "Thread | None" = None  # whom it will kill after the report
    abandon: bool = False  # killed inside the allocator: ends its timed piece, then goes on at step 1
    # the program
    thinks: int = 0
    rechecks: int = 0  # that failed
    burned: int = 0
    lock_of: "Thread | None" = None
    # a daemon's downtime
    ought: int = 0  # when its thought would be over on a processor of its own
    work: Work = field(default_factory=Work)
    down: int = 0  # ns of waits that are over
    down_from: int = -1  # since when it works no more
    up_at: int = NEVER  # when its process is restarted

    @property
    def mm(self) -> Mm:
        return self.process.mm

    @property
    def spec(self):
        return self.process.spec

    def cut(self) -> None:
        """A signal: looked at after the page that the ask waits for now, which ends it."""
        self.want = min(self.want, self.unit)

    @property
    def is_leader(self) -> bool:
        return self.process.threads[0] is self


@dataclass(slots=True, eq=False)
class Pin:
    """A bystander's hold on a victim's mm that lasts for a time, whoever it is."""

    mm: Mm
    when: int
    tearing: bool = False
    work: Work = field(default_factory=Work)


@dataclass(slots=True, eq=False)
class Reaper:
    """The oom_reaper's work on one mm: attempts, then batches."""

    mm: Mm
    when: int
    attempts: int = 0
    waits: bool = False  # its time has come, but the thread is at another
    reaping: bool = False
    tearing: bool = False  # it was the last user: exit_mmap()
    release: bool = False  # not the kernel's thread, but process_mrelease() of a killer in user space
    pins: bool = False  # it holds an mm_users
    work: Work = field(default_factory=Work)


@dataclass(slots=True)
class World:
    """Everything. `record` holds the columns that are summed up as the schedule runs."""

    machine: SimpleNamespace
    policy: Policy
    draws: Draws
    nodes: list[Node]
    managed: list[int]  # pages by node, MemTotal
    sizes: list[int]  # without what is reserved
    mms: list[Mm]
    processes: list[Process]
    memcgs: list[Memcg]
    threads: list[Thread]
    record: dict[str, int]
    listener: Callable | None = None
    now: int = 0
    running: int = 0  # runnable threads
    youngest: int = 0  # the age of the youngest that has run or waited so far
    turns_change: bool = False  # somebody has something to do, or no longer
    printer: Thread | None = None  # who owns the console
    text: int = 0  # ns of printing that others have added to its buffer
    pins: list[Pin] = field(default_factory=list)
    reapers: list[Reaper] = field(default_factory=list)
    reaper: Reaper | None = None  # that the kernel's thread is at
    gates: "list[Thread | Mm | Reaper | None]" = field(
        default_factory=list
    )  # who holds each; a global one is the first
    gate_queue: "deque[Thread | Reaper]" = field(default_factory=deque)
    mutex: Thread | None = None
    mutex_queue: deque[Thread] = field(default_factory=deque)
    tokens: int = 0  # of the report's ratelimit, in ns
    tokens_at: int = 0  # since when; for the window, its beginning
    printed: int = 0  # in this window
    reports: int = 0  # made so far, by anybody
    swap_free: int = 0  # pages
    swap_at: int = 0  # when the swap device will have done what it was given
    disk_at: int = 0  # and the disk with the files
    scanned: dict[str, int] = field(default_factory=lambda: {"direct": 0, "kswapd": 0})  # pages that reclaim has taken
    refaults: int = 0  # pages of files that came back
    episode_from: int = -1
    calm_from: int = -1
    killer: Any = None  # a monitor.Killer, of user space, if there is one
    pressures: list = field(default_factory=list)  # that it watches
    decisions: int = 0  # to kill, that were carried out
    suppress: int = -1  # the number of the one that isn't (`measure.suppressed`)
    spares: bool = False  # nor any later one against the same mm, of a killer in user space
    episodes_then: int = 0  # episodes that had begun when it was left out
    panicked: bool = False
    frozen: bool = False  # a projection: only what dies already moves

    @property
    def monitor(self) -> Monitor:
        """The knobs of the killer in user space, where there is one."""
        assert self.policy.monitor is not None
        return self.policy.monitor

    def tell(self, what: str, who: "Thread | Pin | Reaper | Mm | None" = None, **details) -> None:
        """Tell the listener, if there is one."""
        if self.listener and not self.frozen:
            self.listener(self, what, who, details)

    def count(self, column: str, by: int = 1) -> None:
        """Add to a column; `end_ns` is the last instant at which one changed."""
        self.record[column] += by
        self.record["end_ns"] = self.now

    def ticks_from_now(self, ticks: int) -> int:
        """The instant at which a sleep of so many ticks ends: at a tick boundary."""
        return (self.now // self.machine.tick + ticks) * self.machine.tick

    def timed_out(self, mm: Mm) -> bool:
        """Whether the policy's timeout has passed since this mm became a victim's."""
        timeout = self.policy.timeout
        return timeout > 0 and mm.victim_at >= 0 and self.now >= mm.victim_at + timeout

    def expired(self, mm: Mm) -> bool:
        """Whether it has, and the victim counts for nothing from then on."""
        return self.policy.on_timeout == "next" and self.timed_out(mm)

    def overdue(self) -> bool:
        """Whether it has for a victim that isn't gone, which from then on is a matter of all (`on_timeout`)."""
        return self.policy.on_timeout != "next" and any(self.timed_out(mm) and not mm.skip for mm in self.mms)

    def lets_through(self, mm: Mm) -> bool:
        """Whether a victim's mm no longer closes the gate that it keeps:
        its time is up, or it is only pinned, and long.
        """
        return self.expired(mm) or self.outlived(mm)

    def outlived(self, mm: Mm) -> bool:
        """Whether the policy's pin age has passed since only others hold this mm."""
        age = self.policy.pin_age
        return age > 0 and mm.left_at >= 0 and self.now >= mm.left_at + age

    def events(self) -> list[tuple[int, int]]:
        """(when, entity) of every entity; NEVER if it waits for another."""
        events = [(t.when, t.id) for t in self.threads]
        events += [(node.kswapd_when, len(events) + n) for n, node in enumerate(self.nodes)]
        events += [(pin.when, len(events) + n) for n, pin in enumerate(self.pins)]
        events += [(r.when, len(events) + n) for n, r in enumerate(self.reapers)]
        events += [(self.killer.when, len(events))] if self.killer else []
        return events

    def allowed(self, t: Thread) -> list[Node]:
        """The nodes of a thread's asks, in order."""
        return [self.nodes[n] for n in t.spec.nodes[: t.spec.n_nodes]]

    def memcg(self, t: Thread) -> Memcg | None:
        """The group whose limit binds a thread."""
        return t.process.memcg if self.policy.memcg != "ignored" else None

    def constrained(self, t: Thread) -> bool:
        return t.spec.n_nodes < len(self.nodes)
