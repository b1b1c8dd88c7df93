"""The OOM locks of a memory cgroup, version by version (`oommc/twin/memcg.py`).

The group's limit is 9,700 pages; the machine has room. The hog has one page too few at 2 ms, and comes to the OOM path
after its passes of 100 us; a report takes 11 ms, a scan 1 us a member. Its mm is back from 3 ms after the kill on, 500
pages each 500 us. The waiter asks for 100 at 8 ms.
"""

import pytest
from worlds import both, clockwork, hog, story

from oommc.policies.eras import policy_of

ROOM = {"memory": "30000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}


def member(name: str, at: str, chunk: int, **changes) -> dict:
    program = {"kind": "grow", "start": 0, "think": at, "chunk": chunk, "target": chunk}
    return {"name": name, "role": "daemon", "rss": 0, "program": program} | changes


def group(*others: dict):
    groups = ({"name": "jobs", "limit": 9700}, {"name": "small", "limit": 50})
    members = [hog(memcg="jobs"), member("waiter", "8 ms", 100, memcg="jobs"), *others]
    return clockwork(*members, memcgs=groups, node=[ROOM], latency={"report": "11 ms"})


def told(world, version: str, *what: str) -> list[tuple]:
    both(world, policy_of(version))
    return story(world, policy_of(version), *what)


OTHER = member("other", "7800 us", 100, memcg="small")  # alone in a group of its own, that it outgrows


@pytest.mark.parametrize(
    ("version", "waits"),
    [("2.6.33", []), ("2.6.34", [8_600]), ("3.16", [8_600]), ("4.2", [8_700]), ("4.19", [8_700]), ("5.9", [9_800])],
)
def test_who_comes_second_waits(version, waits):
    """From 2.6.34 on; after six passes, seven from 4.2, eighteen from 5.9 on."""
    steps = told(group(), version, "gate wait", "kill")
    assert [at for at, step, _ in steps if step == "gate wait"] == waits
    assert steps[len(waits)][2] == "hog"


@pytest.mark.parametrize(("version", "awake"), [("2.6.34", 14_202), ("3.16", 14_202), ("4.18", 14_302)])
def test_who_sleeps_at_the_group_s_lock_is_woken_by_its_holder(version, awake):
    """The hog is shot at 13.602 (13.702) ms; the waiter is back at the OOM path six passes later: 4.2's stocks are
    drained.
    """
    calls = [at for at, _, who in told(group(), version, "oom") if who == "waiter"]
    assert calls[:2] == [8_600 if version != "4.18" else 8_700, awake]


def test_or_by_a_page_of_the_group_that_goes_back():
    """The giver gives its 10 pages back at 9.5 ms, and the waiter has them at once, but not those that it lacks."""
    program = {"kind": "churn", "start": 0, "think": "500 us", "chunk": 10, "keep": "9 ms"}
    giver = {"name": "giver", "role": "daemon", "rss": 0, "memcg": "jobs", "program": program}
    calls = [at for at, _, who in told(group(giver), "3.16", "oom") if who == "waiter"]
    assert calls[:2] == [8_600, 9_500 + 600]
    calls = [at for at, _, who in told(group(giver), "4.19", "oom") if who == "waiter"]
    assert calls == [8_700]  # who queues for oom_lock stays in line


@pytest.mark.parametrize(
    ("version", "killed"),
    [("4.1", 8_401), ("4.2", 24_703), ("4.19", 24_703)],
)
def test_from_4_2_on_one_group_waits_for_another(version, killed):
    """The other's passes are over at 8.4 (8.5) ms. 4.2 has it wait for the hog's report, then print its own."""
    assert (killed, "kill", "other") in told(group(OTHER), version, "kill")


@pytest.mark.parametrize(("version", "needless"), [("4.19", 1), ("5.8", 1), ("5.9", 0)])
def test_from_5_9_on_the_margin_is_looked_at_under_oom_lock(version, needless):
    """The waiter is behind the other in oom_lock's queue until 24.703 (25.803) ms. The hog's mm has gone meanwhile, so
    nothing stops its scan, and it shoots itself, the only one that is left.
    """
    record = both(group(OTHER), policy_of(version))
    assert record["needless"] == needless
    assert [who for _, _, who in story(group(OTHER), policy_of(version), "kill")] == ["hog", "other", "waiter"][
        : 2 + needless
    ]
