"""For how long innocents can't work, worked out by hand: waits, deaths and restarts, and what both come to together."""

import pytest
from worlds import GONE, both, clockwork, daemon, hog, late, records, story

from oommc.policies import registry
from oommc.scenario import Scenario

MS = 1_000_000
ITSELF = registry["baseline"].replace(selector="allocating_task")


def once(at: str, chunk: int = 1, **changes) -> dict:
    """A daemon that asks once, at a time of its own, and holds that for ever."""
    program = {"kind": "grow", "start": 0, "think": at, "chunk": chunk, "target": chunk}
    return daemon(rss=0, program=program | changes.pop("program", {}), **changes)


def times(world, policy, who: str, *what: str) -> list[int]:
    """When this happened to a process, in ns."""
    return [round(us * 1000) for us, _, name in story(world, policy, *what) if name == who]


@pytest.mark.parametrize(("restart", "after"), [("100 ms", 100 * MS), ("0 s", 0)])
def test_a_dead_daemon_is_down_until_it_is_restarted(restart, after):
    """`baseline` shoots it for nothing; its restart begins where its process is PF_DEAD."""
    world = clockwork(hog(), daemon(), late(), restart=restart)
    (killed,), (dead,) = (times(world, "baseline", "daemon", what) for what in ("kill", "dead"))
    record = both(world, "baseline")
    assert record["downtime_ns"] == record["downtime_max_ns"] == dead - killed + after
    assert record["daemon_stall_ns"] == 0


def test_a_daemon_that_never_comes_back_is_down_to_the_horizon():
    world = clockwork(hog(), daemon(restart="never"), late(), restart="100 ms")
    (killed,) = times(world, "baseline", "daemon", "kill")
    assert both(world, "baseline")["downtime_ns"] == 1000 * MS - killed
    assert both(world, "patched")["downtime_ns"] == 0


def test_a_class_says_its_own_restart():
    slow = {"dist": "uniform", "low": "200 ms", "high": "300 ms"}
    world = clockwork(hog(), daemon(restart=slow), late())
    (killed,), (dead,) = (times(world, "baseline", "daemon", what) for what in ("kill", "dead"))
    assert 200 * MS <= both(world, "baseline")["downtime_ns"] - (dead - killed) <= 300 * MS
    assert Scenario.from_dict(world.to_dict()) == world


def test_never_is_written_as_it_is_read():
    world = clockwork(daemon(restart="never"), restart="never")
    assert world.to_dict()["machine"]["restart"] == world.to_dict()["process"][0]["restart"] == "never"
    assert Scenario.from_toml(world.to_toml()) == world


def test_a_wait_for_memory_is_downtime():
    """It asks for a page at 5 ms and gets it when the hog's memory is back."""
    record = both(clockwork(hog(), once("5 ms")), "patched")
    assert record["downtime_ns"] == record["daemon_stall_ns"] == record["downtime_max_ns"] > 20 * MS


def test_a_wait_that_ends_in_death_counts_once():
    """It asks at 5 ms, and the kernel shoots whoever asks: down from 5 ms on, until its restart."""
    world = clockwork(hog(), once("5 ms"), restart="100 ms")
    (dead,) = times(world, ITSELF, "daemon", "dead")
    record = both(world, ITSELF)
    assert record["downtime_ns"] == dead + 100 * MS - 5 * MS
    assert record["daemon_stall_ns"] > 0


def test_a_batch_job_may_wait_but_not_die():
    """It waits for the hog's memory; shot instead, it is down until it is restarted. The hog never counts."""
    world = clockwork(hog(), late("5 ms", 1), restart="100 ms")
    assert both(world, "patched")["downtime_ns"] == 0
    (killed,), (dead,) = (times(world, ITSELF, "late", what) for what in ("kill", "dead"))
    assert both(world, ITSELF)["downtime_ns"] == dead - killed + 100 * MS


def test_null_is_a_death_too():
    """An ask that may not retry gets NULL after its pass, at 5.1 ms: down since it asked, at 5 ms."""
    world = clockwork(hog(), once("5 ms", flags={"p_noretry": 1}), restart="100 ms")
    (failed,), (dead,) = (times(world, "patched", "daemon", what) for what in ("failed", "dead"))
    assert failed == 5_100_000
    record = both(world, "patched")
    assert (record["kills"], record["downtime_ns"]) == (1, dead + 100 * MS - 5 * MS)


def test_who_leaves_by_itself_is_not_down():
    """A daemon that has done its work, 2 ms after its page."""
    assert both(clockwork(once("5 ms", program={"hold": "2 ms"})), "patched")["downtime_ns"] == 0


def test_a_crash_kills_its_threads_but_nobody_is_down():
    """zap_threads() sends SIGKILL to the other threads of who dumps its core."""
    program = {"kind": "grow", "start": 0, "think": "1 ms", "chunk": 1, "target": 1, "hold": "5 ms"}
    crashes = GONE | {"core_dump": {"p": 1, "delay": "1 ms"}}
    world = clockwork(daemon(threads=2, program=program, exit=crashes)).replace("horizon", "40 ms")
    assert both(world, "baseline")["downtime_ns"] == 0


def test_all_threads_of_a_daemon_count():
    """Three ask at 5 ms, and one of them shoots their process. It is restarted once the last of them is dead."""
    world = clockwork(hog(), once("5 ms", threads=3), restart="100 ms")
    (last,) = times(world, ITSELF, "daemon-0.2", "dead")
    record = both(world, ITSELF)
    assert record["downtime_max_ns"] == last + 100 * MS - 5 * MS
    assert record["downtime_ns"] == 3 * record["downtime_max_ns"]


@pytest.mark.parametrize("count", [2, 9])
def test_after_a_panic_nobody_works(count):
    """At 22.103 ms, or when the scan has seen more: two daemons, or nine who sleep and are never looked at."""
    world = clockwork(hog(), daemon(count=count, rss=10, program={"kind": "idle"}))
    policy = registry["baseline"].replace(panic_on_oom="yes")
    record = both(world, policy)
    assert record["outcome"] == 4
    assert record["downtime_ns"] == count * (1000 * MS - record["end_ns"])
    assert record["downtime_max_ns"] == 1000 * MS - record["end_ns"]


def test_who_prints_keeps_the_only_processor_from_a_daemon():
    """The hog prints from 3.1 to 23.1 ms. The daemon's thought is over at 10 ms, and only then may it ask."""
    world = clockwork(hog(), once("10 ms"), cpus=1)
    record, beside = both(world, "patched"), both(world.replace("machine.cpus", 2), "patched")
    assert record["downtime_ns"] - record["daemon_stall_ns"] == 23_100_000 - 10 * MS
    assert beside["downtime_ns"] == beside["daemon_stall_ns"]


@pytest.mark.parametrize(("cpus", "lost"), [(1, 10), (2, 0)])
def test_a_lack_of_processors_is_downtime(cpus, lost):
    """Two think for 10 ms on a processor; the second one begins beside the first and takes 20."""
    busy = {"busy": True}
    first = late("10 ms", 1, program=late("10 ms", 1)["program"] | busy)
    world = clockwork(first, once("10 ms", program=busy), cpus=cpus)
    assert both(world, "patched")["downtime_ns"] == lost * MS


def test_a_run_goes_on_while_a_daemon_dies():
    """Its end isn't known before it is dead, though nothing else is left to come."""
    slow = daemon(exit=GONE | {"block": {"p": 1, "delay": "400 ms"}}, restart="100 ms")
    world = clockwork(hog(), slow, late())
    (killed,), (dead,) = (times(world, "baseline", "daemon", what) for what in ("kill", "dead"))
    assert records(world, "baseline")[0]["downtime_ns"] == dead - killed + 100 * MS
