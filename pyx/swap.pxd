"""Swap: anonymous pages that reclaim writes out when the page cache is gone, to a device with a size and a rate.

The LRU isn't modelled: the mm that has most gives first. What went out stays out until it is used again (`fault`) or
its mm goes. Nobody swaps out a victim, or an mm whose last user has gone.
"""

from libc.stdint cimport int32_t, int64_t

cimport pcp
from memcg cimport group_of, uncharged
from protect cimport may_leave
from world cimport NOBODY, Mm, World, begin_return, check, held

cdef enum:
    SECOND = 1000000000


cdef struct Asked:  # what reclaim asks for
    int64_t nodes[8]
    int64_t n_nodes
    int32_t domain  # for a group, NOBODY: for the machine
    bint last  # it has found nothing else


cdef inline int64_t swappable(const World *w, const Asked *a, int64_t most) noexcept nogil:
    """Pages that could go out now, up to `most`."""
    cdef int64_t pages
    most = min(most, w.swap_free)
    pages = found(w, a, most, False)
    if pages == 0 and a.last and w.n_memcgs > 0:
        pages = found(w, a, most, True)
    return pages


cdef inline int64_t found(const World *w, const Asked *a, int64_t most, bint last) noexcept nogil:
    """The same, with what memory.low keeps, or (`last`) without."""
    cdef int64_t pages = 0
    cdef int32_t m = 0
    while pages < most and m < w.n_mms:
        pages += may_go(w, w.mms + m, a, last)
        m += 1
    return min(pages, most)


cdef inline int64_t may_go(const World *w, const Mm *m, const Asked *a, bint last) noexcept nogil:
    """Pages of an mm that could go out, if it is the only one of its group."""
    cdef int64_t there = 0, k
    if m.victim_at >= 0 or m.users == 0:
        return 0
    for k in range(a.n_nodes):
        there += m.pages[a.nodes[k]]
    if m.mlocked:
        there = min(there, max(<int64_t>0, held(m, w.n_nodes) - m.mlocked))
    if there == 0 or w.n_memcgs == 0:
        return there
    return min(there, may_leave(w, group_of(w, <int32_t>(m - w.mms)), a.domain, last))


cdef inline int64_t transfer(World *w, int64_t pages) noexcept nogil:
    """When the device, which takes one batch after the other, will have written or read so many."""
    w.swap_at = max(w.now, w.swap_at) + pages * SECOND // w.machine.swap_rate
    return w.swap_at


cdef inline int64_t read_file(World *w, int64_t pages) noexcept nogil:
    """The same of the disk that the files are on."""
    w.disk_at = max(w.now, w.disk_at) + pages * SECOND // w.machine.files_rate
    return w.disk_at


cdef inline int64_t swap_out(World *w, int32_t entity, Asked *a, int64_t pages) noexcept nogil:
    """Up to `pages` are out, and `entity` frees them. Returns how many."""
    cdef int64_t left = swappable(w, a, pages)
    cdef int64_t out = left, more, most, taken, k
    cdef int32_t m, chosen
    if w.n_memcgs > 0:
        a.last = False
        a.last = swappable(w, a, 1) == 0
    while left > 0:
        most = chosen = 0
        for m in range(w.n_mms):
            more = may_go(w, w.mms + m, a, a.last)
            if more > most:
                most = more
                chosen = m
        more = min(left, most)
        check(more > 0 or w.n_memcgs > 0)
        if more == 0:  # groups have come to their limits
            break
        left -= more
        w.mms[chosen].swapped += more
        w.mms[chosen].scanned += more
        w.swap_free -= more
        check(w.swap_free >= 0)
        for k in range(a.n_nodes):
            taken = min(more, w.mms[chosen].pages[a.nodes[k]])
            w.mms[chosen].pages[a.nodes[k]] -= taken
            pcp.free(w, entity, <int32_t>a.nodes[k], taken)
            uncharged(w, chosen, taken)
            if taken > 0:
                w.nodes[a.nodes[k]].failures = 0
            more -= taken
        check(more == 0)
        if w.mms[chosen].reapable:  # what is out comes back as swap, the rest as memory
            begin_return(w, w.mms + chosen)
    return out - left


cdef inline void give_back(World *w, Mm *m) noexcept nogil:
    """The swap entries of an mm that has gone are free again."""
    w.swap_free += m.swapped
    m.swapped = 0


cdef inline void of_machine(Asked *a, const int64_t *nodes, int64_t n_nodes, bint last) noexcept nogil:
    """The machine's reclaim, of some nodes."""
    cdef int64_t k
    for k in range(n_nodes):
        a.nodes[k] = nodes[k]
    a.n_nodes = n_nodes
    a.domain = NOBODY
    a.last = last


cdef inline void of_group(Asked *a, const World *w, int32_t domain, bint last) noexcept nogil:
    """Reclaim for a group, on every node."""
    cdef int64_t k
    for k in range(w.n_nodes):
        a.nodes[k] = k
    a.n_nodes = w.n_nodes
    a.domain = domain
    a.last = last
