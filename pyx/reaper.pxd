"""The OOM reaper: a kernel thread that gives a victim's anonymous pages back before its exit does (4.6 on).

Its attempt fails while the victim's mmap lock is held; after so many it gives up. 4.6 clears the victim's
TIF_MEMDIE when it is done and leaves it for ever if it gives up; from 4.10 on either end sets MMF_OOM_SKIP. One thread
goes through its victims one after the other; of those that wait the last is next.
"""

from libc.stdint cimport int32_t, int64_t

cimport swap
from events cimport happens
from fifo cimport enqueue
from policy cimport MRELEASE_NO, REAPER_CLEARS_MARK, REAPER_HELPS, REAPER_NONE, REAPER_SKIPS
from processors cimport start, stop
from recount cimport holds_gate, users
from rng cimport FOR_MMAP_LOCK_P
from scenario cimport ProcessSpec
from teardown cimport SECOND, end_batch, exit_mmap, give_back, leave_to, open_gates, skip, takes
from turns cimport begin_turns
from world cimport NEVER, NOBODY, Mm, Reaper, Thread, World, begin_return, check, count, reaper_entity, spec


cdef inline void queue(World *w, int32_t victim) noexcept nogil:
    """queue_oom_reaper(), once the mm is a victim's, unless a spared sharer makes the mm unreapable.

    From 4.10 on init as a sharer sets MMF_OOM_SKIP at once: that mm will never go.
    """
    cdef const Thread *v = w.threads + victim
    cdef const Thread *t
    cdef int32_t s, i, r
    cdef bint spared = False
    if w.policy.reaper == REAPER_NONE:
        return
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if t.mm == v.mm and t.has_mm and not (t.signalled or t.exiting):
                spared = True
                if spec(w, t).init and w.policy.reaper == REAPER_SKIPS:
                    skip(w, v.mm)
    if spared:
        return
    w.mms[v.mm].reapable = 1
    w.mms[v.mm].mmap_locked = locked(w, v.mm)
    r = reaper_of(w, v.mm)
    if r == w.n_reapers:
        add(w, v.mm, w.now + w.policy.reaper_delay, False)
    else:  # of a killer's call; where it isn't over its work is the kernel's
        w.reapers[r].release = 0
        if not w.reapers[r].reaping:
            w.when[reaper_entity(w, r)] = w.now + w.policy.reaper_delay


cdef inline int32_t reaper_of(const World *w, int32_t mm) noexcept nogil:
    """Who is, or has been, at work on an mm; n_reapers if nobody."""
    cdef int32_t r
    for r in range(w.n_reapers):
        if w.reapers[r].mm == mm:
            return r
    return w.n_reapers


cdef inline void add(World *w, int32_t mm, int64_t when, bint release) noexcept nogil:
    check(reaper_of(w, mm) == w.n_reapers < w.n_mms)  # an mm has one
    w.reapers[w.n_reapers] = Reaper(mm=mm, waits=0, reaping=0, tearing=0, release=release, pins=0, attempts=0)
    w.when[reaper_entity(w, w.n_reapers)] = when
    begin_turns(w, reaper_entity(w, w.n_reapers))
    w.n_reapers += 1
    w.acting[w.acting_spans].end += 1


cdef inline bint locked(const World *w, int32_t mm) noexcept nogil:
    """Whether its mmap lock is held from the kill on: a matter of its owner's class, whoever the victim is."""
    cdef const ProcessSpec *owner = w.processes + w.mm_specs[mm].owner
    return happens(w, w.classes[owner.cls].mmap_lock_p, FOR_MMAP_LOCK_P, owner.first_thread, 0)


cdef inline void release(World *w, int32_t victim) noexcept nogil:
    """process_mrelease() (mm/oom_kill.c, 5.15 on): takes the mm of who is killed already, and sets no MMF_OOM_SKIP.

    EINVAL where a user of the mm isn't dying. Where the mmap lock is held it waits until exit_mmap() has left nothing.
    """
    cdef int32_t s, i, mm = w.threads[victim].mm
    cdef const Thread *t
    if w.policy.mrelease == MRELEASE_NO or w.mms[mm].skip or reaper_of(w, mm) < w.n_reapers:
        return  # else MRELEASE_YES, and MRELEASE_KILLS, which has signalled the sharers
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if t.mm == mm and t.has_mm and not (t.signalled or t.exiting):
                return
    if not locked(w, mm):
        w.mms[mm].reapable = 1
        add(w, mm, w.now, True)


cdef inline void event(World *w, int32_t r) noexcept nogil:
    """An attempt, or the end of a batch."""
    cdef Reaper *reaper = w.reapers + r
    cdef Mm *m = w.mms + reaper.mm
    cdef int32_t e = reaper_entity(w, r)
    if reaper.tearing or reaper.reaping:
        stop(w, e)
    w.when[e] = NEVER
    if reaper.tearing:
        if end_batch(w, e, reaper.mm):
            leave_to(w, r)
        return
    if reaper.reaping:
        give_back(w, e, m, min(takes(w, m), m.returned + w.machine.teardown_batch))
        batch(w, r)
        return
    if not reaper.release and w.reaper != r:
        arrive(w, r)
    else:
        attempt(w, r)


cdef inline void arrive(World *w, int32_t r) noexcept nogil:
    """It is on oom_reaper_list, with all whose time has come; if the thread slept it wakes up for the last of them."""
    cdef const Reaper *other
    cdef int32_t k
    for k in range(w.n_reapers):
        other = w.reapers + k
        if k == r or (w.when[reaper_entity(w, k)] <= w.now and not (other.release or other.reaping or other.tearing)):
            if k != w.reaper:
                w.reapers[k].waits = 1
                w.when[reaper_entity(w, k)] = NEVER
    if w.reaper == NOBODY:
        w.reaper = r
        leave_to(w, r)


cdef inline void attempt(World *w, int32_t r) noexcept nogil:
    """oom_reap_task_mm()."""
    cdef Reaper *reaper = w.reapers + r
    cdef Mm *m = w.mms + reaper.mm
    cdef int32_t e = reaper_entity(w, r)
    if m.skip or not m.reapable:
        give_up(w, r)
        return
    if w.policy.reaper_lock and not reaper.release and w.gates[0] != e:
        if w.gates[0] != NOBODY:
            enqueue(w, &w.gate_queue, e)
            return
        w.gates[0] = e
    if mmap_lock_held(w, reaper.mm):
        reaper.attempts += 1
        if reaper.attempts < w.policy.reaper_attempts:
            w.when[e] = w.now + w.policy.reaper_interval
            open_gates(w, e)
        else:
            m.reapable = 0
            w.look = 1
            if w.policy.reaper == REAPER_SKIPS:
                skip(w, reaper.mm)
            give_up(w, r)
        return
    begin_return(w, m)
    check(holds_gate(w, e) == (w.policy.reaper_lock != 0 and reaper.release == 0))
    reaper.reaping = 1
    reaper.pins = w.policy.reaper_pins and not reaper.release
    m.users += reaper.pins
    check(m.users == users(w, reaper.mm))
    batch(w, r)


cdef inline bint mmap_lock_held(const World *w, int32_t mm) noexcept nogil:
    cdef int32_t s, i
    if w.mms[mm].mmap_locked:
        for s in range(w.spans):
            for i in range(w.awake[s].first, w.awake[s].end):
                if w.threads[i].mm == mm and w.threads[i].has_mm:
                    return True
    return False


cdef inline void give_up(World *w, int32_t r) noexcept nogil:
    """Nothing more is to be done for this one."""
    leave_to(w, r)
    open_gates(w, reaper_entity(w, r))


cdef inline void batch(World *w, int32_t r) noexcept nogil:
    """Begin a batch, or be done."""
    cdef Reaper *reaper = w.reapers + r
    cdef Mm *m = w.mms + reaper.mm
    cdef int64_t pages = min(w.machine.teardown_batch, takes(w, m) - m.returned)
    cdef int32_t s, i, e = reaper_entity(w, r)
    if pages > 0:
        start(w, e, pages * SECOND // w.machine.teardown_rate)
        return
    reaper.reaping = 0
    m.reapable = 0
    w.look = 1
    count(w, &w.record.reaped, 1)
    swap.give_back(w, m)
    if reaper.release:
        return
    if w.policy.reaper != REAPER_HELPS:
        skip(w, reaper.mm)
    if w.policy.reaper == REAPER_CLEARS_MARK:
        for s in range(w.spans):
            for i in range(w.awake[s].first, w.awake[s].end):
                if w.threads[i].mm == reaper.mm:
                    w.threads[i].marked = 0
    open_gates(w, e)
    m.users -= reaper.pins
    check(m.users == users(w, reaper.mm))
    if reaper.pins and m.users == 0:  # mmput(), of the last user
        reaper.tearing = 1
        if not exit_mmap(w, e, reaper.mm):
            return
    leave_to(w, r)
