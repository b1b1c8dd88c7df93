"""Crowds of idle processes: who sleeps is no other to the rules than who is awake."""

import pytest
from worlds import both, clockwork, daemon, hog

from oommc.engine import Engine, crowd
from oommc.policies import parse

IDLE = {
    "role": "batch",
    "count": 20,
    "rss": "20 pages",
    "uid": 1000,
    "program": {"kind": "idle"},
    "exit": {"wake": "3 ms", "tail": "1 ms"},
}


def idle(name: str, **changes) -> dict:
    return IDLE | {"name": name} | changes


def asleep(scenario) -> list[int]:
    return Engine(scenario, [], 1).packed.arrays["mms"]["alike"].tolist()


def test_who_sleeps():
    """Neither who has children, a size that is drawn, threads, a sharer or a last ask, nor a few."""
    few = {"count": crowd.FEW - 2}
    world = clockwork(
        hog(rss=0),
        idle("parents", count=crowd.FEW),
        idle("a", **few, parent="parents"),
        idle("b", count=3),
        daemon(),
        idle("drawn", rss={"dist": "uniform", "low": 1, "high": 3}),
        idle("threaded", threads=2),
        idle("sharers", count=crowd.FEW),
        {
            key: value
            for key, value in idle("guests", count=crowd.FEW, shares_mm_with="sharers").items()
            if key != "rss"
        },
        idle("asks", exit={"work": {"p": 0.5, "delay": 0, "chunk": 1}}),
        idle("few", **few),
    )
    number = crowd.FEW - 2
    parents, children = [0] * number + [2, 1], list(range(number, 0, -1))
    assert asleep(world) == [0, *parents, *children, 3, 2, 1, 0] + [0] * (20 + 20 + crowd.FEW + 20 + number)
    assert not any(asleep(clockwork(hog(rss=0), idle("idle"), swap={"size": "100 pages", "rate": "1 GiB/s"})))


WORLDS = {
    "behind": clockwork(hog(rss=8000), idle("idle", rss="60 pages"), daemon()),
    "before": clockwork(idle("old", run_time="50000 s"), idle("idle", rss="31 pages"), hog(rss=7000), daemon()),
    "worse": clockwork(hog(rss=2000, oom_adj=-17), idle("big", rss="300 pages", oom_adj=4), idle("small", oom_adj=5)),
    "forked": clockwork(
        hog(rss=100), idle("parent", count=1), idle("child", rss="400 pages", parent="parent"), idle("late")
    ),
    "too many": clockwork(
        hog(rss={"dist": "uniform", "low": 0, "high": 4000}), idle("idle", rss="380 pages"), daemon(rss=0)
    ),
    "pinned": clockwork(
        hog(rss=1000, oom_adj=-17),
        idle("idle", rss="400 pages", exit={"pin": {"p": 1, "delay": "70 ms"}, "unreaped": {"p": 1, "delay": 0}}),
    ),
    "grouped": clockwork(
        hog(rss=100, memcg="a"),
        idle("idle", memcg="a"),
        idle("other", memcg="b", rss="300 pages"),
        memcgs=({"name": "a", "limit": 1500, "oom_group": True}, {"name": "b", "limit": 7000, "oom_group": False}),
    ),
    "mapped": clockwork(hog(rss=1000), idle("idle", rss="10 pages", shared="2000 pages"), idle("guest", maps="idle")),
}
POLICIES = parse("baseline,patched,2.6.19,badness-2.6.36,mainline-6,oracle,zone-lock-2.6.24,earlyoom,systemd-oomd")
POLICIES += [POLICIES[1].replace(name="random", selector="random"), POLICIES[1].replace(name="last", ties="last")]


@pytest.mark.parametrize("world", WORLDS)
def test_awake_or_asleep_the_records_are_the_same(world, monkeypatch):
    """Of all policies, in one block of schedules: nothing of one is left for the next."""
    scenario = WORLDS[world]
    assert any(asleep(scenario))
    records = Engine(scenario, POLICIES, 1).run(0, 5)
    assert records["kills"].max() > 1
    monkeypatch.setattr(crowd, "FEW", 1000)
    assert not any(asleep(scenario))
    assert records.tobytes() == Engine(scenario, POLICIES, 1).run(0, 5).tobytes()


@pytest.mark.parametrize("policy", ["baseline", "mainline-6"])
@pytest.mark.parametrize("world", ["worse", "forked"])
def test_the_twin_wakes_nobody_and_agrees(world, policy):
    assert both(WORLDS[world], policy)["kills"] > 0
