"""What a scenario is, in the simulator's own units: pages, nanoseconds, and a `Distribution` where something
is drawn.

The dataclasses are frozen and plain; `read` fills them from TOML tables and is the only place that validates,
so whoever holds a `Scenario` may rely on it. Where a process class names another (`parent`,
`shares_mm_with`), instance j of the class belongs to instance ``j mod count`` of the named class.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from oommc.distributions import Distribution


@dataclass(frozen=True)
class Chance:
    """Something that happens with probability `p` and then takes `delay` (ns)."""

    p: float
    delay: Distribution


@dataclass(frozen=True)
class RateLimit:
    """`burst` reports, and what `interval` (ns) means for them is the policy's limiter (docs/model.md §2)."""

    burst: int
    interval: int


@dataclass(frozen=True)
class Node:
    """A memory node, in pages. `page_cache` is clean and reclaimable; `reserved` never comes back."""

    memory: int
    reserved: int
    page_cache: Distribution
    min: int
    low: int
    high: int


@dataclass(frozen=True)
class Swap:
    """A swap device: `size` pages, written and read at `rate` (pages/s). None where `size` is 0."""

    size: int
    rate: int


@dataclass(frozen=True)
class WorkingSet:
    """What programs use of their files again and again: `size` pages, read from their disk at `rate` (pages/s)."""

    size: int
    rate: int


@dataclass(frozen=True)
class PerCpu:
    """Per-CPU page lists: at `high` pages a `batch` of them goes back. None where `high` is 0."""

    high: int
    batch: int


@dataclass(frozen=True)
class Gather:
    """What exit_mmap() unmaps at a time, `size` pages at `rate` (pages/s), before it frees the first of them. None where `size`
    is 0.
    """

    size: int
    rate: int


@dataclass(frozen=True)
class Fragmentation:
    """With probability `p` an ask's pages come from a block (of `block` pages) of another mobility."""

    p: float
    block: int


@dataclass(frozen=True)
class Machine:
    """`teardown_rate`, `kswapd_rate`: pages/s. `teardown_batch`, `reclaim_batch`: pages. `scan_per_task`:
    ns.
    """

    cpus: int
    hz: int
    nodes: tuple[Node, ...]
    teardown_rate: int
    teardown_batch: int
    scan_per_task: int
    report_ratelimit: RateLimit
    kswapd_rate: int
    reclaim_batch: int
    swap: Swap
    gather: Gather
    working_set: WorkingSet
    pcp: PerCpu
    fragmentation: Fragmentation
    reclaim_pass: Distribution
    memcg_pass: Distribution | None
    report: Distribution
    preempt: Chance


@dataclass(frozen=True)
class Program:
    """What a thread does.

    `grow`: asks for `chunk` until the process holds `target` pages, then holds for `hold` (None: for ever)
    and exits. `churn`: asks for `chunk`, keeps it for `keep`, gives it back; `target` None: nothing limits
    what it holds. `idle`: asks for nothing and stays; `start`, `think` and `chunk` are then the constant 0.
    `busy`: it thinks on a CPU. `steady`: all of a thread's thoughts are as long as its first.
    After each thought it uses `touch` pages of its own memory and `file_touch` of the files' working set.
    """

    kind: str
    start: Distribution
    think: Distribution
    busy: bool
    steady: bool
    chunk: Distribution
    target: int | None
    hold: Distribution | None
    keep: Distribution | None
    touch: int
    file_touch: int


@dataclass(frozen=True)
class Flags:
    """What each ask carries: no __GFP_FS, __GFP_NORETRY, __GFP_NOFAIL with these probabilities; 2**order
    pages.
    """

    p_no_fs: float
    p_noretry: float
    p_nofail: float
    order: int


@dataclass(frozen=True)
class Lock:
    """With probability `p` a dying thread needs a lock of one thread of class `holder` (None only where p is
    0).
    """

    p: float
    holder: str | None


@dataclass(frozen=True)
class MmapLock:
    """With probability `p` a victim's mmap lock is held from the kill on, until its last thread lets go of the mm."""

    p: float


@dataclass(frozen=True)
class Work:
    """With probability `p` an exiting thread works for `delay` (ns) before it lets go of its mm, and then asks for
    `chunk` pages.
    """

    p: float
    delay: Distribution
    chunk: Distribution


@dataclass(frozen=True)
class CoreDump:
    """With probability `p` a process that goes by itself has crashed: it writes its core file for `delay` (ns), asks
    for `chunk` pages at the end, and only then does anyone let go of its mm.
    """

    p: float
    delay: Distribution
    chunk: Distribution


@dataclass(frozen=True)
class Exit:
    """How a killed thread goes (docs/model.md §3), each time in ns. `term`: whether it handles SIGTERM, and for how long."""

    wake: Distribution
    tail: Distribution
    term: Chance
    block: Chance
    lock: Lock
    work: Work
    core_dump: CoreDump
    pin: Chance
    mmap_lock: MmapLock
    unreaped: Chance


@dataclass(frozen=True)
class Process:
    """A process class: `count` thread groups of `threads` threads each.

    `rss` (pages at the start) is the constant 0 where `shares_mm_with` names the owner of the mm. `total_vm`
    (pages) is None where the scenario doesn't say. `mlocked` pages of it stay when a reaper takes the rest. `shared` pages are one segment that all instances map, and those of classes whose
    `maps` names this one. `preference`: what killers in user space are told of it. `init` is pid 1, which nobody may kill;
    `swapoff`: its leader is inside swapoff(2) from its start until it dies. `nodes` is always explicit; all nodes, in order, means
    unbound. `cpu_time` and `run_time` (ns) are what it has used and lived at the start.
    """

    name: str
    role: str
    count: int
    threads: int
    rss: Distribution
    total_vm: int | None
    oom_adj: int
    oom_score_adj: int
    preference: str
    nice: int
    uid: int
    rawio: bool
    init: bool
    swapoff: bool
    cpu_time: int
    run_time: int
    parent: str | None
    shares_mm_with: str | None
    nodes: tuple[int, ...]
    mlocked: int
    shared: Distribution
    maps: str | None
    memcg: str | None
    binding: str
    program: Program
    flags: Flags
    exit: Exit


@dataclass(frozen=True)
class Memcg:
    """A memory cgroup: its members may hold `limit` pages together; `oom_group`: memory.oom.group."""

    name: str
    limit: int
    oom_group: bool


@dataclass(frozen=True)
class Scenario:
    """A machine and its processes, ready to be simulated. `horizon`, `patience`, `settle` in ns.

    `ranges`: dotted paths, each with LOW..HIGH between which its value is thought to lie. They change no record.
    """

    name: str
    horizon: int
    patience: int
    settle: int
    machine: Machine
    processes: tuple[Process, ...]
    about: str
    memcgs: tuple[Memcg, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """The scenario of a catalogue name or a TOML file. Raises InputError."""
        from oommc.scenario.files import load

        return load(source)

    @classmethod
    def from_toml(cls, text: str, source: str | Path = "scenario") -> Self:
        """The scenario of a TOML text; `source` names it in messages, and data files stand beside it."""
        from oommc.scenario.read import from_toml

        return from_toml(text, source)

    @classmethod
    def from_dict(cls, table: dict[str, Any], source: str | Path = "scenario") -> Self:
        """The scenario of a table as `tomllib` returns it; a drawn value may be a frozen scipy.stats
        distribution.
        """
        from oommc.scenario.read import from_dict

        return from_dict(table, source)

    def to_dict(self) -> dict[str, Any]:
        """The table of this scenario, in full but for what follows from other keys: `from_dict` gives it
        back.
        """
        from oommc.scenario.write import to_dict

        return to_dict(self)

    def to_toml(self) -> str:
        """The TOML text of this scenario: `from_toml` gives an equal one back."""
        from oommc.scenario.write import to_toml

        return to_toml(self)

    def replace(self, path: str, value: Any) -> Self:
        """This scenario with the value at one dotted path of its TOML changed, validated again.

        A process is named by its name, a node by its number: `machine.node.0.memory`, `process.usemem.count`.
        The value is as in TOML, or a frozen scipy.stats distribution (seconds for times, pages for sizes).
        """
        from oommc.scenario.replace import replace

        return replace(self, {path: value})
