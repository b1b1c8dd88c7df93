"""Charging up the tree of control groups: the twin's charge.py has the sources."""

from libc.stdint cimport int32_t, int64_t

from world cimport NOBODY, UNLIMITED, World, lies_in, margin


cdef inline bint related(const World *w, int32_t a, int32_t b) noexcept nogil:
    """Whether one of two groups lies in the other."""
    return a != NOBODY and b != NOBODY and (lies_in(w, a, b) or lies_in(w, b, a))


cdef inline int64_t room(const World *w, int32_t group) noexcept nogil:
    """Pages that may still be charged to a group."""
    cdef int64_t least = UNLIMITED
    while group != NOBODY:
        if w.memcg_specs[group].limit < UNLIMITED:
            least = min(least, margin(w, group))
        group = above(w, group)
    return least


cdef inline int32_t above(const World *w, int32_t group) noexcept nogil:
    """The group in which one lies, NOBODY: none."""
    return <int32_t>w.memcg_specs[group].parent


cdef inline int32_t refuses(const World *w, int32_t group, int64_t pages) noexcept nogil:
    """Who has no room for so many pages more, if somebody hasn't."""
    while group != NOBODY:
        if w.memcg_specs[group].limit < UNLIMITED and margin(w, group) < pages:
            return group
        group = above(w, group)
    return NOBODY


cdef inline int32_t dies_whole(const World *w, int32_t group, int32_t domain) noexcept nogil:
    """The highest group with memory.oom.group between a victim's and the domain."""
    cdef int32_t highest = NOBODY
    while group != NOBODY:
        if w.memcg_specs[group].oom_group:
            highest = group
        if group == domain:
            break
        group = above(w, group)
    return highest
