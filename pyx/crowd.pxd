"""Crowds: processes that only sleep, many of them alike. Nobody looks at one until somebody kills it.

`oommc.engine.crowd` says which they are. One that sleeps is as it was at the start of every schedule, so it is neither
set up, nor copied, nor looked at: loops go over the spans of threads and mms that are awake, what counts everybody adds
the crowds by class, and of those that are alike one stands for all in the choice of a victim.
"""

from libc.stdint cimport int32_t, int64_t

from world cimport Span, World


cdef inline void rouse(World *w, int32_t mm) noexcept nogil:
    """Something is about to happen to an mm: if it sleeps it does no longer, in this schedule."""
    cdef int64_t p = w.mm_specs[mm].owner
    if not w.mms[mm].asleep:
        return
    w.mms[mm].asleep = 0
    w.asleep[w.processes[p].cls] -= 1
    w.sleepers -= 1
    w.roused[w.n_roused] = mm
    w.n_roused += 1
    join(w.awake, &w.spans, <int32_t>w.processes[p].first_thread)
    join(w.acting, &w.acting_spans, <int32_t>w.processes[p].first_thread)
    join(w.awake_mms, &w.mm_spans, mm)


cdef inline void join(Span *spans, int32_t *number, int32_t at) noexcept nogil:
    """`at` joins a span that it touches, or begins one; one more span stands behind their number."""
    cdef int32_t s = 0, k
    while spans[s + 1].first <= at:
        s += 1
    if spans[s].end == at:
        spans[s].end += 1
    elif spans[s + 1].first == at + 1 and s + 1 < number[0]:
        spans[s + 1].first = at
    else:
        for k in range(number[0], s, -1):
            spans[k + 1] = spans[k]
        spans[s + 1] = Span(first=at, end=at + 1)
        number[0] += 1


cdef inline int32_t alike(const World *w, int32_t i) noexcept nogil:
    """Of a thread that sleeps: how many from it on are of one crowd."""
    return <int32_t>w.mm_specs[w.threads[i].mm].alike
