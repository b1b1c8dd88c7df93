"""Asks page by page, worked out by hand (docs/model.md §4).

The clockwork world again: pages_min 100, low 125, high 150. An idle process holds 9,600 of 10,000 pages, so 400 are
free.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import SLEEPER, both, clockwork, conserved, daemon, hog, late, policies, scenarios, story

from oommc.engine.pack import pack
from oommc.policies import registry
from oommc.twin import allocate, simulate


def test_an_ask_takes_what_stands_above_min_and_waits_for_the_rest():
    """300 pages at 1 ms; the sleeper is shot at 21.102 and in exit_mm() 3 ms later, with a first batch back at 24.602
    ms.

    The killer sleeps to 22 ms, then spins: at 24.7 ms it has the next 500, at 25.2 its last 400 of the second batch.
    """
    world = clockwork(SLEEPER, late("1 ms", chunk=1200))
    record = both(world, "patched")
    assert story(world, "patched", "oom", "kill", "granted")[:2] == [(1100, "oom", "late"), (21102, "kill", "sleeper")]
    assert story(world, "patched", "granted") == [(25200, "granted", "late")]
    assert record["refused"] == 32  # at 22.1, 22.2 … 25.2 ms
    assert record["spin_ns"] == 3_000_000  # but the pass from 24.7 on is the next page's first


def test_what_it_has_got_dies_with_it():
    """A second report ends at 42.1 ms: nobody else is left by then, and it dies with the 300 pages of its first
    instant.
    """
    world = clockwork(SLEEPER, late("1 ms", chunk=1200))
    record = both(world, "baseline")
    assert [e[::2] for e in story(world, "baseline", "kill")] == [(21102, "sleeper"), (42101, "late")]
    assert record["lost_pages"] == 9600 + 300


def test_the_last_try_is_for_one_page():
    """Of an ask for hundreds: with 151 free pages it passes at high, with 150 it doesn't."""
    for given_back, passes in ((51, True), (50, False)):
        giver = daemon(name="giver", rss=0)
        giver["program"] |= {"chunk": given_back, "keep": "1050 us"}  # from 1 ms on
        world = clockwork(SLEEPER | {"rss": 9700}, giver, late("2 ms", chunk=500 - given_back))
        # 300 free, less what the giver holds; late takes down to 100, and is in its pass when that comes back
        both(world, "baseline")
        assert story(world, "baseline", "oom")[0] == (2100, "oom", "late")
        # where it passes the next page's loop begins, with a pass of its own
        assert story(world, "baseline", "report")[0] == (2200 if passes else 2100, "report", "late")


@pytest.mark.parametrize(("policy", "passes"), [("rcu-scan-3.16", 1), ("skip-4.10", 16), ("mainline-6", 17)])
def test_a_page_ends_the_count_of_passes(policy, passes):
    """Ten pages come back during the first pass: for the page after them the passes count anew."""
    giver = daemon(name="giver", rss=0)
    giver["program"] |= {"chunk": 10, "keep": "1050 us"}  # from 1 ms on
    world = clockwork(SLEEPER, giver, late("2 ms"))
    if passes == 1:  # the pass ends in the OOM path, whose last try fails: 10 more are not 150
        assert story(world, policy, "oom")[0] == (2100, "oom", "late")
    else:
        assert story(world, policy, "oom")[0] == (2100 + passes * 100, "oom", "late")
    both(world, policy)


def test_a_killed_thread_needs_one_page_more():
    """The hog shoots itself at 22.103 ms; the first page of the reserves ends its ask for 200."""
    world = clockwork(hog(), daemon(), late())
    both(world, "baseline")
    assert story(world, "baseline", "granted", "failed")[0] == (22103, "granted", "hog")


@pytest.mark.parametrize(("order", "held"), [(0, 300), (3, 296), (5, 288)])
def test_higher_orders_come_in_blocks(order, held):
    """700 pages in blocks of 2^order, as many as stand above min."""
    world = clockwork(SLEEPER, late("1 ms", flags={"order": order}))
    both(world, "baseline")
    assert story(world, "baseline", "oom")[0] == (1100, "oom", "late")
    assert _held(world, 1_050_000) == held


def test_two_nodes_low_on_both_then_min_on_both_and_back_to_where_they_came_from():
    """Of 1,000 pages 875 stand above low on the first node; the rest comes from the second, which has them still."""
    node = {"memory": "1000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
    taker = daemon(rss=0)
    taker["program"] |= {"chunk": 1000, "keep": "3 ms"}
    world = clockwork(taker, node=[node, node])
    assert _free(world, 1_500_000) == [125, 875]
    assert _free(world, 4_500_000) == [1000, 1000]
    taker["program"]["chunk"] = 1790
    assert _free(clockwork(taker, node=[node, node]), 1_500_000) == [100, 110]


def test_a_group_has_room_for_some():
    """A limit of 500 pages: 500 at once, and the group's passes for the next."""
    member = late("1 ms", memcg="g")
    world = clockwork(SLEEPER | {"rss": 5000}, member, memcgs=({"name": "g", "limit": 500},))
    assert _held(world, 1_050_000, policy="mainline-6") == 500
    assert both(world, "mainline-6")["kills"] == 1


def test_verdicts_count_one_page_an_ask():
    """The giver's pages come back at 22 ms, the kill at 22.103 ms: of 151 one is for the ask and 150 are left, which is
    high.
    """
    for given_back, stale in ((51, 1), (50, 0)):
        giver = daemon(name="giver", rss=0)
        giver["program"] |= {"chunk": given_back, "keep": "21 ms"}
        world = clockwork(SLEEPER | {"rss": 9700}, giver, late("2 ms")).replace("horizon", "25 ms")
        assert both(world, "baseline")["stale"] == stale
        assert story(world, "baseline", "kill")[0] == (22103, "kill", "sleeper")


@given(scenarios(), policies(), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_many_pages_at_an_instant_are_one_page_after_the_other(world, policy, schedule):
    """The twin with every step of several pages taken apart into single ones gives the same record."""
    packed, whole = pack(world), allocate.take

    def one_by_one(w, t, nodes, mark, most=allocate.LARGEST):
        before = t.want
        while before - t.want < most and t.want and any(whole(w, t, [node], mark, t.unit) for node in nodes):
            pass
        return t.want < before

    expected = simulate(packed, policy, 1, schedule, conserved)
    allocate.take = one_by_one
    try:
        assert simulate(packed, policy, 1, schedule) == expected
    finally:
        allocate.take = whole


def _world_at(scenario, ns, policy="baseline"):
    from oommc.twin.draws import Draws
    from oommc.twin.engine import boot, run

    packed = pack(scenario)
    w = boot(packed, registry[policy], Draws(packed, 1, 0), None)
    run(w, ns)
    return w


def _held(scenario, ns, policy="baseline"):
    """Pages of the class `late` at an instant."""
    return sum(_world_at(scenario, ns, policy).threads[-1].mm.pages)


def _free(scenario, ns):
    """Free pages by node."""
    return [node.free for node in _world_at(scenario, ns).nodes]
