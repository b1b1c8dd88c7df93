"""How bad a task is: the selectors of each era (mm/oom_kill.c)."""

from libc.stdint cimport int32_t, int64_t

from events cimport word
from policy cimport (
    CONSTRAINED_KILL_CURRENT_IF_MEMPOLICY, CONSTRAINED_SCAN_INSIDE, SELECTOR_BADNESS_2006, SELECTOR_LARGEST_RSS,
    SELECTOR_NEWEST, SELECTOR_NOBODY, SELECTOR_ORACLE, SELECTOR_RANDOM, SELECTOR_RSS_ADJ_FLOOR,
    SELECTOR_RSS_ADJ_ROOT, SELECTOR_RSS_PERMILLE, SWAPOFF_FIRST,
)
from rng cimport FOR_RANDOM
from scenario cimport ClassSpec, ProcessSpec
from teardown cimport SECOND
from world cimport NEVER, NOBODY, START, Thread, World, held, in_segment, lies_in, size, spec

cdef enum:
    OOM_DISABLE = -17
    OOM_SCORE_ADJ_MIN = -1000

cdef extern from *:
    """#define OOMMC_NOT_AT_ALL INT64_MIN"""
    const int64_t NOT_AT_ALL "OOMMC_NOT_AT_ALL"  # the score of a task that may not be chosen


cdef inline bint protected(const World *w, const Thread *t) noexcept nogil:
    """Whether nobody may choose it: init, and by oom_adj to 2.6.35, by oom_score_adj from 2.6.36 on."""
    if spec(w, t).init:
        return True
    if w.policy.selector == SELECTOR_BADNESS_2006:
        return spec(w, t).oom_adj == OOM_DISABLE
    return spec(w, t).oom_score_adj == OOM_SCORE_ADJ_MIN


cdef inline bint swapoff(const World *w, int32_t i) noexcept nogil:
    """PF_SWAPOFF: it is inside swapoff(2), from its start on; a killed task leaves that on its way out."""
    cdef const Thread *t = w.threads + i
    return spec(w, t).swapoff and i == w.processes[t.process].first_thread and t.state != START and not t.exiting


cdef inline bint meets(const ClassSpec *a, const ClassSpec *b) noexcept nogil:
    """Whether the nodes of two classes meet."""
    cdef int64_t k, l
    for k in range(a.n_nodes):
        for l in range(b.n_nodes):
            if a.nodes[k] == b.nodes[l]:
                return True
    return False


cdef inline bint member(const World *w, const Thread *t, int32_t domain) noexcept nogil:
    """Whether a task belongs to the group whose limit failed, if one did."""
    return domain == NOBODY or lies_in(w, t.memcg, domain)


cdef inline bint out_of_reach(const World *w, const Thread *t, const Thread *r) noexcept nogil:
    """Whether a scan inside the ask's group or nodes passes this task by."""
    if r.domain != NOBODY:
        return not member(w, t, r.domain)
    return w.policy.constrained == CONSTRAINED_SCAN_INSIDE and not meets(spec(w, t), spec(w, r))


cdef inline int64_t total_pages(const World *w, int32_t r) noexcept nogil:
    """Pages that the scores are measured by: the group's limit, or swap and the ask's or all nodes.

    constrained_alloc() (mm/oom_kill.c, 2.6.36 on): totalram_pages, what the kernel uses itself too, + total_swap_pages.
    """
    cdef const ClassSpec *asking = spec(w, w.threads + r)
    cdef int64_t k, total = w.machine.swap
    if w.threads[r].domain != NOBODY:
        return w.memcg_specs[w.threads[r].domain].limit + max(
            <int64_t>0, min(w.memcg_specs[w.threads[r].domain].swap_max, w.machine.swap))
    if w.policy.constrained == CONSTRAINED_SCAN_INSIDE:
        for k in range(asking.n_nodes):
            total += w.node_specs[asking.nodes[k]].memory
    else:
        for k in range(w.n_nodes):
            total += w.node_specs[k].memory
    return total


cdef inline int64_t virtual_size(const World *w, const ProcessSpec *p) noexcept nogil:
    """total_vm: what the scenario says, or the pages held where that is more; no mm is without a page of stack."""
    cdef int64_t pages = size(w.mms + p.mm, w.n_nodes) + in_segment(w, w.mms[p.mm].segment)
    return max(<int64_t>1, max(w.classes[p.cls].total_vm, pages))


cdef inline int64_t badness_2006(const World *w, int32_t i) noexcept nogil:
    """badness() of Linux 2.6.17, integer division at each step; 0 without an mm."""
    cdef const Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef const ProcessSpec *process = w.processes + t.process
    cdef const ProcessSpec *child
    cdef int64_t points, root
    cdef int64_t p
    if not t.has_mm:
        return 0
    points = virtual_size(w, process)
    p = process.eldest if i == process.first_thread else NOBODY  # children hang on the thread that forked them
    while p != NOBODY:
        child = w.processes + p
        if child.mm != t.mm and w.threads[child.first_thread].has_mm:
            points += virtual_size(w, child) // 2 + 1
        p = child.sibling
    root = isqrt((c.cpu_time // process.n_threads + t.burned) // w.machine.tick >> (w.machine.shift_hz + 3))
    if root:
        points //= root
    root = isqrt(isqrt((c.run_time + w.now) // SECOND >> 10))
    if root:
        points //= root
    if c.nice > 0:
        points *= 2
    if c.root:
        points //= 4
    if c.rawio:
        points //= 4
    return points << c.oom_adj if c.oom_adj > 0 else points >> -c.oom_adj


cdef inline int64_t isqrt(int64_t n) noexcept nogil:
    """The integer part of the root (kernel: int_sqrt), without floating point."""
    cdef int64_t root = 0, bit = <int64_t>1 << 62
    while bit > n:
        bit >>= 2
    while bit:
        if n >= root + bit:
            n -= root + bit
            root = (root >> 1) + bit
        else:
            root >>= 1
        bit >>= 2
    return root


cdef inline int64_t score(const World *w, int32_t i, int32_t r) noexcept nogil:
    """How bad a task is for this caller; NOT_AT_ALL is never."""
    cdef const Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef const ClassSpec *asking = spec(w, w.threads + r)
    cdef int64_t selector = w.policy.selector
    cdef int64_t points, rss, total
    if w.policy.swapoff == SWAPOFF_FIRST and selector != SELECTOR_NOBODY and swapoff(w, i):  # else SWAPOFF_AS_ANY
        return 1000 if selector == SELECTOR_RSS_PERMILLE else NEVER
    if selector == SELECTOR_BADNESS_2006:
        points = badness_2006(w, i)
        # 2.6.24: a cpuset that doesn't meet the ask's makes a victim less likely, not impossible
        if w.policy.constrained == CONSTRAINED_KILL_CURRENT_IF_MEMPOLICY and not meets(c, asking):
            points //= 8
        return points
    if selector == SELECTOR_NOBODY:
        return NOT_AT_ALL
    if selector == SELECTOR_RANDOM:
        return <int64_t>(word(w, FOR_RANDOM, i, w.record.kills) >> 1)
    if selector == SELECTOR_NEWEST:
        return -c.run_time
    rss = held(w.mms + t.mm, w.n_nodes) + in_segment(w, w.mms[t.mm].segment)
    if selector == SELECTOR_ORACLE:
        return on_nodes_of(w, t.mm, asking) if w.threads[r].domain == NOBODY else rss
    if selector == SELECTOR_LARGEST_RSS:
        return rss
    rss += w.mms[t.mm].swapped
    total = total_pages(w, r)
    if selector == SELECTOR_RSS_PERMILLE:
        points = rss * 1000 // total + c.oom_score_adj
        if c.root:
            points -= 30
        return max(<int64_t>1, min(<int64_t>1000, points))
    points = rss + (rss + 511) // 512  # page tables: one page maps 512
    if selector == SELECTOR_RSS_ADJ_ROOT and c.root:
        points -= points * 3 // 100
    points += c.oom_score_adj * total // 1000  # C: towards zero
    if selector == SELECTOR_RSS_ADJ_ROOT or selector == SELECTOR_RSS_ADJ_FLOOR:
        return max(<int64_t>1, points)
    return points  # SELECTOR_RSS_ADJ


cdef inline int64_t on_nodes_of(const World *w, int32_t mm, const ClassSpec *c) noexcept nogil:
    """Pages of an mm on the nodes of a class."""
    cdef int64_t pages = 0, k
    for k in range(c.n_nodes):
        pages += w.mms[mm].pages[c.nodes[k]]
    return pages
