"""memory.low, memory.min and memory.swap.max, worked out by hand in the clockwork worlds of `test_memcg`, with swap.

Swap is written at a page a microsecond. A pass takes 100 us and 32 pages.
"""

import pytest
from worlds import both, clockwork, hog, late, story

from oommc.engine.pack import pack
from oommc.policies import registry
from oommc.twin import simulate

ROOM = {"memory": "40000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
SWAP = {"size": 20_000, "rate": "1000000 pages/s"}


def world(*processes, node=None, **groups):
    cgroups = tuple({"name": name.replace("_", "/")} | keys for name, keys in groups.items())
    return clockwork(*processes, cgroups=cgroups, swap=SWAP, **({"node": [node]} if node else {}))


def sitter(name, rss, **changes):
    return {"name": name, "role": "daemon", "rss": rss, "program": {"kind": "idle"}} | changes


def swapped(scenario, policy="mainline-6"):
    """Pages of each mm that are out at the end; core and twin agree."""
    worlds = []
    both(scenario, policy)
    simulate(pack(scenario), registry[policy], 1, 0, lambda w, *_: worlds.append(w))
    return [mm.swapped for mm in worlds[-1].mms]


def taker(chunk=700):
    """Its own pages aren't swapped."""
    return late("1 ms", chunk=chunk, mlocked=10_000)


@pytest.mark.parametrize(("keys", "oom"), [({}, 3800), ({"swap_max": 0}, 3800), ({"swap_max": 100}, 4300)])
def test_a_groups_reclaim_swaps_up_to_its_swap_max(keys, oom):
    """The hog finds no room at 2 ms. Its passes end at 2.1 ms, 2.232 and so on, each after 32 pages are written. The
    fourth finds 4 and ends at 2.5 ms; eighteen in vain lead to 4.3 ms. Without the key its group isn't swapped.
    """
    limited = world(hog(cgroup="a"), node=ROOM, a={"max": 9700} | keys)
    both(limited, "mainline-6")
    assert story(limited, "mainline-6", "oom")[0] == (oom, "oom", "hog")


def test_the_swap_max_of_a_group_around_it_counts():
    limited = world(hog(cgroup="a/b"), node=ROOM, a={"swap_max": 100}, a_b={"max": 9700, "swap_max": 5000})
    assert story(limited, "mainline-6", "oom")[0] == (4300, "oom", "hog")
    both(limited, "mainline-6")


def test_the_machines_reclaim_keeps_to_it_too():
    asking = late("1 ms", chunk=700)
    free = world(sitter("big", 6000, cgroup="a"), sitter("small", 3600), asking, a={})
    kept = world(sitter("big", 6000, cgroup="a"), sitter("small", 3600), asking, a={"swap_max": 64})
    assert swapped(free)[0] > 64 and swapped(free)[1] == 0
    assert swapped(kept)[0] <= 64 and swapped(kept)[1] > 0


@pytest.mark.parametrize(("keys", "big"), [({}, True), ({"min": 6000}, False), ({"low": 6000}, False)])
def test_who_is_protected_is_passed_over(keys, big):
    """The larger goes first, unless its group keeps it. 700 pages are asked for, 300 are to be had above min."""
    out = swapped(world(sitter("big", 6000, cgroup="a"), sitter("small", 3600), late("1 ms"), a=keys))
    assert (out[0] > 0, out[1] > 0) == (big, not big)


def test_low_gives_way_where_nothing_else_is_left_and_min_never():
    locked = sitter("small", 3600, mlocked=3600)
    low, least = (world(sitter("big", 6000, cgroup="a"), locked, taker(), a={key: 6000}) for key in ("low", "min"))
    assert swapped(low)[0] > 0 and both(low, "mainline-6")["kills"] == 0
    assert swapped(least)[0] == 0 and both(least, "mainline-6")["kills"] == 1


def test_where_more_is_claimed_than_there_is_each_gets_its_share():
    """`pods` keeps 3,000 and each of two in it claims 2,000, later what it has left: so they keep 3,000 together, about
    1,500 each. The late one takes all the rest, and dies.
    """
    pods = {"pods": {"min": 3000}, "pods_a": {"min": 2000}, "pods_b": {"min": 2000}}
    members = [sitter(name, 3000, cgroup=f"pods/{name}") for name in "ab"]
    out = swapped(world(*members, taker(7500), **pods))
    assert out[0] + out[1] == 3000 and abs(out[0] - out[1]) < 32


def test_what_nobody_claims_goes_to_all():
    """Of the 3,000 that `pods` keeps, its two members claim nothing: together they keep 3,000 of their 4,000."""
    pods = {"pods": {"min": 3000}, "pods_a": {}, "pods_b": {}}
    members = [sitter("a", 3000, cgroup="pods/a"), sitter("b", 1000, cgroup="pods/b")]
    out = swapped(world(*members, taker(9000), **pods))
    assert 990 <= out[0] + out[1] <= 1000


def test_a_groups_own_limit_finds_it_unprotected():
    limited = world(hog(cgroup="a"), node=ROOM, a={"max": 9700, "swap_max": 100, "min": 9700})
    assert story(limited, "mainline-6", "oom")[0] == (4300, "oom", "hog")
    both(limited, "mainline-6")


def test_no_kernel_before_knows_these_keys():
    """4.2 on. In 2.6.36 to 4.1 the machine swaps the largest, whatever its group says."""
    kept = world(sitter("big", 6000, cgroup="a"), sitter("small", 3600), late("1 ms"), a={"min": 6000})
    assert swapped(kept, "rcu-scan-3.16")[0] > 0
    assert swapped(kept, "oom-lock-4.2")[0] == 0


def test_above_its_high_a_group_is_swapped_before_its_tasks_sleep():
    """99 above at 1 ms: a pass, 32 pages written by 1.132 ms, and for the 67 left nobody sleeps. 266 above at 2.132 ms:
    passes of 132 us each take 32 until, five later, 106 are left, which are 7 ticks: HZ/100 or less.
    """
    slowed = world(hog(cgroup="a"), node=ROOM, a={"high": 9600, "swap_max": 5000})
    both(slowed, "mainline-6")
    assert story(slowed, "mainline-6", "over high", "throttled")[:3] == [
        (1000, "over high", "hog"),
        (2132, "over high", "hog"),
        (3792, "over high", "hog"),
    ]


def test_the_scores_of_a_group_count_its_swap():
    """mem_cgroup_get_max(): 1,000 of oom_score_adj are the limit and swap.max together. 520 are 2,548 pages of 4,900,
    and 4,888 of 9,400, which with its own 100 is more than the hog's 4,900.
    """
    small = sitter("small", 100, oom_score_adj=520, cgroup="a")
    locked = hog(cgroup="a", rss=4500, mlocked=20_000)
    plain, with_swap = (world(locked, small, node=ROOM, a={"max": 4900} | keys) for keys in ({}, {"swap_max": 4500}))
    for scenario, who in ((plain, "hog"), (with_swap, "small")):
        both(scenario, "mainline-6")
        assert story(scenario, "mainline-6", "kill")[0][2] == who
