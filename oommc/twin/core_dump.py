"""Core dumps: a task that crashes writes its memory to a file before it exits, and everybody on its mm waits for that.

do_coredump() (fs/exec.c in 2.6.17, fs/coredump.c since 3.7) kills all others on the mm, waits until they have come to
exit_mm(), where they wait in turn, and writes. Nobody lets go of the mm before that is over. SIGKILL ends the writing
since 3.10, but never the waiting.
"""

from . import exit as exit_
from .draws import Purpose
from .world import NEVER, Mm, State, Thread, World


def begins(w: World, t: Thread) -> bool:
    """Whether a task that goes by itself dumps core, unless another on its mm does already."""
    mm, leader = t.mm, t.process.threads[0]
    if mm.dumper or not w.draws.happens(t.spec.core_dump_p, Purpose.CORE_DUMP_P, leader.id):
        return False
    mm.dumper = t
    t.state, t.when = State.CORE_WAIT, NEVER
    w.tell("dumps core", t)
    for other in others(w, mm):
        exit_.signal(w, other)
    gather(w, mm)
    return True


def others(w: World, mm: Mm) -> list[Thread]:
    """Who has to come to exit_mm() before the file is begun."""
    return [t for t in w.threads if t.mm is mm and t.has_mm and t is not mm.dumper and not t.spec.init]


def wait(w: World, t: Thread) -> None:
    """In exit_mm(): for core_done."""
    t.state, t.when = State.CORE_WAIT, NEVER
    w.tell("waits for the core", t)
    gather(w, t.mm)


def gather(w: World, mm: Mm) -> None:
    """All are there: the file is begun, unless it was before init came, for whom nobody waits."""
    t = mm.dumper
    if t.state is not State.CORE_WAIT or any(other.state is not State.CORE_WAIT for other in others(w, mm)):
        return
    t.state, t.when = State.DUMP, w.now
    if not interrupted(w, t):
        t.when += w.draws.value(t.spec.core_dump, Purpose.CORE_DUMP, t.process.threads[0].id)


def interrupted(w: World, t: Thread) -> bool:
    """Whether SIGKILL ends the writing."""
    return t.signalled and w.policy.core_dump != "runs_on"


def end(w: World, t: Thread) -> None:
    """coredump_finish(): it goes, and so do those who wait."""
    t.mm.dumper = None
    for other in w.threads:
        if other.mm is t.mm and other.state is State.CORE_WAIT:
            other.when = w.now
    exit_.depart(w, t)
