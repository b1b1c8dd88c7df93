"""What was proposed and not merged, from the patch of 2006 on, and what could have been tried against it."""

from .kernel import BASELINE, LOCKLESS, OOM_LOCK, SKIP, V2_6_20
from .policy import Policy

SERIALIZE_V1 = BASELINE.replace(
    name="serialize-v1",
    gate="flag",
    gate_life="victim",
    refused="spin",
    limiter="none",
    signal="all_sharers",
    mark="all_sharers",
    about=(
        "The first try: a bit that says that a kill is in progress, given back when the victim's mm_struct has been"
        " cleaned out. The last try still comes before the bit is tried, so a thread that failed it, was preempted,"
        " and finds the bit free again kills on stale news."
    ),
    source='Dave Peterson, "[PATCH 1/2] mm: serialize OOM kill operations", 25 April 2006, <200604251701.31899>',
    windows=("W1", "W7"),
    hangs=("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10"),
)

PATCHED = SERIALIZE_V1.replace(
    name="patched",
    recheck=("under_gate",),
    about=(
        "The patch: the bit is taken before the last allocation try. If a failed try leads to a kill, it failed"
        " after every earlier victim had cleaned out its mm_struct. Who finds the bit taken tries again at once."
    ),
    source='Dave Peterson, "[PATCH] mm: avoid unnecessary OOM kills", 18 May 2006, against 2.6.17-rc4-mm1',
    windows=("W7",),
    hangs=("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10"),
)

PATCHED_TRY2 = PATCHED.replace(
    name="patched-try2",
    refused="sleep_tick",
    about=(
        "The patch's second and third posting: who finds a kill in progress sleeps one tick instead of spinning. (The"
        " third has the limit on reports back.)"
    ),
    source=(
        'Dave Peterson, "[PATCH (try #2)] mm: avoid unnecessary OOM kills", 22 May 2006,'
        " <200605222143.k4MLhs2w021071>; the semaphore around the flag is held for an instant only"
    ),
    windows=("W7",),
    hangs=("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L10"),
)

PATCHED_TRY4 = BASELINE.replace(
    name="patched-try4",
    recheck=("under_gate",),
    gate="semaphore",
    gate_test="memdie",
    refused="queue",
    memdie_until="reaped",
    about=(
        "The patch's last posting: no bit in the mm. Under a semaphore, any thread of the task list that still has"
        " TIF_MEMDIE (until its parent reaps it) means a kill in progress; the kill itself happens under the"
        " semaphore, as in 2.6.17."
    ),
    source='Dave Peterson, "[PATCH (try #4)] mm: avoid unnecessary OOM kills", 30 May 2006, '
    "<200605302235.k4UMZ4ok005150>",
    windows=("W3", "W5", "W7"),
    hangs=("L1", "L2", "L3", "L4", "L5", "L6", "L10", "L11"),
)

PATCHED_TIMEOUT = PATCHED_TRY2.replace(
    name="patched-timeout",
    timeout="10 s",
    about=(
        "The patch with sleeping losers and a way out: 10 s after its kill a victim no longer closes the gate, aborts"
        " a scan or can be chosen, and the next one dies. Bounds the hang in which the victim waits for a lock whose"
        " holder waits for memory; but not a scan that PF_EXITING stops, as where a crash takes long to dump its core."
        " Nor does it help a request without __GFP_FS: 2.6.17 sends it round reclaim without a look at free memory."
    ),
    source="the patch with the timeout of Andrea Arcangeli's series of 2007 (10*HZ); mm/page_alloc.c, do_retry, 2.6.17",
    windows=("W7", "timeout"),
    hangs=("L2", "L5", "L6"),
)

EXPERIMENT = PATCHED.replace(
    name="dave-2006-experiment",
    killer_sleep="none",
    loopers="reserves",
    park="yes",
    about=(
        "What Dave Peterson tried beside the patch: while a kill is in progress every looping allocation ignores the"
        " watermarks, so that holders of locks get out, and new page faults sleep where they hold no lock."
    ),
    source="Dave Peterson, 28 April 2006, <200604281459.27895>; never posted for merging",
    windows=("W7",),
    hangs=("L2", "L3", "L7", "L8", "L10"),
)

TIMEOUT_2007 = V2_6_20.replace(
    name="timeout-2007",
    gate="trylock",
    gate_life="attempt_and_pause",
    gate_test="memdie",
    refused="spin",
    abort_on=("memdie",),
    memdie_until="exit_state",
    timeout="10 s",
    about=(
        "Andrea Arcangeli's series: out_of_memory() is only tried, over the killer's tick; a bit set with the mark,"
        " and cleared in the victim's exit_notify(), keeps everybody from killing, but for ten seconds at most."
    ),
    source="Andrea Arcangeli, June and August 2007, <9bf6a66eab3c52327daa.1187786936>; not merged",
    windows=("W1", "W2", "W3", "W7", "timeout"),
    hangs=("L9",),
)

PANIC_2015 = OOM_LOCK.replace(
    name="panic-2015",
    timeout="10 s",
    on_timeout="panic",
    about=(
        "Michal Hocko, and with it Tetsuo Handa: a victim that isn't gone in time panics the machine. After that and a"
        " reboot it works again, which is more predictable than killing one after the other, each perhaps as stuck as"
        " the first. (10 s here: the sysctl has no default.)"
    ),
    source=(
        'Michal Hocko, "[RFC] panic_on_oom_timeout", 9 June 2015, <20150609170310.GA8990@dhcp22.suse.cz>; Tetsuo Handa,'
        " memdie_task_panic_secs, <201505232339.DAB00557.VFFLHMSOJFOOtQ@I-love.SAKURA.ne.jp>; not merged"
    ),
    windows=OOM_LOCK.windows,
    hangs=(),
)

RESERVES_2015 = OOM_LOCK.replace(
    name="reserves-2015",
    timeout="5 s",
    on_timeout="reserves",
    about=(
        "David Rientjes: five seconds after its kill a victim is taken to wait for somebody who waits for memory, and"
        " every allocation that may call the killer may use the reserves until it is gone. Refused: many who wait may"
        " use them up, and then nothing helps; GFP_NOFS, which often holds the lock, gets none."
    ),
    source=(
        'David Rientjes, "[patch -mm] mm, oom: add global access to memory reserves on livelock", 20 August 2015,'
        " <alpine.DEB.2.10.1508201358490.607@chino.kir.corp.google.com>; not merged"
    ),
    windows=OOM_LOCK.windows,
    hangs=("L3", "L6", "L12"),
)

RECHECK_2017 = SKIP.replace(
    name="recheck-after-selection-2017",
    passes=17,
    starved="reclaims",
    costly_orders="nofail_loops",
    recheck=("under_gate", "after_selection"),
    about=(
        "Tetsuo Handa: one more try after the victim has been selected, just before the kill, at the normal watermark."
        " Refused: out of memory isn't a steady state, and a later check makes kills depend on the time of selection."
    ),
    source='Tetsuo Handa, "mm,oom: Try last second allocation after selecting an OOM victim", 2017; not merged',
    windows=("W11", "W12", "W13"),
    hangs=(),
)

EXPIRY_2018 = LOCKLESS.replace(
    name="expiry-2018",
    reaper="helps",
    reaper_attempts=1_000_000,
    skip_at="freed",
    timeout="1 s",
    about=(
        "David Rientjes: MMF_OOM_SKIP only when exit_mmap() has really freed everything, or one second after the kill;"
        " the reaper goes on trying meanwhile. Rare livelocks against fewer needless kills."
    ),
    source='David Rientjes, "mm, oom: fix unnecessary killing of additional processes", 2018; not merged',
    windows=("W1", "W7", "W12", "timeout"),
    hangs=(),
)

_COMBINATIONS = (
    PATCHED.replace(
        name="patched-cpuset",
        gate="node_trylock",
        about=(
            "The patch with a bit for each node instead of one for the machine: a kill in one cpuset stops no other's."
        ),
        hangs=("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9"),
    ),
    PATCHED.replace(
        name="patched-pin-age",
        pin_age="1 s",
        about=(
            "The patch, whose gate opens with the last mmput(), or one second after the victim's own threads have let"
            " go of the mm: a reader of /proc, or init, may hold it for ever, but no longer stands in everybody's way"
            " (L7, L8)."
        ),
        hangs=("L1", "L2", "L3", "L4", "L5", "L6", "L9", "L10"),
    ),
    PATCHED.replace(
        name="patched-low",
        recheck_mark="low",
        about="The patch with the last try at pages_low instead of pages_high, as Nick Piggin proposed on 23 May 2006.",
        hangs=PATCHED.hangs,
    ),
    PATCHED.replace(
        name="patched-drained",
        drain=("last_try",),
        about="The patch with every per-CPU list given back before the last try, so that it sees all that is free.",
        hangs=PATCHED.hangs,
    ),
    PATCHED.replace(
        name="patched-wait",
        refused="wait",
        about=(
            "The patch, whose losers sleep until the victim is gone. Andrew Morton on 27 April 2006: the right thing"
            " would be to block all comers until then, but memory may come free otherwise, and who sleeps may hold the"
            " lock that the victim needs: a showstopper."
        ),
        hangs=PATCHED_TRY2.hangs,
    ),
    PATCHED_TRY2.replace(
        name="patched-reaper",
        gate_opens="skip",
        abort_on=("victim_mm",),
        mmless="skipped",
        reaper="skips",
        reaper_pins="yes",
        about="The patch with sleeping losers and the oom_reaper of 4.10: the gate opens at MMF_OOM_SKIP.",
        hangs=("L5", "L6"),
    ),
)
COMBINATIONS = tuple(
    policy.replace(source="a free combination of mechanisms, not a kernel", windows=("W7",)) for policy in _COMBINATIONS
)

PATCHES_2006 = (SERIALIZE_V1, PATCHED, PATCHED_TRY2, PATCHED_TRY4, PATCHED_TIMEOUT, EXPERIMENT)
LATER = (TIMEOUT_2007, PANIC_2015, RESERVES_2015, RECHECK_2017, EXPIRY_2018)

BOUNDS = (
    Policy(
        name="oracle",
        selector="oracle",
        rebalance="sees_mark",
        exiting_victim="marked",
        swapoff="as_any",
        memcg="lock",
        child_first="no",
        constrained="scan_inside",
        mmless="skipped",
        report="never",
        mutex="no",
        signal="all_sharers",
        mark="all_sharers",
        killer_sleep="none",
        on_no_victim="retry",
        about=(
            "Knows all memory in flight: it kills only where none of it would do, takes the mm with the most pages on"
            " the ask's nodes, and the pages are back at once. What no policy can be better than."
        ),
        source="a bound, not a kernel",
    ),
    Policy(
        name="never",
        selector="nobody",
        rebalance="sees_mark",
        swapoff="as_any",
        memcg="lock",
        constrained="scan_inside",
        report="never",
        mutex="no",
        on_no_victim="retry",
        about="Kills nobody: tries again each tick. What happens without an OOM killer, the bound on the other side.",
        source="a bound, not a kernel",
        hangs=("L1", "L3", "L6"),
    ),
)
