"""The kernel's line since 2.6.17: each design is a row that says where it differs from the one that it came from.

Versions, mails and files are those in which each rule was read. Reports come between selection and kill from 2.6.24
on (mm/oom_kill.c, oom_kill_process()), to 3.5 under read_lock(&tasklist_lock) (6b0c81b3be11, 3.6), and their limiter is
`__ratelimit()`'s window from 2.6.36 on.

`passes` is where should_reclaim_retry() (mm/page_alloc.c) ends: its count has to exceed MAX_RECLAIM_RETRIES (16), so
the seventeenth failing pass leads to the OOM path, not, as the design has it, the sixteenth. From 4.7 to 4.11 that one
does: what is reclaimable counts less after each pass, and for nothing after it. To 4.6 one failing pass leads there,
but from 2.6.19 on reclaim itself keeps it from failing (`guard`). From 5.0 on (`reclaim_retry`) passes also end where
all that is reclaimable wouldn't bring a zone above min_wmark_pages(), which has the boost in it; free pages count twice
where nothing is (mm/vmscan.c, zone_reclaimable_pages(), 6aaced5abd32: 6.13, and 5.4, 5.10, 5.15, 6.1, 6.6 and 6.12 as
they are maintained).

`gate`: try_set_zone_oom() of 2.6.24 goes through the zonelist as it is, without a look at the cpuset; since 2.6.26
(19770b32609b) MPOL_BIND has no zonelist of its own, so that every ask's covers every node. From then to 4.1 the zones'
bits are one global lock. `memcg`: see `oommc/twin/memcg.py`.

`retry`: __alloc_pages() sleeps in (blk_)congestion_wait(HZ/50) before it goes back to `rebalance`, another pass, in
2.6.17, 2.6.24 and 2.6.36; wait_iff_congested() of 2.6.37 (0e093d99763e) returns at once where no device is congested.
"""

from .policy import Policy

BASELINE = Policy(
    name="baseline",
    about=(
        "Linux 2.6.17 as it was: the last try at pages_high fails with no lock held, then the report is printed, the"
        " cpuset mutex is waited for and the task list scanned. A victim that is gone by then (PF_DEAD) no longer"
        " stops the scan, and a second process dies although the memory is back."
    ),
    source="Linux 2.6.17, mm/page_alloc.c __alloc_pages() and mm/oom_kill.c",
    windows=("W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8"),
    hangs=("L1", "L2", "L3", "L4", "L5", "L6"),
)

V2_6_19 = BASELINE.replace(
    name="2.6.19",
    progress="any",
    guard="all_lru",
    memdie_until="mm_detached",
    exiting_until="mm_detached",
    exiting_victim="marked",
    swapoff="first",
    abort_skips_protected="no",
    mmless="skipped",
    about=(
        "2.6.19, after the first half of Nick Piggin's clean-up: still no gate. Tasks without an mm are passed over"
        " first, so a victim is invisible as soon as it has let go of its mm, while exit_mmap() still has its pages. A"
        " pass has failed only when nothing at all could be reclaimed. All who share the victim's mm are marked, and a"
        " thread that loops in reclaim doesn't see its mark."
    ),
    source="Linux 2.6.19, mm/oom_kill.c select_bad_process(), mm/page_alloc.c __alloc_pages()",
    windows=("W1", "W2", "W3", "W4", "W7", "W9"),
    hangs=("L1", "L3", "L4", "L5", "L6"),
)

V2_6_20 = V2_6_19.replace(
    name="2.6.20",
    rebalance="sees_mark",
    child_first="first_unprotected",
    sharers="forbid",
    about=(
        "2.6.20 to 2.6.23, after the second half: the mark is tested below `rebalance`, so who loops in reclaim sees it"
        " each time round. Sharers in other groups get the signal but no mark, so that one task at a time may use the"
        " reserves; a protected one forbids the kill. (2.6.20 itself signals the victim once for each sharer, and no"
        " sharer: a slip.)"
    ),
    source=(
        "Linux 2.6.20, mm/page_alloc.c __alloc_pages(), b43a57bb4da; mm/oom_kill.c oom_kill_task(), f2a2a7108aa, and"
        " 650a7c974f1 and 35ae834fa02 (2.6.21) on sharers"
    ),
    hangs=("L1", "L3", "L6"),
)

ZONE_LOCK = V2_6_20.replace(
    name="zone-lock-2.6.24",
    recheck=("under_gate",),
    gate="zonelist_trylock",
    gate_life="attempt_and_pause",
    refused="sleep_tick",
    constrained="kill_current_if_mempolicy",
    exiting_victim="marked_after_report",
    report="on_kill",
    report_lock="tasklist",
    mutex="no",
    costly_orders="fail",
    memcg="scan",
    memcg_passes=6,
    about=(
        "2.6.24 to 2.6.35, David Rientjes: a bit for each zone, all zones of the request or none, taken before the"
        " recheck and given back after the killer's tick. It orders the killers, but the victim's memory isn't waited"
        " for: while a huge mm is torn down the next one dies. A cpuset doesn't narrow the zonelist. (From 2.6.26 on no"
        " mempolicy does either, so that there is one gate for all: gate=trylock.)"
    ),
    source="Linux 2.6.24, mm/oom_kill.c try_set_zone_oom(); 098d7f128a4, ff0ceb9deb6, ae74138da60",
    windows=("W1", "W2", "W3", "W4", "W7", "W9"),
    hangs=("L1", "L3", "L6", "L10"),
)

BADNESS = ZONE_LOCK.replace(
    name="badness-2.6.36",
    guard="reclaimable",
    gate="trylock",
    memcg="group_lock",
    limiter="window",
    memdie_until="reaped",
    constrained="scan_inside",
    scan="leaders",
    selector="rss_permille",
    child_first="best",
    sharers="spare",
    killer_sleep="tick_if_killed",
    victim_runs="first",
    self_mark="signalled",
    drain=("after_progress",),
    costly_orders="nofail_kills",
    about=(
        "2.6.36 to 2.6.38: badness rewritten as rss in permille of memory plus oom_score_adj, leaders only. A marked"
        " leader stops every scan until its parent reaps it; other groups on its mm are left alone. A dying current"
        " marks itself instead of killing."
    ),
    source=(
        "Linux 2.6.36, mm/oom_kill.c oom_badness(), select_bad_process(); "
        "9ee493ce0a6 for drain, 4365a5676fa3 (2.6.33) for __GFP_NOFAIL"
    ),
    windows=("W1", "W2", "W3", "W7"),
    hangs=("L1", "L3", "L6", "L11", "L12"),
)

RCU_SCAN = BADNESS.replace(
    name="rcu-scan-3.16",
    retry="at_once",
    memdie_until="exit_state",
    exiting_victim="marked",
    unkillable="gives_up",
    report_lock="none",
    scan="threads",
    selector="rss_adj_root",
    ties="leader",
    signal="group",
    victim_runs="in_turn",
    self_mark="yes",
    core_dump="interrupted",
    sharers="kill_unless_protected",
    about=(
        "2.6.39 to 4.1, as of 3.16: all threads are scanned under RCU; a marked one stops the scan until it is a"
        " zombie. The whole group is signalled at once, one thread is marked; sharers die too unless protected. (3.0"
        " still scores in permille and signals one thread.)"
    ),
    source="Linux 3.16, mm/oom_kill.c oom_scan_process_thread(), oom_kill_process()",
    windows=("W1", "W2", "W3", "W7"),
    hangs=("L1", "L3", "L6", "L12"),
)

OOM_LOCK = RCU_SCAN.replace(
    name="oom-lock-4.2",
    memdie_until="mm_put",
    core_dump="discounted",
    memcg="group_and_oom_lock",
    memcg_passes=7,
    about=(
        "4.2 to 4.5: one global mutex, only tried, held over the killer's tick (a memory cgroup's ask waits for it)."
        " The mark goes in exit_mm(), after the thread's own mmput(): if it wasn't the last user, the memory is still"
        " held."
    ),
    source="Linux 4.2, mm/page_alloc.c __alloc_pages_may_oom(), kernel/exit.c exit_mm()",
    windows=("W1", "W2", "W3", "W7"),
    hangs=("L1", "L3", "L6", "L12"),
)

REAPER = OOM_LOCK.replace(
    name="reaper-4.6",
    abort_on=("memdie",),
    reaper="clears_mark",
    reaper_pins="yes",
    about=(
        "4.6 to 4.8, Michal Hocko: a kernel thread gives back the victim's anonymous memory at once, ten tries of 100"
        " ms if its mmap_sem is held. Success clears the mark, so the next kill may come; after ten failures the mark"
        " stays for ever. (From 4.7 on sixteen passes without progress lead here, and no guard: passes=16, guard=none.)"
    ),
    source="Linux 4.6, mm/oom_kill.c oom_reap_task(), MAX_OOM_REAP_RETRIES",
    windows=("W1", "W7", "W10", "W11", "W12", "W14"),
    hangs=("L1", "L6"),
)

SKIP = REAPER.replace(
    name="skip-4.10",
    passes=16,
    guard="none",
    abort_on=("victim_mm",),
    scan="leaders",
    sharers="kill",
    reaper="skips",
    reaper_lock="yes",
    costly_orders="fail",
    about=(
        "4.9 to 4.13: the victim is its mm, and MMF_OOM_SKIP, set when the mm is freed or when the reaper is done or"
        " gives up after a second, ends the wait. The reaper holds oom_lock. Sixteen passes without progress lead here"
        " (from 4.12 on seventeen: passes=17)."
    ),
    source=(
        "Linux 4.10, mm/oom_kill.c oom_evaluate_task(), mm/page_alloc.c should_reclaim_retry(); "
        "9a67f6488eca (4.11) on __GFP_NOFAIL"
    ),
    windows=("W1", "W7", "W11", "W12", "W13"),
    hangs=(),
)

ALLOC_OOM = SKIP.replace(
    name="alloc-oom-4.14",
    passes=17,
    mark="group",
    reserves="half",
    starved="reclaims",
    reaper_pins="no",
    skip_at="before_last_batch",
    costly_orders="nofail_loops",
    about=(
        "4.14 to 4.18: all threads of the victim may use half of the reserves (ALLOC_OOM), none may use the rest, and"
        " where they have nothing go through reclaim once more before they may fail (4.12 on). The reaper no longer"
        " pins the mm; exit_mmap() sets MMF_OOM_SKIP for it before page tables and the last batch are back. Seventeen"
        " passes without progress lead here."
    ),
    source=(
        "Linux 4.14, mm/oom_kill.c tsk_is_oom_victim(), mm/mmap.c exit_mmap(), mm/page_alloc.c should_reclaim_retry();"
        " __alloc_pages_slowpath(); cd04ae1e2dc8, 212925802454, 9a67f6488eca"
    ),
    windows=("W1", "W7", "W11", "W12", "W13", "W15"),
    hangs=(),
)

LOCKLESS = ALLOC_OOM.replace(
    name="lockless-reaper-4.19",
    gate_life="attempt",
    selector="rss_adj_floor",
    killer_sleep="none",
    reaper_lock="no",
    skip_at="before_mlocked",
    memcg="oom_lock",
    scope="memcg_group",
    about=(
        "4.19 and 4.20: the reaper no longer takes oom_lock, so it can finish between another CPU's failed check and"
        " its scan. exit_mmap() sets MMF_OOM_SKIP before the mlocked pages. The killer doesn't sleep. memory.oom.group"
        " kills a whole group."
    ),
    source=(
        "Linux 4.19, mm/oom_kill.c, mm/mmap.c exit_mmap(), mm/page_alloc.c; "
        "af5679fbc669, 9bfe5ded054b, d46078b28889 (4.17) on root"
    ),
    windows=("W1", "W7", "W11", "W12", "W13", "W14"),
    hangs=(),
)

BOOST = LOCKLESS.replace(
    name="boost-5.0",
    child_first="no",
    watermark_boost="yes",
    reclaim_retry="free_twice",
    about=(
        "5.0 to 5.17: after fragmentation every watermark stands higher until kswapd has reclaimed as much, "
        "and so does the one that the last check has to meet. Children are no longer preferred (since 2019)."
    ),
    source=(
        "Linux 5.0, mm/page_alloc.c boost_watermark(), 1c30844d2dfe; Linux 5.4, mm/oom_kill.c, bbbe48029720 on children"
    ),
    windows=("W1", "W7", "W11", "W12", "W13", "W14"),
    hangs=(),
)

MAINLINE = BOOST.replace(
    name="mainline-6",
    selector="rss_adj",
    ties="last",
    reaper_delay="2 s",
    reaper_mlocked="yes",
    mrelease="yes",
    skip_at="before_last_batch",
    memcg="lock",
    memcg_passes=18,
    about=(
        "5.18 to 6.19: the reaper comes two seconds after the kill, to give the exit a chance (robust futexes live in"
        " the memory that it takes), and takes mlocked pages too. A stuck victim holds back the next kill for two to"
        " three seconds."
    ),
    source=(
        "Linux 6.1 and 6.19, mm/oom_kill.c OOM_REAPER_DELAY, mm/mmap.c exit_mmap(), mm/page_alloc.c boost_watermark()"
    ),
    windows=("W1", "W3", "W7", "W12", "W13", "W15"),
    hangs=(),
)

DESIGNS = (
    BASELINE,
    V2_6_19,
    V2_6_20,
    ZONE_LOCK,
    BADNESS,
    RCU_SCAN,
    OOM_LOCK,
    REAPER,
    SKIP,
    ALLOC_OOM,
    LOCKLESS,
    BOOST,
    MAINLINE,
)

SYSCTLS = (
    MAINLINE.replace(
        name="oom_kill_allocating_task",
        selector="allocating_task",
        about=(
            "mainline-6 with vm.oom_kill_allocating_task=1: whoever asks dies, "
            "without a scan and without an abort test."
        ),
        source="Linux 6.1, mm/oom_kill.c out_of_memory()",
        windows=("W1", "W4", "W7"),
    ),
    MAINLINE.replace(
        name="panic_on_oom",
        panic_on_oom="yes",
        about="mainline-6 with vm.panic_on_oom=1: the run ends at the first kill decision; nobody dies alone.",
        source="Linux 6.1, mm/oom_kill.c check_panic_on_oom()",
    ),
    MAINLINE.replace(
        name="bpf",
        selector="largest_rss",
        abort_test="if_nobody",
        swapoff="as_any",
        about=(
            "Where a BPF handler of the 2025 proposal sits: in out_of_memory(), under oom_lock, just before the"
            " native selection, which runs only if the handler frees nothing. This one takes the largest rss, whatever"
            " oom_score_adj says short of -1000. The kernel's abort test is a part of its selection, so a victim that"
            " is dying keeps this handler from no second kill; the reaper stays the kernel's."
        ),
        source='Roman Gushchin, "mm: BPF OOM", v2, October 2025 (out_of_memory(), bpf_oom_kill_process())',
        windows=("W1", "W3", "W7", "W9", "W12", "W13", "W15"),
    ),
)
