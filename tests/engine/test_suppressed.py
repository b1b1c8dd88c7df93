"""Kills that made no difference: each schedule again without one of them,
in the worlds of `test_path` and `test_memcg`.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import both, clockwork, daemon, hog, late, policies, story

from oommc.engine import RECORD, Engine
from oommc.engine.pack import pack
from oommc.policies import parse, registry
from oommc.twin import but_for

LIMIT = {"name": "jobs", "limit": 9700}
ROOM = {"memory": "30000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}


def idle(scenario, policy) -> tuple[int, int]:
    """Kills of schedule 0, and how many of them made no difference; core and twin agree."""
    policy = registry[policy] if isinstance(policy, str) else policy
    told = both(scenario, policy)["kills"], but_for(pack(scenario), policy, 1, 0)
    row = Engine(scenario, [policy], 1, but_for=True).run(0, 1)[0, 0]
    assert told == (row["kills"], row["but_for"])
    return told


def test_the_hog_is_killed_again_and_the_daemon_is_not():
    """`baseline` shoots the hog, which somebody does later if not then, and the daemon on stale news: free pages do."""
    assert idle(clockwork(hog(), daemon(), late()), "baseline") == (2, 1)
    assert idle(clockwork(hog(), daemon(), late()), "patched") == (1, 0)


def test_a_kill_in_whose_place_another_comes_made_a_difference():
    """Of two with stale news, the second shoots the daemon if the first doesn't.

    Without a report, and each out for 30 ms after its check: the hog is shot at 32.104 ms and PF_DEAD at 45.804.
    The checks of 33.1 and 33.15 ms fail; scans of three end at 63.103 and 63.153, and the second meets the daemon
    dying.
    """
    latency = {"report": 0, "preempt": {"p": 1, "delay": "30 ms"}}
    world = clockwork(hog(), daemon(), late("33 ms"), late("33.05 ms", name="second"), latency=latency)
    assert story(world, "baseline", "kill") == [(32_104, "kill", "hog"), (63_103, "kill", "daemon")]
    assert idle(world, "baseline") == (2, 0)


def test_without_recovery_it_made_a_difference():
    """The ask of `late` is still pending at this horizon, kill or no kill."""
    assert idle(clockwork(hog(), daemon(), late()).replace("horizon", "43.2 ms"), "baseline")[1] == 0


def test_the_members_of_a_group_are_one_decision():
    """Left out, they all live, until the next attempt kills them all: that takes its place."""
    second = daemon(memcg="jobs", rss=0, program={"kind": "idle"})
    world = clockwork(hog(memcg="jobs"), second, memcgs=(LIMIT | {"oom_group": True},), node=[ROOM])
    assert idle(world, "mainline-6") == (2, 0)


def test_a_duplicate_is_no_decision():
    """earlyoom's victim needs a second to wake; the kernel of 4.6 chooses it again, which changes nothing for anybody.

    Left out is the one decision that there is, and then the kernel kills the hog.
    """
    [policy] = parse("reaper-4.6+earlyoom(poll=2ms,poll_most=2ms,mem_of=total,mem_term=off,mem_kill=5,search=1us,"
                     "reread=no,wait=process)")  # fmt: skip
    world = clockwork(hog(exit={"wake": "1 s", "tail": "1 ms"}), late(at="5 ms"))
    assert both(world, policy)["duplicates"] == 1
    assert idle(world, policy) == (1, 0)


@st.composite
def crowds(draw):
    """The race with more of everybody, at other times, on other machines."""
    times = draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))
    grouped = {"memcg": "jobs"} if draw(st.booleans()) else {}
    return clockwork(
        hog(count=draw(st.integers(1, 2)), rss=draw(st.sampled_from([4000, 4700])), **grouped),
        daemon(count=draw(st.integers(1, 3)), **grouped),
        *(late(f"{ms} ms", draw(st.integers(100, 900)), name=f"late{n}") for n, ms in enumerate(times)),
        memcgs=(LIMIT | {"oom_group": draw(st.booleans())},) if grouped else (),
        cpus=draw(st.integers(1, 8)),
        latency={"preempt": {"p": draw(st.sampled_from([0, 0.3])), "delay": {"dist": "exponential", "mean": "9 ms"}}},
    ).replace("horizon", "200 ms")


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowds(), st.sampled_from(list(registry.values())) | policies(), st.integers(0, 2**64 - 1))
def test_core_and_twin_leave_out_the_same(scenario, policy, seed):
    engine = Engine(scenario, [policy], seed, but_for=True)
    rows = engine.run(0, 2)
    assert (rows == engine.run(0, 2, fork=False)).all()
    assert (rows[list(RECORD.names)] == Engine(scenario, [policy], seed).run(0, 2)).all()
    assert [row["but_for"] for row in rows[0]] == [but_for(engine.packed, policy, seed, k) for k in range(2)]


def test_the_policies_beside_it_change_nothing():
    """A run without a kill starts where the policies part, as the run itself did."""
    world = clockwork(hog(count=2, rss=4700), daemon(count=2), late())
    together = Engine(world, list(registry.values()), 3, but_for=True).run(0, 3)
    alone = [Engine(world, [policy], 3, but_for=True).run(0, 3)[0] for policy in registry.values()]
    assert (together == np.stack(alone)).all()
    assert 0 < together["but_for"].sum() < together["kills"].sum()


@pytest.mark.parametrize(("within", "made_none"), [("1 s", 1), ("900 us", 1), ("899 us", 0)])
def test_without_which_recovery_comes_later_by_more_than_matters(within, made_none):
    """Who asks shoots himself. Without the second of the two deaths the outage lasts 41.9 ms instead of 41.0."""
    policy = registry["baseline"].replace(selector="allocating_task")
    world = clockwork(hog(), daemon(), late()).replace("but_for_within", within)
    assert both(world, policy)["outage_ns"] == 41_000_000
    assert idle(world, policy) == (2, made_none)
