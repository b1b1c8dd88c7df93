"""Who dies: the abort test, badness() of 2.6.17, children first, signals and marks (mm/oom_kill.c)."""

from libc.stdint cimport int32_t, int64_t

from exit cimport SECOND, pin, signal
from measure cimport judge
from world cimport (
    NOBODY, REACH_ALL_SHARERS, REACH_GROUP, REAPED, SHARERS_KILL_AND_MARK, SHARERS_SPARE,
    ClassSpec, PolicySpec, ProcessSpec, Thread, World, check, count, expired, held, spec,
)

cdef enum:
    OOM_DISABLE = -17


cdef inline bint kill_under_way(const World *w) noexcept nogil:
    """Whether the scan meets a thread that releases memory; it skips protected tasks before it looks."""
    cdef const Thread *t
    cdef int32_t i
    for i in range(w.n_threads):
        t = w.threads + i
        if (t.marked and w.policy.abort_on_memdie) or (t.exiting and w.policy.abort_on_exiting):
            if not t.dead and spec(w, t).oom_adj != OOM_DISABLE and not expired(w, w.mms + t.mm):
                return True
    return False


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


cdef inline int64_t virtual_size(const World *w, const ProcessSpec *p) noexcept nogil:
    """total_vm: what the scenario says, or the pages held where that is more."""
    return max(w.classes[p.cls].total_vm, held(w.mms + p.mm, w.n_nodes))


cdef inline int64_t badness(const World *w, int32_t i) noexcept nogil:
    """badness() of Linux 2.6.17, integer division at each step; 0 without an mm."""
    cdef const Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef const ProcessSpec *process = w.processes + t.process
    cdef const ProcessSpec *child
    cdef int64_t points, root
    cdef int32_t p
    if not t.has_mm:
        return 0
    points = virtual_size(w, process)
    if i == process.first_thread:  # children hang on the thread that forked them
        for p in range(w.n_processes):
            child = w.processes + p
            if child.parent == t.process and child.mm != t.mm and w.threads[child.first_thread].has_mm:
                points += virtual_size(w, child) // 2 + 1
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


cdef inline int32_t select(const World *w) noexcept nogil:
    """The highest badness; of equals the first in the list."""
    cdef const Thread *t
    cdef int32_t i, chosen = NOBODY
    cdef int64_t points, most = 0
    for i in range(w.n_threads):
        t = w.threads + i
        if t.state == REAPED or spec(w, t).oom_adj == OOM_DISABLE or expired(w, w.mms + t.mm):
            continue
        points = badness(w, i)
        if chosen == NOBODY or points > most:
            chosen = i
            most = points
    return chosen


cdef inline int32_t child_instead(const World *w, int32_t chosen) noexcept nogil:
    """2.6: the chosen process's first child with another mm, else the chosen thread."""
    cdef const Thread *t = w.threads + chosen
    cdef const ProcessSpec *child
    cdef int32_t p
    if w.policy.child_first and chosen == w.processes[t.process].first_thread:
        for p in range(w.n_processes):
            child = w.processes + p
            if child.parent == t.process and child.mm != t.mm and w.threads[child.first_thread].has_mm:
                return <int32_t>child.first_thread
    return chosen


cdef inline int32_t kill(World *w, World *scratch, int32_t killer, int32_t chosen) noexcept nogil:
    """Kill the chosen thread or a child instead; returns the mm, NOBODY if there is none any more."""
    cdef int32_t victim = child_instead(w, chosen)
    cdef int32_t mm = w.threads[victim].mm
    cdef const PolicySpec *policy = w.policy
    cdef Thread *t
    cdef int64_t reach  # the narrowest reach that takes this thread in
    cdef int32_t i
    cdef bint group
    if not w.threads[victim].has_mm:
        return NOBODY
    if w.mms[mm].condemned_at >= 0:
        count(w, &w.record.duplicates, 1)
    else:
        judge(w, scratch, killer, victim)
        w.mms[mm].condemned_at = w.now
        w.in_flight += 1
        pin(w, victim)
    for i in range(w.n_threads):
        t = w.threads + i
        if t.mm != mm or not t.has_mm:
            continue
        group = t.process == w.threads[victim].process
        reach = 0 if i == victim else <int64_t>REACH_GROUP if group else <int64_t>REACH_ALL_SHARERS
        if policy.mark >= reach or (not group and policy.sharers == SHARERS_KILL_AND_MARK):
            t.marked = 1
        if policy.signal >= reach or (not group and policy.sharers != SHARERS_SPARE):
            signal(w, i)
    return mm
