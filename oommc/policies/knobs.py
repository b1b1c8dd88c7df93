"""The knobs of which every user-space killer is made: one table, the only place that lists them and their values.

A killer is one value for each. No knob is named as a mechanism of the kernel's, so that a policy's settings need not
say whose they are. Everything else follows from here, as from the mechanisms.
"""

from dataclasses import dataclass

from .table import OFF, Mechanism, mechanism, table

_VICTIMS = {
    "oom_score": (
        "the highest /proc/PID/oom_score (rss, swap, page tables and oom_score_adj, in permille), then the most rss"
    ),
    "rss": "the most rss",
    "swap": "the most in swap, if that is more than a twentieth of all swap",
    "adj": "the highest oom_score_adj, then the most rss",
    "lru": "the highest oom_score_adj; of those above 200 who has lived longest, of others the most rss",
    "newest": "the least run_time",
    "pgscan": "from whom reclaim has taken most since the look before, then the most rss",
    "growth": (
        "who has more than size_threshold of all; then, of the largest, "
        "who has grown most above its average; then the most rss"
    ),
}


@dataclass(frozen=True)
class Knobs:
    """A value for each knob, under the killer's name.

    Times are in ns, sizes in pages, rates in pages/s, percentages are numbers (OFF: off). `Monitor` checks them.
    """

    name: str
    rules: str = mechanism(
        "thresholds",
        "by what it decides to kill",
        {
            "thresholds": "memory and swap, or pressure, are beyond a threshold",
            "stalls": "lmkd's: after PSI has told of a stall, in this order: still below min after a kill, "
            "a complete stall, swap low and thrashing or below low, thrashing below low or in direct reclaim, "
            "little page cache after that",
        },
    )
    partial_stall: int = mechanism(
        70_000_000, "rules=stalls: told where somebody has waited for memory for so long in a second", kind="time"
    )
    complete_stall: int = mechanism(
        700_000_000, "rules=stalls: and where nobody else has run meanwhile, for so long", kind="time"
    )
    thrashing: int = mechanism(
        100, "rules=stalls: thrashing is this share of the page cache, read again in a second; in percent", kind="count"
    )
    thrashing_decay: float = mechanism(
        10, "rules=stalls: lowered by so much at each kill for it, until it is over", kind="percent"
    )
    thrashing_critical: int = mechanism(200, "rules=stalls: the share from which on nobody is spared", kind="count")
    filecache_min: int = mechanism(0, "rules=stalls: after thrashing, page cache below this kills on", kind="size")
    poll: int = mechanism(100_000_000, "the shortest time between two looks at memory", kind="time")
    poll_most: int = mechanism(1_000_000_000, "the longest, where memory is far from the thresholds", kind="time")
    mem_fill: int = mechanism(0, "how fast memory fills at most, which says when the next look is due", kind="rate")
    swap_fill: int = mechanism(0, "how fast swap does", kind="rate")
    mem_of: str = mechanism(
        "total", "what available memory is a share of", {"anon": "itself and anonymous memory", "total": "all memory"}
    )
    mem_term: float = mechanism(OFF, "SIGTERM where no more memory is available than this", kind="percent")
    swap_term: float = mechanism(100, "and no more swap is free than this (without swap none is)", kind="percent")
    mem_kill: float = mechanism(OFF, "SIGKILL where no more memory is available than this", kind="percent")
    swap_kill: float = mechanism(
        100, "and no more swap is free than this (rules=stalls: swap is low below it)", kind="percent"
    )
    mem_mark: str = mechanism(
        "none",
        "and every node's free pages are below this watermark",
        {"none": "they need not be", "min": "pages_min", "low": "pages_low", "high": "pages_high"},
    )
    pressure: str = mechanism(
        "none",
        "which 10 s average of memory pressure is watched",
        {"none": "none", "some": "some: somebody waits for memory", "full": "full: and nobody else runs"},
    )
    pressure_limit: float = mechanism(60, "SIGKILL where it is higher than this", kind="percent")
    pressure_for: int = mechanism(30_000_000_000, "at each look for so long", kind="time")
    pressure_poll: int = mechanism(1_000_000_000, "the time between two looks at it", kind="time")
    reclaim_within: int = mechanism(
        0, "and reclaim has taken something there so recently, as such looks find; 0: or not", kind="time"
    )
    pressure_of: str = mechanism(
        "machine",
        "whose it is",
        {
            "machine": "the machine's",
            "cgroup": "each memory cgroup's, whose members are then the candidates; without any the machine's",
        },
    )
    victim: str = mechanism("oom_score", "who is chosen where memory is short", _VICTIMS, prefix="victim")
    pressure_victim: str = mechanism("oom_score", "who is chosen under pressure", _VICTIMS, prefix="victim")
    perceptible: str = mechanism(
        "killed",
        "tasks with an oom_score_adj of 200 or less",
        {"killed": "may be chosen", "spared": "may be only where no node has pages_min free"},
    )
    size_threshold: float = mechanism(
        50, "victim=growth: whose share of the candidates' rss is this or more comes first", kind="percent"
    )
    growth: float = mechanism(
        25, "victim=growth: by how much rss has to be above its average, of weight 1/4 a look, to count", kind="percent"
    )
    growth_percentile: float = mechanism(
        80, "victim=growth: and to be among the candidates above this percentile", kind="percent"
    )
    preference: str = mechanism(
        "ignored",
        "a class's preference (prefer, avoid, omit)",
        {
            "ignored": "makes no difference",
            "points": "is 300 points of oom_score more or less; omit: never chosen",
            "order": "comes first: the preferred before, the avoided after all others; omit: never chosen",
        },
    )
    unit: str = mechanism(
        "process",
        "how many die with the victim",
        {
            "process": "nobody",
            "cgroup": "its memory cgroup, whose rss, swap, pgscan and growth then decide who is chosen",
        },
    )
    at_once: str = mechanism(
        "one",
        "how many are killed before the next look",
        {"one": "one", "enough": "as many as bring memory back over the threshold"},
    )
    search: int = mechanism(50_000, "CPU time to look at a process", kind="time")
    reread: str = mechanism(
        "no", "whether it looks again before it kills", {"no": "no", "yes": "yes, and lets be if memory is back"}
    )
    hook: int = mechanism(0, "so long after the decision the signal follows, that others may act before", kind="time")
    hooked: str = mechanism(
        "passed_over",
        "a victim whose signal is still to follow, chosen again",
        {
            "passed_over": "is no kill: the next cgroup under pressure is looked at",
            "stalls": "counts as a kill: the pause begins anew, and nobody else is looked at",
        },
    )
    reap: str = mechanism(
        "no",
        "whether it calls process_mrelease(2) after the signal, where the kernel has it",
        {
            "no": "no",
            "yes": "yes; a call of its own, which holds up nothing else it does",
            "kills": "it kills by that call, where the kernel has that (mrelease=kills); else as yes",
        },
    )
    grace: int = mechanism(
        0, "so long after SIGTERM SIGKILL follows; 0: only where memory is below mem_kill", kind="time"
    )
    wait: str = mechanism(
        "nothing",
        "what it waits for after a kill, looking at nothing else",
        {"nothing": "nothing", "leader": "the first thread of each victim is dead", "process": "all its threads are"},
    )
    wait_poll: int = mechanism(100_000_000, "the time between two looks at the victim", kind="time")
    wait_most: int = mechanism(10_000_000_000, "how long it waits at most; 0 is for ever", kind="time")
    rest: int = mechanism(0, "so long after a kill, and its wait, it does nothing", kind="time")
    pressure_rest: int = mechanism(0, "so long after a kill under pressure it does nothing about pressure", kind="time")
    stall: float = mechanism(
        0, "how often it must wait itself for a page, where no node has more than pages_min free", kind="percent"
    )


KNOBS: dict[str, Mechanism] = table(Knobs)
