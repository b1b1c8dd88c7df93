"""Batches that go back one after the other, done at once as long as nobody looks in between.

A batch's end matters to whoever looks at free memory, at MMF_OOM_SKIP, or at the clock: somebody else's event, or the
first calm of an episode. Up to the next of these the batches of one mm are arithmetic: equal in size and, the number of
runnable threads being constant, in time. What is left is one event, the end of the last of them.
"""

from libc.stdint cimport int32_t, int64_t

from events cimport LONGEST, stretched
from memcg cimport tries
from teardown cimport SECOND, give_back, kept_from_skip, takes, torn
from world cimport STALLED, TEARDOWN, Mm, World, killer_entity, reaper_entity


cdef inline void in_bulk(World *w, int32_t e, int64_t end) noexcept nogil:
    """If the event of `e` is the end of a batch: put it off to the last one that ends before anybody looks,
    or `end`.
    """
    cdef int64_t limit, alike, ns, period, before
    cdef Mm *m = in_return(w, e, &limit)
    if m == NULL or w.machine.pcp_high > 0 or w.machine.gather > 0 or w.machine.scheduler:
        return
    if w.policy.monitor.on and w.killer.doing == STALLED:
        return
    if w.n_memcgs > 0 and tries(w):  # each batch wakes who sleeps at the group's lock
        return
    if w.episode_from >= 0 and w.calm_from < 0 and w.pending == 0:  # the calm begins with one of them
        return
    alike = (limit - m.returned - 1) // w.machine.teardown_batch - 1
    if alike <= 0:
        return
    ns = w.machine.teardown_batch * SECOND // w.machine.teardown_rate
    if e < w.n_threads:
        ns = min(ns, LONGEST)
    period = stretched(w, ns)
    if period > 0:
        alike = min(alike, (next_of_others(w, e, end) - w.when[e] - 1) // period)
        if alike <= 0:
            return
    before = m.returned
    give_back(w, e, m, m.returned + alike * w.machine.teardown_batch)
    note_returns(w, m, before, w.when[e], period)
    w.when[e] += alike * period
    if e < w.n_threads:
        w.threads[e].burned += alike * ns


cdef inline Mm *in_return(World *w, int32_t e, int64_t *limit) noexcept nogil:
    """The mm of which the event of `e` is the end of a batch, else NULL; and up to where batches are alike."""
    cdef Mm *m
    cdef int32_t r
    limit[0] = 0
    if e < w.n_threads:
        if w.threads[e].state != TEARDOWN:
            return NULL
        m = w.mms + torn(w.threads + e)
    elif e < w.n_threads + w.n_nodes or e == killer_entity(w):
        return NULL
    elif e < reaper_entity(w, 0):
        r = e - w.n_threads - w.n_nodes
        if not w.pins[r].tearing:
            return NULL
        m = w.mms + w.pins[r].mm
    else:
        r = e - reaper_entity(w, 0)
        m = w.mms + w.reapers[r].mm
        if w.reapers[r].reaping:
            limit[0] = takes(w, m)
            return m
        if not w.reapers[r].tearing:
            return NULL
    limit[0] = m.total - kept_from_skip(w, m)
    return m


cdef inline int64_t next_of_others(const World *w, int32_t e, int64_t end) noexcept nogil:
    """When somebody else than `e` has an event, at most `end`."""
    cdef int64_t at = end
    cdef int32_t s, k
    for s in range(w.acting_spans + 1):
        for k in range(w.acting[s].first, w.acting[s].end):
            if k != e and w.when[k] < at:
                at = w.when[k]
    if w.policy.monitor.on:
        at = min(at, w.when[killer_entity(w)])
    return at


cdef inline void note_returns(World *w, const Mm *m, int64_t before, int64_t first, int64_t period) noexcept nogil:
    """When the last page came back to each node, of the batches since `before`, of which the first ended at `first`."""
    cdef int64_t got, pages
    cdef int32_t n
    for n in range(w.n_nodes):
        got = m.whole[n] * m.returned // m.total
        if got == m.whole[n] * before // m.total:
            continue
        pages = (got * m.total + m.whole[n] - 1) // m.whole[n]  # so many of all were back by then
        w.nodes[n].returned_at = first + (pages - before - 1) // w.machine.teardown_batch * period
