"""What is so of a victim's mm, worked out by hand: when it is gone, whose lock it is, who dies with it."""

import pytest
from worlds import GONE, SLEEPER, both, clockwork, daemon, hog, late, story

from oommc.engine.pack import pack
from oommc.policies import registry
from oommc.twin.draws import Draws
from oommc.twin.engine import boot, run

PINNED = GONE | {"wake": "15 ms", "pin": {"p": 1, "delay": "900 ms"}}


@pytest.mark.parametrize(("mlocked", "premature"), [(0, 0), (10, 1)])
def test_who_has_given_back_its_last_page_is_gone_though_a_pin_holds_its_mm(mlocked, premature):
    """The reaper is through at 30.7 ms and clears the mark; 4.6's next kill is premature only if it had to leave a
    page.
    """
    world = clockwork(SLEEPER | {"exit": PINNED, "mlocked": mlocked}, late("1 ms", chunk=12000)).replace(
        "horizon", "60 ms"
    )
    record = both(world, "reaper-4.6")
    assert [e[2] for e in story(world, "reaper-4.6", "kill")] == ["sleeper", "late"]
    assert story(world, "reaper-4.6", "reaped")[0][0] < 32_000
    assert record["premature"] == premature


def test_a_segment_is_owed_only_when_all_who_map_it_are_condemned():
    """The first victim is reaped. The second maps its 3,000 shared pages too, so nothing of the first is out."""
    mapper = {"role": "hog", "uid": 1000, "program": {"kind": "idle"}, "exit": PINNED}
    first = mapper | {"name": "first", "rss": 5000, "shared": 3000}
    second = mapper | {"name": "second", "rss": 1600, "maps": "first"}
    third = mapper | {"name": "third", "rss": 100}
    world = clockwork(first, second, third, late("1 ms", chunk=12000, oom_score_adj=-1000))
    until_second, until_third = world.replace("horizon", "60 ms"), world.replace("horizon", "75 ms")
    assert [e[2] for e in story(until_third, "reaper-4.6", "kill")] == ["first", "second", "third"]
    assert both(until_second, "reaper-4.6")["premature"] == 0
    assert both(until_third, "reaper-4.6")["premature"] == 1  # the segment is still out


def test_an_mmap_lock_is_the_mms_whoever_of_its_users_is_the_victim():
    """The sharer, of another class, is the newest and is chosen; the owner's class says that the lock is held."""
    owner = SLEEPER | {"run_time": "100 s", "exit": GONE | {"mmap_lock": {"p": 1}}}
    sharer = SLEEPER | {"name": "sharer", "shares_mm_with": "sleeper", "exit": GONE | {"wake": "50 ms"}}
    del sharer["rss"]
    policy = registry["reaper-4.6"].replace(selector="newest")
    asks = late("1 ms", run_time="100 s")
    for world, fails in (
        (clockwork(owner, sharer, asks), True),
        (clockwork(owner | {"exit": GONE}, sharer, asks), False),
    ):
        both(world, policy)
        assert story(world, policy, "kill")[0][2] == "sharer"
        assert bool(story(world, policy, "reaper fails")) is fails


def test_where_all_is_unmapped_mmf_oom_skip_is_set():
    """Lumps of 5,000 pages, 1 us a page both ways: 9,600 are unmapped 5 + 5 + 4.6 ms after exit_mmap() begins at 24.102
    ms.
    """
    world = clockwork(SLEEPER, late("1 ms"), gather={"size": "5000 pages", "rate": "1000000 pages/s"})
    policy = registry["alloc-oom-4.14"].replace(reaper="none", passes=1)
    both(world, policy)
    assert story(world, policy, "exit_mmap", "cleaned out")[:2] == [
        (24_102, "exit_mmap", "sleeper"),
        (43_302, "cleaned out", "sleeper"),
    ]
    assert [_skipped(world, policy, us * 1000) for us in (38_701, 38_703)] == [False, True]
    # without a gather the last of 20 batches stands for it: from 24.102 + 9.5 ms
    plain = clockwork(SLEEPER, late("1 ms"))
    assert [_skipped(plain, policy, us * 1000) for us in (33_101, 33_603)] == [False, True]


@pytest.mark.parametrize(("policy", "kills"), [("alloc-oom-4.14", 1), ("lockless-reaper-4.19", 2)])
def test_memory_oom_group_counts_in_a_global_oom_too(policy, kills):
    """From 4.19 on the victim's whole group goes, though it is the machine that lacks memory."""
    member = daemon(name="member", memcg="jobs")
    world = clockwork(
        hog(memcg="jobs"),
        member,
        late("50 ms", chunk=10),
        memcgs=({"name": "jobs", "limit": 20000, "oom_group": True},),
    )
    record = both(world, policy)
    assert [e[2] for e in story(world, policy, "kill")] == ["hog", "member"][:kills]
    assert record["collateral"] == kills - 1


def _skipped(scenario, policy, ns):
    packed = pack(scenario)
    w = boot(packed, policy, Draws(packed, 1, 0), None)
    run(w, ns)
    return w.mms[0].skip
