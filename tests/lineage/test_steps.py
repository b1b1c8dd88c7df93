"""Each design's steps, worked out by hand: one schedule through allocator, OOM path and the victim's end.

The clockwork world with a report of 1 ms. Free is 100 pages when the hog asks for 199 at 2 ms: a pass of 100
us, and it comes to the OOM path at 2.1 ms. Its check fails; a report and a scan of three tasks (3 us) later,
in whatever order, it is shot at 3.103 ms. Marked, it doesn't sleep; a page from the reserves ends its ask,
and 3 ms later, at 6.103, it lets go of its mm. 20 batches: 500 pages more are back at 6.603, 500 at 7.103,
the last at 15.803; PF_DEAD at 16.803 ms.

`late` asks for 700 at 4 ms and is at the OOM path at 4.1: it has 499 of the first batch and the rest of the second. How
it waits, and what it does meanwhile, is what the designs differ in. In 4.10 sixteen passes come first: the hog's check
fails at 3.6, it is shot at 4.603, `late` comes at 5.6 ms; with seventeen, later on, at 3.7, 4.703 and 5.7.
"""

import pytest
from worlds import GONE, both, clockwork, daemon, hog, late, story

from oommc.policies import groups, registry

WALK = clockwork(hog(), daemon(), late("4 ms"), latency={"report": "1 ms"})
STEPS = (
    "gate",
    "refused",
    "recheck",
    "report",
    "aborted",
    "kill",
    "duplicate",
    "marks itself",
    "panic",
    "parked",
    "exit_mmap",
    "cleaned out",
    "gate opens",
    "dead",
    "granted",
    "reaper",
    "reaped",
)


def at(time: int, who: str | None, *steps: str) -> list[tuple]:
    """Steps of one instant (µs)."""
    return [(time, step, who) for step in steps]


def inserted(steps: list[tuple], loop: list[tuple]) -> list[tuple]:
    """A loop of retries among other steps."""
    return sorted(steps + loop, key=lambda step: step[0])


HOG_GOES = at(15_803, "hog", "cleaned out") + at(16_803, "hog", "dead")
OPENS_WITH_THE_MM = at(15_803, "hog", "cleaned out", "gate opens") + at(16_803, "hog", "dead")
DAEMON_DIES = at(10_103, "daemon", "exit_mmap") + at(10_304, "daemon", "cleaned out") + at(11_304, "daemon", "dead")
UNDER_THE_BIT = at(2_100, "hog", "gate", "recheck", "report") + at(3_103, "hog", "kill")
UNDER_A_LOCK = at(2_100, "hog", "gate", "recheck") + at(2_103, "hog", "report") + at(3_103, "hog", "kill", "gate opens")
SEVENTEEN = at(3_700, "hog", "gate", "recheck") + at(3_703, "hog", "report") + at(4_703, "hog", "kill", "gate opens")
REAPED = at(7_703, "hog", "exit_mmap") + at(14_903, "hog", "cleaned out") + at(15_903, "hog", "dead")

TRACES: dict[str, list[tuple]] = {
    # No gate; the report comes first. Each tick `late` fails, reports, scans, meets the mark, and sleeps: it
    # has been back from its scan at 7.103 for a moment when the second batch is, and sees it at 8 ms.
    "baseline": at(2_100, "hog", "recheck", "report")
    + at(3_103, "hog", "kill")
    + at(4_100, "late", "recheck", "report")
    + at(5_103, "late", "aborted")
    + at(6_100, "late", "recheck", "report")
    + at(6_103, "hog", "exit_mmap")
    + at(7_103, "late", "aborted")
    + at(8_000, "late", "granted")
    + HOG_GOES,
    # The same, but at 7.103 the hog has no mm any more: the scan doesn't see it, and the daemon dies.
    "2.6.19": at(2_100, "hog", "recheck", "report")
    + at(3_103, "hog", "kill")
    + at(4_100, "late", "recheck", "report")
    + at(5_103, "late", "aborted")
    + at(6_100, "late", "recheck", "report")
    + at(6_103, "hog", "exit_mmap")
    + at(7_103, "daemon", "kill")
    + at(8_000, "late", "granted")
    + DAEMON_DIES
    + HOG_GOES,
    # The check, then the bit: `late` fails and is refused every 100 us from 4.1 on. The checks at 6.7 and 7.2 pass.
    "serialize-v1": inserted(
        at(2_100, "hog", "recheck", "gate", "report")
        + at(3_103, "hog", "kill")
        + at(6_103, "hog", "exit_mmap")
        + at(6_700, "late", "recheck")
        + at(7_200, "late", "recheck", "granted")
        + OPENS_WITH_THE_MM,
        [
            step
            for time in (*range(4_100, 6_700, 100), *range(6_800, 7_200, 100))
            for step in at(time, "late", "recheck", "refused")
        ],
    ),
    # The bit, then the check. Refused at 7.2 for the last time, `late` has its page at LOW at once.
    "patched": inserted(
        UNDER_THE_BIT + at(6_103, "hog", "exit_mmap") + OPENS_WITH_THE_MM,
        [step for time in range(4_100, 7_300, 100) for step in at(time, "late", "refused")]
        + at(7_200, "late", "granted"),
    ),
    # Refused, `late` sleeps to the tick.
    "patched-try2": UNDER_THE_BIT
    + at(4_100, "late", "refused")
    + at(5_100, "late", "refused")
    + at(6_100, "late", "refused")
    + at(6_103, "hog", "exit_mmap")
    + at(7_100, "late", "refused")
    + at(8_000, "late", "granted")
    + OPENS_WITH_THE_MM,
    # Refused, `late` sleeps until the hog's last page is back, though there was enough for it from 7.103 on.
    "patched-wait": UNDER_THE_BIT
    + at(4_100, "late", "refused")
    + at(6_103, "hog", "exit_mmap")
    + at(15_803, "hog", "cleaned out", "gate opens")
    + at(15_803, "late", "granted")
    + at(16_803, "hog", "dead"),
    # A semaphore, given back after the kill; under it the hog's mark is met before any check.
    "patched-try4": UNDER_THE_BIT
    + at(3_103, "hog", "gate opens")
    + at(4_100, "late", "gate", "aborted", "gate opens")
    + at(5_100, "late", "gate", "aborted", "gate opens")
    + at(6_100, "late", "gate", "aborted", "gate opens")
    + at(6_103, "hog", "exit_mmap")
    + at(7_100, "late", "gate", "aborted", "gate opens")
    + at(8_000, "late", "granted")
    + HOG_GOES,
    # `late` sleeps at its page fault until the kill is over, and has its page without a pass.
    "dave-2006-experiment": UNDER_THE_BIT
    + at(4_000, "late", "parked")
    + at(6_103, "hog", "exit_mmap")
    + at(15_803, "hog", "cleaned out", "gate opens")
    + at(15_803, "late", "granted")
    + at(16_803, "hog", "dead"),
    # The reaper's second batch is back at 4.103, its last at 12.803. It holds an mm_users: the hog is dead before,
    # and the end of the mm is the reaper's.
    "patched-reaper": UNDER_THE_BIT
    + at(3_103, None, "reaper")
    + at(4_100, "late", "refused")
    + at(5_000, "late", "granted")
    + at(7_103, "hog", "dead")
    + at(12_803, None, "reaped", "gate opens", "cleaned out"),
    # Bit, check, scan, report, kill; the bit is held over the tick after an aborted scan, too. At 6.103 the
    # hog lets go of its mm just before the scan ends: not seen, the daemon dies a report later.
    "zone-lock-2.6.24": UNDER_A_LOCK
    + at(4_100, "late", "gate", "recheck")
    + at(4_103, "late", "aborted")
    + at(5_000, "late", "gate opens")
    + at(5_100, "late", "gate", "recheck")
    + at(5_103, "late", "aborted")
    + at(6_000, "late", "gate opens")
    + at(6_100, "late", "gate", "recheck")
    + at(6_103, "hog", "exit_mmap")
    + at(6_103, "late", "report")
    + at(7_103, "daemon", "kill")
    + at(8_000, "late", "gate opens", "granted")
    + DAEMON_DIES
    + HOG_GOES,
    # After an aborted scan nobody sleeps: a pass and a scan, 103 us, again and again. The checks at 6.675 and, after a
    # pass and four times 103 us, at 7.187 pass.
    "badness-2.6.36": inserted(
        UNDER_A_LOCK
        + at(6_103, "hog", "exit_mmap")
        + at(6_675, "late", "gate", "recheck", "gate opens")
        + at(7_187, "late", "gate", "recheck", "gate opens", "granted")
        + HOG_GOES,
        [
            step
            for time in (*range(4_100, 6_675, 103), *range(6_775, 7_187, 103))
            for step in at(time, "late", "gate", "recheck") + at(time + 3, "late", "aborted", "gate opens")
        ],
    ),
    # The reaper begins with the kill; its second batch is back at 4.103, and the check at 4.203 passes.
    "reaper-4.6": UNDER_A_LOCK
    + at(3_103, None, "reaper")
    + at(4_100, "late", "gate", "recheck")
    + at(4_103, "late", "aborted", "gate opens")
    + at(4_203, "late", "gate", "recheck", "gate opens", "granted")
    + at(7_103, "hog", "dead")
    + at(12_803, None, "reaped", "cleaned out"),
    # The reaper holds the lock, and an mm_users: the hog is dead at 8.603 ms. `late` has all before its
    # sixteen passes are over.
    "skip-4.10": at(3_600, "hog", "gate", "recheck")
    + at(3_603, "hog", "report")
    + at(4_603, "hog", "kill", "gate opens")
    + at(4_603, None, "reaper")
    + at(5_700, "late", "granted")
    + at(8_603, "hog", "dead")
    + at(14_303, None, "reaped", "gate opens", "cleaned out"),
    # One more check, at MIN, between selection and report. The second batch, back at 5.703, is enough.
    "recheck-after-selection-2017": at(3_700, "hog", "gate", "recheck")
    + at(3_703, "hog", "recheck", "report")
    + at(4_703, "hog", "kill", "gate opens")
    + at(4_703, None, "reaper")
    + at(5_800, "late", "granted")
    + at(8_703, "hog", "dead")
    + at(14_403, None, "reaped", "gate opens", "cleaned out"),
    # The reaper holds the lock, but no mm_users: exit_mmap() takes over at 7.703, and the lock is free.
    "alloc-oom-4.14": SEVENTEEN
    + at(4_703, None, "reaper")
    + at(5_800, "late", "granted")
    + at(7_703, None, "gate opens")
    + REAPED,
    # The reaper doesn't hold it. At 7.703 it has taken 2,500 pages; 7,200 are left.
    "lockless-reaper-4.19": SEVENTEEN + at(4_703, None, "reaper") + at(5_800, "late", "granted") + REAPED,
    # The reaper would come at 2,004.703 ms. Seventeen passes lie between two checks; the second batch is back at 8.703.
    "mainline-6": SEVENTEEN
    + at(5_700, "late", "gate", "recheck")
    + at(5_703, "late", "aborted", "gate opens")
    + at(7_403, "late", "gate", "recheck")
    + at(7_406, "late", "aborted", "gate opens")
    + at(7_703, "hog", "exit_mmap")
    + at(8_706, "late", "granted")
    + at(17_403, "hog", "cleaned out")
    + at(18_403, "hog", "dead"),
    # The handler chooses the hog again, which is dying (task_will_free_mem()): no kill, and no report.
    "bpf": SEVENTEEN
    + at(5_700, "late", "gate", "recheck")
    + at(5_703, "hog", "marks itself")
    + at(5_703, "late", "gate opens")
    + at(7_403, "late", "gate", "recheck")
    + at(7_406, "hog", "marks itself")
    + at(7_406, "late", "gate opens")
    + at(7_703, "hog", "exit_mmap")
    + at(8_706, "late", "granted")
    + at(17_403, "hog", "cleaned out")
    + at(18_403, "hog", "dead"),
    # The check before the lock, which is held over the tick; under it, before all else, the bit.
    "timeout-2007": at(2_100, "hog", "recheck", "gate", "report")
    + at(3_103, "hog", "kill", "gate opens")
    + at(4_100, "late", "recheck", "gate", "aborted")
    + at(5_000, "late", "gate opens")
    + at(5_100, "late", "recheck", "gate", "aborted")
    + at(6_000, "late", "gate opens")
    + at(6_100, "late", "recheck", "gate", "aborted")
    + at(6_103, "hog", "exit_mmap")
    + at(7_000, "late", "gate opens")
    + at(7_100, "late", "recheck", "gate", "aborted")
    + at(8_000, "late", "gate opens", "granted")
    + HOG_GOES,
    # No scan, and no abort: `late` shoots itself, and leaves with a page from the reserves.
    "oom_kill_allocating_task": at(3_700, "hog", "gate", "recheck", "report")
    + at(4_700, "hog", "kill", "gate opens")
    + at(5_700, "late", "gate", "recheck", "report")
    + at(6_700, "late", "kill", "gate opens", "granted")
    + at(7_700, "hog", "exit_mmap")
    + at(9_700, "late", "exit_mmap")
    + at(9_701, "late", "cleaned out")
    + at(10_701, "late", "dead")
    + at(17_400, "hog", "cleaned out")
    + at(18_400, "hog", "dead"),
    "panic_on_oom": at(3_700, "hog", "gate", "recheck") + at(3_703, "hog", "panic"),
}
AS = {
    "2.6.20": "2.6.19",  # nobody shares the hog's mm, nobody loops in reclaim
    "patched-cpuset": "patched",  # there is but one node
    "patched-pin-age": "patched",  # nobody pins the mm
    "patched-low": "patched",  # the only check that is made fails at LOW, too
    "patched-drained": "patched",  # without per-CPU lists
    "patched-timeout": "patched-try2",  # nobody waits so long
    "rcu-scan-3.16": "badness-2.6.36",  # what sets them apart is the victim's end: see below
    "oom-lock-4.2": "badness-2.6.36",
    "panic-2015": "badness-2.6.36",  # nobody waits so long
    "reserves-2015": "badness-2.6.36",
    "boost-5.0": "lockless-reaper-4.19",  # without fragmentation
    "expiry-2018": "lockless-reaper-4.19",
}


def walk(policy):
    """The steps of a walk, but for the hog's page from the reserves."""
    return [step for step in story(WALK, policy, *STEPS) if step[1:] != ("granted", "hog")]


@pytest.mark.parametrize("policy", TRACES)
def test_steps(policy):
    assert walk(policy) == TRACES[policy]


@pytest.mark.parametrize("policy", AS)
def test_designs_that_walk_alike(policy):
    assert walk(policy) == TRACES[AS[policy]]


@pytest.mark.parametrize("policy", groups["kernel"])
def test_the_core_counts_the_same_steps(policy):
    """Kills, refusals and aborted scans, as the trace has them."""
    record = both(WALK, policy)
    steps = [what for _, what, _ in TRACES[AS.get(policy, policy)]]
    assert record["kills"] == steps.count("kill")
    assert record["refused"] == steps.count("refused")
    assert record["aborted"] == steps.count("aborted")


def test_every_kernel_policy_has_a_trace():
    assert {*TRACES, *AS} == set(groups["kernel"])


TICKS = ["baseline", "serialize-v1", "patched", "patched-try2", "timeout-2007"]
ENDS = dict.fromkeys(TICKS, 35_004) | {
    "patched-try4": 65_003,
    "2.6.19": 5_004,
    "2.6.20": 5_004,
    "zone-lock-2.6.24": 5_004,
    "badness-2.6.36": 64_704,
    "rcu-scan-3.16": 34_704,
    "oom-lock-4.2": 14_704,
    "reaper-4.6": 14_704,
    "skip-4.10": 14_738,
    "alloc-oom-4.14": 14_520,
    "lockless-reaper-4.19": 14_720,
    "boost-5.0": 14_720,
    "mainline-6": 14_520,
}


@pytest.mark.parametrize("policy", ENDS)
def test_the_instant_from_which_a_victim_counts_as_gone(policy):
    """What each design takes for the end of a kill, seen by the next one.

    The hog, shot at 2.004 ms (a pass takes 1 us, a report nothing), lets go of its mm at 5.004, whose last page is back
    at 14.704; its tail takes 20 ms, PF_DEAD at 34.704, and its parent reaps it at 64.704. Its mm is locked: no reaper.
    `late`, whom nobody may kill, wants 9,850 pages, more than all that. So the daemon dies as soon as the hog no longer
    counts:

    * mm = NULL, 5.004: seen by a scan that ends just then;
    * its own mmput() is over, 14.704; with sixteen passes (the hog is 15 us later) `late` has the last pages at
      14.719, and sixteen passes and a scan later finds that out; with seventeen (14.720) it scans each 20 us since the
      batch before, at 14.220, and finds it at once; where MMF_OOM_SKIP comes before the last batch, 200 us earlier;
    * exit_state or PF_DEAD, 34.704: at once where aborted scans don't sleep, else after the tick at 35;
    * reaped, 64.704: the same; two tasks are left to scan after the tick at 65.
    """
    exit_ = GONE | {"tail": "20 ms", "unreaped": {"p": 1, "delay": "30 ms"}, "mmap_lock": {"p": 1}}
    latency = {"report": 0, "reclaim_pass": "1 us"}
    world = clockwork(
        hog(exit=exit_), daemon(), late("4 ms", chunk=9850, oom_adj=-17, oom_score_adj=-1000), latency=latency
    )
    later = registry[policy].passes - 1
    kills = story(world, policy, "kill")
    assert kills[:2] == [(2_004 + later, "kill", "hog"), (ENDS[policy], "kill", "daemon")]
