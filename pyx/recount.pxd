"""What the state keeps as a number, counted anew: for the debug build's asserts, where the state changes."""

from libc.stdint cimport int32_t, int64_t

from world cimport NOBODY, Queue, World


cdef inline int64_t users(const World *w, int32_t mm) noexcept nogil:
    """mm_users: its threads, a pin, and a reaper that pins."""
    cdef int64_t found = w.mms[mm].pinned
    cdef int32_t i
    for i in range(w.n_threads):
        if w.threads[i].mm == mm:
            found += w.threads[i].has_mm
    for i in range(w.n_reapers):
        if w.reapers[i].mm == mm and w.reapers[i].reaping:
            found += w.reapers[i].pins
    return found


cdef inline bint holds_gate(const World *w, int32_t holder) noexcept nogil:
    """Whether any gate is its: a thread's, a reaper's, or (MM_HOLDS + mm) an mm's."""
    cdef int32_t n
    for n in range(w.n_nodes):
        if w.gates[n] == holder:
            return True
    return False


cdef inline int32_t in_line(const World *w, const Queue *q, int32_t entity) noexcept nogil:
    """How often somebody stands in a queue."""
    cdef int32_t e = q.head, found = 0
    while e != NOBODY:
        found += e == entity
        e = w.next[e] if e != q.last else NOBODY
    return found


cdef inline int32_t length(const World *w, const Queue *q) noexcept nogil:
    """How many stand in a queue; -1 if it doesn't end, or not with its last."""
    cdef int32_t e = q.head, found = 0
    while e != NOBODY:
        found += 1
        if found > w.n_threads + w.n_mms or (w.next[e] == NOBODY) != (e == q.last):
            return -1
        e = w.next[e]
    return found
