"""Queues, first come first served: at the gate, the cpuset mutex, a memory cgroup's lock."""

from libc.stdint cimport int32_t

from recount cimport in_line
from world cimport NEVER, NOBODY, Queue, World, check


cdef inline void enqueue(World *w, Queue *q, int32_t entity) noexcept nogil:
    """Get in line."""
    check(in_line(w, q, entity) == 0)
    w.next[entity] = NOBODY
    if q.head == NOBODY:
        q.head = entity
    else:
        w.next[q.last] = entity
    q.last = entity


cdef inline int32_t dequeue(World *w, Queue *q) noexcept nogil:
    """The first in line, whose turn it is at this instant; NOBODY if there is none."""
    cdef int32_t first = q.head
    if first != NOBODY:
        check(w.when[first] == NEVER)  # it waits for nothing else
        q.head = w.next[first]
        w.when[first] = w.now
    return first
