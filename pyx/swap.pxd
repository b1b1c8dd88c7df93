"""Swap: anonymous pages that reclaim writes out when the page cache is gone, to a device with a size and a rate.

The LRU isn't modelled: the mm that has most gives first. What went out stays out until it is used again (`fault`) or
its mm goes. Nobody swaps out a victim, or an mm whose last user has gone.
"""

from libc.stdint cimport int32_t, int64_t

cimport pcp
from memcg cimport uncharged
from world cimport Mm, World, begin_return, check, held

cdef enum:
    SECOND = 1000000000


cdef inline int64_t swappable(const World *w, const int64_t *nodes, int64_t n_nodes, int64_t most) noexcept nogil:
    """Pages that could go out from these nodes now, up to `most`."""
    cdef int64_t pages = 0
    cdef int32_t m = 0
    most = min(most, w.swap_free)
    while pages < most and m < w.n_mms:
        pages += may_go(w, w.mms + m, nodes, n_nodes)
        m += 1
    return min(pages, most)


cdef inline int64_t may_go(const World *w, const Mm *m, const int64_t *nodes, int64_t n_nodes) noexcept nogil:
    """Pages of an mm that could go out from these nodes."""
    cdef int64_t there = 0, k
    if m.victim_at >= 0 or m.users == 0:
        return 0
    for k in range(n_nodes):
        there += m.pages[nodes[k]]
    return min(there, max(<int64_t>0, held(m, w.n_nodes) - m.mlocked)) if m.mlocked else there


cdef inline int64_t transfer(World *w, int64_t pages) noexcept nogil:
    """When the device, which takes one batch after the other, will have written or read so many."""
    w.swap_at = max(w.now, w.swap_at) + pages * SECOND // w.machine.swap_rate
    return w.swap_at


cdef inline int64_t read_file(World *w, int64_t pages) noexcept nogil:
    """The same of the disk that the files are on."""
    w.disk_at = max(w.now, w.disk_at) + pages * SECOND // w.machine.files_rate
    return w.disk_at


cdef inline int64_t swap_out(
    World *w, int32_t entity, const int64_t *nodes, int64_t n_nodes, int64_t pages
) noexcept nogil:
    """Up to `pages` are out, and `entity` frees them. Returns how many."""
    cdef int64_t left = swappable(w, nodes, n_nodes, pages)
    cdef int64_t out = left, more, most, taken, k
    cdef int32_t m, chosen
    while left > 0:
        most = chosen = 0
        for m in range(w.n_mms):
            more = may_go(w, w.mms + m, nodes, n_nodes)
            if more > most:
                most = more
                chosen = m
        more = min(left, most)
        left -= more
        check(more > 0)
        w.mms[chosen].swapped += more
        w.mms[chosen].scanned += more
        w.swap_free -= more
        check(w.swap_free >= 0)
        for k in range(n_nodes):
            taken = min(more, w.mms[chosen].pages[nodes[k]])
            w.mms[chosen].pages[nodes[k]] -= taken
            pcp.free(w, entity, <int32_t>nodes[k], taken)
            uncharged(w, chosen, taken)
            if taken > 0:
                w.nodes[nodes[k]].failures = 0
            more -= taken
        check(more == 0)
        if w.mms[chosen].reapable:  # what is out comes back as swap, the rest as memory
            begin_return(w, w.mms + chosen)
    return out


cdef inline void give_back(World *w, Mm *m) noexcept nogil:
    """The swap entries of an mm that has gone are free again."""
    w.swap_free += m.swapped
    m.swapped = 0
