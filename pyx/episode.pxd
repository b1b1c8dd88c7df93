"""Episodes: from the first pass that made no progress to the calm that lasts (docs/model.md §6)."""

from libc.stdint cimport int32_t, int64_t

from world cimport World, count


cdef inline bint calm(const World *w) noexcept nogil:
    """No ask in steps 3 to 6, every node at pages_high."""
    cdef int32_t n
    if w.pending:
        return False
    for n in range(w.n_nodes):
        if w.nodes[n].free + w.nodes[n].listed < w.nodes[n].high:
            return False
    return True


cdef inline void begin_episode(World *w) noexcept nogil:
    """The first pass without progress since the last calm begins an episode."""
    if w.episode_from >= 0:
        return
    w.quiet = 0
    w.episode_from = w.now
    w.calm_from = -1
    count(w, &w.record.episodes, 1)
    if w.record.first_oom_ns < 0:
        w.record.first_oom_ns = w.now


cdef inline void close_episode(World *w, int64_t end) noexcept nogil:
    w.record.outage_ns += end - w.episode_from
    w.record.end_ns = max(w.record.end_ns, end)
    if w.record.ttr_ns < 0:
        w.record.ttr_ns = end - w.episode_from
    w.episode_from = -1
