"""Core dumps: a task that crashes writes its memory to a file before it exits, and everybody on its mm waits for that.

do_coredump() (fs/exec.c in 2.6.17, fs/coredump.c since 3.7) kills all others on the mm, waits until they have come to
exit_mm(), where they wait in turn, and writes. Nobody lets go of the mm before that is over. SIGKILL ends the writing
since 3.10, but never the waiting. Who begins it and what follows is in `exit`.
"""

from .draws import Purpose
from .world import NEVER, Mm, State, Thread, World


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
    assert t is not None
    if t.state is not State.CORE_WAIT or any(other.state is not State.CORE_WAIT for other in others(w, mm)):
        return
    t.state, t.when = State.DUMP, w.now
    if not interrupted(w, t):
        t.when += w.draws.value(t.spec.core_dump, Purpose.CORE_DUMP, t.process.threads[0].id)


def interrupted(w: World, t: Thread) -> bool:
    """Whether SIGKILL ends the writing."""
    return t.signalled and w.policy.core_dump != "runs_on"
