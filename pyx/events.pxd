"""Time: the next event, CPU work under contention, ticks, and the numbers that say how long things take.

An entity has at most one pending event, its entry of `when`. The earliest is next; of equals the smallest entity.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from rng cimport words
from sampler cimport CONSTANT, Segment, evaluate
from world cimport (
    BUSY, NEVER, NOBODY, OVER_HIGH, PASS, PREEMPT, REPORT, TAIL, TEARDOWN, WAKE,
    World, check, killer_entity,
)

cdef extern from *:
    """#define OOMMC_LONGEST ((int64_t)1 << 50)"""
    const int64_t LONGEST "OOMMC_LONGEST"  # ns: no piece of work is longer, no run either (13 days)


cdef inline int64_t ticks_from_now(const World *w, int64_t ticks) noexcept nogil:
    """The instant at which a sleep of so many ticks ends: at a tick boundary."""
    return (w.now // w.machine.tick + ticks) * w.machine.tick


cdef inline uint64_t word(const World *w, uint64_t purpose, uint64_t entity, uint64_t index) noexcept nogil:
    """A uniform of 64 bits."""
    cdef uint64_t block[4]
    words(block, w.seed, w.schedule, purpose, entity, index)
    return block[index & 3]


cdef inline int64_t value(const World *w, int64_t quantile, uint64_t purpose, uint64_t entity,
                          uint64_t index) noexcept nogil:
    """A value of the distribution with this number; a constant costs no uniform."""
    cdef const Segment *s = w.segments + w.quantiles[quantile].first
    if w.quantiles[quantile].segments == 1 and s.kind == CONSTANT:
        return s.base
    return evaluate(w.quantiles + quantile, w.segments, w.knots, word(w, purpose, entity, index))


cdef inline bint happens(const World *w, int64_t p, uint64_t purpose, uint64_t entity, uint64_t index) noexcept nogil:
    """Whether something of probability p / 2^63 happens."""
    return p > 0 and <int64_t>(word(w, purpose, entity, index) >> 1) < p


cdef inline int64_t stretched(const World *w, int64_t ns) noexcept nogil:
    """How long CPU work of `ns` (at most LONGEST) takes that starts now, itself counted among the runnable."""
    cdef int64_t cpus = w.machine.cpus
    if w.printer != NOBODY and cpus > 1 and not w.machine.preemption:  # who prints keeps one
        cpus -= 1
    if w.running > cpus:
        return ns * w.running // cpus
    return ns


cdef inline bint runnable(int state) noexcept nogil:
    return (state == PASS or state == PREEMPT or state == REPORT or state == WAKE or state == TEARDOWN or state == TAIL
            or state == BUSY or state == OVER_HIGH)


cdef inline int32_t next_event(const World *w) noexcept nogil:
    """The entity whose event is next.

    While a thread prints on the only processor nothing else happens; what fell due meanwhile comes at its end.
    """
    if w.printer != NOBODY and w.machine.cpus == 1 and not w.machine.preemption:
        return w.printer
    return earliest_event(w)


cdef inline int32_t earliest_event(const World *w) noexcept nogil:
    """The entity whose event is due first."""
    cdef const int64_t *when = w.when
    cdef int32_t s, e, first = 0
    cdef int64_t earliest = NEVER
    for s in range(w.acting_spans + 1):
        for e in range(w.acting[s].first, w.acting[s].end):
            first = e if when[e] < earliest else first  # no branch, as nobody can predict it
            earliest = min(when[e], earliest)
    if w.policy.monitor.on and when[killer_entity(w)] < earliest:
        return killer_entity(w)
    return first


cdef inline void sleep_until(World *w, int32_t i, int state, int64_t when) noexcept nogil:
    check(when >= w.now)
    w.threads[i].state = state
    w.when[i] = when
