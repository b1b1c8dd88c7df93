"""The mechanisms of which every OOM policy is made: one table, the only place that lists them and their values.

A policy is one value for each mechanism; the first ones, up to the gate, stand in `allocation`. The words are those of
the kernel and of the mails in which the designs were proposed. Everything else follows from here: `Policy`'s fields,
what is checked and told, the core's struct and constants (`pyx/generate_policy.py`).
"""

from dataclasses import dataclass

from .allocation import Allocation
from .table import Mechanism, mechanism, table

_CLOCKS = {
    "mm_detached": "it has let go of its mm; the pages may still be there",
    "mm_put": "its own mmput() is over, exit_mmap() included if it was the last user",
    "exit_state": "it is a zombie: here the same instant as pf_dead",
    "pf_dead": "PF_DEAD",
    "reaped": "its parent has reaped it",
}

_REACH = {
    "thread": "the chosen thread",
    "group": "its whole thread group",
    "all_sharers": "every thread on the mm",
}


@dataclass(frozen=True)
class Mechanisms(Allocation):
    """A value for each mechanism, under a name; unless told otherwise those of 2.6.17.

    Times are in ns, sets are sorted tuples. `Policy` checks them.
    """

    report: str = mechanism(
        "on_call",
        "when the report is printed",
        {
            "on_call": "on every call of out_of_memory(), before the scan",
            "on_kill": "between selection and kill; if the victim's mm is gone by then, nobody is killed",
            "never": "not at all",
        },
    )
    limiter: str = mechanism(
        "bucket",
        "what holds reports back",
        {
            "none": "nothing",
            "bucket": "printk_ratelimit(): a burst, refilled by one an interval",
            "window": "__ratelimit(): a burst an interval",
        },
    )
    report_lock: str = mechanism(
        "none",
        "what else waits while a report is printed",
        {"none": "nothing", "tasklist": "exit_notify(): who dies is PF_DEAD only after it (read_lock(&tasklist_lock))"},
    )
    mutex: str = mechanism(
        "yes",
        "the cpuset mutex, held from the scan to the end of the kill",
        {"no": "there is none", "yes": "queues callers, first come first served"},
    )
    abort_on: tuple[str, ...] = mechanism(
        ("exiting", "memdie"),
        "what the scan takes for a kill under way, so that it kills nobody",
        {
            "memdie": "a marked thread, up to memdie_until",
            "exiting": "a PF_EXITING thread, up to exiting_until (where leaders are scanned: a single-threaded one)",
            "victim_mm": "a victim's mm without MMF_OOM_SKIP",
        },
        kind="set",
    )
    abort_test: str = mechanism(
        "first",
        "when a scan looks for a kill under way",
        {
            "first": "before a victim is chosen",
            "if_nobody": (
                "only if nobody can be chosen: a BPF handler comes before the kernel's selection, and the test is there"
            ),
        },
    )
    memdie_until: str = mechanism("pf_dead", "when a marked thread stops aborting scans", _CLOCKS, prefix="until")
    exiting_until: str = mechanism("pf_dead", "when an exiting thread stops aborting scans", _CLOCKS, prefix="until")
    exiting_victim: str = mechanism(
        "killed",
        "a task that is PF_EXITING and is chosen, or asks itself",
        {
            "killed": "it is killed as any other, and as current it stops its own scan",
            "marked": (
                "it gets the mark and nobody is killed; as current it comes first, unless a victim stops the scan"
            ),
            "marked_after_report": (
                "the same, but that is looked at after the report only, whether it still has its mm or not"
            ),
        },
    )
    swapoff: str = mechanism(
        "at_once",
        "a task that is inside swapoff(2)",
        {
            "at_once": "is chosen as soon as the scan comes to it, whatever stands behind it in the list",
            "first": "is chosen before all others, if nothing stops the scan",
            "as_any": "is chosen as any other",
        },
    )
    abort_skips_protected: str = mechanism(
        "yes",
        "whether a protected task that releases memory is passed over by the abort test",
        {"no": "it does", "yes": "it doesn't stop a scan"},
    )
    constrained: str = mechanism(
        "kill_current",
        "what an ask that is bound to some nodes does",
        {
            "kill_current": "kills its own task: no scan, no abort test",
            "kill_current_if_mempolicy": (
                "that, if the binding is a mempolicy; tasks of foreign cpusets score an eighth"
            ),
            "scan_inside": "scans the tasks whose nodes meet its own",
        },
    )
    scan: str = mechanism(
        "threads", "what the scan looks at", {"threads": "every thread", "leaders": "each process that has an mm"}
    )
    mmless: str = mechanism(
        "candidate",
        "a task without an mm",
        {
            "candidate": (
                "kernel threads, of score 0, stand before all others: nobody else of score 0 is chosen by badness()"
            ),
            "skipped": "is passed over",
        },
    )
    memcg: str = mechanism(
        "ignored",
        "what an ask does that its memory cgroup has no room for, after its passes",
        {
            "ignored": "there are no memory cgroups: limits don't bind",
            "scan": "scans the members and kills, with no gate and no recheck",
            "group_lock": (
                "tries the group's OOM lock first, and sleeps, if another has it, until that is through or a page of"
                " the group goes back"
            ),
            "group_and_oom_lock": "the same, and who has it waits for the machine's gate before the scan",
            "oom_lock": "waits for the machine's gate only",
            "lock": "the same, and looks again at the margin under it",
        },
    )
    scope: str = mechanism(
        "process",
        "how many die with a victim in a memory cgroup, whether its limit or the machine's memory is short",
        {"process": "nobody else", "memcg_group": "every member, if memory.oom.group says so"},
    )
    selector: str = mechanism(
        "badness_2006",
        "how the victim is chosen",
        {
            "badness_2006": "badness() of 2.6.17: virtual size, children, CPU and run time, nice, root, oom_adj",
            "rss_permille": "2.6.36: rss in permille of all memory, root 30 less, plus oom_score_adj",
            "rss_adj_root": "3.x to 4.16: rss and page tables, root 3 % less, plus oom_score_adj",
            "rss_adj_floor": "4.17 to 5.8: rss and page tables, plus oom_score_adj, at least 1",
            "rss_adj": "5.9 on: the same, and it may be negative",
            "largest_rss": "the largest rss",
            "random": "any, all alike",
            "newest": "the least run_time",
            "allocating_task": "current, unless protected (vm.oom_kill_allocating_task)",
            "oracle": "the most pages on the ask's nodes, and only where no memory in flight would do; back at once",
            "nobody": "nobody, ever",
            "function": "the highest score of a function of the user's (docs/victim-functions.md)",
        },
    )
    ties: str = mechanism(
        "first",
        "which of equals is chosen",
        {"first": "the first in the list", "last": "the last", "leader": "a leader stays, else the last"},
    )
    child_first: str = mechanism(
        "first",
        "whether a child of the chosen process dies instead of it",
        {
            "first": "the first child with another mm",
            "first_unprotected": "the first child with another mm that isn't protected, nor shared with one who is",
            "best": "the child with the highest score",
            "no": "no",
        },
    )
    signal: str = mechanism(
        "thread",
        "which threads get SIGKILL at the kill",
        _REACH | {"thread": "the chosen thread; its siblings learn when it reaches PF_EXITING"},
        prefix="reach",
    )
    mark: str = mechanism("thread", "which threads get TIF_MEMDIE at the kill", _REACH, prefix="reach")
    sharers: str = mechanism(
        "kill_and_mark",
        "threads of other groups on the victim's mm",
        {
            "kill_and_mark": "SIGKILL and TIF_MEMDIE",
            "kill": "SIGKILL only",
            "kill_unless_protected": "SIGKILL only, and not if protected",
            "forbid": "SIGKILL only, and if one is protected nobody is killed",
            "spare": "neither",
        },
    )
    reserves: str = mechanism(
        "all",
        "how far below pages_min a marked thread may go",
        {"all": "to the last page", "half": "to half of pages_min", "none": "not at all"},
    )
    starved: str = mechanism(
        "fails",
        "an ask of a marked thread for which the reserves have no page either",
        {"fails": "fails at once", "reclaims": "goes on through reclaim to the OOM path, and fails after that"},
    )
    killer_sleep: str = mechanism(
        "tick",
        "whether a thread that comes back from out_of_memory() sleeps",
        {"tick": "one tick, unless marked", "tick_if_killed": "one tick after a kill only", "none": "no"},
    )
    victim_runs: str = mechanism(
        "in_turn",
        "when a victim gets a processor, where they are had in turns (`scheduler`)",
        {"in_turn": "as before its death", "first": "before all others: SCHED_FIFO, and not for a group's limit"},
    )
    self_mark: str = mechanism(
        "no",
        "whether a dying current that comes to out_of_memory() marks itself instead of killing",
        {"no": "no", "signalled": "if it has SIGKILL", "yes": "if it has SIGKILL or is PF_EXITING"},
    )
    core_dump: str = mechanism(
        "runs_on",
        "a victim that dumps core, and who waits for that in exit_mm()",
        {
            "runs_on": "SIGKILL doesn't end the dump; PF_EXITING, who waits stops scans like any other",
            "interrupted": "SIGKILL ends the dump; who waits stops scans like any other",
            "discounted": (
                "SIGKILL ends the dump; who waits doesn't count as exiting; "
                "the dumper's own ask fails instead of killing"
            ),
        },
    )
    costly_orders: str = mechanism(
        "kill",
        "an ask of more than 2^3 pages that finds no progress",
        {
            "kill": "kills as any other",
            "fail": "fails, __GFP_NOFAIL or not",
            "nofail_kills": "fails; with __GFP_NOFAIL it kills as any other",
            "nofail_loops": "fails; with __GFP_NOFAIL it tries again for ever, and kills nobody",
        },
    )
    loopers: str = mechanism(
        "wait",
        "asks that loop while a kill is in progress",
        {"wait": "get nothing below pages_min", "reserves": "ignore all watermarks"},
    )
    park: str = mechanism(
        "no",
        "a new ask while a kill is in progress",
        {"no": "goes on", "yes": "sleeps at its page fault until it is over"},
    )
    reaper: str = mechanism(
        "none",
        "what the oom_reaper's end means",
        {
            "none": "there is none",
            "clears_mark": "done: TIF_MEMDIE cleared; given up: nothing",
            "skips": "either way MMF_OOM_SKIP",
            "helps": "nothing: its pages are back sooner, that is all",
        },
    )
    reaper_delay: int = mechanism(0, "from the kill to the reaper's first attempt", kind="time")
    reaper_interval: int = mechanism(100_000_000, "between two attempts", kind="time")
    reaper_attempts: int = mechanism(10, "attempts before it gives up", kind="count")
    reaper_mlocked: str = mechanism("no", "whether it takes mlocked pages", {"no": "no", "yes": "yes"})
    reaper_lock: str = mechanism("no", "whether it holds the gate while it reaps", {"no": "no", "yes": "yes"})
    reaper_pins: str = mechanism(
        "no", "whether it holds mm_users while it reaps, so that exit_mmap() comes after it", {"no": "no", "yes": "yes"}
    )
    mrelease: str = mechanism(
        "no",
        "process_mrelease(2): a killer in user space reaps its victim's mm itself",
        {
            "no": "there is no such call",
            "yes": "there is, from 5.15 on",
            "kills": "and it kills everybody on the mm itself, if asked to (PROCESS_MRELEASE_REAP_KILL)",
        },
    )
    skip_at: str = mechanism(
        "freed",
        "when exit_mmap() sets MMF_OOM_SKIP",
        {
            "freed": "at its end",
            "before_mlocked": "before the mlocked pages go back",
            "before_last_batch": "once all is unmapped, before the last of it goes back",
        },
    )
    watermark_boost: str = mechanism(
        "no",
        "whether fragmentation raises every watermark of a node, until kswapd has reclaimed as much",
        {"no": "no", "yes": "by a block, up to 1.5 times high"},
    )
    reclaim_retry: str = mechanism(
        "passes",
        "what else than `passes` ends the passes of an ask: that all reclaimable pages wouldn't do",
        {
            "passes": "nothing",
            "reclaimable": "where all that is free or reclaimable wouldn't bring a node above min",
            "free_twice": "the same, and where nothing is reclaimable free pages count twice",
        },
    )
    pin_age: int = mechanism(
        0,
        "so long after its threads have let go of a victim's mm others may hold it and keep the gate closed; "
        "0 is for ever",
        kind="time",
    )
    timeout: int = mechanism(
        0,
        "how long a victim has from its kill on until on_timeout; 0 is for ever",
        kind="time",
    )
    on_timeout: str = mechanism(
        "next",
        "what happens then, if its mm isn't cleaned out and has no MMF_OOM_SKIP",
        {
            "next": (
                "it no longer closes the gate, aborts a scan, or can be chosen: the next one dies (cleaned out or not)"
            ),
            "reserves": (
                "until that is so every looping ask that may kill goes as far below pages_min as a marked thread"
            ),
            "panic": "the machine panics as soon as an ask comes to the OOM path",
        },
    )
    unkillable: str = mechanism(
        "scans_again",
        "what happens when the choice can't be killed: a kernel thread, or a mm that a protected sharer forbids",
        {
            "scans_again": "it scans again, all locks held, until something stops the scan or another is chosen",
            "gives_up": "the thread goes on as after an aborted scan",
        },
    )
    on_no_victim: str = mechanism(
        "panic",
        "what happens when nobody can be killed",
        {"panic": "the machine panics", "retry": "the thread goes on as after an aborted scan"},
    )
    panic_on_oom: str = mechanism("no", "whether the machine panics instead of killing", {"no": "no", "yes": "yes"})


MECHANISMS: dict[str, Mechanism] = table(Mechanisms)
