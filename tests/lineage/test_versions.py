"""Rules of a few versions, each by a schedule on both sides of where it came or went (docs/mechanisms.md).

The clockwork world, a report of 1 ms: the hog comes to the OOM path at 2.1 ms and is shot when report and scan (1 us
a task) are over.
"""

import pytest
from worlds import GONE, both, clockwork, daemon, hog, story

from oommc.policies.eras import policy_of

QUICK = {"report": "1 ms"}
PROTECTED = {"oom_adj": -17, "oom_score_adj": -1000}


def idle(name: str, role: str = "batch", **changes) -> dict:
    """Holds what it holds, and asks for nothing."""
    return {"name": name, "role": role, "rss": 100, "uid": 1000, "program": {"kind": "idle"}, "exit": GONE} | changes


def told(world, version: str, *what: str) -> list[tuple]:
    """The steps of a version, on which core and twin agree."""
    both(world, policy_of(version))
    return story(world, policy_of(version), *what)


@pytest.mark.parametrize(
    ("version", "dies"),
    [("2.6.18", "guard"), ("2.6.19", "guard"), ("2.6.20", "child"), ("2.6.21", "child"), ("2.6.31", "child")],
)
def test_a_protected_child_is_passed_by_from_2_6_20_on(version, dies):
    """The first child of the hog dies in its place. From 2.6.20 on oom_kill_task() refuses one that is OOM_DISABLE, and
    oom_kill_process() goes on to the next (mm/oom_kill.c, c33e0fca350).
    """
    children = [idle("guard", parent="hog", **PROTECTED), idle("child", parent="hog")]
    world = clockwork(hog(rss=9300), *children, daemon(), latency=QUICK)
    assert told(world, version, "kill")[0] == (3_104, "kill", dies)


@pytest.mark.parametrize(
    ("version", "dies"), [("2.6.19", True), ("2.6.20", False), ("2.6.21", True), ("2.6.35", True), ("2.6.36", False)]
)
def test_whether_another_process_on_the_victim_s_mm_dies(version, dies):
    """2.6.20 signals the victim once for each (`force_sig(SIGKILL, p)`), 2.6.21 each (650a7c974f1), 2.6.36 nobody."""
    peer = idle("peer", shares_mm_with="hog")
    del peer["rss"]
    dying = told(clockwork(hog(), peer, daemon(), latency=QUICK), version, "dying")
    assert ((3_103, "dying", "peer") in dying) is dies


NODE = {"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}


@pytest.mark.parametrize(
    ("version", "binding", "refused"),
    [
        ("2.6.23", "cpuset", 0),  # no gate
        ("2.6.24", "cpuset", 1),  # try_set_zone_oom() goes through all of the zonelist
        ("2.6.25", "mempolicy", 0),  # MPOL_BIND has a zonelist of its own
        ("2.6.26", "mempolicy", 1),  # which it shares with all from 19770b32609b on
        ("4.1", "cpuset", 1),
    ],
)
def test_whether_one_node_s_killer_keeps_out_another_s(version, binding, refused):
    """Two hogs, each bound to a node. The first has the gate from 3.1 ms on; the second comes to it at 3.4 ms."""
    program = hog()["program"]
    hogs = [
        hog(nodes=[0], binding=binding),
        hog(name="other", nodes=[1], binding=binding, program=program | {"start": "300 us", "think": "1 ms"}),
    ]
    steps = told(clockwork(*hogs, node=[NODE, NODE], latency=QUICK), version, "refused")
    first = [step for step in steps if step[0] < 4_000]
    assert first == ([(3_400, "refused", "other")] if refused else [])
