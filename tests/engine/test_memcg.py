"""Memory cgroups, worked out by hand in the clockwork world of `test_path`.

The machine has room enough; the group's limit is 9,700 pages. The hog (9,500) takes 199 at 1 ms; its next ask, at 2
ms, gets the one page that is left, and then finds no room: eighteen passes of 100 us without progress, and it comes
to the OOM path at 3.8 ms.
"""

from worlds import both, clockwork, daemon, hog, story

from oommc.policies import registry
from oommc.trace import replay

MEMCG = {"name": "jobs", "limit": 9700}
ROOM = {"memory": "30000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}


def group(*members, oom_group=False):
    return clockwork(*members, memcgs=(MEMCG | {"oom_group": oom_group},), node=[ROOM])


def test_a_member_that_fails_its_limit_kills_inside_the_group():
    """A scan of the one member takes 1 us, a report 20 ms. The hog looks for its page once more, is let through as a
    dying task, and goes with 9,701."""
    world = group(hog(memcg="jobs"), daemon(rss=9000))
    record = both(world, "mainline-6")
    assert story(world, "mainline-6", "oom", "gate", "recheck", "report", "kill", "cleaned out") == [
        (3800, "oom", "hog"),
        (3800, "gate", "hog"),
        (3800, "recheck", "hog"),
        (3801, "report", "hog"),
        (23801, "kill", "hog"),
        (36502, "cleaned out", "hog"),  # 3 ms to the exit, 9,701 pages in 20 batches
    ]
    assert (record["kills"], record["unnecessary"], record["collateral"]) == (1, 0, 0)


def test_where_there_are_no_memcgs_limits_do_not_bind():
    world = group(hog(memcg="jobs"), daemon(rss=9000)).replace("horizon", "10 ms")
    assert both(world, "patched")["oom_calls"] == 0
    assert both(world, "never")["oom_calls"] == 1  # and, with nobody shot, the charge fails


def test_the_lock_queues_and_the_margin_is_read_again_under_it():
    """The second member asks at 6 ms, comes to the OOM path at 7.8, waits for the lock until 23.801 ms, fails the check
    under it and finds the hog dying; when the hog's first batch is back its charge goes through."""
    second = {"kind": "grow", "start": 0, "think": "6 ms", "chunk": 100, "target": 100}
    waiter = {"name": "waiter", "role": "daemon", "rss": 0, "memcg": "jobs", "program": second}
    world = group(hog(memcg="jobs"), waiter)
    record = both(world, "oom-lock-4.2")
    assert record["kills"] == 1
    locked = both(world, "mainline-6")
    assert story(world, "mainline-6", "gate wait") == [(7800, "gate wait", "waiter")]
    assert (locked["kills"], locked["premature"]) == (1, 0)
    # Without lock and recheck two members decide on their own. The second leaves its report to the hog, which
    # prints, and shoots it at 6.602 ms. The hog prints both, to 42.602, and lets go of its mm at 45.802. Until then
    # its mark stops the second, each tick; at 46.302 the first batch is back, and the second sees it at 46.4, after
    # a pass.
    slow = group(hog(memcg="jobs", exit={"wake": "3200 us", "tail": "1 ms"}), waiter)
    assert both(slow, "zone-lock-2.6.24")["kills"] == 1
    steps = story(slow, "zone-lock-2.6.24", "kill", "exit_mmap", "granted")
    assert steps == [
        (6602, "kill", "hog"),
        (42602, "granted", "hog"),
        (45802, "exit_mmap", "hog"),
        (46400, "granted", "waiter"),
    ]


def test_a_pass_within_a_group_has_a_length_of_its_own_and_stocks_are_drained_once():
    """Eighteen passes of 10 us lead `waiter` from 3 ms to the OOM path, where the hog is dying already; from then on it
    is seventeen, and a look at two tasks. The first batch is back at 5.682 ms."""
    second = {"kind": "grow", "start": 0, "think": "3 ms", "chunk": 100, "target": 100}
    waiter = {"name": "waiter", "role": "daemon", "rss": 0, "memcg": "jobs", "program": second}
    world = group(hog(memcg="jobs"), waiter)
    for key, value in (("memcg_pass", "10 us"), ("report", 0)):
        world = world.replace(f"machine.latency.{key}", value)
    both(world, "mainline-6")
    hogs = [(2180, "oom", "hog")]
    assert story(world, "mainline-6", "oom", "granted")[:2] == [*hogs, (2182, "granted", "hog")]
    calls = [(3180 + 172 * k, "oom", "waiter") for k in range(15)]
    assert story(world, "mainline-6", "oom", "granted")[2:] == [*calls, (5690, "granted", "waiter")]


def test_a_pass_outside_of_the_group_is_as_long_as_ever():
    """The hog's group has room; of the machine's pages 200 are left at 1 ms, all of which it wants."""
    world = group(hog(memcg="jobs"), daemon(rss=9000)).replace("machine.latency.memcg_pass", "10 us")
    bare = world.replace("memcg.jobs.limit", 30000).replace("process.daemon.rss", 20300)
    assert story(bare, "mainline-6", "oom")[0] == (1000 + 17 * 100, "oom", "hog")


def test_oom_group_takes_every_member():
    second = daemon(memcg="jobs", rss=0, program={"kind": "idle"}, exit={"wake": "1 ms", "tail": "1 ms"})
    alone, together = (group(hog(memcg="jobs"), second, oom_group=flag) for flag in (False, True))
    assert both(alone, "mainline-6")["kills"] == 1
    record = both(together, "mainline-6")
    assert (record["kills"], record["collateral"], record["premature"], record["unnecessary"]) == (2, 1, 0, 0)
    assert both(together, "skip-4.10")["kills"] == 1  # memory.oom.group is of 4.19
    assert {e[2] for e in story(together, "mainline-6", "kill")} == {"hog", "daemon"}


def test_nobody_outside_is_looked_at():
    """A protected member can't be killed, so the charge fails; the large outsider is safe."""
    world = group(hog(memcg="jobs", oom_score_adj=-1000), daemon(rss=9000, uid=1000))
    record = both(world, registry["mainline-6"])
    assert (record["kills"], record["outcome"]) == (0, 1)


def test_oom_kill_allocating_task_is_the_machines_matter():
    """out_of_memory() looks at the sysctl only where no memory cgroup's limit failed (`!is_memcg_oom(oc)`)."""
    asking = {"kind": "grow", "start": 0, "think": "6 ms", "chunk": 300, "target": 300}
    small = {"name": "small", "role": "daemon", "rss": 0, "memcg": "jobs", "program": asking}
    world = group(hog(memcg="jobs", program={"kind": "idle"}), small)
    assert both(world, "oom_kill_allocating_task")["kills"] == 1
    assert [who for _, _, who in story(world, "oom_kill_allocating_task", "kill")] == ["hog"]


def test_a_story_tells_which_limit_failed():
    text = replay(group(hog(memcg="jobs")), registry["mainline-6"], 0, 1).text()
    assert "no room within its memory cgroup's limit" in text
    assert "no page above min" not in text
