"""W7 and W8: what the check before a kill asks for, and what it doesn't see: per-CPU lists, raised watermarks."""

import pytest
from windows import NODE, QUICK, idle, kills, leaver, naming
from worlds import both, clockwork, daemon, hog, late, story

from oommc.policies import registry
from oommc.scenario import Scenario

LISTS = {"high": "186 pages", "batch": "31 pages"}


def test_w8_31_pages_are_no_progress():
    """`late` asks for 400 of 480 pages, and its pass reclaims 31: no progress.

    111 pages would be left: above MIN, but below HIGH. It shoots the only other task. With 32 pages of cache
    the same pass is progress, and MIN will do. Where more than one pass is made, MIN will do at the end of
    the first.
    """

    def world(cache: int) -> Scenario:
        return clockwork(
            idle("sleeper", rss=9508),
            late("1 ms", chunk=390),
            latency=QUICK,
            node=[NODE | {"page_cache": cache}],
        )

    for policy in naming("W8"):
        assert kills(world(31), policy) == [(1_202, "sleeper")]
        assert both(world(32), policy)["oom_calls"] == 0
    assert both(world(31), "skip-4.10")["oom_calls"] == 0


@pytest.mark.parametrize("policy", [*naming("W7"), "recheck-after-selection-2017"])
def test_w7_high_is_asked_for_where_min_would_do(policy):
    """`late` asks for 390 of 480 pages at 1 ms, and has 380; during its last pass 12 more come free: 111 would be left.

    They are the leaver's, PF_DEAD 20 us into the pass. Above MIN, but HIGH (or LOW) is asked for. (The kill
    isn't `unnecessary`, for that asks for HIGH, too.) A last check at MIN, even after the selection, is
    content.
    """
    design = registry[policy]
    back = 1_020 + 100 * (design.passes - 1)
    hold = f"{back - 13} us"  # after the think time and before 12 pages of exit_mmap()
    program = {"kind": "grow", "start": 0, "think": "1 us", "chunk": 1, "target": 12, "hold": hold}
    world = clockwork(
        idle("sleeper", rss=9508),
        leaver(rss=12, program=program, exit={"wake": 0, "tail": 0}),
        late("1 ms", chunk=390),
        latency=QUICK,
    )
    assert story(world, policy, "cleaned out")[0][0] == back
    expected = 0 if policy == "recheck-after-selection-2017" or design.panic_on_oom == "yes" else 1
    assert both(world, policy)["kills"] == expected
    assert both(world, design.replace(name="at MIN", recheck_mark="min"))["kills"] == 0


UNSEEING = [name for name in naming("W7") if "last_try" not in registry[name].drain]


@pytest.mark.parametrize("policy", [*UNSEEING, "recheck-after-selection-2017"])
def test_w7_pages_on_a_per_cpu_list_are_not_seen(policy):
    """9,700 pages of the hog's go back on one CPU: 183 of them stay on its list, 9,617 of 9,800 are seen.

    `late` asks for 9,600, with which 200 would be left, above HIGH. Its check sees 17, and whoever is shot then dies
    although the memory is there. Without lists, or drained before the check, there is no second kill.
    """
    design = registry[policy]
    if design.panic_on_oom == "yes":
        pytest.skip("nobody is killed")
    world = clockwork(hog(), daemon(), late("30 ms", chunk=9600), latency=QUICK, pcp=LISTS)
    record = both(world, policy)
    assert record["stale"] >= 1
    assert record["needless"] >= 1
    for content in (world.replace("machine.pcp.high", 0), None):
        if content is None:
            content, design = world, design.replace(name="drained", drain="last_try")
        record = both(content, design)
        assert (record["kills"], record["unnecessary"], record["outcome"]) == (1, 0, 1)


def test_w7_lists_are_drained_after_progress_from_2_6_36_on():
    """169 of the leaver's 9,500 pages stay on its CPU's list, and the 32 that `late` reclaims on its own CPU's.

    9,699 pages are seen, 9,650 wanted, and MIN is 100. The pass has made progress: from 2.6.36 on the lists are
    drained then, and 250 pages would be left.
    """
    world = clockwork(
        leaver(), idle("sleeper", rss=100), late("30 ms", chunk=9650), latency=QUICK, pcp=LISTS,
        node=[NODE | {"page_cache": 32}],
    )  # fmt: skip
    for policy in ("baseline", "patched", "2.6.19", "zone-lock-2.6.24"):
        assert both(world, policy)["stale"] >= 1
    for policy in ("badness-2.6.36", "rcu-scan-3.16", "oom-lock-4.2", "reaper-4.6", "skip-4.10", "mainline-6"):
        assert (both(world, policy)["oom_calls"], both(world, policy)["kills"]) == (0, 0)


BOOSTED = [name for name in naming("W7") if registry[name].watermark_boost == "yes"]


def boosted(kswapd_rate: str) -> Scenario:
    """The hog dies as ever, and at 30 ms a small ask raises the marks by 500 pages: HIGH stands at 650 of 10,000.

    `late` asks for 9,500 of 9,790 pages at 40 ms: 290 would be left. 2,000 file pages beside them are in use, so that
    an ask has its seventeen passes.
    """
    return clockwork(
        hog(), daemon(), late("30 ms", name="small", chunk=10), late("40 ms", chunk=9500),
        latency=QUICK, kswapd_rate=kswapd_rate, fragmentation={"p": 1, "block": "500 pages"},
        node=[NODE | {"memory": "12000 pages", "reserved": "2000 pages", "file_resident": "2000 pages"}],
    )  # fmt: skip


@pytest.mark.parametrize("policy", BOOSTED)
def test_w7_boosted_watermarks(policy):
    """A batch of kswapd's takes 100 us. 16 find nothing from 2 ms on, and it is woken no more: the boost stays.

    So `late` fails its check, and whoever is shot, one after the other, dies although HIGH would be met. To 4.20 nobody
    does.
    """
    design = registry[policy]
    if design.panic_on_oom == "yes":
        pytest.skip("nobody is killed")
    record = both(boosted("1250 MiB/s"), policy)
    assert record["kills"] - 1 == record["stale"] == record["needless"] > 0
    assert both(boosted("1250 MiB/s"), design.replace(name="never boosted", watermark_boost="no"))["kills"] == 1
    for closed_by in ("baseline", "patched", "skip-4.10", "lockless-reaper-4.19"):
        assert both(boosted("1250 MiB/s"), closed_by)["kills"] == 1


def test_the_boost_came_with_5_0():
    assert BOOSTED[0] == "boost-5.0"


def test_kswapd_takes_the_boost_off():
    """A batch takes 2.5 ms: kswapd hasn't given up yet at 30 ms.

    Its run finds nothing, and the boost is off at 32.5.
    """
    world = boosted("50 MiB/s")
    assert [step[0] for step in story(world, "mainline-6", "boost") if step[0] > 20_000] == [30_000, 40_000]
    assert both(world, "mainline-6")["kills"] == 1
