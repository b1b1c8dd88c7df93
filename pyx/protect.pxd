"""What control groups say of swapping: the twin's protect.py has the sources."""

from libc.stdint cimport int32_t, int64_t

from charge cimport above
from memcg cimport takes_oom_lock
from world cimport NOBODY, UNLIMITED, World, lies_in, usage


cdef inline int64_t may_leave(const World *w, int32_t group, int32_t domain, bint last) noexcept nogil:
    """Pages of a group that reclaim for a domain may swap, UNLIMITED: as many as there are.

    memory.low gives way where reclaim has found nothing else (`last`).
    """
    cdef int64_t kept = 0, least = UNLIMITED
    if group == NOBODY or not takes_oom_lock(w):
        return UNLIMITED if domain == NOBODY else 0
    if domain != NOBODY and not (lies_in(w, group, domain) and w.memcg_specs[group].swaps):
        return 0
    if w.memcg_specs[group].kept:
        kept = effective(w, group, domain, False)
        if not last:
            kept = max(kept, effective(w, group, domain, True))
    if kept > 0 or w.memcg_specs[group].swaps:
        least = usage(w, group) - kept
    while group != NOBODY and w.memcg_specs[group].swaps:
        if w.memcg_specs[group].swap_max >= 0:
            least = min(least, w.memcg_specs[group].swap_max - swapped(w, group))
        group = above(w, group)
    return max(<int64_t>0, least)


cdef inline int64_t swapped(const World *w, int32_t group) noexcept nogil:
    """Pages of a group that are in swap."""
    cdef int64_t pages = 0
    cdef int32_t m
    for m in range(w.n_mms):
        if lies_in(w, w.classes[w.processes[w.mm_specs[m].owner].cls].memcg, group):
            pages += w.mms[m].swapped
    return pages


cdef inline int64_t effective(const World *w, int32_t group, int32_t domain, bint low) noexcept nogil:
    """Pages that memory.min, or memory.low, protects of a group: from the group below the domain down to it."""
    cdef int64_t kept = 0, own, claimed, rest
    cdef int32_t at = group, parent, other
    if domain != NOBODY and lies_in(w, domain, group):
        return 0
    while above(w, at) != domain:
        at = above(w, at)
    kept = claim(w, at, low)
    while at != group:
        parent = at
        at = group
        while above(w, at) != parent:
            at = above(w, at)
        own, claimed = claim(w, at, low), 0
        for other in range(parent + 1, <int32_t>w.memcg_specs[parent].end):
            if above(w, other) == parent:
                claimed += claim(w, other, low)
        if claimed > kept:
            kept = own * kept // claimed
            continue
        rest = usage(w, parent) - claimed
        kept = own + ((kept - claimed) * (usage(w, at) - own) // rest if rest > 0 else 0)
    return kept


cdef inline int64_t claim(const World *w, int32_t group, bint low) noexcept nogil:
    """Its own part of that."""
    return min(usage(w, group), w.memcg_specs[group].low if low else w.memcg_specs[group].min)
