"""Watermarks raised as memory runs out, and the pass that is then the last, worked out by hand (docs/model.md §2, §4).

The clockwork world: the sleeper's 9,600 of 10,000 pages, `late` wants 300 at 1 ms and takes 275 down to low (125) and
25 down to min (100). Blocks have run out then: min stands a block higher, and no kswapd takes that back. A pass ends at
1.1 ms; seventeen at 2.7 ms.
"""

import pytest
from worlds import SLEEPER, both, clockwork, daemon, late, story

from oommc.policies import parse
from oommc.policies.eras import policy_of

NODE = {"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}


def world(*others, block: int = 400, p: float = 1, kswapd_rate: str | int = 0, **node):
    return clockwork(
        SLEEPER, *others, node=[NODE | {"file_resident": 0} | node], kswapd_rate=kswapd_rate,
        fragmentation={"p": p, "block": f"{block} pages", "at": "minimum"},
    )  # fmt: skip


def first_call(scenario, policy) -> float:
    """When somebody comes to the OOM path, in us; core and twin agree."""
    both(scenario, policy)
    return story(scenario, policy, "oom")[0][0]


@pytest.mark.parametrize(
    ("version", "at"), [("4.12", 2700), ("4.20", 2700), ("5.0", 1100), ("5.18", 1100), ("6.19", 1100)]
)
def test_a_boost_as_memory_runs_out_leaves_one_pass_from_5_0_on(version, at):
    assert first_call(world(late("1 ms", 310)), policy_of(version)) == at


@pytest.mark.parametrize(("block", "at"), [(99, 2700), (100, 1100)])
def test_free_pages_count_twice(block, at):
    """Twice the 100 that are free, less the page that is asked for, has to reach the raised min."""
    assert first_call(world(late("1 ms", 310), block=block), "mainline-6") == at


@pytest.mark.parametrize(("resident", "at"), [(300, 1100), (400, 1100), (401, 2700)])
def test_what_is_reclaimable_counts_if_there_is_any(resident, at):
    """Then free pages count once: 100 and these, less one, have to reach 500."""
    node = {"memory": f"{10_000 + resident} pages", "reserved": f"{resident} pages"}
    scenario = world(late("1 ms", 310), file_resident=f"{resident} pages", **node)
    assert first_call(scenario, "mainline-6") == at


@pytest.mark.parametrize(("how", "at"), [("passes", 2700), ("reclaimable", 1100), ("free_twice", 2700)])
def test_without_a_boost_the_seventeen_passes_are_free_pages_counted_twice(how, at):
    [policy] = parse(f"mainline-6(reclaim_retry={how})")
    assert first_call(world(late("1 ms", 310), p=0), policy) == at


def test_it_is_drawn_once_from_high_to_min():
    """`giver` keeps ten pages and asks again and again: the node goes from 110 to 100 each time, once after 400."""
    giver = daemon(name="giver", rss=0)
    giver["program"] |= {"start": "2 ms", "chunk": 10, "keep": "1 ms"}
    scenario = world(late("1 ms", 290), giver, block=1)
    both(scenario, "mainline-6")
    assert story(scenario, "mainline-6", "boost") == [(3000, "boost", "giver")]


def test_the_next_shortage_is_another_draw():
    """kswapd takes the first boost off, batches of 100 us long; `gone` gives all back at 5 ms and asks again at 6."""
    gone = daemon(name="gone", rss=0)
    gone["program"] |= {"chunk": 300, "keep": "4 ms"}
    scenario = world(gone, block=50, kswapd_rate="1250 MiB/s")
    both(scenario, "mainline-6")
    assert story(scenario, "mainline-6", "boost")[:2] == [(1000, "boost", "gone"), (6000, "boost", "gone")]


def test_where_any_ask_may_raise_them_the_minimum_raises_nothing_more():
    scenario = world(late("1 ms", 310)).replace("machine.fragmentation.at", "any")
    assert first_call(scenario, "mainline-6") == 2700
