"""Per-CPU lists: what a processor frees lies there first, where no watermark sees it (mm/page_alloc.c, `pcp`).

free_hot_cold_page(): a page goes to the list of the CPU that frees it, and as soon as `high` pages are there a `batch`
of them goes back to the zone. Checks go by what is free in the zone; an allocation that has passed its check takes from
its own CPU's list first. With `high` = 0 there are none.
"""

from libc.stdint cimport int32_t, int64_t

from world cimport World, check


cdef inline void free(World *w, int32_t entity, int32_t node, int64_t pages) noexcept nogil:
    """`entity` frees pages, one after the other."""
    cdef int64_t high = w.machine.pcp_high, batch = w.machine.pcp_batch, back = 0
    cdef int64_t *listed
    check(pages >= 0)
    if high == 0:
        give(w, node, pages)
        return
    listed = list_of(w, entity, node)
    listed[0] += pages
    if listed[0] >= high:
        back = ((listed[0] - high) // batch + 1) * batch
    listed[0] -= back
    check(0 <= listed[0] < high)
    w.nodes[node].listed += pages - back
    give(w, node, back)


cdef inline void give(World *w, int32_t node, int64_t pages) noexcept nogil:
    """Pages come back to a node (free_pages_bulk())."""
    if pages > 0:
        w.nodes[node].free += pages
        w.nodes[node].returned_at = w.now


cdef inline int64_t *list_of(const World *w, int32_t entity, int32_t node) noexcept nogil:
    """The list of the processor on which somebody runs: thread i on i mod cpus, who isn't a thread on 0."""
    cdef int64_t cpu = entity % w.machine.cpus if entity < w.n_threads else 0
    return w.lists + node * w.machine.cpus + cpu


cdef inline int64_t take(World *w, int32_t entity, int32_t node, int64_t unit, int64_t most,
                         int64_t mark) noexcept nogil:
    """An ask takes pages, `unit` at a time and at most so many, one after the other while its check at `mark` passes.

    Returns how many. The list serves order 0 only (buffered_rmqueue()).
    """
    cdef int64_t *listed
    cdef int64_t out = 0, more
    if w.nodes[node].free - unit < mark:
        return 0
    if w.nodes[node].listed and unit == 1:
        listed = list_of(w, entity, node)
        out = min(listed[0], most)
        listed[0] -= out
        w.nodes[node].listed -= out
    more = min(most - out, w.nodes[node].free - mark)
    if unit > 1:
        more -= more % unit
    w.nodes[node].free -= more
    check(more >= 0 and w.nodes[node].free >= 0)
    return out + more


cdef inline void drain(World *w) noexcept nogil:
    """drain_all_pages(): every list goes back."""
    cdef int32_t n
    cdef int64_t cpu
    for n in range(w.n_nodes):
        if w.nodes[n].listed == 0:
            continue
        w.quiet = 0
        give(w, n, w.nodes[n].listed)
        w.nodes[n].listed = 0
        for cpu in range(w.machine.cpus):
            w.lists[n * w.machine.cpus + cpu] = 0
