"""The gate and the mutex: who is refused, who waits in line, and how they are given back."""

from libc.stdint cimport int32_t, int64_t

from events cimport sleep_until
from fifo cimport dequeue, enqueue
from memcg cimport unlock
from policy cimport GATE_NODE_TRYLOCK, GATE_ZONELIST_TRYLOCK
from scenario cimport ClassSpec
from teardown cimport let_notify, open_gates
from world cimport MM_HOLDS, MUTEX_HELD, NEVER, NOBODY, Queue, World, lets_through, spec


cdef inline bint closed(const World *w, int64_t slot) noexcept nogil:
    """Whether somebody holds a gate: an attempt, the reaper, or a victim whose time isn't up."""
    cdef int32_t holder = w.gates[slot]
    if holder >= MM_HOLDS:
        return not lets_through(w, w.mms + holder - MM_HOLDS)
    return holder != NOBODY


cdef inline void release_mutex(World *w, int32_t i) noexcept nogil:
    """Give back the mutex, if held; its queue hands over to the first."""
    if w.mutex == i:
        w.mutex = dequeue(w, &w.mutex_queue)
        if w.mutex != NOBODY:
            w.threads[w.mutex].state = MUTEX_HELD


cdef inline void release(World *w, int32_t i) noexcept nogil:
    """Give back tasklist_lock, mutex, the group's lock, and gates, if held; a queue hands over to its first."""
    if w.threads[i].rescans:
        w.threads[i].rescans = 0
        w.rescans -= 1
        let_notify(w)
    release_mutex(w, i)
    unlock(w, i)
    open_gates(w, i)


cdef inline void queue(World *w, Queue *q, int32_t i, int state) noexcept nogil:
    """Wait in line."""
    w.quiet = 0
    enqueue(w, q, i)
    sleep_until(w, i, state, NEVER)


cdef inline bint gate_closed(const World *w, int32_t i) noexcept nogil:
    """Whether any of the gates that an ask needs is closed: the global one, or those of its nodes."""
    cdef int32_t n
    for n in range(w.n_nodes):
        if needs(w, i, n) and closed(w, n):
            return True
    return False


cdef inline bint needs(const World *w, int32_t i, int32_t slot) noexcept nogil:
    """Whether an ask needs a gate: it is the global one, or a node's, its own or (cpuset) of its zonelist."""
    cdef const ClassSpec *c = spec(w, w.threads + i)
    cdef int64_t k
    # GATE_FLAG, GATE_SEMAPHORE, GATE_TRYLOCK, apart by gate_life and refused
    if w.policy.gate != GATE_ZONELIST_TRYLOCK and w.policy.gate != GATE_NODE_TRYLOCK:
        return slot == 0
    if w.policy.gate == GATE_ZONELIST_TRYLOCK and c.cpuset:
        return True
    for k in range(c.n_nodes):
        if c.nodes[k] == slot:
            return True
    return False
