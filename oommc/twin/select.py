"""Who dies: the abort test, badness() of 2.6.17, children first, signals and marks (mm/oom_kill.c)."""

from math import isqrt

from . import exit as exit_
from . import measure
from .world import Mm, Process, Thread, World

OOM_DISABLE = -17
NS = 1_000_000_000


def in_list(t: Thread) -> bool:
    """Whether the thread is still in the task list."""
    return t.state is not t.state.REAPED


def kill_under_way(w: World) -> bool:
    """Whether the scan meets a thread that releases memory; it skips protected tasks before it looks."""
    for t in w.threads:
        if in_list(t) and t.spec.oom_adj != OOM_DISABLE and not t.dead and not w.expired(t.mm):
            if t.marked and "memdie" in w.policy.abort_on or t.exiting and "exiting" in w.policy.abort_on:
                return True
    return False


def select(w: World) -> Thread | None:
    """The highest badness; of equals the first in the list."""
    chosen, most = None, 0
    for t in w.threads:
        if in_list(t) and t.spec.oom_adj != OOM_DISABLE and not w.expired(t.mm):
            points = badness(w, t)
            if chosen is None or points > most:
                chosen, most = t, points
    return chosen


def badness(w: World, t: Thread) -> int:
    """badness() of Linux 2.6.17, integer division at each step; 0 without an mm."""
    if not t.has_mm:
        return 0
    spec = t.spec
    points = virtual_size(t.process)
    if t.is_leader:  # children hang on the thread that forked them
        for child in t.process.children:
            if child.mm is not t.mm and child.threads[0].has_mm:
                points += virtual_size(child) // 2 + 1
    jiffies = (spec.cpu_time // len(t.process.threads) + t.burned) // w.machine.tick
    cpu = isqrt(jiffies >> (w.machine.shift_hz + 3))
    if cpu:
        points //= cpu
    run = isqrt(isqrt((spec.run_time + w.now) // NS >> 10))
    if run:
        points //= run
    if spec.nice > 0:
        points *= 2
    if spec.root:
        points //= 4
    if spec.rawio:
        points //= 4
    return points << spec.oom_adj if spec.oom_adj > 0 else points >> -spec.oom_adj


def virtual_size(process: Process) -> int:
    """total_vm: what the scenario says, or the pages held where that is more."""
    return max(process.spec.total_vm, sum(process.mm.pages))


def kill(w: World, killer: Thread, chosen: Thread) -> Mm | None:
    """Kill the chosen thread, or the first child with another mm instead. None if it has no mm any more."""
    victim = chosen
    if w.policy.child_first == "first" and chosen.is_leader:
        for child in chosen.process.children:
            if child.mm is not chosen.mm and child.threads[0].has_mm:
                victim = child.threads[0]
                break
    if not victim.has_mm:
        return None
    mm = victim.mm
    if mm.condemned_at >= 0:
        w.count("duplicates")
        w.tell("duplicate", victim)
    else:
        measure.judge(w, killer, victim)
        mm.condemned_at = w.now
        exit_.pin(w, victim)
    policy = w.policy
    for t in w.threads:
        if t.mm is not mm or not t.has_mm:
            continue
        group = t.process is victim.process
        reached = {"all_sharers"} | ({"group"} if group else set()) | ({"thread"} if t is victim else set())
        if policy.mark in reached or (not group and policy.sharers == "kill_and_mark"):
            t.marked = True
        if policy.signal in reached or (not group and policy.sharers != "spare"):
            exit_.signal(w, t)
    return mm
