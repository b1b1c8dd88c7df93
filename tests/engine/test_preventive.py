"""Kills before anybody asks: whether a shortage would have come without them, and who is passed over to find out."""

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from worlds import GONE, both, clockwork, daemon, hog, late, monitors, policies, story

from oommc.engine import Engine
from oommc.errors import InputError
from oommc.policies import parse, registry
from oommc.twin import simulate

EARLY = "earlyoom(poll=20ms,poll_most=20ms,mem_of=total,mem_term={},mem_kill=1,search=1us,reread=no,wait=nothing{})"


def early(threshold: int, more: str = ""):
    """It looks every 20 ms whether less than so many percent are available; there is no swap."""
    [policy] = parse(EARLY.format(threshold, more))
    return policy


def still(name: str, rss: int, role: str = "daemon", **changes) -> dict:
    """Holds so much, and asks for nothing."""
    return daemon(name=name, role=role, rss=rss, program={"kind": "idle"}, **changes)


def test_a_kill_for_nothing_is_needless():
    """Nobody grows: the largest daemon dies at 20.002 ms, and then the others, until half of memory is available."""
    world = clockwork(still("a", 3000), still("b", 2000), still("c", 1000))
    record = both(world, early(50))
    assert record["kills"] == record["preventive"] == record["preventive_needless"] == 1
    assert record["needless"] == 0


def test_each_of_many_is_judged_alone():
    """Without one of them the killer takes the others all the same, and nobody runs out of memory either way."""
    world = clockwork(still("a", 3000), still("b", 2500), still("c", 2000))
    record = both(world, early(80))
    assert record["preventive_needless"] == record["preventive"] == record["kills"] >= 2


def test_a_kill_that_made_room_was_not_needless():
    """The hog needs the daemon's memory. With it passed over, nobody else may be chosen, and the kernel has to kill."""
    growing = hog(rss=100, oom_score_adj=-1000, program=hog()["program"] | {"target": 6000})
    world = clockwork(growing, still("a", 5700))
    record = both(world, early(20))
    assert (record["preventive"], record["collateral"], record["preventive_needless"]) == (1, 1, 0)
    assert record["first_oom_ns"] == -1


def test_where_another_would_have_done_it_was_needless():
    """The same, but there is a hog beside the daemon, whose memory does as well; it dies 20 ms later, or at once."""
    growing = hog(rss=100, oom_score_adj=-1000, program=hog()["program"] | {"target": 6000})
    world = clockwork(growing, still("a", 2900), still("fat", 2800, role="hog"))
    assert [who for _, _, who in story(world, early(20), "kill")] == ["a", "fat"]
    assert both(world, early(20))["preventive_needless"] == 1


@pytest.mark.parametrize(("within", "needless"), [("50 ms", 0), ("10 s", 1)])
def test_a_stall_that_the_kill_spared_daemons(within, needless):
    """From 30 ms on the hog grows into the page cache, unless the daemon's memory is free by then: without the kill
    another daemon waits again and again for what it uses of its files.
    """
    spared = {"oom_score_adj": -1000}
    program = {"kind": "churn", "start": 0, "think": "1 ms", "chunk": 1, "keep": "1 ms", "file_touch": 400}
    reader = daemon(name="reader", rss=0, program=program, **spared)
    growing = hog(rss=100, program=hog()["program"] | {"start": "30 ms", "target": 4000}, **spared)
    node = {"memory": "10000 pages", "reserved": 0, "page_cache": 2500, "min": 100, "low": 125, "high": 150}
    files = {"size": 2500, "rate": "20 MiB/s"}
    world = clockwork(growing, still("a", 4500), reader, node=[node | {"file_resident": 0}], working_set=files)
    record = both(world.replace("but_for_within", within), early(60))
    assert (record["kills"], record["preventive"], record["daemon_stall_ns"]) == (1, 1, 0)
    assert record["preventive_needless"] == needless


def test_the_hog_is_no_innocent():
    record = both(clockwork(hog(rss=6000, program={"kind": "idle"}), still("a", 100)), early(50))
    assert (record["preventive"], record["preventive_needless"]) == (1, 0)


def test_who_dies_with_the_victims_cgroup_counts():
    """Two innocents of one group, by one decision."""
    members = [still(name, 2500, memcg="unit") for name in "ab"]
    world = clockwork(*members, still("c", 500), memcgs=({"name": "unit", "limit": 9000, "oom_group": True},))
    record = both(world, early(60, ",unit=cgroup"))
    assert (record["kills"], record["preventive"], record["preventive_needless"]) == (2, 1, 2)


def test_a_kernel_kills_nobody_before_somebody_asks():
    assert both(clockwork(hog(), daemon(), late()), "baseline")["preventive_needless"] == 0


def test_a_decision_that_is_left_out_is_no_signal_either():
    """Its handler of SIGTERM would take 30 ms, the grace is 10 ms: in the run without it no SIGKILL follows."""
    slow = still("a", 6000, exit=GONE | {"term": {"p": 1, "delay": "30 ms"}})
    policy = early(50, ",grace=10ms").replace(wait="process", wait_poll="5 ms")
    assert both(clockwork(slow), policy)["preventive_needless"] == 1


@st.composite
def crowds(draw):
    """Processes that hold much, and some that ask."""
    idlers = [
        still(f"i{n}", draw(st.integers(200, 3000)), draw(st.sampled_from(["daemon", "daemon", "hog"])))
        for n in range(draw(st.integers(1, 4)))
    ]
    grower = hog(rss=draw(st.integers(0, 500)), program=hog()["program"] | {"target": draw(st.integers(500, 9000))})
    room = sum(p["rss"] for p in idlers) + grower["rss"] + draw(st.integers(600, 4000))
    node = {"memory": f"{room} pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
    swap = {"size": draw(st.sampled_from([0, 0, 500])), "rate": "20 MiB/s"}
    return clockwork(*idlers, grower, node=[node], swap=swap).replace("horizon", "300 ms")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowds(), st.sampled_from([early(50), early(80), early(20)]) | monitors(), policies(), st.integers(0, 2**64 - 1))
def test_core_and_twin_judge_the_same(scenario, killer, kernel, seed):
    try:
        policy = killer if not hasattr(killer, "rules") else kernel.replace(monitor=killer)
    except InputError:
        reject()  # no killer stands beside the oracle
    engine = Engine(scenario, [policy, registry["patched"]], seed)
    rows = engine.run(0, 2)[0]
    assert (rows == engine.run(0, 2, fork=False)[0]).all()
    for schedule, row in enumerate(rows):
        assert {name: int(row[name]) for name in row.dtype.names} == simulate(engine.packed, policy, seed, schedule)
