"""Errands: a thread holds another's mm, or a lock that a dying one needs, and does something before it lets go.

It sleeps, then perhaps asks for pages, which go back at once. It begins where its program is at a thought, which goes
on afterwards; an ask and what it keeps come first. A thread has one errand at a time. How it ends is in `exit`.
"""

from libc.stdint cimport int32_t, int64_t

from crowd cimport rouse
from downtime cimport note
from events cimport sleep_until
from processors cimport stand_still, start_at, stop
from world cimport (
    BUSY, CLEANUP, ERRAND, HOLD, KEEP, NEVER, NOBODY, PARK, TEARDOWN, WAKE,
    Thread, World, check,
)


cdef inline bint able(const World *w, int32_t i) noexcept nogil:
    """Whether it may be sent: not on its way out, not at a page fault with nothing in its hands, and not away."""
    cdef const Thread *t = w.threads + i
    cdef bint dying = t.signalled or t.exiting or t.state == CLEANUP or t.state == WAKE or w.mms[t.mm].dumper == i
    return not (dying or t.state == PARK or t.errand)


cdef inline void send(World *w, int32_t i, int32_t mm, int64_t delay, int64_t chunk) noexcept nogil:
    """It has an errand from now on, with this mm or (NOBODY) with a lock."""
    cdef Thread *t = w.threads + i
    rouse(w, t.mm)
    t.errand = 1
    t.begun = 0
    t.pins = mm
    t.delay = delay
    t.favour = chunk
    t.errands += 1
    if t.state <= HOLD and t.state != KEEP:
        begin(w, i)


cdef inline void begin(World *w, int32_t i) noexcept nogil:
    """Its thought stops."""
    cdef Thread *t = w.threads + i
    check(t.errand and not t.begun)
    note(w, i)
    t.rest = NEVER if w.when[i] == NEVER else max(<int64_t>0, w.when[i] - w.now)
    if t.state == BUSY:
        t.rest = stop(w, i)
    t.ought = max(<int64_t>0, t.ought - w.now)
    t.begun = 1
    t.after = t.state
    sleep_until(w, i, ERRAND, NEVER if w.frozen and t.favour else w.now + t.delay)


cdef inline void resume(World *w, int32_t i) noexcept nogil:
    """It thinks the rest."""
    cdef Thread *t = w.threads + i
    t.ought += w.now
    sleep_until(w, i, t.after, NEVER if w.frozen or t.rest == NEVER else w.now + t.rest)
    if t.after == BUSY:
        start_at(w, i, t.rest, False)
        if w.frozen:
            stand_still(w, i)


cdef inline bint helps(const Thread *t) noexcept nogil:
    """Whether it comes to the end of its errand without any page: it isn't in an ask, nor is one still to come."""
    if not t.errand or t.signalled:
        return False
    return t.state == TEARDOWN or (t.favour == 0 and (t.state == ERRAND or t.state == KEEP))
