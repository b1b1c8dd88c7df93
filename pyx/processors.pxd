"""Who has a processor: one interface for both schedulers of a machine (docs/model.md §2).

`shared`: all who run share the processors in infinitely small slices, and a piece of work takes longer from its start
on by how many they are then (`events.stretched`). `slices`: they take turns (`turns`).
"""

from libc.stdint cimport int32_t, int64_t

from events cimport LONGEST, runnable, stretched
from turns cimport start_turns, stop_turns
from world cimport NEVER, World, check


cdef inline void burn(World *w, int32_t i, int state, int64_t ns) noexcept nogil:
    """A thread starts a piece of CPU work."""
    burn_at(w, i, state, ns, True)


cdef inline void burn_at(World *w, int32_t i, int state, int64_t ns, bint shared) noexcept nogil:
    """A thread starts a piece of CPU work, which takes longer if it shares the processors."""
    check(ns >= 0)
    ns = min(ns, LONGEST)
    w.threads[i].burned += ns
    w.threads[i].state = state
    start_at(w, i, ns, shared)


cdef inline void start_at(World *w, int32_t entity, int64_t ns, bint shared) noexcept nogil:
    """The same, or (not `shared`) what is left of a piece."""
    if w.machine.scheduler:
        start_turns(w, entity, ns, False)
        return
    w.running += 1
    w.when[entity] = w.now + (stretched(w, ns) if shared else ns)


cdef inline void start(World *w, int32_t entity, int64_t ns) noexcept nogil:
    """CPU work of `ns` begins; it may end later, the more the more others run."""
    start_at(w, entity, ns, True)


cdef inline void wait(World *w) noexcept nogil:
    """A thread is runnable, and has no processor."""
    w.running += w.machine.scheduler == 0


cdef inline int64_t stop(World *w, int32_t entity) noexcept nogil:
    """A piece is over, or interrupted: how much of it is left, in ns."""
    if w.machine.scheduler:
        return stop_turns(w, entity)
    w.running -= 1
    return NEVER if w.when[entity] == NEVER else max(<int64_t>0, w.when[entity] - w.now)


cdef inline void at_once(World *w, int32_t i) noexcept nogil:
    """Whatever a thread is at, it is over now."""
    if w.machine.scheduler:
        w.work[i].active = 0
    w.when[i] = w.now


cdef inline void end_event(World *w, int32_t i) noexcept nogil:
    """A thread's piece is over, or its event was none of a piece's."""
    if w.machine.scheduler:
        stop_turns(w, i)
    elif runnable(w.threads[i].state):
        w.running -= 1


cdef inline void stand_still(World *w, int32_t i) noexcept nogil:
    """A thread gets nowhere any more, and competes as before."""
    w.when[i] = NEVER
    if w.machine.scheduler:
        w.work[i].left = LONGEST
