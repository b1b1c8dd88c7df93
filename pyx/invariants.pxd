"""What holds after every event; the debug build asserts it."""

from libc.stdint cimport int32_t, int64_t

from measure cimport runnable
from world cimport SEARCHING, World, check

cdef extern from *:
    """
    #ifdef OOMMC_DEBUG
    #define OOMMC_DEBUGGING 1
    #else
    #define OOMMC_DEBUGGING 0
    #endif
    """
    const bint DEBUGGING "OOMMC_DEBUGGING"


cdef inline void invariants(const World *w) noexcept nogil:
    """Pages are conserved; counters are those of what they count; who is dead has no mm and holds nothing."""
    cdef int64_t pages, listed, swapped = w.swap_free, running = 0
    cdef int32_t n, m, i, pending = 0
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
    for m in range(w.n_mms):
        check(w.mms[m].swapped >= 0)
        swapped += w.mms[m].swapped
    check(swapped == w.machine.swap)
    for i in range(w.n_threads):
        running += runnable(w.threads[i].state)
        pending += w.threads[i].pending
        check(w.when[i] >= w.now)
        if w.threads[i].dead:
            check(w.threads[i].exiting == 1)
            check(w.threads[i].has_mm == 0)
            for n in range(w.n_nodes):
                check(w.gates[n] != i)
            check(w.mutex != i)
    for i in range(w.n_pins):
        if w.pins[i].tearing and w.mms[w.pins[i].mm].freed_at < 0:
            running += 1
    for i in range(w.n_reapers):
        running += w.reapers[i].reaping
        if w.reapers[i].tearing and w.mms[w.reapers[i].mm].freed_at < 0:
            running += 1
    if w.policy.monitor.on:
        running += w.killer.doing == SEARCHING
    check(running == w.running)
    check(pending == w.pending)
    check(w.record.stale + w.record.impatient + w.record.blind == w.record.unnecessary)
    check(w.record.needless <= w.record.unnecessary <= w.record.kills)
    check(w.record.needless <= w.record.collateral <= w.record.kills)
    check(w.record.end_ns <= w.now)
