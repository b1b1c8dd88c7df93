"""What a killer in user space reads: available memory and free swap, against its thresholds."""

from libc.stdint cimport int32_t, int64_t

cimport lmkd
cimport pressure
from policy cimport MEM_MARK_HIGH, MEM_MARK_LOW, MEM_MARK_NONE, MEM_OF_TOTAL, RULES_STALLS, MonitorSpec
from world cimport IDLE, NEVER, Node, World, held

cdef enum:
    WHOLE = 10000  # percentages are in hundredths


cdef inline int64_t available(const World *w) noexcept nogil:
    """MemAvailable (mm/page_alloc.c, si_mem_available()): free pages above the high watermarks, and most page cache."""
    cdef int64_t spare = 0, cache = 0, low = 0
    cdef int32_t n
    for n in range(w.n_nodes):
        spare += w.nodes[n].free - w.nodes[n].high
        cache += w.nodes[n].cache
        low += w.nodes[n].low
    return max(<int64_t>0, spare + cache - min(cache // 2, low))


cdef inline int64_t base(const World *w) noexcept nogil:
    """What available memory is a share of."""
    cdef int64_t pages = 0
    cdef int32_t i
    if w.policy.monitor.mem_of == MEM_OF_TOTAL:
        for i in range(w.n_nodes):
            pages += w.node_specs[i].memory
        return pages
    for i in range(w.n_mms):  # MEM_OF_ANON
        pages += held(w.mms + i, w.n_nodes)
    return pages + available(w)


cdef inline bint falls_short(const World *w, int64_t mem, int64_t swap) noexcept nogil:
    """Whether memory and swap are at these thresholds or below."""
    return at_or_below(w, mem, swap, 0, 0) and below_mark(w)


cdef inline bint at_or_below(const World *w, int64_t mem, int64_t swap, int64_t less, int64_t less_swap) noexcept nogil:
    """Whether memory and swap are at these thresholds or below, with so many pages less than there are now."""
    if mem < 0 or (available(w) - less) * WHOLE > mem * base(w):
        return False
    return max(<int64_t>0, w.swap_free - less_swap) * WHOLE <= swap * w.machine.swap


cdef inline bint below_mark(const World *w) noexcept nogil:
    """Whether every node's free pages are below the killer's watermark, if it has one."""
    cdef int64_t which = w.policy.monitor.mem_mark, mark
    cdef const Node *node
    cdef int32_t n
    for n in range(w.n_nodes if which != MEM_MARK_NONE else 0):
        node = w.nodes + n
        mark = node.high if which == MEM_MARK_HIGH else node.low if which == MEM_MARK_LOW else node.min  # MEM_MARK_MIN
        if node.free >= mark:
            return False
    return True


cdef inline bint a_page(const World *w) noexcept nogil:
    """Whether a node has more than pages_min free."""
    cdef int32_t n
    for n in range(w.n_nodes):
        if w.nodes[n].free > w.nodes[n].min:
            return True
    return False


cdef inline bint content(const World *w, int64_t wanted) noexcept nogil:
    """Whether the killer has nothing to do any more, if all get what they may still want and nobody waits for it.

    kswapd may be in the middle of a batch. Pressure only decays from now on if nobody has waited in this period.
    """
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef int64_t batches = w.n_nodes * w.machine.reclaim_batch
    cdef int32_t p
    if w.killer.doing != IDLE:
        return False
    for p in range(w.n_processes if m.hook else 0):
        if w.hooks[p] < NEVER:
            return False
    if m.rules == RULES_STALLS:
        return lmkd.quiet(w)
    for p in range(w.n_pressures):
        if w.pressures[p].stalled_ns or pressure.above(w, p):
            return False
    if m.mem_mark != MEM_MARK_NONE:  # every node stays at its high watermark
        return True
    return not (at_or_below(w, m.mem_term, m.swap_term, wanted, batches) or
                at_or_below(w, m.mem_kill, m.swap_kill, wanted, batches))
