"""The OOM path, made of the policy's mechanisms: MODEL.md §5.

    enter → recheck → gate → gate test → recheck → report → mutex → scan → kill → pause

Each function is one stage and calls the next; where time passes a stage sets the thread's event and returns.
"""

from libc.stdint cimport int32_t, int64_t

from allocate cimport above_min, attempt, grant
from events cimport burn, next_happens, sleep_until, ticks_from_now, value
from measure cimport open_episode
from rng cimport FOR_PREEMPT, FOR_PREEMPT_P, FOR_REPORT
from select cimport kill, kill_under_way, select
from world cimport (
    GATE_FLAG, GATE_HELD, GATE_NONE, GATE_QUEUE, GATE_SEMAPHORE, MARK_HIGH, MARK_LOW, MUTEX_HELD, MUTEX_QUEUE, NEVER,
    NOBODY, PAUSE, PREEMPT, REAPED, REFUSED_SPIN, REPORT, SCAN, SLEEP_TICK, SLEEP_TICK_IF_KILLED, STAGE_GATE,
    STAGE_REPORT,
    ClassSpec, Node, Queue, Thread, World, constrained, count, expired, spec,
)


cdef inline void queue(World *w, Queue *q, int32_t i, int state) noexcept nogil:
    """Wait in line."""
    w.quiet = 0
    w.threads[i].next = NOBODY
    if q.head == NOBODY:
        q.head = i
    else:
        w.threads[q.last].next = i
    q.last = i
    sleep_until(w, i, state, NEVER)


cdef inline int32_t hand_over(World *w, Queue *q, int state) noexcept nogil:
    """The first in line is the next holder, at this instant."""
    cdef int32_t first = q.head
    if first != NOBODY:
        q.head = w.threads[first].next
        sleep_until(w, first, state, w.now)
    return first


cdef inline void release(World *w, int32_t i) noexcept nogil:
    """Give back gate and mutex, if held; a queue hands over to its first."""
    if w.mutex == i:
        w.mutex = hand_over(w, &w.mutex_queue, MUTEX_HELD)
    if w.gate_thread == i:
        w.gate_thread = hand_over(w, &w.gate_queue, GATE_HELD)


cdef inline void restart(World *w, int32_t i) noexcept nogil:
    """Give up the attempt and start again at step 1."""
    w.quiet = w.quiet and not w.threads[i].abandon
    release(w, i)
    attempt(w, i)


cdef inline void pause(World *w, int32_t i) noexcept nogil:
    """schedule_timeout_uninterruptible(1), which a marked thread skips; then step 1."""
    if w.threads[i].marked:
        attempt(w, i)
    else:
        sleep_until(w, i, PAUSE, ticks_from_now(w, 1))


cdef inline bint recheck(World *w, int32_t i) noexcept nogil:
    """The last try. If it fails, any kill that follows is judged by this instant."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef const Node *node
    cdef int64_t k, mark
    for k in range(c.n_nodes):
        node = w.nodes + c.nodes[k]
        mark = node.high
        if w.policy.recheck_mark != MARK_HIGH:
            mark = node.low if w.policy.recheck_mark == MARK_LOW else node.min
        if node.free - t.pages >= mark:
            count(w, &w.record.cancelled, 1)
            release(w, i)
            grant(w, i, <int32_t>c.nodes[k])
            return True
    t.failed_at = w.now
    return False


cdef inline bint preempted(World *w, int32_t i, int stage) noexcept nogil:
    """Perhaps lose the CPU before `stage`."""
    cdef Thread *t = w.threads + i
    cdef int64_t number = t.rechecks
    if w.machine.preempt_p == 0:
        return False
    w.quiet = 0  # its draw makes this retry unlike the next
    t.rechecks += 1
    if not next_happens(w, t.preempt_words, w.machine.preempt_p, FOR_PREEMPT_P, i, number):
        return False
    w.running += 1  # runnable, but its wait isn't work and isn't stretched
    t.stage = stage
    sleep_until(w, i, PREEMPT, w.now + value(w, w.machine.preempt, FOR_PREEMPT, i, number))
    return True


cdef inline bint kills_itself(const World *w, int32_t i) noexcept nogil:
    """A constrained ask of 2.6.16 and later: no scan and no abort test, current dies."""
    return w.policy.kill_current and constrained(w, w.threads + i)


cdef inline void finish(World *w, int32_t i, int32_t shot) noexcept nogil:
    """out_of_memory() returns: the gate stays with the victim or opens, and the caller takes its pause."""
    if shot != NOBODY and w.policy.victim_keeps_gate:
        w.gate_thread = NOBODY
        w.gate_mm = shot
    release(w, i)
    if w.policy.killer_sleep == SLEEP_TICK or (w.policy.killer_sleep == SLEEP_TICK_IF_KILLED and shot != NOBODY):
        pause(w, i)
    else:
        attempt(w, i)


cdef inline void decide(World *w, World *scratch, int32_t i) noexcept nogil:
    """Abort, or choose and kill."""
    cdef int32_t chosen = i
    if w.threads[i].abandon:
        restart(w, i)
        return
    if not kills_itself(w, i):
        if kill_under_way(w):
            count(w, &w.record.aborted, 1)
            finish(w, i, NOBODY)
            return
        w.quiet = 0
        chosen = select(w)
        if chosen == NOBODY:
            if w.policy.panic:
                w.panicked = 1
            else:
                finish(w, i, NOBODY)
            return
    w.quiet = 0
    finish(w, i, kill(w, scratch, i, chosen))


cdef inline void scan(World *w, World *scratch, int32_t i) noexcept nogil:
    """Look at every task of the list; the choice and the kill happen at the end, on the state of that instant."""
    cdef int64_t tasks = 0
    cdef int32_t k
    if kills_itself(w, i):
        decide(w, scratch, i)
        return
    for k in range(w.n_threads):
        tasks += w.threads[k].state != REAPED
    sleep_until(w, i, SCAN, w.now + w.machine.scan_per_task * tasks)


cdef inline void mutex(World *w, World *scratch, int32_t i) noexcept nogil:
    """The cpuset mutex, first come first served."""
    if w.policy.mutex:
        if w.mutex != NOBODY:
            queue(w, &w.mutex_queue, i, MUTEX_QUEUE)
            return
        w.mutex = i
    scan(w, scratch, i)


cdef inline void report(World *w, World *scratch, int32_t i) noexcept nogil:
    """Print the report, unless the limiter holds it back."""
    cdef int64_t interval = w.machine.ratelimit_interval
    if w.policy.ratelimited:
        w.tokens = min(w.tokens + w.now - w.tokens_at, w.machine.ratelimit_burst * interval)
        w.tokens_at = w.now
        if w.tokens < interval:
            mutex(w, scratch, i)
            return
        w.tokens -= interval
    w.quiet = 0
    burn(w, i, REPORT, value(w, w.machine.report, FOR_REPORT, i, w.threads[i].reports))
    w.threads[i].reports += 1


cdef inline void gate_test(World *w, World *scratch, int32_t i) noexcept nogil:
    """Try #4: any marked thread that its parent hasn't reaped is a kill in progress. Then the recheck under the gate."""
    cdef int32_t k
    if w.policy.test_memdie:
        for k in range(w.n_threads):
            if w.threads[k].marked and w.threads[k].state != REAPED and not expired(w, w.mms + w.threads[k].mm):
                count(w, &w.record.aborted, 1)
                release(w, i)
                pause(w, i)
                return
    if w.policy.under_gate and (recheck(w, i) or preempted(w, i, STAGE_REPORT)):
        return
    report(w, scratch, i)


cdef inline bint gate_closed(const World *w) noexcept nogil:
    """Whether somebody holds the flag: an attempt, or a victim whose time isn't up."""
    return w.gate_thread != NOBODY or (w.gate_mm != NOBODY and not expired(w, w.mms + w.gate_mm))


cdef inline void gate(World *w, World *scratch, int32_t i) noexcept nogil:
    """Take the gate, or do what the policy does with those whom it refuses."""
    if w.policy.gate == GATE_SEMAPHORE:
        if w.gate_thread != NOBODY:
            queue(w, &w.gate_queue, i, GATE_QUEUE)
            return
        w.gate_thread = i
    elif w.policy.gate == GATE_FLAG:
        if gate_closed(w):
            count(w, &w.record.refused, 1)
            if w.policy.refused == REFUSED_SPIN:
                w.threads[i].spinning = 1
                attempt(w, i)
            else:
                pause(w, i)
            return
        w.quiet = 0
        w.gate_mm = NOBODY
        w.gate_thread = i
    gate_test(w, scratch, i)


cdef inline void enter(World *w, World *scratch, int32_t i) noexcept nogil:
    """An ask comes to the OOM path."""
    count(w, &w.record.oom_calls, 1)
    open_episode(w)
    if w.policy.before_gate and (recheck(w, i) or preempted(w, i, STAGE_GATE)):
        return
    gate(w, scratch, i)


cdef inline void end_preempt(World *w, World *scratch, int32_t i) noexcept nogil:
    if w.threads[i].abandon:
        restart(w, i)
    elif w.threads[i].stage == STAGE_GATE:
        gate(w, scratch, i)
    else:
        report(w, scratch, i)


cdef inline void end_report(World *w, World *scratch, int32_t i) noexcept nogil:
    if w.threads[i].abandon:
        restart(w, i)
    else:
        mutex(w, scratch, i)


cdef inline void handed(World *w, World *scratch, int32_t i) noexcept nogil:
    """A queued thread has been handed the semaphore or the mutex that it waited for."""
    if w.threads[i].abandon:
        restart(w, i)
    elif w.threads[i].state == GATE_HELD:
        gate_test(w, scratch, i)
    else:
        scan(w, scratch, i)


cdef inline void end_nap(World *w, int32_t i) noexcept nogil:
    """20 ms later: step 2, or from the top for a thread that was killed meanwhile."""
    if w.threads[i].abandon:
        restart(w, i)
    else:
        above_min(w, i)
