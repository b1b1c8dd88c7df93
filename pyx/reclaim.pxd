"""The end of a direct-reclaim pass: docs/model.md §4, step 3 (mm/vmscan.c, try_to_free_pages())."""

from libc.stdint cimport int32_t, int64_t

cimport pcp
cimport swap
from allocate cimport SWAP_CLUSTER_MAX, above_min, attempt, blind, retry
from episode cimport begin_episode
from events cimport sleep_until
from guard cimport guarded, lru
from memcg cimport takes_oom_lock
from policy cimport (
    DRAIN_AFTER_PROGRESS, PROGRESS_CLUSTER, RECLAIM_RETRY_FREE_TWICE, RECLAIM_RETRY_PASSES, RETRY_NAPS,
)
from scenario cimport ClassSpec
from world cimport NOBODY, SWAP_OUT, Node, Thread, World, count, spec


cdef inline bint end_reclaim(World *w, int32_t i) noexcept nogil:
    """The end of a pass: progress leads to step 2, none to step 4, or (True) to the OOM path."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef Node *node
    cdef swap.Asked asked
    cdef int64_t k, taken, more, left = w.machine.reclaim_batch
    if t.spinning:
        count(w, &w.record.spin_ns, w.now - t.pass_from)
        t.spinning = 0
    for k in range(c.n_nodes if t.domain == NOBODY else 0):  # a group has no page cache of its own here
        node = w.nodes + c.nodes[k]
        taken = min(left, node.cache)
        node.cache -= taken
        pcp.free(w, i, <int32_t>c.nodes[k], taken)
        left -= taken
        if taken > 0:
            node.failures = 0
    if left < w.machine.reclaim_batch:
        w.scanned_direct += w.machine.reclaim_batch - left
        w.quiet = 0
    if t.abandon and not blind(w, t):
        w.quiet = 0
        attempt(w, i)
        return False
    t.got = w.machine.reclaim_batch - left
    if left > 0:
        swappers(&asked, w, t)
        more = swap.swappable(w, &asked, left)
        if more > 0:
            w.quiet = 0
            sleep_until(w, i, SWAP_OUT, swap.transfer(w, more))
            return False
    return reclaimed(w, i)


cdef inline void swappers(swap.Asked *asked, const World *w, const Thread *t) noexcept nogil:
    """What a pass asks of swap."""
    if t.domain == NOBODY:
        swap.of_machine(asked, spec(w, t).nodes, spec(w, t).n_nodes, t.got == 0)
    else:
        swap.of_group(asked, w, t.domain, t.got == 0)


cdef inline bint end_swap_out(World *w, int32_t i) noexcept nogil:
    """What the pass gave to swap is written."""
    cdef Thread *t = w.threads + i
    cdef swap.Asked asked
    cdef int64_t more
    swappers(&asked, w, t)
    more = swap.swap_out(w, i, &asked, w.machine.reclaim_batch - t.got)
    t.got += more
    w.scanned_direct += more if t.domain == NOBODY else 0
    if t.abandon and not blind(w, t):
        attempt(w, i)
        return False
    return reclaimed(w, i)


cdef inline bint reclaimed(World *w, int32_t i) noexcept nogil:
    """A pass has got what it could; see `end_reclaim`."""
    cdef Thread *t = w.threads + i
    cdef bint progress = t.got >= (SWAP_CLUSTER_MAX if w.policy.progress == PROGRESS_CLUSTER else 1)  # PROGRESS_ANY
    if not progress:
        begin_episode(w)
        progress = guarded(w, t)
    if t.abandon and not progress and (t.domain != NOBODY or not t.no_fs):  # it would have come to the OOM path
        w.quiet = 0
        attempt(w, i)
        return False
    t.passes = 0 if progress else t.passes + 1
    if t.domain != NOBODY and not t.noretry:
        if t.passes < w.policy.memcg_passes:
            attempt(w, i)
            return False
        t.passes = takes_oom_lock(w)  # try_charge() drains the group's stocks only once
        return True
    if t.no_fs:  # it never comes to the path, so there is nothing to count
        t.passes = 0
    if not progress and (t.noretry or (t.no_fs and w.policy.retry == RETRY_NAPS)):
        retry(w, i)
    elif t.no_fs or (t.passes < w.policy.passes and (progress or hopes(w, t))):
        if progress and w.policy.drain & DRAIN_AFTER_PROGRESS and not fits(w, t):
            pcp.drain(w)
        above_min(w, i, True)
    else:
        t.passes = 0
        return True
    return False


cdef inline bint fits(const World *w, const Thread *t) noexcept nogil:
    """Whether the page that an ask waits for would pass its check at pages_min."""
    cdef const ClassSpec *c = spec(w, t)
    cdef const Node *node
    cdef int64_t k
    for k in range(c.n_nodes):
        node = w.nodes + c.nodes[k]
        if node.free - t.unit >= node.min + node.boost:
            return True
    return False


cdef inline bint hopes(const World *w, const Thread *t) noexcept nogil:
    """Whether a node of the ask would have its page if reclaim got all that it may get (should_reclaim_retry()).

    Where that is nothing, free pages count twice (zone_reclaimable_pages() since 6aaced5abd32).
    """
    cdef const ClassSpec *c = spec(w, t)
    cdef const Node *node
    cdef int64_t k, more
    if w.policy.reclaim_retry == RECLAIM_RETRY_PASSES:
        return True
    for k in range(c.n_nodes):
        node = w.nodes + c.nodes[k]
        more = lru(w, <int32_t>c.nodes[k])
        if more == 0 and w.policy.reclaim_retry == RECLAIM_RETRY_FREE_TWICE:  # else RECLAIM_RETRY_RECLAIMABLE
            more = node.free
        if node.free + more - t.unit >= node.min + node.boost:
            return True
    return False


cdef inline int64_t within_reach(const World *w, const Thread *t, int64_t pages) noexcept nogil:
    """Page cache, and pages for swap, that a pass of this thread could take, up to `pages`."""
    cdef const ClassSpec *c = spec(w, t)
    cdef swap.Asked asked
    cdef int64_t k, reach = 0
    for k in range(c.n_nodes):
        reach += w.nodes[c.nodes[k]].cache
    if reach < pages:
        swap.of_machine(&asked, c.nodes, c.n_nodes, True)
        reach += swap.swappable(w, &asked, pages - reach)
    return min(reach, pages)
