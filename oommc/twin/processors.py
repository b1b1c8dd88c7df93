"""Who has a processor: one interface for both schedulers of a machine (docs/model.md §2).

`shared`: all who run share the processors in infinitely small slices, and a piece of work takes longer from its start
on by how many they are then. `slices`: they take turns (`turns`).
"""

from . import turns
from .world import LONGEST, NEVER, RUNNABLE, State, Thread, Worker, World


def burn(w: World, t: Thread, state: State, ns: int, stretched: bool = True) -> None:
    """A thread starts a piece of CPU work."""
    ns = min(ns, LONGEST)
    t.burned += ns
    t.state = state
    start(w, t, ns, stretched)


def start(w: World, who: Worker, ns: int, stretched: bool = True) -> None:
    """CPU work of `ns` begins; it may end later, the more the more others run."""
    if w.machine.scheduler:
        return turns.start(w, who, ns)
    w.running += 1
    who.when = w.now + (shared(w, ns) if stretched else ns)


def keep(w: World, t: Thread, ns: int) -> None:
    """Work with interrupts off: it has a processor for itself."""
    if w.machine.scheduler:
        return turns.start(w, t, ns, keeps=True)
    t.when = w.now + ns
    if w.machine.cpus == 1:
        put_off(w, ns)


def wait(w: World) -> None:
    """A thread is runnable, and has no processor."""
    if not w.machine.scheduler:
        w.running += 1


def end(w: World, who: Worker) -> None:
    """A piece is over, at its event; or a thread's event was none of a piece's."""
    if w.machine.scheduler:
        turns.stop(w, who)
    elif not isinstance(who, Thread) or who.state in RUNNABLE:
        w.running -= 1


def stop(w: World, who: Worker) -> int:
    """A piece is interrupted: how much of it is left, in ns."""
    if w.machine.scheduler:
        return turns.stop(w, who)
    w.running -= 1
    return max(0, who.when - w.now)


def at_once(w: World, t: Thread) -> None:
    """Whatever a thread is at, it is over now."""
    t.work.active = False
    t.when = w.now


def freeze(w: World, who: Worker) -> None:
    """It gets nowhere any more, and competes as before."""
    who.when = NEVER
    who.work.left = LONGEST


def shared(w: World, ns: int) -> int:
    """How long CPU work of `ns` takes that starts now, itself counted among the runnable."""
    cpus = w.machine.cpus
    if w.printer and not w.machine.preemption:
        cpus = max(1, cpus - 1)
    return ns * w.running // cpus if w.running > cpus else ns


def put_off(w: World, ns: int) -> None:
    """CPU work in progress gets nothing done for so long."""
    for t in w.threads:
        if t.state in RUNNABLE and t.state is not State.PREEMPT:
            t.when += ns
    for bystander in w.pins:
        if bystander.tearing and bystander.mm.freed_at < 0:
            bystander.when += ns
    for r in w.reapers:
        if r.reaping or (r.tearing and r.mm.freed_at < 0):
            r.when += ns
    if w.killer and w.killer.doing == "searching":
        w.killer.when += ns
