"""The way out: signal, exit path, exit_mm(), PF_DEAD, reaped (docs/model.md §3)."""

from libc.stdint cimport int32_t, int64_t, uint64_t

cimport errand
cimport processors
from downtime cimport died, stop
from events cimport happens, sleep_until, value, word
from policy cimport CORE_DUMP_RUNS_ON, REPORT_LOCK_TASKLIST
from recount cimport holds_gate, users
from rng cimport (
    FOR_BLOCK, FOR_BLOCK_P, FOR_CORE_DUMP, FOR_CORE_DUMP_P, FOR_LOCK, FOR_LOCK_CHUNK, FOR_LOCK_HOLDER, FOR_LOCK_P,
    FOR_PIN, FOR_PIN_CHUNK, FOR_PIN_HOLDER, FOR_PIN_P, FOR_TAIL, FOR_TERM, FOR_UNREAPED, FOR_UNREAPED_P, FOR_WAKE,
    FOR_WORK, FOR_WORK_P,
    mulhi,
)
from scenario cimport ClassSpec, ProcessSpec
from teardown cimport end_batch, exit_mmap, torn
from turns cimport begin_turns
from world cimport (
    BLOCK, BUSY, CLEANUP, CORE_WAIT, DUMP, EXITING, HOLD, LOCK_WAIT, NEVER, NOBODY, OVER_HIGH, PAGE_IN, PARK, REAPED,
    SHUT_OUT, TAIL, TASKLIST_WAIT, TEARDOWN, WAKE, WORK, ZOMBIE,
    Mm, Thread, World, check, spec,
)


cdef inline void signal(World *w, int32_t i) noexcept nogil:
    """SIGKILL. A thread inside the allocator learns at the end of its timed piece."""
    cdef Thread *t = w.threads + i
    if t.signalled or t.exiting or spec(w, t).init:
        return
    stop(w, i)
    t.signalled = 1
    if t.state == PARK:
        t.pending = 0
        w.pending -= 1
        wake(w, i)
    elif t.state <= PAGE_IN or t.state == CLEANUP:
        if t.state == BUSY or t.state == OVER_HIGH:
            processors.stop(w, i)
        wake(w, i)
    elif t.state == WAKE or t.state == TEARDOWN:  # on its way out by itself, or with the last hold on another's mm
        return
    elif t.state == CORE_WAIT or t.state == DUMP:
        if t.state == DUMP and interrupted(w, t):
            w.when[i] = w.now
    else:
        t.abandon = 1
        cut(t)
        if w.frozen or t.state == SHUT_OUT:
            processors.at_once(w, i)


cdef inline void cut(Thread *t) noexcept nogil:
    """A signal is looked at after the page that the ask waits for now, which ends it."""
    t.want = min(t.want, t.unit)


cdef inline void terminate(World *w, int32_t i) noexcept nogil:
    """SIGTERM, which it handles as soon as it is in user mode."""
    cdef Thread *t = w.threads + i
    if t.signalled or t.exiting or t.term:
        return
    stop(w, i)
    t.term = 1
    cut(t)
    if t.state <= HOLD:
        if t.state == BUSY:
            processors.stop(w, i)
        clean_up(w, i)


cdef inline void clean_up(World *w, int32_t i) noexcept nogil:
    """Its handler of SIGTERM runs, once an errand is over; then the process exits by itself."""
    if w.threads[i].errand:
        errand.begin(w, i)
        return
    sleep_until(w, i, CLEANUP, w.now + value(w, spec(w, w.threads + i).term, FOR_TERM, i, 0))


cdef inline void wake(World *w, int32_t i) noexcept nogil:
    """From the signal until the thread runs in the kernel's exit path."""
    processors.burn(w, i, WAKE, value(w, spec(w, w.threads + i).wake, FOR_WAKE, i, 0))


cdef inline void end_wake(World *w, int32_t i) noexcept nogil:
    """What it holds of others it lets go here."""
    if w.threads[i].errand:
        w.threads[i].after = WAKE
        let_go(w, i)
    else:
        awake(w, i)


cdef inline void awake(World *w, int32_t i) noexcept nogil:
    """Who was given NULL leaves; who was killed may be blocked before."""
    cdef const ClassSpec *c = spec(w, w.threads + i)
    if not w.threads[i].signalled:
        leave(w, i)
    elif happens(w, c.block_p, FOR_BLOCK_P, i, 0):
        sleep_until(w, i, BLOCK, w.now + value(w, c.block, FOR_BLOCK, i, 0))
    else:
        lock(w, i)


cdef inline void let_go(World *w, int32_t i) noexcept nogil:
    """The end of an errand; if nobody else holds the mm, exit_mmap() is its own."""
    cdef int32_t mm = w.threads[i].pins
    if mm != NOBODY:
        check(w.mms[mm].pinned)
        w.mms[mm].pinned = 0
        w.mms[mm].users -= 1
        check(w.mms[mm].users == users(w, mm))
        if w.mms[mm].users == 0 and not exit_mmap(w, i, mm):
            return
    let_gone(w, i)


cdef inline void let_gone(World *w, int32_t i) noexcept nogil:
    """It goes on with its program, or its exit."""
    cdef Thread *t = w.threads + i
    t.errand = 0
    w.look = 1
    unlock(w, i)
    if t.after == WAKE:
        awake(w, i)
    elif t.signalled:
        wake(w, i)
    elif t.term:
        clean_up(w, i)
    else:
        errand.resume(w, i)


cdef inline void lock(World *w, int32_t i) noexcept nogil:
    """Perhaps it needs a lock: of a thread that is inside an allocation right now, or will be before it unlocks."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef int64_t delay, chunk
    cdef int32_t holder
    if happens(w, c.lock_p, FOR_LOCK_P, i, 0):
        holder = <int32_t>(c.lock_first + <int64_t>mulhi(word(w, FOR_LOCK_HOLDER, i, 0), <uint64_t>c.lock_count))
        if errand.able(w, holder):
            delay = value(w, c.lock, FOR_LOCK, i, 0)
            chunk = value(w, c.lock_chunk, FOR_LOCK_CHUNK, i, 0)
            if delay or chunk:
                errand.send(w, holder, NOBODY, delay, chunk)
        if w.threads[holder].errand or (w.threads[holder].pending and w.threads[holder].state != PARK):
            t.lock_of = holder
            sleep_until(w, i, LOCK_WAIT, NEVER)
            return
    leave(w, i)


cdef inline void unlock(World *w, int32_t i) noexcept nogil:
    """A thread's ask, or its errand, is over: who waited for a lock that it holds goes on."""
    cdef int32_t s, other
    if w.threads[i].errand:
        return
    for s in range(w.spans):
        for other in range(w.awake[s].first, w.awake[s].end):
            if w.threads[other].lock_of == i:
                w.threads[other].lock_of = NOBODY
                sleep_until(w, other, EXITING, w.now)


cdef inline void leave(World *w, int32_t i) noexcept nogil:
    """do_exit(); who goes by itself may have crashed, and dumps core first."""
    if w.threads[i].signalled or not begins_dump(w, i):
        depart(w, i)


cdef inline bint begins_dump(World *w, int32_t i) noexcept nogil:
    """Whether a task that goes by itself dumps core, unless another on its mm does already."""
    cdef Thread *t = w.threads + i
    cdef Mm *m = w.mms + t.mm
    cdef int32_t s, other
    if m.dumper != NOBODY:
        return False
    if not happens(w, spec(w, t).core_dump_p, FOR_CORE_DUMP_P, w.processes[t.process].first_thread, 0):
        return False
    m.dumper = i
    sleep_until(w, i, CORE_WAIT, NEVER)
    for s in range(w.spans):
        for other in range(w.awake[s].first, w.awake[s].end):
            if other != i and w.threads[other].mm == t.mm and w.threads[other].has_mm:
                signal(w, other)
    gather(w, m)
    return True


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


cdef inline void dumped(World *w, int32_t i) noexcept nogil:
    """coredump_finish(): it goes, and so do those who wait."""
    cdef int32_t s, other, mm = w.threads[i].mm
    w.mms[mm].dumper = NOBODY
    for s in range(w.spans):
        for other in range(w.awake[s].first, w.awake[s].end):
            if w.threads[other].mm == mm and w.threads[other].state == CORE_WAIT:
                w.when[other] = w.now
    depart(w, i)


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


cdef inline void note_last(World *w, int32_t mm) noexcept nogil:
    """Whether a thread was the last, but init's, to let go of its mm."""
    cdef int32_t s, i
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            if w.threads[i].mm == mm and w.threads[i].has_mm and not spec(w, w.threads + i).init:
                return
    w.mms[mm].left_at = w.now


cdef inline void tail(World *w, int32_t i) noexcept nogil:
    """Its mmput() is over; files, fs, exit_notify()."""
    w.threads[i].put = 1
    processors.burn(w, i, TAIL, value(w, spec(w, w.threads + i).tail, FOR_TAIL, i, 0))


cdef inline void end_tail(World *w, int32_t i) noexcept nogil:
    """PF_DEAD, once exit_notify() has tasklist_lock.

    Who isn't the leader is gone at once, the leader when its group is dead.
    """
    cdef Thread *t = w.threads + i
    cdef int32_t leader = <int32_t>w.processes[t.process].first_thread
    cdef const ClassSpec *c = spec(w, t)
    if w.rescans > 0 or (w.printer != NOBODY and w.policy.report_lock == REPORT_LOCK_TASKLIST):  # else REPORT_LOCK_NONE
        sleep_until(w, i, TASKLIST_WAIT, NEVER)
        return
    check(t.put and not t.dead and not holds_gate(w, i))
    t.dead = 1
    if i == leader:
        sleep_until(w, i, ZOMBIE, NEVER)
    else:
        reap(w, i)
    w.threads[leader].alive -= 1
    check(w.threads[leader].alive >= 0)
    if w.threads[leader].alive == 0:
        died(w, leader)
        if happens(w, c.unreaped_p, FOR_UNREAPED_P, leader, 0):
            w.when[leader] = w.now + value(w, c.unreaped, FOR_UNREAPED, leader, 0)
        else:
            reap(w, leader)


cdef inline void reap(World *w, int32_t i) noexcept nogil:
    """release_task(): it leaves the task list."""
    sleep_until(w, i, REAPED, NEVER)
    w.n_reaped += 1


cdef inline void pin(World *w, int32_t victim) noexcept nogil:
    """Perhaps a bystander holds the mm from the kill on: for a time, or, if it is a task, for an errand."""
    cdef int32_t leader = <int32_t>w.processes[w.threads[victim].process].first_thread
    cdef int32_t holder = NOBODY, mm = w.threads[victim].mm
    cdef const ClassSpec *c = spec(w, w.threads + victim)
    cdef int64_t delay
    if not happens(w, c.pin_p, FOR_PIN_P, leader, 0):
        return
    if c.pin_count:
        holder = <int32_t>(c.pin_first + <int64_t>mulhi(word(w, FOR_PIN_HOLDER, leader, 0), <uint64_t>c.pin_count))
        if w.threads[holder].mm == mm or not errand.able(w, holder):
            return
    check(not w.mms[mm].pinned)
    w.mms[mm].users += 1
    w.mms[mm].pinned = 1
    check(w.mms[mm].users == users(w, mm))
    delay = value(w, c.pin, FOR_PIN, leader, 0)
    if holder != NOBODY:
        errand.send(w, holder, mm, delay, value(w, c.pin_chunk, FOR_PIN_CHUNK, leader, 0))
        return
    check(w.n_pins < w.n_mms)
    w.pins[w.n_pins].mm = mm
    w.pins[w.n_pins].tearing = 0
    w.when[w.n_threads + w.n_nodes + w.n_pins] = w.now + delay
    begin_turns(w, w.n_threads + w.n_nodes + w.n_pins)
    w.n_pins += 1
    w.acting[w.acting_spans - 1].end += 1


cdef inline void end_pin(World *w, int32_t entity) noexcept nogil:
    """The bystander lets go; if it was the last user, exit_mmap() runs in its context."""
    cdef int32_t p = entity - w.n_threads - w.n_nodes
    cdef int32_t mm = w.pins[p].mm
    if w.pins[p].tearing:
        processors.stop(w, entity)
        w.when[entity] = NEVER
        end_batch(w, entity, mm)
        return
    w.when[entity] = NEVER
    check(w.mms[mm].pinned)
    w.mms[mm].pinned = 0
    w.mms[mm].users -= 1
    check(w.mms[mm].users == users(w, mm))
    if w.mms[mm].users == 0:
        w.pins[p].tearing = 1
        exit_mmap(w, entity, mm)


cdef inline void gather(World *w, Mm *m) noexcept nogil:
    """All others on the mm have come to exit_mm(): the core file is begun, unless it was before init came."""
    cdef Thread *t = w.threads + m.dumper
    cdef int32_t s, other, leader = <int32_t>w.processes[t.process].first_thread
    if t.state != CORE_WAIT:
        return
    for s in range(w.spans):
        for other in range(w.awake[s].first, w.awake[s].end):
            if other != m.dumper and w.mms + w.threads[other].mm == m and w.threads[other].has_mm:
                if w.threads[other].state != CORE_WAIT and not spec(w, w.threads + other).init:
                    return
    sleep_until(w, m.dumper, DUMP, w.now)
    if not interrupted(w, t):
        w.when[m.dumper] += value(w, spec(w, t).core_dump, FOR_CORE_DUMP, leader, 0)


cdef inline bint interrupted(const World *w, const Thread *t) noexcept nogil:
    """Whether SIGKILL ends the writing of its core file."""
    return t.signalled and w.policy.core_dump != CORE_DUMP_RUNS_ON  # CORE_DUMP_INTERRUPTED, CORE_DUMP_DISCOUNTED


cdef inline void die(World *w, int32_t i) noexcept nogil:
    """The next step of a dying thread that is past the allocator."""
    cdef int state = w.threads[i].state
    if state == TEARDOWN:
        if end_batch(w, i, torn(w.threads + i)):
            if w.threads[i].errand:
                let_gone(w, i)
            else:
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
    elif state == TAIL or state == TASKLIST_WAIT:
        end_tail(w, i)
    else:
        check(state == ZOMBIE)
        reap(w, i)
