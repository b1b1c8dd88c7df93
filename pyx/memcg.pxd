"""The OOM locks of a memory cgroup: the twin's memcg.py has the sources."""

from libc.stdint cimport int32_t, int64_t

from charge cimport above, related
from policy cimport MEMCG_GROUP_AND_OOM_LOCK, MEMCG_GROUP_LOCK, MEMCG_LOCK, MEMCG_OOM_LOCK
from world cimport NOBODY, SHUT_OUT, World


cdef inline bint tries(const World *w) noexcept nogil:
    """Whether the group's lock is tried."""
    return w.policy.memcg == MEMCG_GROUP_LOCK or w.policy.memcg == MEMCG_GROUP_AND_OOM_LOCK


cdef inline bint takes_oom_lock(const World *w) noexcept nogil:
    """Whether who kills for a group's limit holds the machine's gate."""
    cdef int64_t memcg = w.policy.memcg
    return memcg == MEMCG_GROUP_AND_OOM_LOCK or memcg == MEMCG_OOM_LOCK or memcg == MEMCG_LOCK


cdef inline void unlock(World *w, int32_t i) noexcept nogil:
    """Give the group's lock back, if held."""
    cdef int32_t group = w.threads[i].memcg
    while group != NOBODY:
        if w.memcgs[group].lock == i:
            w.memcgs[group].lock = NOBODY
            wake(w, group)
        group = above(w, group)


cdef inline void uncharged(World *w, int32_t mm, int64_t pages) noexcept nogil:
    """Pages of an mm have gone back."""
    if w.n_memcgs > 0 and pages > 0 and tries(w) and group_of(w, mm) != NOBODY:
        wake(w, group_of(w, mm))


cdef inline int32_t group_of(const World *w, int32_t mm) noexcept nogil:
    """The group that an mm is charged to, if there is one."""
    return <int32_t>w.classes[w.processes[w.mm_specs[mm].owner].cls].memcg


cdef inline void wake(World *w, int32_t group) noexcept nogil:
    """Who sleeps at the group's lock tries its charge again."""
    cdef int32_t s, i
    if w.frozen:
        return
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            if w.threads[i].state == SHUT_OUT and related(w, w.threads[i].domain, group):
                w.when[i] = w.now


cdef inline bint locked(const World *w, int32_t group) noexcept nogil:
    """Whether a group's lock is held: its own, or that of one in it or of one that it lies in."""
    cdef int32_t other
    for other in range(w.n_memcgs):
        if w.memcgs[other].lock != NOBODY and related(w, other, group):
            return True
    return False
