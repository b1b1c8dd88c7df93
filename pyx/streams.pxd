"""Draws that are read in order, one after the other: how long a thread thinks, how long it keeps what it took.

The n-th of them is the same under every policy, so it is drawn once in a schedule and kept for the next policy, as far
as there is room; beyond, it is drawn again each time. A block of Philox gives four.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from events cimport word
from rng cimport FOR_KEEP, FOR_THINK, words
from sampler cimport CONSTANT, Segment, evaluate
from world cimport ClassSpec, Streams, World

cdef enum:
    STREAMS = 2  # of a thread


cdef inline void forget(Streams *s, int32_t n_threads) noexcept nogil:
    """Another schedule begins."""
    cdef int64_t i
    for i in range(n_threads * STREAMS):
        s.drawn[i] = 0


cdef inline int64_t in_order(World *w, int64_t stream, int64_t quantile, uint64_t purpose, int32_t i, int64_t index) noexcept nogil:
    """Draw number `index` of a stream of thread i."""
    cdef const Segment *s = w.segments + w.quantiles[quantile].first
    cdef int64_t *values
    cdef int64_t *drawn
    cdef uint64_t block[4]
    cdef int64_t k
    if w.quantiles[quantile].segments == 1 and s.kind == CONSTANT:
        return s.base
    if index >= w.streams.room:
        return evaluate(w.quantiles + quantile, w.segments, w.knots, word(w, purpose, i, index))
    stream += STREAMS * <int64_t>i
    values = w.streams.values + stream * w.streams.room
    drawn = w.streams.drawn + stream
    while index >= drawn[0]:
        words(block, w.seed, w.schedule, purpose, i, drawn[0])
        for k in range(4):
            values[drawn[0] + k] = evaluate(w.quantiles + quantile, w.segments, w.knots, block[k])
        drawn[0] += 4
    return values[index]


cdef inline int64_t thinks_for(World *w, int32_t i, int64_t index) noexcept nogil:
    cdef const ClassSpec *c = w.classes + w.threads[i].cls
    return in_order(w, 0, c.think, FOR_THINK, i, 0 if c.steady else index)


cdef inline int64_t keeps_for(World *w, int32_t i, int64_t index) noexcept nogil:
    return in_order(w, 1, w.classes[w.threads[i].cls].keep, FOR_KEEP, i, index)
