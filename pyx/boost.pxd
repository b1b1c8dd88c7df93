"""Watermark boost: after fragmentation every watermark of a node stands higher, until kswapd has reclaimed that much.

Kernels since 5.0: boost_watermark() in mm/page_alloc.c, balance_pgdat() in mm/vmscan.c. There are no blocks here: with
the machine's `fragmentation` a given share of asks is taken for such as raise the marks.
"""

from libc.stdint cimport int32_t, int64_t

from events cimport happens
from rng cimport FOR_FRAGMENTATION
from world cimport FAULT_NONE, Node, World

cdef enum:
    MAX_RECLAIM_RETRIES = 16


cdef inline bint on(const World *w) noexcept nogil:
    """Whether anything is ever boosted."""
    return w.machine.fragmentation_p > 0 and w.policy.watermark_boost


cdef inline bint boost(World *w, int32_t i) noexcept nogil:
    """An ask, but a page fault's or an errand's, has got its last page.

    Whether the watermarks of that page's node are raised.
    """
    cdef int32_t n = w.threads[i].source
    cdef Node *node = w.nodes + n
    cdef int64_t block = w.machine.fragmentation_block
    if not on(w) or w.threads[i].fault != FAULT_NONE or w.threads[i].errand or 4 * block > w.node_specs[n].size:
        return False
    if not happens(w, w.machine.fragmentation_p, FOR_FRAGMENTATION, i, w.threads[i].asks - 1):
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
