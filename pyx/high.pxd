"""memory.high: who has taken a group over it reclaims, and sleeps. The twin's high.py has the sources."""

from libc.stdint cimport int32_t, int64_t

cimport swap
from charge cimport above
from events cimport sleep_until, ticks_from_now, value
from policy cimport MEMCG_LOCK
from processors cimport burn
from rng cimport FOR_HIGH_PASS
from world cimport HIGH_OUT, NOBODY, OVER_HIGH, THROTTLED, UNLIMITED, Thread, World, usage

cdef enum:
    CHARGE_BATCH = 64  # MEMCG_CHARGE_BATCH
    PRECISION = 20  # MEMCG_DELAY_PRECISION_SHIFT
    SCALING = 14  # MEMCG_DELAY_SCALING_SHIFT
    LONGEST = 2  # seconds, a batch: MEMCG_MAX_HIGH_DELAY_JIFFIES
    LARGEST = 1 << 24  # overages above are as this one, whose delay is the longest at any HZ
    SHORTEST = 1000  # ns: as of any pass
    NS = 1000000000

cdef struct Overage:
    int64_t pages
    int64_t ratio  # of high, in 2^-20


cdef inline bint begins(World *w, int32_t i) noexcept nogil:
    """Whether a request that is granted took a group over its high: then a pass begins."""
    cdef Thread *t = w.threads + i
    if t.memcg == NOBODY or w.policy.memcg != MEMCG_LOCK or overage(w, t.memcg).pages <= 0:
        return False
    t.asked_at = w.now
    begin_pass(w, i)
    return True


cdef inline Overage overage(const World *w, int32_t group) noexcept nogil:
    """By how much a group, or one that it lies in, is above its high; 0 if none is."""
    cdef Overage most = Overage(pages=0, ratio=0)
    cdef int64_t high, pages
    while group != NOBODY:
        high = w.memcg_specs[group].high
        if high < UNLIMITED:
            pages = max(<int64_t>0, usage(w, group) - high)
            most.pages = max(most.pages, pages)
            most.ratio = max(most.ratio, (pages << PRECISION) // high)
        group = above(w, group)
    return most


cdef inline void begin_pass(World *w, int32_t i) noexcept nogil:
    """All passes of a request last as long."""
    cdef int64_t length = value(w, w.machine.memcg_pass, FOR_HIGH_PASS, i, w.threads[i].asks - 1)
    burn(w, i, OVER_HIGH, max(<int64_t>SHORTEST, length))


cdef inline bint writes(World *w, int32_t i) noexcept nogil:
    """Whether its pass found pages to swap, in the first group upwards that is above its high."""
    cdef swap.Asked asked
    cdef int64_t more
    swap.of_group(&asked, w, above_high(w, w.threads[i].memcg), True)
    more = swap.swappable(w, &asked, w.machine.reclaim_batch)
    if more > 0:
        sleep_until(w, i, HIGH_OUT, swap.transfer(w, more))
    return more > 0


cdef inline bint passes_again(World *w, int32_t i) noexcept nogil:
    """They are written: if it would have to sleep still, another pass follows."""
    cdef swap.Asked asked
    swap.of_group(&asked, w, above_high(w, w.threads[i].memcg), True)
    if swap.swap_out(w, i, &asked, w.machine.reclaim_batch) == 0 or penalty(w, w.threads + i) == 0:
        return False
    begin_pass(w, i)
    return True


cdef inline int32_t above_high(const World *w, int32_t group) noexcept nogil:
    """The group that its pass is for."""
    cdef int32_t at = group
    while at != NOBODY:
        if w.memcg_specs[at].high < UNLIMITED and usage(w, at) > w.memcg_specs[at].high:
            return at
        at = above(w, at)
    return group


cdef inline bint sleeps(World *w, int32_t i) noexcept nogil:
    """Whether it sleeps after its pass, in whole ticks."""
    cdef int64_t ticks = penalty(w, w.threads + i)
    if ticks == 0:
        return False
    sleep_until(w, i, THROTTLED, ticks_from_now(w, ticks))
    return True


cdef inline int64_t penalty(const World *w, const Thread *t) noexcept nogil:
    """Ticks for all that the request took above high; a batch's HZ/100 or less isn't worth it."""
    cdef Overage o = overage(w, t.memcg)
    cdef int64_t hz = NS // w.machine.tick, batch, taken = 0
    cdef int32_t n
    o.ratio = min(o.ratio, <int64_t>LARGEST)
    batch = o.ratio * o.ratio * hz >> (PRECISION + SCALING)
    if batch <= hz // 100:
        return 0
    for n in range(w.n_nodes):
        taken += t.taken[n]
    return min(batch, LONGEST * hz) * min(taken, o.pages) // CHARGE_BATCH
