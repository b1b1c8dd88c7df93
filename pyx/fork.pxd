"""A schedule's state, copied: where policies part, and for a projection."""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from boot cimport lull
from world cimport Memcg, Mm, Node, Pin, Reaper, SharedSegment, Span, Thread, World


cdef inline void copy_world(World *to, const World *source) noexcept nogil:
    """The same state in another workspace of the same scenario, but for a killer in user space, who has no part in either.

    Who sleeps in both is the same there already.
    """
    cdef int32_t s, first, number
    lull(to)
    to.policy, to.schedule = source.policy, source.schedule
    memcpy(&to.spans, &source.spans, <const char *>(source + 1) - <const char *>&source.spans)
    memcpy(to.awake, source.awake, (source.spans + 1) * sizeof(Span))
    memcpy(to.awake_mms, source.awake_mms, (source.mm_spans + 1) * sizeof(Span))
    memcpy(to.acting, source.acting, (source.acting_spans + 1) * sizeof(Span))
    memcpy(to.roused, source.roused, source.n_roused * sizeof(int32_t))
    memcpy(to.asleep, source.asleep, source.n_classes * sizeof(int64_t))
    for s in range(source.acting_spans + 1):
        first, number = source.acting[s].first, source.acting[s].end - source.acting[s].first
        memcpy(to.when + first, source.when + first, number * sizeof(int64_t))
        memcpy(to.next + first, source.next + first, number * sizeof(int32_t))
    for s in range(source.spans):
        first, number = source.awake[s].first, source.awake[s].end - source.awake[s].first
        memcpy(to.threads + first, source.threads + first, number * sizeof(Thread))
    for s in range(source.mm_spans):
        first, number = source.awake_mms[s].first, source.awake_mms[s].end - source.awake_mms[s].first
        memcpy(to.mms + first, source.mms + first, number * sizeof(Mm))
    memcpy(to.nodes, source.nodes, source.n_nodes * sizeof(Node))
    memcpy(to.lists, source.lists, source.n_nodes * source.machine.cpus * sizeof(int64_t))
    memcpy(to.shared, source.shared, source.n_classes * sizeof(SharedSegment))
    memcpy(to.pins, source.pins, source.n_pins * sizeof(Pin))
    memcpy(to.reapers, source.reapers, source.n_reapers * sizeof(Reaper))
    memcpy(to.memcgs, source.memcgs, source.n_memcgs * sizeof(Memcg))
