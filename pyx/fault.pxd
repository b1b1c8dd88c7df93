"""Page faults on what reclaim has taken: of a thread's own memory what is in swap, of its files what has left the
cache.

After a thought a thread uses `touch` pages of its mm, and `file_touch` of the working set that all files have together,
evenly of each. What is out has to come in first, a readahead's pages at a time: an ask like any other, then a read from
the device, which takes one request after the other. The place in swap is free again at once.
"""

from libc.stdint cimport int32_t, int64_t

cimport swap
from events cimport sleep_until
from scenario cimport ClassSpec
from world cimport FAULT_FILE, HOLD, PAGE_IN, Mm, Thread, World, size, spec


cdef enum:  # pages
    SWAP_AHEAD = 8  # vm.page-cluster of 3
    FILE_AHEAD = 32  # VM_READAHEAD_PAGES


cdef inline int64_t missing(const World *w) noexcept nogil:
    """Pages of the working set of files that aren't in the page cache."""
    cdef int64_t pages = w.machine.files
    cdef int32_t n
    if pages == 0:
        return 0
    for n in range(w.n_nodes):
        pages -= w.nodes[n].cache
    return max(<int64_t>0, pages)


cdef inline int64_t gone(const World *w, const Thread *t, int kind) noexcept nogil:
    """Pages that are out."""
    return missing(w) if kind == FAULT_FILE else w.mms[t.mm].swapped


cdef inline int64_t out(const World *w, const Thread *t, int kind) noexcept nogil:
    """Of the pages that a thread is about to use, those that are out, rounded up."""
    cdef const Mm *m = w.mms + t.mm
    cdef int64_t used = spec(w, t).file_touch if kind == FAULT_FILE else spec(w, t).touch
    cdef int64_t away = gone(w, t, kind) if used else 0, whole
    if away == 0:
        return 0
    whole = w.machine.files if kind == FAULT_FILE else size(m, w.n_nodes)
    return min(away, (used * away + whole - 1) // whole)


cdef inline int64_t still_out(const World *w, const Thread *t) noexcept nogil:
    """Of the pages that a fault still lacks, those that nobody else has brought in, or let go, meanwhile."""
    return min(t.want, gone(w, t, t.fault))


cdef inline void read(World *w, int32_t i) noexcept nogil:
    """Wait for the device. PSI and a daemon's stall count this wait too."""
    cdef Thread *t = w.threads + i
    cdef int64_t when = w.now, pages = 0
    cdef int32_t n
    for n in range(w.n_nodes):
        pages += t.taken[n]
    t.asked_at = w.now
    if pages > 0:
        when = swap.read_file(w, pages) if t.fault == FAULT_FILE else swap.transfer(w, pages)
    sleep_until(w, i, PAGE_IN, when)


cdef inline int64_t next_out(const World *w, const Thread *t, int kind) noexcept nogil:
    """The next readahead's pages."""
    return min(min(t.left, gone(w, t, kind)), <int64_t>(FILE_AHEAD if kind == FAULT_FILE else SWAP_AHEAD))


cdef inline void bring_in(World *w, const Thread *t, int32_t node, int64_t pages) noexcept nogil:
    """So many pages are there; when all are they are read."""
    if t.fault == FAULT_FILE:
        w.nodes[node].cache += pages
        w.refaults += pages
        return
    w.mms[t.mm].pages[node] += pages
    w.mms[t.mm].swapped -= pages
    w.swap_free += pages


cdef inline bint may_fault(const World *w) noexcept nogil:
    """Whether a thread may still have to wait for what is out, or does."""
    cdef const Thread *t
    cdef const ClassSpec *c
    cdef int64_t n, files = missing(w)
    cdef int32_t s, i
    cdef bint reclaims = False
    for n in range(w.n_nodes):
        reclaims |= w.when[w.n_threads + n] < w.machine.horizon
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            c = spec(w, t)
            if t.state == HOLD or t.signalled or not (c.touch or c.file_touch) or (t.state > PAGE_IN and not t.errand):
                continue
            if t.state == PAGE_IN or reclaims or (c.touch and w.mms[t.mm].swapped) or (c.file_touch and files):
                return True
    return False
