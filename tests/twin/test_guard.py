"""Reclaim's own guard and the loop round it, worked out by hand (docs/model.md §4), each side of where a rule came or
went.

The clockwork world, hz 1000: the sleeper's 9,600 of 10,000 pages, `late` takes 300 at 1 ms and is in a pass of 100 us.
The scanner goes through 1,000 pages a millisecond, and 2,000 file pages are in use.
"""

import pytest
from worlds import SLEEPER, both, clockwork, daemon, late, story

from oommc.policies import registry
from oommc.policies.eras import policy_of

NODE = {"memory": "12000 pages", "reserved": "2000 pages", "page_cache": 0, "min": 100, "low": 125, "high": 150}


def world(*others, **machine):
    node = NODE | {"file_resident": "2000 pages"} | machine.pop("node", {})
    return clockwork(SLEEPER, *others, node=[node], scan_rate="1000000 pages/s", **machine)


@pytest.mark.parametrize(
    ("version", "at"),
    [
        ("2.6.18", 1100),
        ("2.6.19", 81_100),  # 6 · (9,900 + 2,000) pages last 71.4 ms; looks at 1.1 ms and, after naps, each 20 ms
        ("2.6.31", 81_100),
        ("2.6.32", 21_100),  # 6 · 2,000 file pages: 12 ms
        ("2.6.36", 21_100),
        ("2.6.37", 12_000),  # no naps any more
        ("4.6", 12_000),
        ("4.7", 2_600),  # sixteen passes
        ("4.12", 2_700),  # seventeen
    ],
)
def test_when_an_ask_comes_to_the_oom_path(version, at):
    both(world(late("1 ms")), policy_of(version))
    assert story(world(late("1 ms")), policy_of(version), "oom")[0] == (at, "oom", "late")


@pytest.mark.parametrize("version", ["2.6.18", "2.6.19", "4.6", "4.7"])
def test_the_outage_begins_with_the_first_pass_that_got_nothing(version):
    record = both(world(late("1 ms")), policy_of(version))
    assert record["first_oom_ns"] == 1_100_000
    assert record["outage_ns"] >= record["ttr_ns"] > 0


def test_any_page_that_returns_starts_the_scan_anew():
    """The giver's ten come back at 5.05 ms; `late` takes them at 5.1 and looks every 100 us, at 17.1 ms in vain."""
    giver = daemon(name="giver", rss=0)
    giver["program"] |= {"chunk": 10, "keep": "4050 us"}
    both(world(late("1500 us"), giver), "reaper-4.6")
    assert next(e[0] for e in story(world(late("1500 us"), giver), "reaper-4.6", "oom") if e[2] == "late") == 17_100


def test_a_pass_under_the_guard_is_not_stretched():
    """Two on one processor: both look every 100 us."""
    two = world(late("1 ms", name="first"), late("1 ms", name="second"), cpus=1)
    both(two, "reaper-4.6")
    assert story(two, "reaper-4.6", "oom")[:2] == [(12_000, "oom", "first"), (12_000, "oom", "second")]


@pytest.mark.parametrize(("swap", "at"), [(0, 12_000), (10_000, 71_400)])
def test_while_there_is_swap_left_anonymous_pages_count_too(swap, at):
    """Though none of them can go there, as they are mlocked."""
    locked = clockwork(
        SLEEPER | {"mlocked": 9600},
        late("1 ms", mlocked=700),
        node=[NODE | {"file_resident": "2000 pages"}],
        scan_rate="1000000 pages/s",
        swap={"size": swap, "rate": "100 MiB/s"},
    )
    both(locked, "reaper-4.6")
    assert story(locked, "reaper-4.6", "oom")[0] == (at, "oom", "late")


@pytest.mark.parametrize(("retry", "at"), [("naps", 21_200), ("at_once", 1300)])
def test_a_pass_with_progress_and_still_no_page(retry, at):
    """32 reclaimed pages lie on the CPU's list, unseen: 2.6.17 naps before the next pass, whose 32 bring a batch of 31
    back.
    """
    machine = {"pcp": {"high": 40, "batch": 31}, "reclaim_batch": "32 pages"}
    full = clockwork(SLEEPER | {"rss": 9536}, late("1 ms"), node=[NODE | {"page_cache": "64 pages"}], **machine)
    policy = registry["baseline"].replace(retry=retry)
    both(full, policy)
    assert story(full, policy, "oom")[0] == (at, "oom", "late")


@pytest.mark.parametrize(("version", "granted"), [("2.6.18", False), ("2.6.19", True), ("3.16", True), ("4.10", True)])
def test_without_gfp_fs_and_progress_2_6_18_never_looks(version, granted):
    """700 pages come back at 8.7 ms and stay free; `late` naps and reclaims, and does not look at them."""
    giver = late("1 us", name="giver", chunk=700)
    giver["program"] |= {"hold": "5 ms"}
    nofs = late("1 ms", flags={"p_no_fs": 1}, chunk=400)
    freed = world(giver, nofs, node={"memory": "12700 pages"})
    record = both(freed, policy_of(version))
    assert bool(story(freed, policy_of(version), "granted")) is granted
    assert record["outcome"] == (1 if granted else 2)


@pytest.mark.parametrize("version", ["2.6.18", "2.6.19", "3.16", "4.10"])
def test_who_asks_for_no_retry_fails_after_its_first_pass(version):
    """With progress (under the guard) or without."""
    asks = world(late("1 ms", flags={"p_noretry": 1}))
    both(asks, policy_of(version))
    assert story(asks, policy_of(version), "failed") == [(1100, "failed", "late")]
