"""The way out: signal, exit path, exit_mm(), exit_mmap(), PF_DEAD, reaped (docs/model.md §3)."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from events cimport burn, happens, sleep_until, stretched, value, word
from pcp cimport free_pages
from queue cimport dequeue
from recount cimport holds_gate, users
from rng cimport (
    FOR_BLOCK, FOR_BLOCK_P, FOR_CORE_DUMP, FOR_CORE_DUMP_P, FOR_LOCK_HOLDER, FOR_LOCK_P, FOR_PIN, FOR_PIN_P, FOR_TAIL, FOR_TERM, FOR_UNREAPED, FOR_UNREAPED_P,
    FOR_WAKE, FOR_WORK, FOR_WORK_P, mulhi,
)
from swap cimport free_swap
from world cimport (
    BLOCK, BUSY, CLEANUP, CORE_RUNS_ON, CORE_WAIT, DUMP, EXITING, GATE_HELD, HOLD, LOCK_WAIT, MM_HOLDS, NEVER, NOBODY, PAGE_IN, PARK, REAPED,
    SKIP_BEFORE_LAST_BATCH, SKIP_BEFORE_MLOCKED, TAIL, TEARDOWN, WAKE, WORK, ZOMBIE,
    ClassSpec, Mm, ProcessSpec, SharedSegment, Thread, World, check, held, reaper_entity, spec,
)

cdef enum:
    SECOND = 1000000000


cdef inline void wake(World *w, int32_t i) noexcept nogil:
    """From the signal until the thread runs in the kernel's exit path."""
    burn(w, i, WAKE, value(w, spec(w, w.threads + i).wake, FOR_WAKE, i, 0))


cdef inline bint interrupted(const World *w, const Thread *t) noexcept nogil:
    """Whether SIGKILL ends the writing of its core file."""
    return t.signalled and w.policy.core_dump != CORE_RUNS_ON


cdef inline void signal(World *w, int32_t i) noexcept nogil:
    """SIGKILL. A thread inside the allocator learns at the end of its timed piece."""
    cdef Thread *t = w.threads + i
    if t.signalled or t.exiting or spec(w, t).init:
        return
    t.signalled = 1
    if t.state == PARK:
        t.pending = 0
        w.pending -= 1
        wake(w, i)
    elif t.state <= PAGE_IN or t.state == CLEANUP:
        w.running -= t.state == BUSY
        wake(w, i)
    elif t.state == CORE_WAIT or t.state == DUMP:
        if t.state == DUMP and interrupted(w, t):
            w.when[i] = w.now
    else:
        t.abandon = 1
        if w.frozen:
            w.when[i] = w.now


cdef inline void clean_up(World *w, int32_t i) noexcept nogil:
    """Its handler of SIGTERM runs; then the process exits by itself."""
    sleep_until(w, i, CLEANUP, w.now + value(w, spec(w, w.threads + i).term, FOR_TERM, i, 0))


cdef inline void terminate(World *w, int32_t i) noexcept nogil:
    """SIGTERM, which it handles as soon as it is in user mode."""
    cdef Thread *t = w.threads + i
    if t.signalled or t.exiting or t.term:
        return
    t.term = 1
    if t.state <= HOLD:
        w.running -= t.state == BUSY
        clean_up(w, i)


cdef inline void tail(World *w, int32_t i) noexcept nogil:
    """Its mmput() is over; files, fs, exit_notify()."""
    w.threads[i].put = 1
    burn(w, i, TAIL, value(w, spec(w, w.threads + i).tail, FOR_TAIL, i, 0))


cdef inline void open_gates(World *w, int32_t holder) noexcept nogil:
    """Open every gate that `holder` holds; a queue hands over to its first."""
    cdef int32_t n, heir
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
    if heir == NOBODY and w.policy.park:
        for n in range(w.n_threads):
            if w.threads[n].state == PARK:
                w.when[n] = w.now


cdef inline void skip(World *w, int32_t mm) noexcept nogil:
    """MMF_OOM_SKIP: the gate that it keeps may open with that."""
    w.mms[mm].skip = 1
    if w.policy.gate_opens_on_skip:
        open_gates(w, MM_HOLDS + mm)


cdef inline int64_t kept_from_skip(const World *w, const Mm *m) noexcept nogil:
    """Pages still to come when exit_mmap() sets MMF_OOM_SKIP, if it does before its last page is back (4.19 on)."""
    if w.policy.skip_at == SKIP_BEFORE_MLOCKED:
        return m.mlocked
    if w.policy.skip_at == SKIP_BEFORE_LAST_BATCH:
        return w.machine.teardown_batch
    return 0


cdef inline void mark_skipped(World *w, int32_t mm) noexcept nogil:
    """Set MMF_OOM_SKIP, if it is time for it."""
    if w.mms[mm].total - w.mms[mm].returned <= kept_from_skip(w, w.mms + mm):
        skip(w, mm)


cdef inline bint cleaned_out(World *w, int32_t mm) noexcept nogil:
    """The mm has given back its last page: the end of mmput()."""
    w.mms[mm].skip = 1
    w.look = 1
    free_swap(w, w.mms + mm)
    check(users(w, mm) == 0)
    check(held(w.mms + mm, w.n_nodes) == 0)
    if w.mms[mm].freed_at < 0:  # the oracle's victims have given back theirs before
        w.mms[mm].freed_at = w.now
        if w.mms[mm].condemned_at >= 0:
            w.in_flight -= 1
            check(w.in_flight >= 0)
            w.last_freed = w.now
    open_gates(w, MM_HOLDS + mm)
    return True


cdef inline void take_over(World *w, int32_t mm) noexcept nogil:
    """exit_mmap() goes on where the reaper is; a batch of the reaper's that isn't over is its own."""
    cdef int32_t r
    for r in range(w.n_reapers):
        if w.reapers[r].mm == mm:
            w.running -= w.reapers[r].reaping
            w.reapers[r].reaping = 0
            w.when[reaper_entity(w, r)] = NEVER
            w.mms[mm].reapable = 0
            w.look = 1
            open_gates(w, reaper_entity(w, r))


cdef inline int64_t batch_pages(const World *w, const Mm *mm) noexcept nogil:
    """Pages of the batch that is next: no more than are left, or are unmapped."""
    cdef int64_t pages = min(w.machine.teardown_batch, mm.total - mm.returned)
    if w.machine.gather:
        pages = min(pages, w.machine.gather - mm.returned % w.machine.gather)
    return pages


cdef inline void batch(World *w, int32_t entity, const Mm *mm) noexcept nogil:
    """Begin a batch: CPU work, stretched by whoever else runs at its start. The first of a lump waits until all of that is
    unmapped (struct mmu_gather, tlb_next_batch()).
    """
    cdef int64_t ns = batch_pages(w, mm) * SECOND // w.machine.teardown_rate
    if w.machine.gather and mm.returned % w.machine.gather == 0:
        ns += min(w.machine.gather, mm.total - mm.returned) * SECOND // w.machine.gather_rate
    if entity < w.n_threads:
        burn(w, entity, TEARDOWN, ns)
    else:
        w.running += 1
        w.when[entity] = w.now + stretched(w, ns)


cdef inline void begin_return(World *w, Mm *m) noexcept nogil:
    """Pages are about to go back in batches, to each node its proportion of what there is now."""
    cdef int32_t n
    for n in range(w.n_nodes):
        m.whole[n] = m.pages[n]
    m.total = held(m, w.n_nodes)
    m.returned = 0


cdef inline void give_back(World *w, int32_t entity, Mm *m, int64_t returned) noexcept nogil:
    """So many pages of an mm are back in all: from each node its proportion, by cumulative floors."""
    cdef int64_t before = m.returned, share
    cdef int32_t n
    check(before <= returned <= m.total)
    m.returned = returned
    w.look = 1
    for n in range(w.n_nodes):
        if m.whole[n] == m.total:
            share = returned - before
        else:
            share = m.whole[n] * returned // m.total - m.whole[n] * before // m.total
        free_pages(w, entity, n, share)
        m.pages[n] -= share
        check(m.pages[n] >= 0)


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


cdef inline void give_back_at_once(World *w, int32_t mm) noexcept nogil:
    """The oracle's victims need no time."""
    cdef int32_t n
    unmap(w, w.mms + mm)
    for n in range(w.n_nodes):
        w.nodes[n].free += w.mms[mm].pages[n]
        w.mms[mm].pages[n] = 0
    free_swap(w, w.mms + mm)
    w.mms[mm].freed_at = w.last_freed = w.now
    w.in_flight -= 1
    check(w.in_flight >= 0)


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


cdef inline bint end_batch(World *w, int32_t entity, int32_t mm) noexcept nogil:
    """A batch is back: from each node its proportion, by cumulative floors. True if it was the last."""
    cdef Mm *m = w.mms + mm
    give_back(w, entity, m, m.returned + batch_pages(w, m))
    mark_skipped(w, mm)
    if m.returned == m.total:
        return cleaned_out(w, mm)
    batch(w, entity, m)
    return False


cdef inline void gather(World *w, Mm *m) noexcept nogil:
    """All others on the mm have come to exit_mm(): the core file is begun."""
    cdef Thread *t = w.threads + m.dumper
    cdef int32_t other, leader = <int32_t>w.processes[t.process].first_thread
    for other in range(w.n_threads):
        if other != m.dumper and w.mms + w.threads[other].mm == m and w.threads[other].has_mm:
            if w.threads[other].state != CORE_WAIT and not spec(w, w.threads + other).init:
                return
    sleep_until(w, m.dumper, DUMP, w.now)
    if not interrupted(w, t):
        w.when[m.dumper] += value(w, spec(w, t).core_dump, FOR_CORE_DUMP, leader, 0)


cdef inline bint begins_dump(World *w, int32_t i) noexcept nogil:
    """Whether a task that goes by itself dumps core, unless another on its mm does already."""
    cdef Thread *t = w.threads + i
    cdef Mm *m = w.mms + t.mm
    cdef int32_t other
    if m.dumper != NOBODY:
        return False
    if not happens(w, spec(w, t).core_dump_p, FOR_CORE_DUMP_P, w.processes[t.process].first_thread, 0):
        return False
    m.dumper = i
    sleep_until(w, i, CORE_WAIT, NEVER)
    for other in range(w.n_threads):
        if other != i and w.threads[other].mm == t.mm and w.threads[other].has_mm:
            signal(w, other)
    gather(w, m)
    return True


cdef inline void note_last(World *w, int32_t mm) noexcept nogil:
    """Whether a thread was the last, but init's, to let go of its mm."""
    cdef int32_t i
    for i in range(w.n_threads):
        if w.threads[i].mm == mm and w.threads[i].has_mm and not spec(w, w.threads + i).init:
            return
    w.mms[mm].left_at = w.now


cdef inline void exit_mm(World *w, int32_t i) noexcept nogil:
    """mm = NULL, once no core is dumped, and mmput(): the last user tears it down."""
    cdef Thread *t = w.threads + i
    if w.mms[t.mm].dumper != NOBODY:
        sleep_until(w, i, CORE_WAIT, NEVER)
        gather(w, w.mms + t.mm)
        return
    check(t.exiting and t.has_mm and not t.pending)
    t.has_mm = 0
    if w.policy.pin_age > 0:
        note_last(w, t.mm)
    w.look = 1
    w.mms[t.mm].users -= 1
    check(w.mms[t.mm].users == users(w, t.mm))
    if w.mms[t.mm].users > 0 or exit_mmap(w, i, t.mm):
        tail(w, i)


cdef inline void depart(World *w, int32_t i) noexcept nogil:
    """PF_EXITING; here, at the latest, the siblings of a killed thread learn, but not one who dumps core.

    Then, perhaps, what do_exit() does before exit_mm(): accounting, clear_child_tid, robust lists.
    """
    cdef Thread *t = w.threads + i
    cdef const ProcessSpec *process = w.processes + t.process
    cdef int32_t sibling
    t.exiting = 1
    if t.signalled:
        for sibling in range(<int32_t>process.first_thread, <int32_t>(process.first_thread + process.n_threads)):
            if sibling != w.mms[t.mm].dumper:
                signal(w, sibling)
    if happens(w, spec(w, t).work_p, FOR_WORK_P, i, 0):
        sleep_until(w, i, WORK, w.now + value(w, spec(w, t).work, FOR_WORK, i, 0))
    else:
        exit_mm(w, i)


cdef inline void leave(World *w, int32_t i) noexcept nogil:
    """do_exit(); who goes by itself may have crashed, and dumps core first."""
    if w.threads[i].signalled or not begins_dump(w, i):
        depart(w, i)


cdef inline void dumped(World *w, int32_t i) noexcept nogil:
    """coredump_finish(): it goes, and so do those who wait."""
    cdef int32_t other, mm = w.threads[i].mm
    w.mms[mm].dumper = NOBODY
    for other in range(w.n_threads):
        if w.threads[other].mm == mm and w.threads[other].state == CORE_WAIT:
            w.when[other] = w.now
    depart(w, i)


cdef inline void lock(World *w, int32_t i) noexcept nogil:
    """Perhaps it needs a lock of a thread that is inside an allocation right now."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef int32_t holder
    if happens(w, c.lock_p, FOR_LOCK_P, i, 0):
        holder = <int32_t>(c.lock_first + <int64_t>mulhi(word(w, FOR_LOCK_HOLDER, i, 0), <uint64_t>c.lock_count))
        if w.threads[holder].pending and w.threads[holder].state != PARK and holder != i:
            t.lock_of = holder
            sleep_until(w, i, LOCK_WAIT, NEVER)
            return
    leave(w, i)


cdef inline void end_wake(World *w, int32_t i) noexcept nogil:
    cdef const ClassSpec *c = spec(w, w.threads + i)
    if happens(w, c.block_p, FOR_BLOCK_P, i, 0):
        sleep_until(w, i, BLOCK, w.now + value(w, c.block, FOR_BLOCK, i, 0))
    else:
        lock(w, i)


cdef inline void end_tail(World *w, int32_t i) noexcept nogil:
    """PF_DEAD. A thread that isn't the leader goes at once, the leader when its whole group is dead."""
    cdef Thread *t = w.threads + i
    cdef int32_t leader = <int32_t>w.processes[t.process].first_thread
    cdef const ClassSpec *c = spec(w, t)
    check(t.put and not t.dead and not holds_gate(w, i))
    t.dead = 1
    sleep_until(w, i, ZOMBIE if i == leader else REAPED, NEVER)
    w.alive[t.process] -= 1
    check(w.alive[t.process] >= 0)
    if w.alive[t.process] == 0:
        if happens(w, c.unreaped_p, FOR_UNREAPED_P, leader, 0):
            w.when[leader] = w.now + value(w, c.unreaped, FOR_UNREAPED, leader, 0)
        else:
            w.threads[leader].state = REAPED


cdef inline void pin(World *w, int32_t victim) noexcept nogil:
    """Perhaps a bystander holds the victim's mm from the kill on."""
    cdef int32_t leader = <int32_t>w.processes[w.threads[victim].process].first_thread
    cdef int32_t mm = w.threads[victim].mm
    cdef const ClassSpec *c = spec(w, w.threads + victim)
    if happens(w, c.pin_p, FOR_PIN_P, leader, 0):
        check(w.n_pins < w.n_mms and not w.mms[mm].pinned)
        w.mms[mm].users += 1
        w.mms[mm].pinned = 1
        check(w.mms[mm].users == users(w, mm))
        w.pins[w.n_pins].mm = mm
        w.pins[w.n_pins].tearing = 0
        w.when[w.n_threads + w.n_nodes + w.n_pins] = w.now + value(w, c.pin, FOR_PIN, leader, 0)
        w.n_pins += 1


cdef inline void end_pin(World *w, int32_t entity) noexcept nogil:
    """The bystander lets go; if it was the last user, exit_mmap() runs in its context."""
    cdef int32_t p = entity - w.n_threads - w.n_nodes
    cdef int32_t mm = w.pins[p].mm
    w.when[entity] = NEVER
    if w.pins[p].tearing:
        w.running -= 1
        end_batch(w, entity, mm)
        return
    check(w.mms[mm].pinned)
    w.mms[mm].pinned = 0
    w.mms[mm].users -= 1
    check(w.mms[mm].users == users(w, mm))
    if w.mms[mm].users == 0:
        w.pins[p].tearing = 1
        exit_mmap(w, entity, mm)


cdef inline void die(World *w, int32_t i) noexcept nogil:
    """The next step of a dying thread that is past the allocator."""
    cdef int state = w.threads[i].state
    if state == TEARDOWN:
        if end_batch(w, i, w.threads[i].mm):
            tail(w, i)
    elif state == WAKE:
        end_wake(w, i)
    elif state == BLOCK:
        lock(w, i)
    elif state == EXITING or state == HOLD:
        leave(w, i)
    elif state == CORE_WAIT:
        exit_mm(w, i)
    elif state == CLEANUP:
        w.threads[i].signalled = 1
        leave(w, i)
    elif state == TAIL:
        end_tail(w, i)
    else:
        check(state == ZOMBIE)
        w.threads[i].state = REAPED
