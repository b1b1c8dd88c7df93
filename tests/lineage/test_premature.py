"""Whose memory an ask might have waited for: that of a victim on its nodes, or in its group."""

from worlds import GONE, both, clockwork, hog, story

NODE = {"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}


def on(node: int, **changes) -> dict:
    """A hog that holds 9,500 pages of one node and lacks more of it from so many ms on."""
    return hog(nodes=[node], name=f"hog{node}", **changes)


def test_a_victim_on_other_nodes_makes_nothing_premature():
    """Each asks on a node of its own. The first needs 100 ms to die; the second shoots itself meanwhile."""
    slow = on(0, exit=GONE | {"wake": "100 ms"})
    world = clockwork(slow, on(1), node=[NODE, NODE])
    assert [who for _, _, who in story(world, "oom_kill_allocating_task", "kill")] == ["hog0", "hog1"]
    record = both(world, "oom_kill_allocating_task")
    assert (record["kills"], record["premature"]) == (2, 0)


def test_a_victim_on_some_of_its_nodes_does():
    """The second asks on both, and the first's memory on one of them would have been for it."""
    slow = on(0, exit=GONE | {"wake": "100 ms"})
    second = hog(name="hog1", nodes=[1, 0], rss=9500)
    world = clockwork(slow, second, node=[NODE, NODE])
    record = both(world, "oom_kill_allocating_task")
    assert (record["kills"], record["premature"]) == (2, 1)


def test_a_victim_outside_the_group_makes_nothing_premature():
    """Two groups at their limits, each with a victim that needs 100 ms."""
    members = [hog(name=name, rss=4700, memcg=name, exit=GONE | {"wake": "100 ms"}) for name in ("a", "b")]
    limits = tuple({"name": name, "limit": 4800} for name in ("a", "b"))
    record = both(clockwork(*members, memcgs=limits), "mainline-6")
    assert (record["kills"], record["premature"]) == (2, 0)


def test_the_machines_shortage_waits_for_a_groups_victim_too():
    """The group's victim, shot at 2.801 ms, holds pages of the node on which the hog falls short."""
    member = hog(name="member", rss=4700, memcg="jobs", exit=GONE | {"wake": "100 ms"})
    limit = {"name": "jobs", "limit": 4700}
    world = clockwork(member, hog(rss=4700), memcgs=(limit,), latency={"report": 0})
    assert story(world, "oom_kill_allocating_task", "kill") == [(2801, "kill", "member"), (4700, "kill", "hog")]
    record = both(world, "oom_kill_allocating_task")
    assert (record["kills"], record["premature"]) == (2, 1)
