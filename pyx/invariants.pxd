"""What holds after every event; the debug build asserts it."""

from libc.stdint cimport int32_t, int64_t

from events cimport runnable
from recount cimport length
from scenario cimport ClassSpec
from world cimport (
    AWAY, ERRAND, FAULT_NONE, GATE_QUEUE, HOLD, LOCK_WAIT, MM_HOLDS, MUTEX_QUEUE, NEVER, NOBODY, PARK, PREEMPT, PRINT,
    REAPED, RUNS, SEARCHING, WAITS,
    Thread, World, check, held, killer_entity, reaper_entity, spec,
)

cdef extern from *:
    """
    #ifdef OOMMC_DEBUG
    #define OOMMC_DEBUGGING 1
    #else
    #define OOMMC_DEBUGGING 0
    #endif
    """
    const bint DEBUGGING "OOMMC_DEBUGGING"


cdef enum:
    STANDSTILL = 100  # events of each at one instant: no schedule has so many, unless a loop stands still in time


cdef inline void moves(World *w, int64_t when) noexcept nogil:
    """Time goes on to the next event, and doesn't stand still for ever."""
    check(when >= w.now)
    w.at_once = w.at_once + 1 if when == w.now else 0
    check(w.at_once < STANDSTILL * (killer_entity(w) + 1))


cdef inline void invariants(const World *w) noexcept nogil:
    """All of it: memory, victims, threads, queues; counters are those of what they count, and time only goes on."""
    cdef int64_t running = 0
    cdef int32_t s, i, pending = 0, reaped = 0
    cdef bint late = w.machine.cpus == 1 and not w.machine.preemption  # what fell due while a text was printed
    memory(w)
    victims(w)
    in_line(w)
    crowds(w)
    for s in range(w.acting_spans + 1):
        for i in range(w.acting[s].first, w.acting[s].end):
            check(w.when[i] >= w.now or late)
    for i in range(w.n_threads):
        in_state(w.threads + i, w)
        running += runnable(w.threads[i].state)
        pending += w.threads[i].pending
        reaped += w.threads[i].state == REAPED
    for i in range(w.n_pins):
        if w.pins[i].tearing and w.mms[w.pins[i].mm].freed_at < 0:
            running += 1
    check(w.reaper < w.n_reapers and (w.reaper == NOBODY or not w.reapers[w.reaper].waits))
    for i in range(w.n_reapers):
        check(not w.reapers[i].waits or (w.reaper != NOBODY and w.when[reaper_entity(w, i)] == NEVER))
        running += w.reapers[i].reaping
        if w.reapers[i].tearing and w.mms[w.reapers[i].mm].freed_at < 0:
            running += 1
    if w.policy.monitor.on:
        check(w.when[killer_entity(w)] >= w.now or late)
        running += w.killer.doing == SEARCHING
    check(running == w.running or w.machine.scheduler)
    check(pending == w.pending)
    in_turns(w)
    check(reaped == w.n_reaped)
    check(w.episode_from < 0 or w.calm_from < 0 or w.calm_from >= w.episode_from)
    check(w.record.stale + w.record.impatient + w.record.blind == w.record.unnecessary)
    check(w.record.needless <= w.record.unnecessary <= w.record.unnecessary_low <= w.record.unnecessary_min)
    check(w.record.unnecessary_min <= w.record.kills)
    check(w.record.needless <= w.record.collateral <= w.record.kills)
    check(w.record.premature <= w.record.kills <= w.n_mms)
    check(w.record.unnecessary + w.record.preventive <= w.record.kills)
    check(w.record.end_ns <= w.now)


cdef inline void memory(const World *w) noexcept nogil:
    """Pages of each node, and of swap, are conserved."""
    cdef int64_t pages, listed, swapped = w.swap_free + w.machine.swap_used
    cdef int32_t n, m
    for n in range(w.n_nodes):
        check(w.nodes[n].free >= 0)
        check(w.nodes[n].cache >= 0)
        listed = 0
        for m in range(<int32_t>w.machine.cpus):
            check(w.lists[n * w.machine.cpus + m] >= 0)
            listed += w.lists[n * w.machine.cpus + m]
        check(listed == w.nodes[n].listed)
        pages = w.nodes[n].free + listed + w.nodes[n].cache
        for m in range(w.n_mms):
            check(w.mms[m].pages[n] >= 0)
            pages += w.mms[m].pages[n]
        for m in range(w.n_classes):
            check(w.shared[m].mappers >= 0)
            pages += w.shared[m].pages[n]
        check(pages == w.node_specs[n].size)
    check(w.swap_free >= 0)
    for m in range(w.n_mms):
        check(w.mms[m].swapped >= 0)
        swapped += w.mms[m].swapped
    check(swapped == w.machine.swap)


cdef inline void victims(const World *w) noexcept nogil:
    """Nothing has happened to an mm in the future; a gate's mm is a victim's, and not gone."""
    cdef int32_t n, holder
    for n in range(w.n_mms):
        check(w.mms[n].users >= 0)
        check(w.mms[n].condemned_at <= w.now and w.mms[n].freed_at <= w.now)
    for n in range(w.n_nodes):
        holder = w.gates[n]
        if holder >= MM_HOLDS:
            check(w.mms[holder - MM_HOLDS].victim_at >= 0)
            check(w.mms[holder - MM_HOLDS].users > 0 or w.mms[holder - MM_HOLDS].freed_at < 0)
        elif holder != NOBODY and holder < w.n_threads:
            check(not w.threads[holder].dead)


cdef inline void in_line(const World *w) noexcept nogil:
    """Queues end, hold those that wait there, and nobody waits for what nobody holds."""
    cdef int32_t i, gate = 0, mutex = 0
    for i in range(w.n_threads):
        gate += w.threads[i].state == GATE_QUEUE
        mutex += w.threads[i].state == MUTEX_QUEUE
    check(length(w, &w.gate_queue) >= gate)  # a reaper may wait too
    check(length(w, &w.mutex_queue) == mutex)
    check(w.gate_queue.head == NOBODY or w.gates[0] != NOBODY)
    check(mutex == 0 or w.mutex != NOBODY)


cdef inline void crowds(const World *w) noexcept nogil:
    """Who isn't awake sleeps, and is counted in its class."""
    cdef int32_t s, m, awake = 0, acting = 0, behind = 0, sleepers = 0
    cdef int64_t by_class = 0
    for s in range(w.spans):
        check(w.awake[s].first <= w.awake[s].end <= w.awake[s + 1].first)
        awake += w.awake[s].end - w.awake[s].first
    check(awake + w.sleepers == w.n_threads)
    for s in range(w.acting_spans + 1):
        acting += w.acting[s].end - w.acting[s].first
    check(acting == awake + w.n_nodes + w.n_pins + w.n_reapers)
    for s in range(w.mm_spans + 1):
        for m in range(behind, w.awake_mms[s].first):
            check(w.mms[m].asleep)
            asleep(w, m)
            sleepers += 1
        behind = w.awake_mms[s].end
        for m in range(w.awake_mms[s].first, behind):
            check(not w.mms[m].asleep)
    for m in range(w.n_classes):
        by_class += w.asleep[m]
    check(sleepers == w.sleepers == by_class)


cdef inline void asleep(const World *w, int32_t mm) noexcept nogil:
    """Nothing has happened to it."""
    cdef int32_t i = <int32_t>w.processes[w.mm_specs[mm].owner].first_thread
    cdef const ClassSpec *c = spec(w, w.threads + i)
    cdef const Thread *t = w.threads + i
    check(t.mm == mm and t.state == HOLD and t.has_mm)
    check(not (t.signalled or t.term or t.marked or t.exiting or t.pending or t.errand))
    check(w.when[i] == NEVER)
    check(w.mms[mm].users == 1 and held(w.mms + mm, w.n_nodes) == w.mms[mm].pages[c.nodes[0]] == c.resident)
    check(w.mms[mm].victim_at < 0 and w.mms[mm].condemned_at < 0)


cdef inline void in_state(const Thread *t, const World *w) noexcept nogil:
    """What a thread is goes together: alive, with an mm, in an allocation, on its way out."""
    check(t.exiting or t.has_mm)
    check(not t.errand or (t.has_mm and not t.exiting))
    check(t.state != ERRAND or (t.errand and t.begun))
    check(t.has_mm or not t.pending)
    check(not t.marked or w.mms[t.mm].victim_at >= 0)
    check((t.state == LOCK_WAIT) == (t.lock_of != NOBODY))
    check(t.lock_of == NOBODY or w.threads[t.lock_of].pending or w.threads[t.lock_of].errand)
    check(t.want >= 0 and (t.pending == 0 or t.state == PARK or t.want > 0 or t.fault != FAULT_NONE))
    if t.dead:
        check(t.exiting and t.put and not t.has_mm)


cdef inline void in_turns(const World *w) noexcept nogil:
    """Who has work runs or waits, no more run than there are processors, and each of these is in use if one waits."""
    cdef int64_t running = 0, waiting = 0
    cdef int32_t i
    cdef int state
    if not w.machine.scheduler:
        return
    for i in range(killer_entity(w) + 1):
        check(w.work[i].active == (w.work[i].place != AWAY))
        running += w.work[i].place == RUNS
        waiting += w.work[i].place == WAITS
    for i in range(w.n_threads):
        state = w.threads[i].state
        check(w.work[i].active == (state == PRINT or (runnable(state) and state != PREEMPT)))
    check(running <= w.machine.cpus and (running == w.machine.cpus or waiting == 0))
