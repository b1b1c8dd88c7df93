"""exit_mmap(): an mm's pages go back in batches; MMF_OOM_SKIP and the gates that wait for it (docs/model.md §3)."""

from libc.stdint cimport int32_t, int64_t

cimport pcp
cimport swap
from fifo cimport dequeue
from memcg cimport uncharged
from policy cimport GATE_OPENS_SKIP, REFUSED_WAIT, SKIP_AT_BEFORE_LAST_BATCH, SKIP_AT_BEFORE_MLOCKED
from processors cimport burn, start, stop
from recount cimport holds_gate, users
from world cimport (
    GATE_HELD, MM_HOLDS, NEVER, NOBODY, PARK, SHUT_OUT, TASKLIST_WAIT, TEARDOWN,
    Mm, SharedSegment, Thread, World, begin_return, check, held, reaper_entity,
)

cdef enum:
    SECOND = 1000000000


cdef inline bint exit_mmap(World *w, int32_t entity, int32_t mm) noexcept nogil:
    """The last user, a thread or a pin, begins to give the pages back. True if there are none."""
    cdef Mm *m = w.mms + mm
    check(users(w, mm) == 0)
    take_over(w, mm)
    unmap(w, m)
    begin_return(w, m)
    mark_skipped(w, mm)
    if m.total == 0:
        return cleaned_out(w, mm)
    batch(w, entity, m)
    return False


cdef inline void unmap(World *w, Mm *m) noexcept nogil:
    """The last mm that maps a segment gives its pages back as its own."""
    cdef SharedSegment *segment
    cdef int32_t n
    if m.segment == NOBODY:
        return
    segment = w.shared + m.segment
    m.segment = NOBODY
    segment.mappers -= 1
    check(segment.mappers >= 0)
    for n in range(w.n_nodes if segment.mappers == 0 else 0):
        m.took[n] = segment.pages[n]
        m.pages[n] += segment.pages[n]
        segment.pages[n] = 0


cdef inline void batch(World *w, int32_t entity, const Mm *mm) noexcept nogil:
    """Begin a batch: CPU work, stretched by whoever else runs at its start."""
    cdef int64_t rate = w.machine.gather_rate if unmapping(w, mm) else w.machine.teardown_rate
    cdef int64_t ns = batch_pages(w, mm) * SECOND // rate
    if entity < w.n_threads:
        burn(w, entity, TEARDOWN, ns)
    else:
        start(w, entity, ns)


cdef inline int64_t lump_end(const World *w, const Mm *mm) noexcept nogil:
    """Up to where it is unmapped before any of it goes back (struct mmu_gather, tlb_next_batch())."""
    if w.machine.gather:
        return min(mm.total, (mm.returned // w.machine.gather + 1) * w.machine.gather)
    return mm.total


cdef inline bint unmapping(const World *w, const Mm *mm) noexcept nogil:
    """Whether the batch that is next is only unmapped."""
    return w.machine.gather > 0 and mm.unmapped < lump_end(w, mm)


cdef inline int64_t batch_pages(const World *w, const Mm *mm) noexcept nogil:
    """Pages of the batch that is next: no more than are left of its lump."""
    return min(w.machine.teardown_batch, lump_end(w, mm) - (mm.unmapped if unmapping(w, mm) else mm.returned))


cdef inline int32_t torn(const Thread *t) noexcept nogil:
    """The mm of which a thread is the last user."""
    return t.pins if t.errand and t.pins != NOBODY else t.mm


cdef inline bint end_batch(World *w, int32_t entity, int32_t mm) noexcept nogil:
    """A batch is unmapped, or back: from each node its proportion, by cumulative floors. True if it was the last."""
    cdef Mm *m = w.mms + mm
    cdef int64_t pages = batch_pages(w, m)
    if unmapping(w, m):
        m.unmapped += pages
        mark_skipped(w, mm)
        batch(w, entity, m)
        return False
    give_back(w, entity, m, m.returned + pages)
    mark_skipped(w, mm)
    if m.returned == m.total:
        return cleaned_out(w, mm)
    batch(w, entity, m)
    return False


cdef inline void give_back(World *w, int32_t entity, Mm *m, int64_t returned) noexcept nogil:
    """So many pages of an mm are back in all: from each node its proportion, by cumulative floors."""
    cdef int64_t before = m.returned, share
    cdef int32_t n
    check(before <= returned <= m.total)
    if m.condemned_at >= 0 and returned > before:
        m.last_back = w.now
    m.returned = returned
    w.look = 1
    for n in range(w.n_nodes):
        if m.whole[n] == m.total:
            share = returned - before
        else:
            share = m.whole[n] * returned // m.total - m.whole[n] * before // m.total
        pcp.free(w, entity, n, share)
        m.pages[n] -= share
        uncharged(w, <int32_t>(m - w.mms), share)
        check(m.pages[n] >= 0)


cdef inline void give_back_at_once(World *w, int32_t mm) noexcept nogil:
    """The oracle's victims need no time."""
    cdef int32_t n
    unmap(w, w.mms + mm)
    for n in range(w.n_nodes):
        pcp.give(w, n, w.mms[mm].pages[n])
        uncharged(w, mm, w.mms[mm].pages[n])
        w.mms[mm].pages[n] = 0
    swap.give_back(w, w.mms + mm)
    w.mms[mm].freed_at = w.mms[mm].last_back = w.now


cdef inline void mark_skipped(World *w, int32_t mm) noexcept nogil:
    """Set MMF_OOM_SKIP, if it is time for it; with `gather` once all is unmapped, before the last of it goes back."""
    cdef const Mm *m = w.mms + mm
    if w.machine.gather > 0 and w.policy.skip_at == SKIP_AT_BEFORE_LAST_BATCH:
        if m.unmapped == m.total:
            skip(w, mm)
    elif m.total - m.returned <= kept_from_skip(w, m):
        skip(w, mm)


cdef inline int64_t kept_from_skip(const World *w, const Mm *m) noexcept nogil:
    """Pages still to come when exit_mmap() sets MMF_OOM_SKIP, if it does before its last page is back (4.14 on)."""
    if w.policy.skip_at == SKIP_AT_BEFORE_MLOCKED:
        return m.mlocked
    if w.policy.skip_at == SKIP_AT_BEFORE_LAST_BATCH:
        return w.machine.teardown_batch
    return 0  # SKIP_AT_FREED


cdef inline void skip(World *w, int32_t mm) noexcept nogil:
    """MMF_OOM_SKIP: the gate that it keeps may open with that."""
    w.mms[mm].skip = 1
    if w.policy.gate_opens == GATE_OPENS_SKIP:  # else GATE_OPENS_MM_FREED
        open_gates(w, MM_HOLDS + mm)


cdef inline void take_over(World *w, int32_t mm) noexcept nogil:
    """exit_mmap() goes on where the reaper is; a batch of the reaper's that isn't over is its own.

    Between two attempts the reaper sleeps on.
    """
    cdef int32_t r
    for r in range(w.n_reapers):
        if w.reapers[r].mm == mm:
            w.mms[mm].reapable = 0
            w.look = 1
            if w.reapers[r].reaping:
                stop(w, reaper_entity(w, r))
                w.reapers[r].reaping = 0
                w.when[reaper_entity(w, r)] = NEVER
                leave_to(w, r)
            open_gates(w, reaper_entity(w, r))


cdef inline void leave_to(World *w, int32_t reaper) noexcept nogil:
    """The oom_reaper is through with one: of those that wait the last is next."""
    cdef int32_t r
    if w.reaper != reaper:
        return
    w.reaper = NOBODY
    for r in range(w.n_reapers):
        if w.reapers[r].waits:
            w.reaper = r
    if w.reaper != NOBODY:
        w.reapers[w.reaper].waits = 0
        w.when[reaper_entity(w, w.reaper)] = w.now


cdef inline void open_gates(World *w, int32_t holder) noexcept nogil:
    """Open every gate that `holder` holds; a queue hands over to its first."""
    cdef int32_t s, n, heir
    cdef bint holds = False
    for n in range(w.n_nodes):
        holds |= w.gates[n] == holder
    if not holds:
        return
    heir = dequeue(w, &w.gate_queue)
    if heir != NOBODY and heir < w.n_threads:
        w.threads[heir].state = GATE_HELD
    for n in range(w.n_nodes):
        if w.gates[n] == holder:
            w.gates[n] = heir
    check(not holds_gate(w, holder))
    if heir == NOBODY and (w.policy.park or w.policy.refused == REFUSED_WAIT):
        for s in range(w.spans):
            for n in range(w.awake[s].first, w.awake[s].end):
                if w.threads[n].state == PARK or (w.threads[n].state == SHUT_OUT and w.threads[n].domain == NOBODY):
                    w.when[n] = w.now


cdef inline void let_notify(World *w) noexcept nogil:
    """tasklist_lock is free again: who waits in exit_notify() tries once more."""
    cdef int32_t s, i
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            if w.threads[i].state == TASKLIST_WAIT:
                w.when[i] = w.now


cdef inline bint cleaned_out(World *w, int32_t mm) noexcept nogil:
    """The mm has given back its last page: the end of mmput()."""
    w.mms[mm].skip = 1
    w.look = 1
    swap.give_back(w, w.mms + mm)
    check(users(w, mm) == 0)
    check(held(w.mms + mm, w.n_nodes) == 0)
    if w.mms[mm].freed_at < 0:  # the oracle's victims have given back theirs before
        w.mms[mm].freed_at = w.now
    open_gates(w, MM_HOLDS + mm)
    return True


cdef inline int64_t takes(const World *w, const Mm *m) noexcept nogil:
    """How many pages of an mm the reaper takes in all."""
    return m.total if w.policy.reaper_mlocked else m.total - min(m.mlocked, m.total)
