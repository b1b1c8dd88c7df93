"""Reclaim's own guard: a pass that got nothing hasn't failed while a node of its ask may still be reclaimable.

So it was from 2.6.19 to 4.6. Nobody's scanning is followed: from any return of pages to a node, 0 at boot, the scanner
goes through its lists at `machine.scan_rate`, and is through when it has seen them six times. The twin's guard.py has
the sources.
"""

from libc.stdint cimport int32_t, int64_t

from policy cimport GUARD_ALL_LRU, GUARD_NONE
from scenario cimport ClassSpec
from world cimport NOBODY, Node, Thread, World, spec

cdef extern from *:
    """
    /* ns until so many pages have been scanned six times; the product needs more than 64 bits */
    static inline int64_t oommc_scan_ns(int64_t pages, int64_t rate) {
        unsigned __int128 ns = ((unsigned __int128)pages * 6000000000u + (rate - 1)) / rate;
        return ns > (unsigned __int128)1 << 61 ? (int64_t)1 << 61 : (int64_t)ns;
    }
    """
    int64_t scan_ns "oommc_scan_ns"(int64_t pages, int64_t rate) noexcept nogil


cdef inline int64_t lru(const World *w, int32_t n) noexcept nogil:
    """Pages on a node's lists that count in this era."""
    cdef const Node *node = w.nodes + n
    if w.policy.guard == GUARD_ALL_LRU or w.swap_free > 0:
        return w.node_specs[n].size - node.free - node.listed + w.node_specs[n].file_resident
    return node.cache + w.node_specs[n].file_resident  # GUARD_RECLAIMABLE


cdef inline bint guarded(const World *w, const Thread *t) noexcept nogil:
    """Whether a pass of this thread, over now, that has got nothing counts as progress."""
    cdef const ClassSpec *c = spec(w, t)
    cdef int64_t k
    if w.policy.guard == GUARD_NONE or t.domain != NOBODY:
        return False
    for k in range(c.n_nodes):
        if w.now < guarded_until(w, <int32_t>c.nodes[k]):
            return True
    return False


cdef inline int64_t guarded_until(const World *w, int32_t n) noexcept nogil:
    """When the scanner is through with a node, unless a page comes back to it before."""
    return w.nodes[n].returned_at + scan_ns(lru(w, n), w.machine.scan_rate)
