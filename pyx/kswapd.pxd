"""kswapd: background reclaim, at its own rate (mm/vmscan.c). It is woken below pages_low, and stops at pages_high."""

from libc.stdint cimport int32_t, int64_t

cimport boost
cimport pcp
cimport swap
from world cimport NEVER, Node, World


cdef inline void wake_kswapd(World *w, int32_t node) noexcept nogil:
    """Background reclaim, at its own rate until free is at pages_high or there is neither cache nor swap."""
    cdef Node *n = w.nodes + node
    if w.frozen or w.when[w.n_threads + node] != NEVER or w.machine.kswapd_period == NEVER:
        return
    if (n.free < n.high or n.boost > 0) and not boost.hopeless(n):
        boost.begin(n)
        kswapd_batch(w, node)


cdef inline void kswapd_batch(World *w, int32_t node) noexcept nogil:
    """kswapd begins a batch; where marks are boosted it may look in vain."""
    cdef Node *n = w.nodes + node
    cdef int64_t *when = w.when + w.n_threads + node
    cdef int64_t itself = node, out = 0
    cdef swap.Asked asked
    if n.cache == 0 and n.owed == 0:
        swap.of_machine(&asked, &itself, 1, True)
        out = swap.swappable(w, &asked, w.machine.reclaim_batch)
    n.kswapd_swaps = out > 0
    if n.cache > 0 or out > 0 or boost.on(w):
        w.quiet = 0
        when[0] = w.now + w.machine.kswapd_period
        if out > 0:
            when[0] = max(when[0], swap.transfer(w, out))


cdef inline void kswapd(World *w, int32_t node) noexcept nogil:
    """kswapd has reclaimed a batch."""
    cdef Node *n = w.nodes + node
    cdef int64_t taken = min(w.machine.reclaim_batch, n.cache), itself = node
    cdef swap.Asked asked
    n.cache -= taken
    pcp.free(w, w.n_threads + node, node, taken)
    if n.kswapd_swaps:
        swap.of_machine(&asked, &itself, 1, taken == 0)
        taken += swap.swap_out(w, w.n_threads + node, &asked, w.machine.reclaim_batch)
    w.scanned_kswapd += taken
    w.when[w.n_threads + node] = NEVER
    if boost.on(w) and boost.goes_on(n, taken):
        kswapd_batch(w, node)
    else:
        wake_kswapd(w, node)
