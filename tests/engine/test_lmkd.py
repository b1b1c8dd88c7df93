"""lmkd's rules, worked out by hand: when PSI tells of a stall, which rule is met first, and who may die by it."""

from types import SimpleNamespace

import pytest
from worlds import both, clockwork, daemon, hog, late, story

from oommc.errors import InputError
from oommc.policies import parse, registry
from oommc.twin.lmkd import WINDOW, Lmkd, Trigger, grew, thrashes

ALONE = "selector=nobody,on_no_victim=retry"  # the kernel kills nobody
IDLE = {"kind": "idle"}
MS = 1_000_000
STUCK = {"wake": "1 ms", "tail": "1 ms", "block": {"p": 1, "delay": "1500 ms"}}


def killed(scenario, knobs: str = "") -> list[tuple]:
    """(µs, who) of each kill, as core and twin agree."""
    [policy] = parse(f"lmkd({ALONE},search=1us{knobs})")
    both(scenario, policy)
    return [(at, who) for at, _, who in story(scenario, policy, "kill")]


def app(name: str = "app", adj: int = 900, rss: int = 300, **changes) -> dict:
    return daemon(name=name, rss=rss, oom_score_adj=adj, program=IDLE, **changes)


def test_a_trigger_reaches_into_the_window_before():
    """300 ms stalled in a first window of 1.1 s; of that 60 % count 0.4 s into the next, and nothing 1.1 s into it."""
    t = Trigger()
    assert grew(t, 1100 * MS, 300 * MS) == 300 * MS
    assert grew(t, 1500 * MS, 310 * MS) == (10 + 180) * MS
    assert grew(t, 2200 * MS, 310 * MS) == 10 * MS
    assert grew(t, 3300 * MS, 310 * MS) == 0 and (t.from_, t.growth) == (3300 * MS, 0)
    assert WINDOW == 1000 * MS


def swapping(*apps: dict):
    """The hog waits for ten batches a second to be written, from 3 ms on; swap is far from low."""
    big = hog(name="big", rss=5000, mlocked=5000, program=IDLE)
    scenario = clockwork(
        big, hog(name="small", rss=4500 - 300 * len(apps)), *apps, swap={"size": 10000, "rate": "320 pages/s"}
    )
    return scenario.replace("horizon", "1500 ms").replace("machine.hz", 100)


def test_a_complete_stall_kills():
    """A partial one is told of at 100 ms, but no rule is met;
    0.7 s of a complete one are full at 800 ms, not at 700.
    """
    assert killed(swapping())[0] == (800002, "big")
    assert killed(swapping(), ",complete_stall=600ms")[0] == (700002, "big")


def test_of_the_highest_adj_the_oldest_dies():
    apps = [app("young", run_time="1 s"), app("old", run_time="9 s"), app("service", adj=500, run_time="99 s")]
    assert killed(swapping(*apps))[0][1] == "old"
    assert killed(swapping(*[a | {"oom_score_adj": 100} for a in apps]))[0][1] in ("young", "old", "service")
    assert killed(swapping(app("young", adj=100, rss=301), app("old", adj=100, run_time="9 s")))[0][1] == "young"
    assert killed(swapping(*apps), ",victim=rss")[0][1] == "big"


def swapped_out(*apps: dict):
    """Swap of 1,000 pages is full after 40 ms; then 100 pages are free, min, and the hog waits in vain."""
    held = sum(a["rss"] for a in apps)
    return clockwork(hog(rss=9500 - held), *apps, swap={"size": 1000, "rate": "32000 pages/s"})


def test_low_swap_and_memory_kills_who_is_not_perceived():
    assert killed(swapped_out(app()))[0] == (100002, "app")
    assert killed(swapped_out(app(adj=200))) == []
    assert killed(swapped_out(app(adj=200)), ",perceptible=killed")[0] == (100002, "app")
    assert killed(swapped_out(app(adj=-1)), ",perceptible=killed")[0][1] == "hog"  # min_score_adj is 0


def test_it_looks_on_while_it_rests():
    """PSI tells of stalls all the time; who rests for longer than the schedule kills once (and time goes on)."""
    apps = [app("old", run_time="9 s"), app("young", run_time="1 s")]
    scenario = swapping(*apps).replace("horizon", "4 s")
    kills = killed(scenario)
    assert len(kills) > 1
    assert killed(scenario, ",rest=10s") == kills[:1]


def test_no_second_kill_while_the_first_victim_lives():
    """The first is blocked for 1.5 s, so a complete stall at 1.8 s is passed over,
    unless kill_timeout_ms, which is 100, has passed.
    """
    slow = [app(name, rss=10, run_time=age, exit=STUCK) for name, age in (("one", "9 s"), ("two", "5 s"))]
    scenario = swapping(*slow).replace("horizon", "3 s")
    first, second = killed(scenario, ",wait_most=0")[:2]
    assert first == (800004, "one") and second[1] == "two" and second[0] > 2_301_004
    assert killed(scenario)[:2] == [(800004, "one"), (1800004, "two")]
    assert killed(scenario, ",wait_most=1s")[:2] == [(800004, "one"), (1800008, "two")]  # it looks when it goes on


def thrashing(*apps: dict, **changes):
    """608 of 1,000 pages of files are missing once the late one has its 700, and are read again and again."""
    reads = {"kind": "churn", "start": 0, "think": "1 ms", "chunk": 1, "keep": "1 ms", "file_touch": 1000}
    held = 8800 - sum(a["rss"] for a in apps)
    scenario = clockwork(
        hog(rss=held, program=IDLE, oom_score_adj=-1), late(at="3 ms", oom_score_adj=-1),
        daemon(rss=0, program=reads, oom_score_adj=-1), *apps, working_set={"size": 1000, "rate": "32000 pages/s"},
    )  # fmt: skip
    return scenario.replace("machine.node.0.page_cache", 1000).replace("horizon", "450 ms")


def test_thrashing_in_direct_reclaim_kills():
    """The look at 100 ms resets; by 200 ms the cache of some 390 pages has been read several times over."""
    assert killed(thrashing(app()))[0] == (200004, "app")
    assert killed(thrashing(app(adj=200)))[0] == (200004, "app")  # critical: nobody is spared
    assert killed(thrashing(app(adj=200)), ",thrashing_critical=100000") == []
    assert killed(thrashing(app()), ",thrashing_critical=100000")[0] == (200004, "app")
    assert killed(thrashing(app()), ",thrashing=100000") == []
    assert killed(thrashing(app()), ",partial_stall=1s,complete_stall=1s") == []  # nothing is told, nobody looks


@pytest.mark.parametrize(("limit", "at"), [(7000, 1_200_004), (7400, 1_800_004)])
def test_thrashing_over_the_limit_is_carried_in_full(limit, at):
    """A window ends at 1.2 s, with 7,283 % of the cache read again: over 7,000 that still counts as it is then.

    Over 7,400 it doesn't, so half of it is carried, 3,641 %, and 7,400 are exceeded six looks later.
    """
    knobs = f",complete_stall=2s,thrashing={limit},thrashing_critical=100000"
    assert killed(thrashing(app()).replace("horizon", "2 s"), knobs)[0] == (at, "app")


@pytest.mark.parametrize(("ms", "carried"), [(1500, 700), (2000, 175), (2900, 175), (3100, 87)])
def test_thrashing_is_halved_with_each_window(ms, carried):
    """700 % of 99 pages; over the limit of 100 in one window it is kept, after two or three it is halved so often."""
    node, monitor = SimpleNamespace(refaults=700, now=ms * MS), SimpleNamespace(thrashing=100)
    node.monitor = monitor
    s = Lmkd(base=99, reset_at=0, limit=100)
    assert thrashes(node, s, cache=50) == carried and (s.base, s.start, s.reset_at) == (50, 700, ms * MS)


def test_the_row_has_the_defaults_of_the_source():
    """swap_free_low_percentage and kill_timeout_ms, update_props()."""
    row = registry["lmkd"].monitor
    assert (row.swap_kill, row.wait_most) == (10, 100 * MS)


def test_without_reclaim_it_leaves_be():
    """Neither swap nor cache: a complete stall for ever, but nothing is reclaimed or read again."""
    assert killed(clockwork(hog(), app(rss=10)).replace("horizon", "2 s")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lmkd(mem_kill=5)", "are for rules=thresholds"),
        ("lmkd(complete_stall=0)", "partial_stall and complete_stall: more than 0"),
        ("lmkd(thrashing=0)", "a whole number from 1"),
        ("lmkd(filecache_min=much)", "filecache_min"),
    ],
)
def test_what_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        parse(text)


def test_a_size_is_a_knob_too():
    low, high = parse("lmkd(filecache_min=16MiB|64MiB)")
    assert (low.monitor.filecache_min, high.name) == (4096, "lmkd(filecache_min=64MiB)")
