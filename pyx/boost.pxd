"""Watermark boost: after fragmentation every watermark of a node stands higher, until kswapd has reclaimed that much.

Kernels since 5.0: boost_watermark() in mm/page_alloc.c, balance_pgdat() in mm/vmscan.c. There are no blocks here: with
the machine's `fragmentation` a given share of asks is taken for such as raise the marks, or of those that
take a node from high to min. The twin's boost.py has the sources.
"""

from libc.stdint cimport int32_t, int64_t

from events cimport happens
from rng cimport FOR_FRAGMENTATION
from world cimport FAULT_NONE, Node, Thread, World

cdef enum:
    MAX_RECLAIM_RETRIES = 16
    MINIMUM = 1  # machine.fragmentation.at


cdef inline bint on(const World *w) noexcept nogil:
    """Whether anything is ever boosted."""
    return w.machine.fragmentation_p > 0 and w.policy.watermark_boost


cdef inline bint boost(World *w, int32_t i) noexcept nogil:
    """An ask, but a page fault's or an errand's, has got its last page.

    Whether the watermarks of that page's node are raised.
    """
    cdef const Thread *t = w.threads + i
    if not on(w) or w.machine.fragmentation_at == MINIMUM or t.fault != FAULT_NONE or t.errand:
        return False
    return lift(w, t.source, i, t.asks - 1)


cdef inline bint at_minimum(World *w, int32_t n, int64_t unit, int64_t before) noexcept nogil:
    """An ask has taken pages of this node, of which so many were free before.

    Whether that was from its high down to its minimum, and the watermarks are raised.
    """
    cdef Node *node = w.nodes + n
    if not on(w) or w.machine.fragmentation_at != MINIMUM:
        return False
    node.plenty = node.plenty or before >= node.high
    if not node.plenty or node.free - unit >= node.min:
        return False
    node.plenty = 0
    node.shortages += 1
    return lift(w, n, n, node.shortages - 1)


cdef inline bint lift(World *w, int32_t n, int32_t entity, int64_t number) noexcept nogil:
    """Whether this draw says that the watermarks of a node, which has blocks enough, are raised by one."""
    cdef Node *node = w.nodes + n
    cdef int64_t block = w.machine.fragmentation_block
    if 4 * block > w.node_specs[n].size:
        return False
    if not happens(w, w.machine.fragmentation_p, FOR_FRAGMENTATION, entity, number):
        return False
    node.boost = min(node.boost + block, most(w, node))
    return True


cdef inline int64_t most(const World *w, const Node *node) noexcept nogil:
    """How far the watermarks of a node may be raised (vm.watermark_boost_factor = 15000)."""
    return max(w.machine.fragmentation_block, node.high * 3 // 2)


cdef inline bint balanced(const Node *node) noexcept nogil:
    return node.free >= node.high + node.boost


cdef inline bint hopeless(const Node *node) noexcept nogil:
    """Whether kswapd has given up on a node (pgdat->kswapd_failures)."""
    return node.failures >= MAX_RECLAIM_RETRIES


cdef inline void begin(Node *node) noexcept nogil:
    """A run of kswapd begins."""
    node.run_boost = node.boost
    node.run_got = 0
    node.owed = node.boost if balanced(node) else 0


cdef inline bint goes_on(Node *node, int64_t got) noexcept nogil:
    """After a batch that got so many pages: whether the run goes on; at its end the boost that it began with is off."""
    node.run_got += got
    node.owed = max(<int64_t>0, node.owed - got) if balanced(node) else 0
    if got > 0 and (node.owed > 0 or not balanced(node)):
        return True
    node.boost -= min(node.boost, node.run_boost)
    node.failures = 0 if node.run_got > 0 else node.failures + 1
    return False
