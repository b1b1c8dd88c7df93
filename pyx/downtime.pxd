"""For how long innocents can't work: daemons that wait, and all who are dead and not yet restarted (docs/model.md §6).

A wait is one for memory, for what is read back, or for a processor: from when a thread would have begun, or ended its
thought on a processor of its own, until it does. Only those of daemons count: a batch job may wait. Who is killed, or
gets NULL, is down from then on until its process has been dead for as long as its `restart` takes. A new instance isn't
simulated: it works from then on.
"""

from libc.stdint cimport int32_t, int64_t

from events cimport value
from rng cimport FOR_RESTART
from scenario cimport ProcessSpec
from world cimport BUSY, KEEP, NOBODY, Thread, World, held_up, spec


cdef inline int64_t waits(const World *w, int32_t i) noexcept nogil:
    """How long a thread has waited by now, in what it waits for still."""
    cdef const Thread *t = w.threads + i
    if t.exiting:  # by itself
        return 0
    if t.pending or held_up(t):
        return w.now - t.asked_at
    if t.state <= KEEP:
        return max(<int64_t>0, w.now - (t.ought if t.state == BUSY else w.when[i]))
    return 0


cdef inline void note(World *w, int32_t i) noexcept nogil:
    """A wait ends here, if there is one."""
    cdef Thread *t = w.threads + i
    if spec(w, t).daemon and t.down_from < 0:
        t.down += waits(w, i)


cdef inline void stop(World *w, int32_t i) noexcept nogil:
    """SIGKILL, a SIGTERM that it handles, or NULL: it works no more. Who dumps its core has crashed by itself."""
    cdef Thread *t = w.threads + i
    if not spec(w, t).hog and t.down_from < 0 and w.mms[t.mm].dumper == NOBODY:
        note(w, i)
        t.down_from = w.now


cdef inline void died(World *w, int32_t leader) noexcept nogil:
    """All threads of a process are PF_DEAD: who looks after it knows, and starts another."""
    cdef const ProcessSpec *process = w.processes + w.threads[leader].process
    cdef int32_t i
    cdef int64_t up_at
    if spec(w, w.threads + leader).hog:
        return
    up_at = w.now + value(w, spec(w, w.threads + leader).restart, FOR_RESTART, leader, 0)
    for i in range(leader, leader + <int32_t>process.n_threads):
        w.threads[i].up_at = up_at
    w.look = 1


cdef inline void close_downtime(World *w) noexcept nogil:
    """The columns, at the end of the run. After a panic nobody works up to the horizon."""
    cdef int64_t down, rest = w.machine.horizon - w.now if w.panicked else 0
    cdef const Thread *t
    cdef int32_t s, i
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if spec(w, t).hog:
                continue
            down = t.down
            if spec(w, t).daemon and t.down_from < 0:
                down += waits_at_end(w, i)
            if t.down_from >= 0:
                down += min(t.up_at, w.now) - t.down_from + rest
            elif not t.exiting:
                down += rest
            w.record.downtime_ns += down
            w.record.downtime_max_ns = max(w.record.downtime_max_ns, down)
    for i in range(w.n_classes):
        if w.asleep[i] and not w.classes[i].hog:
            w.record.downtime_ns += w.asleep[i] * rest
            w.record.downtime_max_ns = max(w.record.downtime_max_ns, rest)


cdef inline int64_t waits_at_end(const World *w, int32_t i) noexcept nogil:
    """The same at the end of a run, which may have been told early: what was due then still came in time."""
    cdef const Thread *t = w.threads + i
    if t.state == BUSY and not t.exiting:
        return max(<int64_t>0, min(w.now, w.when[i]) - t.ought)
    if t.state <= KEEP and not (w.printer != NOBODY and w.machine.cpus == 1 and not w.machine.preemption):
        return 0
    return waits(w, i)
