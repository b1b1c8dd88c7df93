"""Errands: a thread holds another's mm, or a lock that a dying one needs, and does something before it lets go.

A reader of /proc/PID (get_task_mm(), fs/proc/base.c), access_process_vm() (mm/memory.c) and swapoff's try_to_unuse()
(mm/swapfile.c) hold mm_users and allocate meanwhile; who holds a lock may, too. So the errand is a sleep, then perhaps
an ask, whose pages go back at once. It begins where the thread's program is at a thought, which goes on afterwards; an
ask and what it keeps come first. A thread has one errand at a time. How it ends is in `exit`.
"""

from . import downtime, processors
from .world import NEVER, Errand, Mm, State, Thread, World

AT_A_THOUGHT = frozenset({State.START, State.THINK, State.BUSY, State.HOLD})


def able(t: Thread) -> bool:
    """Whether it may be sent: not on its way out, not at a page fault with nothing in its hands, and not away."""
    dying = t.signalled or t.exiting or t.state in (State.CLEANUP, State.WAKE) or t.mm.dumper is t
    return not (dying or t.state is State.PARK or t.errand)


def send(w: World, t: Thread, mm: Mm | None, delay: int, chunk: int) -> None:
    """It has an errand from now on, with this mm or with a lock."""
    t.errand = Errand(mm, delay, chunk)
    t.errands += 1
    if t.state in AT_A_THOUGHT:
        begin(w, t)


def begin(w: World, t: Thread) -> None:
    """Its thought stops."""
    e = t.errand
    assert e is not None
    downtime.note(w, t)
    rest = t.when if t.when == NEVER else max(0, t.when - w.now)
    if t.state is State.BUSY:
        rest = processors.stop(w, t)
    t.ought = max(0, t.ought - w.now)
    e.begun, e.after, e.rest = True, t.state, rest
    t.state, t.when = State.ERRAND, NEVER if w.frozen and e.chunk else w.now + e.delay
    w.tell("errand", t, pins=e.mm is not None)


def resume(w: World, t: Thread, e: Errand) -> None:
    """It thinks the rest."""
    t.ought += w.now
    t.state, t.when = e.after, NEVER if w.frozen or e.rest == NEVER else w.now + e.rest
    if e.after is State.BUSY:
        processors.start(w, t, e.rest, stretched=False)
        if w.frozen:
            processors.freeze(w, t)


def helps(t: Thread) -> bool:
    """Whether it comes to the end of its errand without any page: it isn't in an ask, nor is one still to come."""
    e = t.errand
    if e is None or t.signalled:
        return False
    return t.state is State.TEARDOWN or (e.chunk == 0 and t.state in (State.ERRAND, State.KEEP))
