"""Memory pressure as the kernel averages it (PSI, kernel/sched/psi.c): the share of time in which tasks wait for
memory.

A task waits from the beginning of its first reclaim pass to the end of its ask, while what it uses is read back, and
while memory.high slows it down.
`some`: one does. `full`: one does, and nobody runs who doesn't (here: who thinks on a CPU or is on its way out). Every
2 s the share of that time goes, in whole percent, into a decaying average over 10 s, in fixed point with 11 bits.
"""

from libc.stdint cimport int32_t, int64_t

from policy cimport PRESSURE_FULL, PRESSURE_NONE, PRESSURE_OF_CGROUP, RULES_STALLS, MonitorSpec
from world cimport BUSY, NOBODY, TAIL, TEARDOWN, WAKE, Pressure, World, held_up, lies_in

cdef enum:
    FIXED_1 = 2048
    EXP_10S = 1677  # 1/exp(2 s/10 s)

cdef extern from *:
    """#define OOMMC_PERIOD ((int64_t)2000000000)"""
    const int64_t PERIOD "OOMMC_PERIOD"  # PSI_FREQ


cdef inline void start(World *w) noexcept nogil:
    """What a killer watches: each group's, or the machine's."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef bint stalls = m.rules == RULES_STALLS
    # else PRESSURE_OF_MACHINE
    cdef bint by_cgroup = m.pressure_of == PRESSURE_OF_CGROUP and not stalls and w.n_memcgs > 0
    cdef int32_t p
    w.n_pressures = 0
    if m.on and stalls:  # the machine's, of either kind
        w.n_pressures = 2
    elif not m.on or m.pressure == PRESSURE_NONE:
        return
    else:
        w.n_pressures = w.n_memcgs if by_cgroup else 1
    for p in range(w.n_pressures):
        w.pressures[p] = Pressure(group=p if by_cgroup else NOBODY, stalled=0,
                                  full=p if stalls else m.pressure == PRESSURE_FULL, since=0,  # else PRESSURE_SOME
                                  stalled_ns=0, total=0, average=0, scanned=0, reclaimed_at=-1, above_since=-1)


cdef inline void advance(World *w) noexcept nogil:
    """The time up to now."""
    cdef Pressure *p
    cdef int64_t boundary, until
    cdef int32_t i
    for i in range(w.n_pressures):
        p = w.pressures + i
        while p.since < w.now:
            boundary = (p.since // PERIOD + 1) * PERIOD
            until = min(w.now, boundary)
            if p.stalled:
                p.stalled_ns += until - p.since
                p.total += until - p.since
            p.since = until
            if until == boundary:
                p.average = calc_load(p.average, p.stalled_ns * 100 // PERIOD * FIXED_1)
                p.stalled_ns = 0


cdef inline int64_t calc_load(int64_t load, int64_t active) noexcept nogil:
    """include/linux/sched/loadavg.h: up is rounded up."""
    cdef int64_t new = load * EXP_10S + active * (FIXED_1 - EXP_10S)
    if active >= load:
        new += FIXED_1 - 1
    return new // FIXED_1


cdef inline void look(World *w) noexcept nogil:
    """After an event: does somebody wait now?"""
    cdef Pressure *p
    cdef int32_t i
    for i in range(w.n_pressures):
        p = w.pressures + i
        p.stalled = stalls(w, p.group) and not (p.full and works(w, p.group))


cdef inline bint stalls(const World *w, int32_t group) noexcept nogil:
    """Whether a task waits for memory."""
    cdef int32_t i
    if group == NOBODY and w.pending:
        return True
    for i in range(w.n_threads):
        if w.threads[i].pending or held_up(w.threads + i):
            if group == NOBODY or lies_in(w, w.threads[i].memcg, group):
                return True
    return False


cdef inline bint works(const World *w, int32_t group) noexcept nogil:
    """Whether a task runs that doesn't. Where nobody is runnable there is none."""
    cdef int32_t i, state
    if w.running == 0 and not w.machine.scheduler:
        return False
    for i in range(w.n_threads):
        state = w.threads[i].state
        if state == BUSY or state == WAKE or state == TEARDOWN or state == TAIL:
            if group == NOBODY or lies_in(w, w.threads[i].memcg, group):
                return True
    if group != NOBODY:
        return False
    for i in range(w.n_reapers):
        if w.reapers[i].reaping or (w.reapers[i].tearing and w.mms[w.reapers[i].mm].freed_at < 0):
            return True
    for i in range(w.n_pins):
        if w.pins[i].tearing and w.mms[w.pins[i].mm].freed_at < 0:
            return True
    return False


cdef inline int64_t scanned(const World *w, int32_t p) noexcept nogil:
    """Pages that reclaim has taken here (pgscan), of the machine the page cache's too."""
    cdef int64_t pages = 0
    cdef int32_t m
    if w.pressures[p].group == NOBODY:
        return w.scanned_direct + w.scanned_kswapd
    for m in range(w.n_mms):
        if lies_in(w, w.classes[w.processes[w.mm_specs[m].owner].cls].memcg, w.pressures[p].group):
            pages += w.mms[m].scanned
    return pages


cdef inline bint above(const World *w, int32_t p) noexcept nogil:
    """Whether it is higher than the killer's limit."""
    return w.pressures[p].average * 100 > w.policy.monitor.pressure_limit * FIXED_1
