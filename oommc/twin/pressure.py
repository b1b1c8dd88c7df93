"""Memory pressure as the kernel averages it (PSI, kernel/sched/psi.c):
the share of time in which tasks wait for memory.

A task waits from the beginning of its first reclaim pass to the end of its ask, while what it uses is read back, and
while memory.high slows it down.
`some`: one does. `full`: one does, and nobody runs who doesn't (here: who thinks on a CPU or is on its way out). Every
2 s the share of that time goes, in whole percent, into a decaying average over 10 s, in fixed point with 11 bits.
"""

from dataclasses import dataclass

from .badness import member
from .world import HELD_UP, Memcg, State, World

PERIOD = 2_000_000_000  # PSI_FREQ
FIXED_1 = 1 << 11
EXP_10S = 1677  # 1/exp(2 s/10 s)
RUNS = frozenset({State.BUSY, State.WAKE, State.TEARDOWN, State.TAIL})


@dataclass(slots=True, eq=False)
class Pressure:
    """Whose pressure: a group's, or (None) the machine's."""

    group: Memcg | None
    kind: str  # some or full
    stalled: bool = False
    since: int = 0
    stalled_ns: int = 0  # in this period
    total: int = 0  # ns stalled
    average: int = 0  # percent, in fixed point
    scanned: int = 0  # what reclaim had taken here at the killer's last look
    reclaimed_at: int = -1  # the last look that found more
    above_since: int = -1  # the first look at which it was above the killer's limit, and has been since


def start(w: World) -> list[Pressure]:
    """What a killer watches."""
    m = w.policy.monitor
    if m is not None and m.rules == "stalls":
        return [Pressure(None, "some"), Pressure(None, "full")]
    if m is None or m.pressure == "none":
        return []
    groups = w.memcgs if m.pressure_of == "cgroup" and w.memcgs else [None]
    return [Pressure(group, m.pressure) for group in groups]


def advance(w: World, p: Pressure) -> None:
    """The time up to now."""
    while p.since < w.now:
        boundary = (p.since // PERIOD + 1) * PERIOD
        until = min(w.now, boundary)
        if p.stalled:
            p.stalled_ns += until - p.since
            p.total += until - p.since
        p.since = until
        if until == boundary:
            p.average = calc_load(p.average, p.stalled_ns * 100 // PERIOD * FIXED_1)
            p.stalled_ns = 0


def calc_load(load: int, active: int) -> int:
    """include/linux/sched/loadavg.h: up is rounded up."""
    new = load * EXP_10S + active * (FIXED_1 - EXP_10S)
    if active >= load:
        new += FIXED_1 - 1
    return new // FIXED_1


def look(w: World, p: Pressure) -> None:
    """After an event: does somebody wait now?"""
    mine = [t for t in w.threads if member(t, p.group)]
    p.stalled = any(t.pending or t.state in HELD_UP for t in mine)
    if p.kind == "full" and p.stalled:
        p.stalled = not any(t.state in RUNS for t in mine)
        if p.group is None and (any(r.reaping or tears(r) for r in w.reapers) or any(tears(pin) for pin in w.pins)):
            p.stalled = False


def scanned(w: World, p: Pressure) -> int:
    """Pages that reclaim has taken here (pgscan), of the machine the page cache's too."""
    return sum(mm.scanned for mm in p.group.mms) if p.group else sum(w.scanned.values())


def tears(last_user) -> bool:
    """Whether a bystander, or the reaper, runs exit_mmap()."""
    return last_user.tearing and last_user.mm.freed_at < 0


def above(p: Pressure, limit: int) -> bool:
    """Whether it is higher than a limit in hundredths of a percent."""
    return p.average * 100 > limit * FIXED_1
