"""One console, worked out by hand (docs/model.md §2): who prints, and who runs meanwhile.

The clockwork world: a report takes 20 ms, a scan 1 us a task, a pass 100 us. `first` and `second` each ask for 700 of
400 free pages, 300 of which `first` gets; the sleeper's 9,600 come back 3 ms after its death in 20 batches of 500 us.
"""

import pytest
from worlds import SLEEPER, both, clockwork, late, story

from oommc.policies import registry
from oommc.policies.eras import policy_of


def world(second="12 ms", **machine):
    return clockwork(SLEEPER, late("1 ms", name="first"), late(second, name="second"), **machine)


def test_who_finds_the_console_owned_goes_on_at_once():
    """`second` leaves its text to `first`, shoots at 12.103 and says four times more what it wants, each tick: six
    texts in all.

    Then it has its pages. `first` is through at 1.1 + 6 · 20 ms and shoots one of the two that are left: with nothing
    but old news.
    """
    both(world(), "baseline")
    assert story(world(), "baseline", "report", "kill") == [
        (1100, "report", "first"),
        (12100, "report", "second"),
        (12103, "kill", "sleeper"),
        (13100, "report", "second"),
        (14100, "report", "second"),
        (15100, "report", "second"),
        (16100, "report", "second"),
        (121102, "kill", "second"),
    ]


def test_a_killed_owner_prints_to_the_end():
    """`first` is shot at 12.102 ms and dies of it at 201.1: `second` comes back each tick, up to the limiter's ten
    texts.
    """
    big = late("1 ms", name="first", rss=9600)
    big["program"] |= {"target": 20000}
    owner = clockwork(big, late("12 ms", name="second"))
    both(owner, "baseline")
    assert story(owner, "baseline", "kill", "dying", "exit_mmap")[:3] == [
        (12102, "kill", "first"),
        (201100, "dying", "first"),
        (204100, "exit_mmap", "first"),
    ]


def test_on_one_processor_nobody_else_runs_meanwhile():
    """`second` is due at 12 ms and comes at 21.1, before the owner's scan is over."""
    assert story(world(cpus=1), "baseline", "report", "kill", "reclaim")[:4] == [
        (1000, "reclaim", "first"),
        (1100, "report", "first"),
        (21100, "reclaim", "second"),
        (21103, "kill", "sleeper"),
    ]
    both(world(cpus=1), "baseline")


def test_work_in_progress_ends_later_by_the_length_of_the_text():
    """On one processor a pass of `second` begun at 1.05 (stretched to 200 us) ends at 21.25, not at 1.25 ms."""
    one = world("1050 us", cpus=1)
    both(one, "baseline")
    assert story(one, "baseline", "oom")[:2] == [(1100, "oom", "first"), (21250, "oom", "second")]


def test_what_fell_due_happens_at_the_end_in_the_order_in_which_it_was_due():
    """Two daemons think until 9 and 5 ms: at 21.1 ms, after the owner, the second of them comes first."""
    sleepy = [late(at, name=at) for at in ("9 ms", "5 ms")]
    one = clockwork(SLEEPER, late("1 ms", name="first"), *sleepy, cpus=1)
    both(one, "baseline")
    assert story(one, "baseline", "reclaim")[:3] == [
        (1000, "reclaim", "first"),
        (21100, "reclaim", "5 ms"),
        (21100, "reclaim", "9 ms"),
    ]


def test_with_full_preemption_printing_is_work_like_any_other():
    """`second` runs at 12 ms, in a pass of 200 us beside the printer, and adds its text."""
    full = world(cpus=1, preemption="full")
    both(full, "baseline")
    assert story(full, "baseline", "reclaim", "oom", "kill")[:5] == [
        (1000, "reclaim", "first"),
        (1100, "oom", "first"),
        (12000, "reclaim", "second"),
        (12200, "oom", "second"),
        (12203, "kill", "sleeper"),
    ]


@pytest.mark.parametrize(("cpus", "back"), [(2, 12_200), (3, 12_100)])
def test_others_share_the_processors_that_are_left(cpus, back):
    """Beside the printer two passes that begin at 12 ms share one processor of two (200 us for the second), or have one
    each.
    """
    two = clockwork(SLEEPER, late("1 ms", name="first"), late("12 ms", name="a"), late("12 ms", name="b"), cpus=cpus)
    both(two, "baseline")
    assert [e[0] for e in story(two, "baseline", "oom")[1:3]] == [12_100, back]


@pytest.mark.parametrize(
    ("version", "dead"), [("2.6.23", 25_703), ("2.6.24", 121_100), ("3.5", 121_100), ("3.6", 25_703)]
)
def test_who_dies_waits_for_a_report_under_tasklist_lock(version, dead):
    """From 2.6.24 to 3.5 exit_notify() waits for the end of six texts; the pages are back before."""
    policy = registry["baseline"].replace(report_lock=policy_of(version).report_lock)
    both(world(), policy)
    assert story(world(), policy, "cleaned out", "dead")[:2] == [
        (24_703, "cleaned out", "sleeper"),
        (dead, "dead", "sleeper"),
    ]
