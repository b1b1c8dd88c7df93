"""For how long innocents can't work: daemons that wait, and all who are dead and not yet restarted (docs/model.md §6).

A wait is one for memory, for what is read back, or for a processor: from when a thread would have begun, or ended its
thought on a processor of its own, until it does. Only those of daemons count: a batch job may wait. Who is killed, or
gets NULL, is down from then on until its process has been dead for as long as its `restart` takes. A new instance isn't
simulated: it works from then on.
"""

from .draws import Purpose
from .world import HELD_UP, Process, State, Thread, World

LATE = frozenset({State.START, State.THINK, State.BUSY, State.KEEP})  # what a thread at work may be kept from


def waits(w: World, t: Thread) -> int:
    """How long it has waited by now, in what it waits for still."""
    if t.exiting:  # by itself
        return 0
    if t.pending or t.state in HELD_UP:
        return w.now - t.asked_at
    if t.state in LATE:
        return max(0, w.now - (t.ought if t.state is State.BUSY else t.when))
    return 0


def note(w: World, t: Thread) -> None:
    """A wait ends here, if there is one."""
    if t.spec.daemon and t.down_from < 0:
        t.down += waits(w, t)


def stop(w: World, t: Thread) -> None:
    """SIGKILL, a SIGTERM that it handles, or NULL: it works no more. Who dumps its core has crashed by itself."""
    if not t.spec.hog and t.down_from < 0 and t.mm.dumper is None:
        note(w, t)
        t.down_from = w.now


def died(w: World, process: Process) -> None:
    """All its threads are PF_DEAD: who looks after it knows, and starts another."""
    leader = process.threads[0]
    if not leader.spec.hog:
        up_at = w.now + w.draws.value(leader.spec.restart, Purpose.RESTART, leader.id)
        for t in process.threads:
            t.up_at = up_at


def close(w: World) -> None:
    """The columns, at the end of the run. After a panic nobody works up to the horizon."""
    rest = w.machine.horizon - w.now
    for t in w.threads:
        if t.spec.hog:
            continue
        note(w, t)
        down = t.down + (min(t.up_at, w.now) - t.down_from if t.down_from >= 0 else 0)
        if w.panicked and (t.down_from >= 0 or not t.exiting):
            down += rest
        w.record["downtime_ns"] += down
        w.record["downtime_max_ns"] = max(w.record["downtime_max_ns"], down)
