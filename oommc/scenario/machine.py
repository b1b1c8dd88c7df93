"""The machine of a scenario: its tables and their keys, in the words of `keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from oommc.scenario.common import (
    DRAWN_NS,
    DRAWN_PAGES,
    MAX_MEMORY,
    MAX_TIME,
    MEMORY,
    PAGES,
    RATE,
    RESTART,
    SOME_PAGES,
    SPEED,
    SPELL,
    SWAP_CLUSTER_MAX,
    P,
)
from oommc.scenario.keys import REQUIRED, Choice, Quantity, Table, Tables, Whole, key, table

if TYPE_CHECKING:
    from oommc.distributions import Distribution


@table
class RateLimit:
    """What `interval` means for reports is the policy's limiter (docs/model.md §2)."""

    burst: int = key(Whole(0, 10**9), REQUIRED, "So many reports are printed at once.")
    interval: int = key(SPELL, REQUIRED, "After such a time as many again.")


@table
class Swap:
    """A swap device. Where its size is 0 there is none."""

    size: int = key(MEMORY, REQUIRED, "How much it holds; 0: there is none.", core="")
    rate: int = key(SPEED, REQUIRED, "How fast it is written, and read back.")
    used: int = key(MEMORY, 0, "What no process has in it and nobody gives back, tmpfs for one.", quiet=True)


@table
class Gather:
    """What exit_mmap() unmaps at a time before it frees the first of it: struct mmu_gather."""

    size: int = key(
        PAGES,
        REQUIRED,
        "How much; 0: nothing waits. In today's kernels 9,678 pages, where a page holds 510 pointers.",
        core="",
    )
    rate: int = key(SPEED, REQUIRED, "How fast it unmaps; `teardown_rate` is then that of freeing alone.")


@table
class WorkingSet:
    """What programs use of their files again and again."""

    size: int = key(MEMORY, REQUIRED, "How much that is.", core="")
    rate: int = key(SPEED, REQUIRED, "How fast their disk reads what the page cache lacks of it.")


@table
class PerCpu:
    """Per-CPU lists of free pages."""

    high: int = key(PAGES, REQUIRED, "At so many a batch goes back to the node; 0: no lists. In 2006 up to 186 pages.")
    batch: int = key(
        SOME_PAGES,
        "31 pages",
        "How many go back.",
        source="zone_batchsize(), mm/page_alloc.c, 2.6.17: of any larger zone",
    )


@table
class Fragmentation:
    """What makes a kernel since 5.0 raise its watermarks."""

    p: float = key(P, REQUIRED, "How probable it is that pages come from a block of another mobility.")
    block: int = key(
        Quantity("pages", 1, MAX_MEMORY),
        "2 MiB",
        "The size of a block.",
        source="pageblock_order, include/linux/pageblock-flags.h, 5.0: that of a huge page, on x86-64",
    )
    at: str = key(
        Choice(("any", "minimum"), (0, 1)),
        "any",
        "Whose pages: any ask's, or the one's that takes a node from its high watermark to its min, both unboosted.",
        source="steal_suitable_fallback(), mm/page_alloc.c, 5.0",
    )


@table
class Node:
    """A memory node. Watermarks that aren't given are the kernel's."""

    memory: int = key(
        SOME_PAGES, REQUIRED, "What the kernel manages, `reserved` too; oom_score_adj is a share of that and of swap."
    )
    reserved: int = key(PAGES, 0, "What of it never comes back.", core=False)
    page_cache: Distribution = key(DRAWN_PAGES, 0, "Clean and reclaimable at the start.", core="cache")
    file_resident: int = key(
        PAGES,
        "16 MiB",
        "What of `reserved` is file pages in use, which reclaim scans in vain.",
        source="assumed",
        quiet=True,
    )
    min: int = key(
        SOME_PAGES,
        None,
        "The watermark below which only victims go; by default the node's share of 4·sqrt(kB of all memory) kB.",
        source="init_per_zone_pages_min(), mm/page_alloc.c, 2.6.17",
        quiet=True,
    )
    low: int = key(
        SOME_PAGES,
        None,
        "The watermark below which kswapd is woken; by default min·5/4.",
        source="setup_per_zone_pages_min(), mm/page_alloc.c, 2.6.17",
        quiet=True,
    )
    high: int = key(
        SOME_PAGES,
        None,
        "The watermark up to which kswapd reclaims; by default min·3/2.",
        source="setup_per_zone_pages_min(), mm/page_alloc.c, 2.6.17",
        quiet=True,
    )


@table
class Preempt:
    """Losing the CPU between a last check that failed and what follows from that."""

    window: int = key(
        Quantity("ns", 0, MAX_TIME),
        "40 us",
        "How long there is for it: a tick in it takes the CPU away.",
        source="assumed: the way from __alloc_pages() into out_of_memory(), 1 us of code, and interrupts in it",
        core=False,
    )
    p: float | None = key(P, None, "How probable it is; by default `window` times `hz`.", quiet=True)
    delay: Distribution = key(DRAWN_NS, REQUIRED, "For how long.", core="")


@table
class Latency:
    """How long the machine's steps take."""

    reclaim_pass: Distribution = key(
        DRAWN_NS,
        {"dist": "lognormal", "median": "300 us", "sigma": 0.7},
        "A direct-reclaim pass.",
        source="assumed; a failing pass takes 0.05 to 2 ms",
    )
    memcg_pass: Distribution | None = key(
        DRAWN_NS,
        None,
        "A pass within a memory cgroup, whose lists are shorter; by default as `reclaim_pass`.",
        quiet=True,
        core=False,
    )
    report: Distribution = key(
        DRAWN_NS,
        {"dist": "lognormal", "median": "40 ms", "sigma": 0.8},
        "An OOM report.",
        source="assumed; 1 to 300 ms on the consoles of logs",
    )
    preempt: Preempt = key(
        Table(Preempt),
        {"delay": {"dist": "exponential", "mean": "20 ms"}},
        "Whether a thread loses its CPU after a last check that failed, and for how long.",
        source="assumed",
    )


@table
class Machine:
    """Processors, the kernel's own settings and speeds, and memory."""

    ALSO: ClassVar = ("preset",)
    """Keys that are gone when it is read, but a user may have meant."""

    cpus: int = key(Whole(1, 1024), 2, "Processors.", source="assumed: a small server of 2006")
    hz: int = key(
        Whole(1, 10_000), 250, "HZ: ticks a second.", source="the default of kernel/Kconfig.hz, 2.6.17", core=False
    )
    preemption: str = key(
        Choice(("none", "full"), (0, 1)),
        "none",
        "Whether a thread that prints a report keeps its processor.",
        source="CONFIG_PREEMPT of servers, kernel/Kconfig.preempt, 2.6.17",
        quiet=True,
    )
    scheduler: str = key(
        Choice(("shared", "slices"), (0, 1)),
        "shared",
        "How its processors are had: by all at once, each slower, or in turns.",
        source="the simpler of the two",
        quiet=True,
    )
    slice: int = key(
        Quantity("ns", 1, MAX_TIME),
        "3 ms",
        'How long a turn is at least, with `scheduler = "slices"`; it ends at a tick.',
        source="sysctl_sched_min_granularity, kernel/sched/fair.c, 6.1, on eight processors or more",
        quiet=True,
    )
    teardown_rate: int = key(
        SPEED,
        "16 GiB/s",
        "How fast exit_mmap() gives memory back.",
        source="assumed: 0.24 us a page, of 0.1 to 0.5 in 2006",
    )
    teardown_batch: int = key(
        SOME_PAGES,
        "506 pages",
        "How much it gives back at a time.",
        source="FREE_PTE_NR, include/asm-generic/tlb.h, 2.6.17, of SMP kernels",
    )
    scan_per_task: int = key(
        Quantity("ns", 0, MAX_TIME), "200 ns", "How long a scan for a victim takes for each task.", source="assumed"
    )
    report_ratelimit: RateLimit = key(
        Table(RateLimit),
        {"burst": 10, "interval": "5 s"},
        "How many reports are printed.",
        source="printk_ratelimit_burst and printk_ratelimit_jiffies, kernel/printk.c, 2.6.17",
        core="ratelimit",
    )
    kswapd_rate: int = key(RATE, "50 MiB/s", "How fast kswapd reclaims.", source="assumed", core=False)
    scan_rate: int = key(
        SPEED, "2500000 pages/s", "How fast reclaim goes through its lists.", source="assumed", quiet=True
    )
    reclaim_batch: int = key(
        Quantity("pages", SWAP_CLUSTER_MAX),  # with less no pass makes progress
        "128 KiB",
        "How much a reclaim pass takes, and kswapd at a time.",
        source="SWAP_CLUSTER_MAX, include/linux/swap.h, 2.6.17: 32 pages",
    )
    restart: Distribution = key(
        RESTART,
        "1 s",
        "How long it takes from a process's death until another does its work.",
        source="assumed; 100 ms (RestartSec of systemd) and the start of a service",
        quiet=True,
        core=False,
    )
    swap: Swap = key(Table(Swap), {"size": 0, "rate": "100 MiB/s"}, "A swap device.", quiet=True)
    gather: Gather = key(
        Table(Gather),
        {"size": 0, "rate": "64 GiB/s"},
        "What exit_mmap() unmaps before it frees any of it.",
        quiet=True,
    )
    working_set: WorkingSet = key(
        Table(WorkingSet),
        {"size": 0, "rate": "100 MiB/s"},
        "What programs use of their files again and again.",
        quiet=True,
        core="files",
    )
    pcp: PerCpu = key(Table(PerCpu), {"high": 0}, "Per-CPU page lists.", quiet=True)
    fragmentation: Fragmentation = key(
        Table(Fragmentation), {"p": 0}, "How often an ask raises the watermarks of its node by a block.", quiet=True
    )
    nodes: tuple[Node, ...] = key(Tables(Node), REQUIRED, "Its memory nodes, numbered from 0.", name="node")
    latency: Latency = key(Table(Latency), {}, "How long its steps take.", core="")
