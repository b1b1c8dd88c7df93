"""Losing the CPU between the last try and what follows from it: drawn at each recheck that fails (docs/model.md §2)."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from events cimport sleep_until, value
from processors cimport wait
from rng cimport FOR_PREEMPT, FOR_PREEMPT_P, words
from world cimport PREEMPT, Thread, World


cdef inline bint preempt(World *w, int32_t i, int stage) noexcept nogil:
    """Perhaps lose the CPU before `stage`."""
    cdef Thread *t = w.threads + i
    cdef int64_t number = t.rechecks
    cdef bint goes_on
    if w.machine.preempt_p == 0:
        return False
    goes_on = undisturbed_rechecks(w, i, 1) > 0
    t.rechecks += 1
    if goes_on:
        return False
    w.quiet = 0
    wait(w)
    t.stage = stage
    sleep_until(w, i, PREEMPT, w.now + value(w, w.machine.preempt, FOR_PREEMPT, i, number))
    return True


cdef inline int64_t undisturbed_rechecks(World *w, int32_t i, int64_t most) noexcept nogil:
    """How many failed rechecks follow one another without a preemption, as far as `most`:
    what is drawn is looked at once.
    """
    cdef Thread *t = w.threads + i
    cdef uint64_t block[4]
    t.clear_to = max(t.clear_to, t.rechecks)
    while t.clear_to - t.rechecks < most:
        words(block, w.seed, w.schedule, FOR_PREEMPT_P, i, t.clear_to)
        while <int64_t>(block[t.clear_to & 3] >> 1) >= w.machine.preempt_p:
            t.clear_to += 1
            if t.clear_to & 3 == 0:
                break
        else:
            break
    return min(most, t.clear_to - t.rechecks)
