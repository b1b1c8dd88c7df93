"""Draws that are read in order, one after the other: how long a thread thinks, how long it keeps what it took.

The n-th of them is the same under every policy, so it is drawn once in a schedule and kept for the next policy, as far
as there is room; beyond, it is drawn again each time. A block of Philox gives four.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from events cimport word
from rng cimport FOR_KEEP, FOR_THINK, KEY, counter, philox, philox4
from sampler cimport CONSTANT, evaluate
from scenario cimport ClassSpec
from world cimport Stream, World

cdef enum:
    THINKS = 0
    KEEPS = 1
    STREAMS = 2  # of a thread
    FEW = 8  # after so many draws of a stream more are likely to follow


cdef inline void room(const World *w, int64_t *values) noexcept nogil:
    """For all streams of the threads that ever think."""
    cdef int64_t i, k
    for i in range(w.n_threads):
        for k in range(STREAMS if not w.classes[w.threads[i].cls].idle else 0):
            w.streams.of[STREAMS * i + k].values = values
            values += w.streams.room


cdef inline void forget(World *w) noexcept nogil:
    """Another schedule begins."""
    cdef int64_t s, i
    for s in range(w.spans):
        for i in range(STREAMS * w.awake[s].first, STREAMS * w.awake[s].end):
            w.streams.of[i].drawn = 0


cdef inline int64_t thinks_for(const World *w, int32_t i, int64_t index) noexcept nogil:
    """ns"""
    cdef const ClassSpec *c = w.classes + w.threads[i].cls
    return in_order(w, THINKS, c.think, FOR_THINK, i, 0 if c.steady else index)


cdef inline int64_t in_order(const World *w, int64_t which, int64_t quantile, uint64_t purpose, int32_t i,
                             int64_t index) noexcept nogil:
    """Draw number `index` of a stream of thread i."""
    cdef Stream *s
    if constant(w, quantile):
        return w.segments[w.quantiles[quantile].first].base
    if index >= w.streams.room:
        return evaluate(w.quantiles + quantile, w.segments, w.knots, word(w, purpose, i, index))
    s = stream(w, which, i)
    while index >= s.drawn:
        draw_more(w, s, quantile, purpose, i)
    return s.values[index]


cdef inline bint constant(const World *w, int64_t quantile) noexcept nogil:
    return w.quantiles[quantile].segments == 1 and w.segments[w.quantiles[quantile].first].kind == CONSTANT


cdef inline Stream *stream(const World *w, int64_t which, int32_t i) noexcept nogil:
    return w.streams.of + STREAMS * <int64_t>i + which


cdef inline void draw_more(const World *w, Stream *s, int64_t quantile, uint64_t purpose, int32_t i) noexcept nogil:
    """A block of draws, or four."""
    cdef uint64_t block[4][4]
    cdef int64_t blocks = 4 if FEW <= s.drawn <= w.streams.room - 16 else 1
    cdef int64_t *values = s.values + s.drawn
    cdef int64_t k, j
    for k in range(blocks):
        counter(block[k], w.schedule, purpose, i, s.drawn + 4 * k)
    if blocks == 1:
        philox(block[0], w.seed, KEY)
    else:
        philox4(block, w.seed, KEY)
    for k in range(blocks):
        for j in range(4):
            values[4 * k + j] = evaluate(w.quantiles + quantile, w.segments, w.knots, block[k][j])
    s.drawn += 4 * blocks


cdef inline int64_t keeps_for(const World *w, int32_t i, int64_t index) noexcept nogil:
    """ns"""
    return in_order(w, KEEPS, w.classes[w.threads[i].cls].keep, FOR_KEEP, i, index)
