"""Processors in turns, worked out by hand (docs/model.md §2): the clockwork world with `scheduler = "slices"`.

A tick is 1 ms and a slice as long, unless a test says otherwise. A `thinker` computes from 0 on, and then asks for more
than there is: `reclaim` is told when its thought is over.
"""

import pytest
from worlds import SLEEPER, both, clockwork, late, story

from oommc.errors import InputError
from oommc.explore import explore
from oommc.policies import registry


def thinker(name: str, ns: str, **changes) -> dict:
    process = late(ns, name=name, **changes)
    process["program"] |= {"busy": True}
    return process


def world(*processes: dict, **machine):
    return clockwork(SLEEPER, *processes, **({"cpus": 1, "scheduler": "slices", "slice": "1 ms"} | machine))


def told(scenario, *what, policy="patched", most=2):
    both(scenario, policy)
    return story(scenario, policy, *what)[:most]


def test_two_take_turns():
    """`a` has 0 to 1, 2 to 3 and 4 to 4.5 ms. Shared, it is through at 2.5, as it was alone when it began."""
    pair = thinker("a", "2500 us"), thinker("b", "2500 us")
    assert told(world(*pair), "reclaim", most=1) == [(4500, "reclaim", "a")]
    assert told(world(*pair, scheduler="shared"), "reclaim", most=1) == [(2500, "reclaim", "a")]


def test_a_turn_ends_at_the_first_tick_at_which_a_slice_is_over():
    """With a slice 1 us longer than a tick a turn is two ticks: `a` has 0 to 2 and 4 to 4.5 ms."""
    pair = thinker("a", "2500 us"), thinker("b", "3 ms")
    assert told(world(*pair, slice="1001 us"), "reclaim", most=1) == [(4500, "reclaim", "a")]
    assert told(world(*pair, slice="2001 us"), "reclaim", most=1) == [(2500, "reclaim", "a")]


def test_who_has_slept_goes_first():
    """`b` is due at 2.3 ms, and takes the processor from `a` for its pass."""
    assert told(world(thinker("a", "5 ms"), late("2300 us", name="b")), "oom", most=1) == [(2400, "oom", "b")]


def test_a_sleeper_is_at_most_four_slices_younger():
    """`b` begins 10 ms of work at 31. It counts as having had 27 ms: it has 31 to 35, and each second ms from 36 on."""
    b = thinker("b", "10 ms")
    b["program"] |= {"start": "31 ms"}
    assert told(world(thinker("a", "60 ms"), b), "reclaim", most=1) == [(47000, "reclaim", "b")]


def test_a_nice_value_is_a_weight():
    """Nice 5 weighs 335: 1 ms makes `a` 3.057 ms older. `b` has 1 to 5 and 6 to 8 ms."""
    pair = thinker("a", "6 ms", nice=5), thinker("b", "6 ms")
    assert told(world(*pair), "reclaim", most=1) == [(8000, "reclaim", "b")]


def test_three_on_two_processors():
    """In ms: `a` and `b` 0 to 1; `c` 1 to 3, as it is younger; `a` 1 to 2, first of equals; `b` 2 to 3; all have had 2,
    and so `a` and `b` go on to 3.5.
    """
    three = thinker("a", "2500 us"), thinker("b", "2500 us"), thinker("c", "2500 us")
    assert told(world(*three, cpus=2), "reclaim") == [(3500, "reclaim", "a"), (3500, "reclaim", "b")]


def victims(**machine):
    """`v` holds all, and dies with 0.1 ms to go until exit_mm(); ticks are 4 ms apart."""
    v = thinker("v", "100 ms", rss=9600, exit={"wake": "100 us", "tail": "1 ms"}, oom_score_adj=500)
    return clockwork(
        v,
        *(late("1 ms", name="first"), thinker("b", "100 ms"), thinker("c", "100 ms")),
        **({"cpus": 1, "hz": 250, "scheduler": "slices", "slice": "1 ms"} | machine),
    )


def test_a_victim_waits_for_everybodys_turn():
    """`first` prints from 1.104 to 21.104 ms. `b` and `c`, who have had nothing, go before `v`, who has had 1.004: to
    24 and to 28. `v` is in exit_mm() at 28.1 and tears down to 32. Then each has 4 ms more in turn, `v` 40 to 44 and
    the last 1.7 from 52 on. `first` has had 20.1 ms by printing: it doesn't go before them.
    """
    assert told(victims(), "kill", "exiting", "cleaned out", policy="rcu-scan-3.16", most=3) == [
        (21104, "kill", "v"),
        (28100, "exiting", "v"),
        (53700, "cleaned out", "v"),
    ]


def test_a_fifo_victim_waits_for_nobody():
    """2.6.36 to 2.6.38, boost_dying_task_prio(): 0.1 ms, then 9.6 at a stretch."""
    assert told(victims(), "kill", "exiting", "cleaned out", policy="badness-2.6.36", most=3) == [
        (21104, "kill", "v"),
        (21204, "exiting", "v"),
        (30804, "cleaned out", "v"),
    ]


def test_a_group_limit_makes_no_fifo_victim():
    """boost_dying_task_prio(p, mem) does nothing if there is a mem."""
    policy = registry["badness-2.6.36"]
    group = {"name": "g", "limit": 9700}
    members = [
        thinker("v", "100 ms", rss=9600, exit={"wake": "100 us"}, memcg="g", oom_score_adj=500),
        late("1 ms", name="first", memcg="g"),
    ]
    limited = clockwork(*members, thinker("b", "100 ms"), memcgs=(group,), cpus=1, scheduler="slices", slice="1 ms")
    assert both(limited, policy) == both(limited, policy.replace(name="in-turn", victim_runs="in_turn"))


def test_who_prints_keeps_its_processor():
    """Of two, `first` has one from 1 ms on. `b` and `c`, who have had 1 each, take turns on the other: `b` 1 to 2, 3 to
    4 and 5 to 6, `c` between these and 6 to 7.
    """
    assert told(printing(cpus=2), "reclaim", "report", "kill", most=5) == [
        (1000, "reclaim", "first"),
        (1100, "report", "first"),
        (6000, "reclaim", "b"),
        (7000, "reclaim", "c"),
        (21104, "kill", "sleeper"),
    ]


def test_with_full_preemption_a_text_is_printed_in_turns():
    """`first` has 1 to 2 ms, and every third from 3 on: of 20.1 ms the last 0.1 begin at 60. A scan takes 4 us."""
    assert told(printing(cpus=1, preemption="full"), "kill", most=1) == [(60104, "kill", "sleeper")]


def printing(**machine):
    return world(late("1 ms", name="first"), thinker("b", "4 ms"), thinker("c", "4 ms"), **machine)


def test_the_explorer_knows_no_turns():
    with pytest.raises(InputError, match=r"machine\.scheduler"):
        explore(world(late()), registry["patched"])
