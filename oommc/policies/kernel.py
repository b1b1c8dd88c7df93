"""The kernel's line, 2006: each design is a row, and each row says where it differs from the one that it came from."""

from .policy import Policy

BASELINE = Policy(
    name="baseline",
    about=(
        "Linux 2.6.17 as it was: the last try at pages_high fails with no lock held, then the report is printed, the"
        " cpuset mutex is waited for and the task list scanned. A victim that is gone by then (PF_DEAD) no longer"
        " stops the scan, and a second process dies although the memory is back."
    ),
    source="Linux 2.6.17, mm/page_alloc.c __alloc_pages() and mm/oom_kill.c",
)

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
)

PATCHED = SERIALIZE_V1.replace(
    name="patched",
    recheck=("under_gate",),
    about=(
        "The patch: the bit is taken before the last allocation try. If a failed try leads to a kill, it failed"
        " after every earlier victim had cleaned out its mm_struct. Who finds the bit taken tries again at once."
    ),
    source='Dave Peterson, "[PATCH] mm: avoid unnecessary OOM kills", 18 May 2006, against 2.6.17-rc4-mm1',
)

PATCHED_TRY2 = PATCHED.replace(
    name="patched-try2",
    refused="sleep_tick",
    about="The patch's second and third posting: who finds a kill in progress sleeps one tick instead of spinning.",
    source=(
        'Dave Peterson, "[PATCH (try #2)] mm: avoid unnecessary OOM kills", 22 May 2006,'
        " <200605222143.k4MLhs2w021071>; the semaphore around the flag is held for an instant only"
    ),
)

PATCHED_TRY4 = BASELINE.replace(
    name="patched-try4",
    recheck=("under_gate",),
    gate="semaphore",
    gate_test="memdie",
    refused="queue",
    about=(
        "The patch's last posting: no bit in the mm. Under a semaphore, any thread of the task list that still has"
        " TIF_MEMDIE (until its parent reaps it) means a kill in progress; the kill itself happens under the"
        " semaphore, as in 2.6.17."
    ),
    source='Dave Peterson, "[PATCH (try #4)] mm: avoid unnecessary OOM kills", 30 May 2006, '
    "<200605302235.k4UMZ4ok005150>",
)

PATCHED_TIMEOUT = PATCHED_TRY2.replace(
    name="patched-timeout",
    timeout="10 s",
    about=(
        "The patch with sleeping losers and a way out: 10 s after its kill a victim no longer closes the gate, aborts"
        " a scan or can be chosen, and the next one dies. Bounds the hang in which the victim waits for a lock whose"
        " holder waits for memory."
    ),
    source="the patch with the timeout of Andrea Arcangeli's series of 2007 (10*HZ)",
)

KERNEL = (BASELINE, SERIALIZE_V1, PATCHED, PATCHED_TRY2, PATCHED_TRY4, PATCHED_TIMEOUT)
