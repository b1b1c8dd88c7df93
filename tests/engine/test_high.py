"""memory.high, worked out by hand in the clockwork world of `test_cgroup`: a pass takes 100 us, HZ is 1000."""

import pytest
from worlds import GONE, both, clockwork, hog, late, story

from oommc.policies import registry

ROOM = {"memory": "40000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
STEPS = ("over high", "throttled")


def world(*processes, horizon="1 s", memory=40_000, **groups):
    cgroups = tuple({"name": name.replace("_", "/")} | keys for name, keys in groups.items())
    node = ROOM | {"memory": f"{memory} pages"}
    return clockwork(*processes, cgroups=cgroups, node=[node]).replace("horizon", horizon)


def test_the_sleep_grows_with_the_square_of_the_overage():
    """The hog (9,500) takes 199 pages each millisecond, and `a` has a high of 9,600.

    At 1 ms it is 99 above: 99 · 2^20 // 9600 = 10,813, whose square, by HZ, over 2^34 is 6 ticks: HZ/100 or less, so it
    doesn't sleep. At 2.1 ms it is 298 above: 32,549, so 61 ticks a batch of 64, and 61 · 199 // 64 = 189 in all, from
    tick 2 on. At 192 ms, 497 above: 54,285, 171 a batch, 531 in all, from tick 192 on.
    """
    limited = world(hog(cgroup="a"), a={"high": 9600})
    both(limited, "mainline-6")
    assert story(limited, "mainline-6", *STEPS)[:5] == [
        (1000, "over high", "hog"),
        (2100, "over high", "hog"),
        (2200, "throttled", "hog"),
        (192_000, "over high", "hog"),
        (192_100, "throttled", "hog"),
    ]
    assert story(limited, "mainline-6", *STEPS)[5] == (724_000, "over high", "hog")


def test_a_batch_sleeps_for_two_seconds_at_most():
    """1,000 pages above a high of 1,000 would be 2^40 · 1000 >> 34 = 64,000 ticks a batch: 2,000 of them for 64 pages
    each, from tick 1 on, 31,250 in all.
    """
    taker = late("1 ms", chunk=1000, cgroup="a") | {"rss": 1000}
    taker["program"] = taker["program"] | {"target": 3000}
    slow = world(taker, horizon="60 s", a={"high": 1000})
    both(slow, "mainline-6")
    assert story(slow, "mainline-6", *STEPS) == [
        (1000, "over high", "late"),
        (1100, "throttled", "late"),
        (31_252_000, "over high", "late"),
        (31_252_100, "throttled", "late"),
    ]


@pytest.mark.parametrize("name", ["pods", "pods_a"])
def test_every_group_that_a_page_is_charged_to_counts(name):
    tree = {"pods": {}, "pods_a": {}} | {name: {"high": 9600}}
    below = world(hog(cgroup="pods/a"), **tree)
    assert story(below, "mainline-6", *STEPS)[2] == (2200, "throttled", "hog")
    both(below, "mainline-6")


def test_the_others_of_a_group_above_its_high_are_slowed_by_their_own_pages_alone():
    """A daemon that takes one page sleeps for 61 // 64 ticks, so not at all; one that takes 128 for two batches."""
    keeps = {"kind": "churn", "start": 0, "think": "3 ms", "chunk": 1, "keep": "10 s"}
    small = {"name": "small", "role": "daemon", "rss": 0, "cgroup": "a", "program": keeps, "exit": GONE}
    two = small | {"name": "two", "program": keeps | {"chunk": 128}}
    crowd = world(hog(cgroup="a", program=hog()["program"] | {"target": 9898}), small, two, a={"high": 9600})
    record = both(crowd, "mainline-6")
    told = [step for step in story(crowd, "mainline-6", *STEPS) if step[2] != "hog"]
    # 299 above at 3 ms, 427 when both are through: ratio 46,639, 126 ticks a batch
    assert told == [(3000, "over high", "small"), (3000, "over high", "two"), (3100, "throttled", "small"),
                    (3100, "throttled", "two")]  # fmt: skip
    # small: 126 · 1 // 64 = 1 tick, from 3 to 4 ms; two: 252, to 255 ms
    assert record["daemon_stall_ns"] == 1_000_000 + 252_000_000
    assert record["daemon_stall_max_ns"] == record["downtime_max_ns"] == 252_000_000
    assert (record["outcome"], record["kills"], record["episodes"]) == (0, 0, 0)


def test_sigkill_ends_the_sleep():
    """A late one finds the machine short while the hog sleeps, and the hog dies: 3 ms to its exit from the kill on."""
    asking = late("50 ms", chunk=700)
    short = world(hog(cgroup="a"), asking, memory=10_100, a={"high": 9600})
    both(short, "mainline-6")
    (kill,) = story(short, "mainline-6", "kill")
    assert kill[0] < 191_000
    assert story(short, "mainline-6", "exiting")[0] == (kill[0] + 3000, "exiting", "hog")


def test_the_last_batch_is_not_counted_when_the_overage_is_smaller():
    """What was taken below high costs nothing: 199 pages at 2.1 ms, of which 49 are above 9,849."""
    above = world(hog(cgroup="a"), a={"high": 9849})
    both(above, "mainline-6")
    # 49 · 2^20 // 9849 = 5,216: 1 tick, no sleep; at 3.2 ms 248 above: 26,403, 40 ticks, 40 · 199 // 64 = 124
    assert story(above, "mainline-6", *STEPS)[:3] == [
        (2000, "over high", "hog"),
        (3100, "over high", "hog"),
        (3200, "throttled", "hog"),
    ]


@pytest.mark.parametrize("policy", ["patched", "oom-lock-4.2", "skip-4.10", "lockless-reaper-4.19"])
def test_no_kernel_before_throttles(policy):
    assert registry[policy].memcg != "lock"
    assert story(world(hog(cgroup="a"), a={"high": 9600}), policy, *STEPS) == []


def test_max_kills_where_high_lets_it_creep():
    """Within a second high alone lets the hog take 597 pages; max kills it at 3.8 ms and a report later."""
    high, most = (both(world(hog(cgroup="a"), a={key: 9700}), "mainline-6") for key in ("high", "max"))
    assert (high["kills"], most["kills"]) == (0, 1)
