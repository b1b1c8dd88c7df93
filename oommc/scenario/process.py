"""A process class of a scenario: its tables and their keys, in the words of `keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oommc.scenario.common import (
    DRAWN_NS,
    DRAWN_PAGES,
    MAX_THREADS,
    MEMORY,
    NAME,
    NEVER,
    PAGES,
    PAST,
    RESTART,
    SOME_PAGES,
    YES_NO,
    Chance,
    P,
)
from oommc.scenario.keys import REQUIRED, Choice, Forever, Numbers, Quantity, Table, Whole, key, table

if TYPE_CHECKING:
    from oommc.distributions import Distribution

ASKS = ("grow", "churn")


@table
class Program:
    """What a thread does. `grow` asks for a chunk again and again until the process holds its target, then holds it and
    exits. `churn` asks for a chunk, keeps it, gives it back. `idle` asks for nothing and stays. A key that its kind
    doesn't have is its default, or 0.
    """

    kind: str = key(Choice(("grow", "churn", "idle")), REQUIRED, "What it does.", core=False)
    start: Distribution = key(DRAWN_NS, 0, "How long it waits before it begins.", kinds=ASKS)
    think: Distribution = key(DRAWN_NS, REQUIRED, "How long it thinks before each ask.", kinds=ASKS)
    busy: bool = key(YES_NO, False, "It thinks on a CPU.", quiet=True, kinds=ASKS)
    steady: bool = key(YES_NO, False, "All of a thread's thoughts are as long as its first.", quiet=True, kinds=ASKS)
    chunk: Distribution = key(DRAWN_PAGES, REQUIRED, "How much it asks for.", kinds=ASKS)
    touch: int = key(MEMORY, 0, "What it uses of its own memory after each thought.", quiet=True, kinds=ASKS)
    file_touch: int = key(MEMORY, 0, "What it uses of the files' working set then.", quiet=True, kinds=ASKS)
    target: int | None = key(
        SOME_PAGES,
        None,
        "What the process grows to: `grow` has to say it. `churn` holds at most so much, by default any amount.",
        quiet=True,
        kinds=ASKS,
    )
    hold: Distribution | None = key(
        Forever(), "forever", "How long it stays at its target before it exits.", kinds=("grow",)
    )
    keep: Distribution = key(DRAWN_NS, REQUIRED, "How long it keeps a chunk.", kinds=("churn",))


@table
class Flags:
    """What each ask carries."""

    p_no_fs: float = key(P, 0, "How probable it is that it lacks __GFP_FS.")
    p_noretry: float = key(P, 0, "How probable __GFP_NORETRY is.")
    p_nofail: float = key(P, 0, "How probable __GFP_NOFAIL is.")
    order: int = key(Whole(0, 10), 0, "Of 2**order pages that have to lie side by side.")


@table
class Lock:
    """A lock that a dying thread needs; whose errand its holder is on (docs/model.md §3)."""

    p: float = key(P, REQUIRED, "How probable it is that it needs one.")
    holder: str | None = key(NAME, None, "The process class one of whose threads holds it.", quiet=True)
    delay: Distribution = key(DRAWN_NS, 0, "How long the holder sleeps before it unlocks.", quiet=True, core="")
    chunk: Distribution = key(DRAWN_PAGES, 0, "What the holder asks for before it unlocks.", quiet=True)


@table
class Pin:
    """A reference to the victim's mm that somebody else holds from the kill on (docs/model.md §3)."""

    p: float = key(P, REQUIRED, "How probable it is.")
    by: str | None = key(
        NAME, None, "The process class one of whose threads holds it; by default nobody who could wait.", quiet=True
    )
    delay: Distribution = key(DRAWN_NS, REQUIRED, "How long the holder sleeps, or it lasts.", core="")
    chunk: Distribution = key(DRAWN_PAGES, 0, "What the holder asks for before it lets go.", quiet=True)


@table
class Work:
    """What a thread does between PF_EXITING and mm = NULL."""

    p: float = key(P, REQUIRED, "How probable it is.")
    delay: Distribution = key(DRAWN_NS, 0, "How long that takes.", core="")
    chunk: Distribution = key(DRAWN_PAGES, 0, "What it asks for then.")


@table
class CoreDump:
    """A process that goes by itself has crashed: it writes its core file before anyone lets go of its mm."""

    p: float = key(P, REQUIRED, "How probable it is.")
    delay: Distribution = key(DRAWN_NS, 0, "How long it writes.", core="")
    chunk: Distribution = key(DRAWN_PAGES, 0, "What it asks for at the end.")


@table
class MmapLock:
    """The victim's mmap lock, held from the kill on until its last thread lets go of the mm."""

    p: float = key(P, REQUIRED, "How probable it is.")


@table
class Exit:
    """How a killed thread goes (docs/model.md §3)."""

    wake: Distribution = key(
        DRAWN_NS,
        {"dist": "lognormal", "median": "2 ms", "sigma": 1.0},
        "From the signal to its exit.",
        source="assumed: within a tick from user mode, later from elsewhere",
    )
    tail: Distribution = key(
        DRAWN_NS,
        {"dist": "exponential", "mean": "1 ms"},
        "From its mm's end to PF_DEAD.",
        source="assumed",
    )
    term: Chance = key(
        Table(Chance),
        NEVER,
        "Whether it handles SIGTERM, and for how long before it exits by itself.",
        quiet=True,
    )
    block: Chance = key(Table(Chance), NEVER, "Whether it is blocked before it exits.", quiet=True)
    lock: Lock = key(Table(Lock), {"p": 0}, "Whether it needs a lock that another thread holds.", quiet=True)
    work: Work = key(Table(Work), {"p": 0}, "What it does between PF_EXITING and mm = NULL.", quiet=True)
    core_dump: CoreDump = key(
        Table(CoreDump),
        {"p": 0},
        "Whether it has crashed where it goes by itself, and writes its core file.",
        quiet=True,
    )
    pin: Pin = key(Table(Pin), NEVER, "Whether somebody else pins its mm from the kill on.", quiet=True)
    mmap_lock: MmapLock = key(
        Table(MmapLock), {"p": 0}, "Whether its mmap lock is held, so that no reaper comes in.", quiet=True
    )
    unreaped: Chance = key(
        Table(Chance), NEVER, "Whether its parent leaves it a zombie once its group is dead.", quiet=True
    )


@table
class Process:
    """A process class: thread groups that are alike."""

    name: str = key(NAME, REQUIRED, "What the class is called.")
    role: str = key(
        Choice(("hog", "daemon", "batch")), REQUIRED, "What kind of victim it is; only metrics read it.", core=False
    )
    count: int = key(Whole(1, MAX_THREADS), 1, "How many thread groups.", core=False)
    threads: int = key(Whole(1, MAX_THREADS), 1, "How many threads in each.", core=False)
    rss: Distribution = key(
        DRAWN_PAGES,
        None,
        "What it holds at the start. It has to be said, but for a class that shares another's mm.",
        quiet=True,
    )
    total_vm: int | None = key(
        Quantity("pages", 0, 1 << 45), None, "Its address space; by default what it holds.", quiet=True
    )
    oom_adj: int = key(Whole(-17, 15), 0, "/proc/PID/oom_adj, of kernels to 2.6.35.", core=False)
    oom_score_adj: int = key(Whole(-1000, 1000), 0, "/proc/PID/oom_score_adj, of kernels since 2.6.36.", core=False)
    preference: str = key(
        Choice(("none", "prefer", "avoid", "omit"), (0, 1, -1, -2)),
        "none",
        "What killers in user space are told of it.",
        quiet=True,
    )
    nice: int = key(Whole(-20, 19), 0, "Its nice value.")
    uid: int = key(
        Whole(0, 2**32 - 1),
        1000,
        "Whose it is; 0 is root.",
        source="assumed: the first user of many systems",
        core=False,
    )
    rawio: bool = key(YES_NO, False, "It has CAP_SYS_RAWIO.")
    init: bool = key(YES_NO, False, "It is pid 1, which nobody may kill.", quiet=True)
    swapoff: bool = key(YES_NO, False, "Its leader is inside swapoff(2) from its start until it dies.", quiet=True)
    cpu_time: int = key(PAST, 0, "CPU time used before the start.")
    run_time: int = key(PAST, 0, "How long it has run before the start.")
    restart: Distribution | None = key(
        RESTART,
        None,
        "How long it takes from its death until another does its work; by default the machine's.",
        quiet=True,
        core=False,
    )
    parent: str | None = key(NAME, None, "The class of its parents.", quiet=True)
    shares_mm_with: str | None = key(NAME, None, "The class whose mm it uses.", quiet=True)
    nodes: tuple[int, ...] = key(Numbers(), None, "The nodes that it may use; by default all.", quiet=True)
    mlocked: int = key(PAGES, 0, "What of its memory stays where a reaper takes the rest.", quiet=True)
    swapped: int = key(MEMORY, 0, "What of it is out in swap at the start, beside `rss`.", quiet=True)
    shared: Distribution = key(DRAWN_PAGES, 0, "The size of a segment that all its instances map.", quiet=True)
    maps: str | None = key(NAME, None, "The class whose segment it maps too.", quiet=True)
    memcg: str | None = key(NAME, None, "Its memory cgroup.", quiet=True)
    cgroup: str | None = key(NAME, None, "Its group in the tree of control groups.", quiet=True)
    binding: str = key(
        Choice(("cpuset", "mempolicy"), (1, 0)),
        "cpuset",
        "What binds it to its nodes.",
        source="assumed",
        core="cpuset",
    )
    program: Program = key(Table(Program), REQUIRED, "What its threads do.", core="")
    flags: Flags = key(Table(Flags), {}, "What its asks carry.", quiet=True, core="")
    exit: Exit = key(Table(Exit), {}, "How its threads go.", core="")
