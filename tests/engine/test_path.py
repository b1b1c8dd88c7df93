"""Schedules worked out by hand, to the nanosecond, under each policy: the race that the patch is about.

The clockwork world: at 0 free is 400 pages. At 1 ms the hog takes 199, the daemon 101
(free 100: at pages_min). At 2 ms the hog asks for 199 more: a pass of 100 us without progress, and it comes to the
OOM path at 2.1 ms. Its last check fails (100 - 1 < 150). A report of 20 ms and a scan of 3 tasks (3 us) later, at
22.103 ms, it shoots itself, and takes one page from the reserves, which is enough for a killed thread. 3 ms later it
is in exit_mm(), 9,700 pages go back in 20 batches (9.7 ms): the first 500 at 25.603, the last at 34.803 ms. A tail of
1 ms: PF_DEAD at 35.803 ms.

`late` asks for 700 at 23 ms (pass until 23.1): free - 700 is at LOW only from the second batch (26.103 ms) on.
"""

import pytest
from worlds import GONE, both, clockwork, daemon, hog, late, records, story

from oommc.policies import groups, registry
from oommc.scenario import Scenario

RACE = clockwork(hog(), daemon(), late())


def test_baseline_kills_on_stale_news():
    """`late` fails its check at 23.1 and reports until 43.1 ms: the hog is PF_DEAD by then and stops no scan."""
    record = both(RACE, "baseline")
    assert story(RACE, "baseline", "recheck", "report", "kill", "cleaned out", "dead")[:8] == [
        (2100, "recheck", "hog"),
        (2100, "report", "hog"),
        (22103, "kill", "hog"),
        (23100, "recheck", "late"),
        (23100, "report", "late"),
        (34803, "cleaned out", "hog"),
        (35803, "dead", "hog"),
        (43102, "kill", "daemon"),  # two tasks are left to scan
    ]
    assert (record["kills"], record["unnecessary"], record["stale"], record["needless"]) == (2, 1, 1, 1)
    assert record["premature"] == 1
    assert record["first_oom_ns"] == 2_100_000
    # the killer sleeps to the next tick, 44 ms, and has its pages: all calm from then on
    assert record["ttr_ns"] == 44_000_000 - 2_100_000
    assert record["lost_pages"] == 9_700 + 200


def test_patched_waits_at_the_gate():
    """`late` finds the gate closed and spins, a pass of 100 us each, until the second batch is back."""
    record = both(RACE, "patched")
    assert story(RACE, "patched", "gate", "recheck", "kill", "granted", "gate opens") == [
        (2100, "gate", "hog"),
        (2100, "recheck", "hog"),
        (22103, "kill", "hog"),
        (22103, "granted", "hog"),
        (26200, "granted", "late"),
        (34803, "gate opens", "hog"),
    ]
    assert (record["kills"], record["unnecessary"], record["premature"], record["duplicates"]) == (1, 0, 0, 0)
    assert record["refused"] == 32  # at 23.1, 23.2 … 26.2 ms
    assert record["oom_calls"] == 33
    assert (
        record["spin_ns"] == 3_000_000
    )  # 30 passes, each after a refusal; at 25.7 it has 499 pages, and the next one's loop begins
    assert record["ttr_ns"] == 26_200_000 - 2_100_000


def test_try2_sleeps_instead():
    """At 23.1 refused, asleep until 24, a pass, refused at 24.1, … until the tick at 27 ms."""
    record = both(RACE, "patched-try2")
    assert story(RACE, "patched-try2", "kill", "granted") == [
        (22103, "kill", "hog"),
        (22103, "granted", "hog"),
        (27000, "granted", "late"),
    ]
    assert (record["refused"], record["spin_ns"], record["kills"]) == (4, 0, 1)


def test_try4_sees_the_mark():
    """The victim has TIF_MEMDIE and is in the list: the same ticks as try #2, but they count as aborted."""
    record = both(RACE, "patched-try4")
    assert story(RACE, "patched-try4", "kill", "granted") == [
        (22103, "kill", "hog"),
        (22103, "granted", "hog"),
        (27000, "granted", "late"),
    ]
    assert (record["refused"], record["aborted"], record["kills"]) == (0, 4, 1)


def test_the_race_of_the_first_try():
    """Preempted for 30 ms after each failed check, `late` finds the gate open at 83.1 and kills on news of 53.1 ms.

    The hog is preempted too: its report begins at 32.1, it dies at 52.103, its last page is back at 64.803 ms.
    """
    world = clockwork(hog(), daemon(), late("53 ms"), latency={"preempt": {"p": 1, "delay": "30 ms"}})
    expected = [(32100, "gate", "hog"), (52103, "kill", "hog"), (64803, "gate opens", "hog"), (83100, "gate", "late")]
    assert story(world, "serialize-v1", "gate", "kill", "gate opens")[:4] == expected
    record = both(world, "serialize-v1")
    assert (record["kills"], record["stale"], record["needless"], record["premature"]) == (2, 1, 1, 1)
    record = both(world, "patched")
    assert (record["kills"], record["unnecessary"], record["premature"]) == (1, 0, 0)


def test_without_a_tick_in_the_window_the_first_try_has_no_race():
    """Whoever fails the check tries the bit at the same instant: what a victim gives back later it isn't judged by."""
    usemem = Scenario.load("usemem")
    window = "machine.latency.preempt.window"
    never, often = (usemem.replace(window, length) for length in (0, "400 us"))
    assert sum(record["premature"] for record in records(never, "serialize-v1", 1000)) == 0
    assert sum(record["premature"] for record in records(often, "serialize-v1", 1000)) > 0


def test_impatient_and_blind():
    """Try #4 without its test kills while the victim dies: impatient; while a pin holds the victim's mm: blind."""
    from oommc.policies import registry

    hasty = registry["baseline"].replace(name="hasty", abort_on=())
    slow = {"wake": "300 ms", "tail": "1 ms"}
    world = clockwork(hog(exit=slow), daemon(), late())
    record = both(world, hasty)
    assert record["impatient"] >= 1
    assert record["blind"] == 0
    pinned = clockwork(hog(exit={**slow, "pin": {"p": 1, "delay": "600 ms"}}), daemon(), late())
    record = both(pinned, hasty)
    assert record["blind"] >= 1
    assert record["impatient"] == 0
    gone = both(pinned.replace("patience", "100 ms"), hasty)
    assert gone["unnecessary"] == 0  # nothing comes back in time


def test_a_pin_that_is_the_last_user_tears_down_and_opens_the_gate():
    """The pin goes at 22.103 + 40 ms; 9.7 ms later the mm is cleaned out, in the bystander's context."""
    world = clockwork(hog(exit={"wake": "3 ms", "tail": "1 ms", "pin": {"p": 1, "delay": "40 ms"}}), daemon(), late())
    assert story(world, "patched", "cleaned out", "gate opens", "dead") == [
        (26103, "dead", "hog"),
        (71803, "cleaned out", None),
        (71803, "gate opens", None),
    ]
    assert both(world, "patched")["kills"] == 1
    # PF_DEAD long before its pages are back: the daemon dies; `late` fails its check again at 44.1 ms, reports until
    # 64.1, and, alone in the list by then, shoots itself
    assert story(world, "baseline", "kill")[1:] == [(43102, "kill", "daemon"), (64101, "kill", "late")]


@pytest.mark.parametrize(("policy", "hangs"), [("baseline", True), ("patched", True), ("patched-timeout", False)])
def test_a_victim_that_waits_for_a_lock_of_who_waits_for_memory(policy, hangs):
    """The hang of Andrew Morton's objection (27 April 2006); only the timeout ends it, with the next kill."""
    world = clockwork(
        hog(exit={"wake": "3 ms", "tail": "1 ms", "lock": {"p": 1, "holder": "late"}}), daemon(), late()
    ).replace("horizon", "12 s")
    record = both(world, policy)
    assert (record["outcome"] == 2) is hangs
    assert record["censored"] == hangs
    assert record["kills"] == (1 if hangs else 3)  # the daemon's pages are not enough, so `late` dies too: lock free
    if hangs:
        assert record["ttr_ns"] == 12_000_000_000 - 2_100_000


def test_contention_stretches_work():
    """With one CPU, work that starts while two threads run takes twice as long.

    `late` spins in passes of 200 us while the hog is on its way, and a batch takes 1 ms: they are back at 26.103 and
    27.103 ms, and the second is enough.
    """
    world = clockwork(hog(), daemon(), late(), cpus=1)
    assert story(world, "patched", "kill", "granted") == [
        (22103, "kill", "hog"),
        (22103, "granted", "hog"),
        (27200, "granted", "late"),
    ]
    assert both(world, "patched")["refused"] == 21  # at 23.2, 23.4 … 27.2 ms


def test_without_anybody_to_kill_the_machine_panics():
    record = both(clockwork(hog(oom_adj=-17), daemon(oom_adj=-17)), "2.6.19")
    assert record["outcome"] == 4
    assert record["kills"] == 0
    assert record["censored"] == 1
    assert record["end_ns"] == 22_102_000
    assert record["ttr_ns"] == 20_002_000


def test_without_pressure_nothing_happens():
    record = both(clockwork(daemon()), "baseline")
    assert (record["outcome"], record["kills"], record["oom_calls"], record["first_oom_ns"]) == (0, 0, 0, -1)
    assert (record["ttr_ns"], record["end_ns"], record["daemon_stall_ns"]) == (-1, -1, 0)


def test_a_vfork_child_of_init():
    """The child is chosen and dies, init is refused, and their mm never goes:
    a gate that waits for it is shut for good.

    From 4.10 on such an mm has MMF_OOM_SKIP at once, so the others die, and then `late` itself.
    """
    init = {"name": "init", "role": "daemon", "rss": 9500, "uid": 0, "init": True, "program": {"kind": "idle"}}
    child = hog(name="child", shares_mm_with="init")
    del child["rss"]
    world = clockwork(init, child, daemon(rss=0), late()).replace("horizon", "500 ms")
    record = both(world, "patched")
    assert (record["kills"], record["outcome"]) == (1, 2)
    assert [e[2] for e in story(world, "mainline-6", "kill")] == ["child", "daemon", "late"]
    assert both(world, "mainline-6")["outcome"] != 2


@pytest.mark.parametrize("name", ["badness-2.6.36", "rcu-scan-3.16", "mainline-6", "baseline"])
def test_a_shared_segment_counts_in_the_score_of_each_who_maps_it(name):
    """get_mm_rss() counts pages of shared memory: who maps 3,000 and holds 100 is worse than who holds 2,000."""
    mapper = {
        "name": "mapper",
        "role": "daemon",
        "uid": 1000,
        "rss": 100,
        "shared": 3000,
        "program": {"kind": "idle"},
        "exit": GONE,
    }
    filler = daemon(name="filler", rss=4700, oom_adj=-17, oom_score_adj=-1000, program={"kind": "idle"})
    world = clockwork(mapper, hog(rss=2000, program={"kind": "idle"}), filler, late("1 ms", chunk=5000))
    both(world, name)
    assert story(world, name, "kill")[0][2] == "mapper"


COSTLY = ["kill", "fail", "nofail_kills", "nofail_loops"]


@pytest.mark.parametrize(("nofail", "kills"), [(0, [1, 0, 0, 0]), (1, [1, 0, 1, 0])])
def test_an_ask_of_more_than_eight_pages(nofail, kills):
    """`late` asks for 700 of 400 pages, in order 4.

    Where it fails it exits; with __GFP_NOFAIL it may kill, or loop for ever.
    """
    world = clockwork(daemon(rss=9500), late("5 ms", flags={"order": 4, "p_nofail": nofail}))
    records = [both(world, registry["baseline"].replace(costly_orders=value)) for value in COSTLY]
    assert [int(record["kills"] > 0) for record in records] == kills
    assert [record["outcome"] for record in records] == [1, 1, 1, 2 if nofail else 1]


def test_what_the_kernels_did_with_gfp_nofail():
    """Exempt from 2.6.33 to 4.6, forgotten from 4.7 to 4.10, and never a reason to kill from 4.11 on."""
    says = {name: registry[name].costly_orders for name in groups["merged"]}
    assert says == {"baseline": "kill"} | {
        "2.6.19": "kill",
        "2.6.20": "kill",
        "zone-lock-2.6.24": "fail",
        "skip-4.10": "fail",
    } | dict.fromkeys(
        ["badness-2.6.36", "rcu-scan-3.16", "oom-lock-4.2", "reaper-4.6"], "nofail_kills"
    ) | dict.fromkeys(["alloc-oom-4.14", "lockless-reaper-4.19", "boost-5.0", "mainline-6"], "nofail_loops")


def test_who_waits_at_the_gate_is_woken_by_sigkill():
    """Three threads of the hog take 300 pages; one prints, the others and the daemon are refused, and sleep.

    Shot at 21.105 ms (five tasks), each thread leaves with a page more: 9,803 of them are back at 24.105 + 9.803 ms.
    """
    world = clockwork(hog(threads=3), daemon(), late())
    assert story(world, "patched-wait", "refused", "kill", "failed", "gate opens", "granted") == [
        (1_100, "refused", "hog-0.2"), (1_100, "refused", "daemon"), (2_100, "refused", "hog-0.0"),
        (21_105, "kill", "hog-0.0"),
        (21_105, "granted", "hog-0.1"), (21_105, "granted", "hog-0.0"), (21_105, "granted", "hog-0.2"),
        (23_100, "refused", "late"), (33_908, "gate opens", "hog-0.2"),
        (33_908, "granted", "daemon"), (33_908, "granted", "late"),
    ]  # fmt: skip
    assert both(world, "patched-wait")["kills"] == 1


def test_a_timeout_bounds_the_wait_at_the_gate():
    """The hog never wakes.

    Refused at 23.1 ms, `late` sleeps 50 ms, when the hog no longer counts, and shoots the daemon.
    """
    world = clockwork(hog(exit=GONE | {"block": {"p": 1, "delay": "1000 s"}}), daemon(), late())
    assert both(world, "patched-wait")["outcome"] == 2
    policy = registry["patched-wait"].replace(timeout="50 ms")
    assert both(world, policy)["kills"] > 1
    assert story(world, policy, "refused", "kill", "recheck")[1:5] == [
        (22_103, "kill", "hog"), (23_100, "refused", "late"), (73_200, "recheck", "late"), (93_203, "kill", "daemon"),
    ]  # fmt: skip
