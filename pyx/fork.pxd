"""A world's arrays, and a schedule's state copied: where policies part, and for a projection."""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy

from arena cimport Arena, here, take, take_first, take_spans
from boot cimport lull
from world cimport (
    Lone, Memcg, Mm, Node, Pin, Pressure, Reaper, SharedSegment, Span, Thread, Work, World, killer_entity,
    reaper_entity,
)


cdef inline void copy_world(World *to, const World *source) noexcept nogil:
    """The same state in another workspace of the same scenario."""
    cdef Arena a = Arena(block=to.arrays, source=source.arrays, used=0)
    lull(to)
    to.policy, to.schedule = source.policy, source.schedule
    memcpy(&to.spans, &source.spans, <const char *>(source + 1) - <const char *>&source.spans)
    arrays(to, &a)


cdef inline void arrays(World *w, Arena *a) noexcept nogil:
    """Each array of a world: how many places it has, and which of them another world needs.

    Who sleeps is the same in every world; a killer in user space has no part in a copy.
    """
    cdef int64_t lists = w.n_nodes * w.machine.cpus, turns = w.machine.scheduler
    w.arrays = <char *>here(a)
    w.born = <Span *>take(a, w.n_threads + 3, sizeof(Span))
    w.born_mms = <Span *>take(a, w.n_mms + 3, sizeof(Span))
    w.born_acting = <Span *>take(a, w.n_threads + 3, sizeof(Span))
    w.awake = <Span *>take_first(a, w.n_threads + 3, sizeof(Span), w.spans + 1)
    w.awake_mms = <Span *>take_first(a, w.n_mms + 3, sizeof(Span), w.mm_spans + 1)
    w.acting = <Span *>take_first(a, w.n_threads + 3, sizeof(Span), w.acting_spans + 1)
    w.roused = <int32_t *>take_first(a, w.n_mms, sizeof(int32_t), w.n_roused)
    w.asleep = <int64_t *>take_first(a, w.n_classes, sizeof(int64_t), w.n_classes)
    w.when = <int64_t *>take_spans(a, killer_entity(w) + 1, sizeof(int64_t), w.acting, w.acting_spans + 1)
    w.work = <Work *>take_spans(a, turns * (killer_entity(w) + 1), sizeof(Work), w.acting, turns * (w.acting_spans + 1))
    w.next = <int32_t *>take_spans(a, killer_entity(w), sizeof(int32_t), w.acting, w.acting_spans + 1)
    w.threads = <Thread *>take_spans(a, w.n_threads, sizeof(Thread), w.awake, w.spans)
    w.mms = <Mm *>take_spans(a, w.n_mms, sizeof(Mm), w.awake_mms, w.mm_spans)
    w.nodes = <Node *>take_first(a, w.n_nodes, sizeof(Node), w.n_nodes)
    w.lists = <int64_t *>take_first(a, lists, sizeof(int64_t), lists)
    w.shared = <SharedSegment *>take_first(a, w.n_classes, sizeof(SharedSegment), w.n_classes)
    w.pins = <Pin *>take_first(a, w.n_mms, sizeof(Pin), w.n_pins)  # an mm is condemned once
    w.reapers = <Reaper *>take_first(a, w.n_mms, sizeof(Reaper), w.n_reapers)
    w.memcgs = <Memcg *>take_first(a, w.n_memcgs, sizeof(Memcg), w.n_memcgs)
    w.lone = <Lone *>take(a, w.n_threads, sizeof(Lone))
    w.pressures = <Pressure *>take(a, w.n_memcgs + 2, sizeof(Pressure))
    w.hooks = <int64_t *>take(a, w.n_processes, sizeof(int64_t))
    w.victims = <uint8_t *>take(a, w.n_processes, sizeof(uint8_t))
