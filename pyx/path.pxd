"""The OOM path, made of the policy's mechanisms: docs/model.md §5.

    enter → recheck → gate → gate test → recheck → report → mutex → scan → recheck → report → kill → pause

Each function is one stage and calls the next; where time passes a stage sets the thread's event and returns.
"""

from libc.stdint cimport int32_t, int64_t

cimport memcg
cimport pcp
from allocate cimport SHORTEST, above_min, attempt, blind, costly, fail, ignores_marks, reclaim, take_one
from badness cimport protected
from console cimport printed, prints
from events cimport earliest_event, sleep_until, ticks_from_now, value
from gate cimport closed, gate_closed, needs, queue, release, release_mutex
from oom_kill cimport going, kernel_threads, kill, kill_under_way, over, select, take_mark, unkillable
from policy cimport (
    ABORT_TEST_FIRST, ABORT_TEST_IF_NOBODY, CONSTRAINED_KILL_CURRENT, CONSTRAINED_KILL_CURRENT_IF_MEMPOLICY,
    CORE_DUMP_DISCOUNTED, COSTLY_ORDERS_FAIL, COSTLY_ORDERS_KILL, COSTLY_ORDERS_NOFAIL_LOOPS, DRAIN_LAST_TRY,
    EXITING_VICTIM_KILLED, EXITING_VICTIM_MARKED, EXITING_VICTIM_MARKED_AFTER_REPORT,
    GATE_LIFE_ATTEMPT_AND_PAUSE, GATE_LIFE_VICTIM, GATE_NONE, GATE_OPENS_SKIP, GATE_TEST_MEMDIE,
    KILLER_SLEEP_TICK, KILLER_SLEEP_TICK_IF_KILLED, LIMITER_NONE, LIMITER_WINDOW, MEMCG_GROUP_LOCK, MEMCG_LOCK,
    ON_NO_VICTIM_PANIC, ON_TIMEOUT_PANIC, RECHECK_AFTER_SELECTION, RECHECK_BEFORE_GATE, RECHECK_MARK_HIGH,
    RECHECK_MARK_LOW, RECHECK_MARK_MIN, RECHECK_UNDER_GATE, REFUSED_QUEUE, REFUSED_SPIN, REFUSED_WAIT,
    REPORT_ON_CALL, REPORT_ON_KILL, SELECTOR_ALLOCATING_TASK, SELF_MARK_NO, SELF_MARK_YES, STARVED_RECLAIMS,
    UNKILLABLE_SCANS_AGAIN,
)
from preempt cimport preempt
from recount cimport holds_gate
from rng cimport FOR_REPORT
from scenario cimport ClassSpec
from turns cimport hand_out
from world cimport (
    GATE_QUEUE, MM_HOLDS, MUTEX_HELD, MUTEX_QUEUE, NEVER, NOBODY, PAUSE, REAPED, RESCAN, SCAN, SHUT_OUT, STAGE_GATE,
    STAGE_MUTEX, STAGE_OUT_OF_MEMORY, STAGE_SHOOT,
    Node, Thread, World, check, constrained, count, expired, lies_in, margin, overdue, spec,
)


cdef inline void enter(World *w, World *scratch, int32_t i) noexcept nogil:
    """An ask comes to the OOM path."""
    count(w, &w.record.oom_calls, 1)
    if w.threads[i].marked and w.policy.starved == STARVED_RECLAIMS:  # else STARVED_FAILS
        w.threads[i].starved = 1
        w.quiet = 0
    if w.threads[i].domain != NOBODY:
        memcg_gate(w, scratch, i)
        return
    if w.policy.on_timeout == ON_TIMEOUT_PANIC and overdue(w):
        w.panicked = 1
        return
    if w.policy.costly_orders != COSTLY_ORDERS_KILL and costly(w.threads + i):
        if not w.threads[i].nofail or w.policy.costly_orders == COSTLY_ORDERS_FAIL:
            fail(w, i)
            return
        if w.policy.costly_orders == COSTLY_ORDERS_NOFAIL_LOOPS:  # else COSTLY_ORDERS_NOFAIL_KILLS
            attempt(w, i)
            return
    if w.policy.recheck & RECHECK_BEFORE_GATE:
        if recheck(w, i, w.policy.recheck_mark) or preempt(w, i, STAGE_GATE):
            return
    gate(w, scratch, i)


cdef inline bint recheck(World *w, int32_t i, int64_t which) noexcept nogil:
    """The last try, for one page. If it fails, any kill that follows is judged by this instant."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef const Node *node
    cdef int64_t k, mark
    if t.domain != NOBODY:
        if margin(w, t.domain) >= t.unit:
            count(w, &w.record.cancelled, 1)
            w.quiet = 0
            restart(w, i)
            return True
        t.failed_at = w.now
        return False
    if w.policy.drain & DRAIN_LAST_TRY:
        pcp.drain(w)
    for k in range(c.n_nodes):
        node = w.nodes + c.nodes[k]
        mark = node.high
        if which != RECHECK_MARK_HIGH:
            mark = node.low if which == RECHECK_MARK_LOW else node.min
        if node.free - t.unit >= mark + node.boost:
            count(w, &w.record.cancelled, 1)
            w.quiet = 0
            release(w, i)
            take_one(w, i, <int32_t>c.nodes[k])
            return True
    t.failed_at = w.now
    return False


cdef inline void end_nap(World *w, int32_t i) noexcept nogil:
    """20 ms later: another pass, without a look at what is free; from the top for who was killed meanwhile."""
    if w.threads[i].abandon and not blind(w, w.threads + i):
        restart(w, i)
    elif ignores_marks(w, w.threads + i):
        above_min(w, i, False)
    else:
        reclaim(w, i)


cdef inline void next_stage(World *w, World *scratch, int32_t i) noexcept nogil:
    """After a preemption or a report. A killed owner of the console prints to the end, too."""
    cdef int stage = w.threads[i].stage
    if i == w.printer and not printed(w, i):
        return
    if w.threads[i].abandon and not w.threads[i].rescans:
        restart(w, i)
    elif stage == STAGE_GATE:
        gate(w, scratch, i)
    elif stage == STAGE_OUT_OF_MEMORY:
        out_of_memory(w, scratch, i)
    elif stage == STAGE_MUTEX:
        mutex(w, scratch, i)
    else:
        shoot(w, scratch, i)


cdef inline void memcg_gate(World *w, World *scratch, int32_t i) noexcept nogil:
    """A group's limit failed: try its lock, wait for the machine's gate, or go on at once."""
    cdef int32_t group = w.threads[i].domain
    w.threads[i].failed_at = w.now
    if memcg.tries(w):  # else MEMCG_SCAN, MEMCG_OOM_LOCK, MEMCG_LOCK
        w.quiet = 0
        if memcg.locked(w, group):
            sleep_until(w, i, SHUT_OUT, NEVER)
            return
        w.memcgs[group].lock = i
    if memcg.takes_oom_lock(w):
        if closed(w, 0):
            queue(w, &w.gate_queue, i, GATE_QUEUE)
            return
        w.gates[0] = i
    memcg_locked(w, scratch, i)


cdef inline void memcg_locked(World *w, World *scratch, int32_t i) noexcept nogil:
    if w.policy.memcg == MEMCG_LOCK and recheck(w, i, RECHECK_MARK_HIGH):
        return
    if not preempt(w, i, STAGE_OUT_OF_MEMORY):
        out_of_memory(w, scratch, i)


cdef inline void gate(World *w, World *scratch, int32_t i) noexcept nogil:
    """Take the gate, or do what the policy does with those whom it refuses."""
    cdef int64_t most = w.policy.timeout
    cdef int32_t n
    if w.policy.gate == GATE_NONE:
        gate_test(w, scratch, i)
        return
    if gate_closed(w, i):
        if w.policy.refused == REFUSED_QUEUE:
            queue(w, &w.gate_queue, i, GATE_QUEUE)
            return
        count(w, &w.record.refused, 1)
        if w.policy.refused == REFUSED_SPIN:
            w.threads[i].spinning = 1
            attempt(w, i)
        elif w.policy.refused == REFUSED_WAIT and not w.threads[i].marked:
            w.quiet = 0
            sleep_until(w, i, SHUT_OUT, w.now + most if most else NEVER)
        else:  # REFUSED_SLEEP_TICK
            pause(w, i)
        return
    for n in range(w.n_nodes):
        if needs(w, i, n):
            w.gates[n] = i
    gate_test(w, scratch, i)


cdef inline void gate_test(World *w, World *scratch, int32_t i) noexcept nogil:
    """Any marked thread, up to memdie_until, is a kill in progress. Then the recheck under the gate."""
    cdef int32_t s, k
    if w.policy.gate_test == GATE_TEST_MEMDIE:  # else GATE_TEST_NONE
        for s in range(w.spans):
            for k in range(w.awake[s].first, w.awake[s].end):
                if w.threads[k].marked and not over(w.threads + k, w.policy.memdie_until):
                    if not expired(w, w.mms + w.threads[k].mm):
                        count(w, &w.record.aborted, 1)
                        finish(w, i, NOBODY)
                        return
    if w.policy.recheck & RECHECK_UNDER_GATE:
        if recheck(w, i, w.policy.recheck_mark) or preempt(w, i, STAGE_OUT_OF_MEMORY):
            return
    out_of_memory(w, scratch, i)


cdef inline void out_of_memory(World *w, World *scratch, int32_t i) noexcept nogil:
    """A dying current marks itself (2.6.36 on), or has its mark already (4.12 on); else the report, where it comes
    first, and the mutex.

    An ask of one who dumps core fails instead (4.2 on).
    """
    if (
        w.policy.core_dump == CORE_DUMP_DISCOUNTED and w.mms[w.threads[i].mm].dumper == i
        and w.threads[i].domain == NOBODY
    ):
        release(w, i)
        fail(w, i)
    elif w.threads[i].starved and not w.mms[w.threads[i].mm].skip:  # task_will_free_mem()
        finish(w, i, NOBODY)
    elif marks_itself(w, i):
        w.quiet = 0
        take_mark(w, i, i)
        finish(w, i, NOBODY)
    elif not (w.policy.report == REPORT_ON_CALL and may_print(w) and report(w, i, STAGE_MUTEX)):  # else REPORT_NEVER
        mutex(w, scratch, i)


cdef inline bint marks_itself(const World *w, int32_t i) noexcept nogil:
    """Whether a dying current, still without a mark, takes it before anybody is looked for."""
    if w.policy.self_mark == SELF_MARK_NO or w.threads[i].marked:
        return False
    return w.threads[i].signalled or (w.policy.self_mark == SELF_MARK_YES and going(w, i))  # else SELF_MARK_SIGNALLED


cdef inline int64_t may_print_at(const World *w) noexcept nogil:
    """When the limiter lets the next report through, if that isn't now."""
    if w.policy.limiter == LIMITER_NONE:
        return w.now
    if w.policy.limiter == LIMITER_WINDOW:
        return w.now if w.printed < w.machine.ratelimit_burst else w.tokens_at + w.machine.ratelimit_interval
    return w.tokens_at + w.machine.ratelimit_interval - w.tokens  # LIMITER_BUCKET


cdef inline bint may_print(World *w) noexcept nogil:
    """Whether the limiter lets a report through."""
    cdef int64_t burst = w.machine.ratelimit_burst, interval = w.machine.ratelimit_interval
    if w.policy.limiter == LIMITER_NONE:
        return True
    if w.policy.limiter == LIMITER_WINDOW:
        w.quiet = 0
        if w.now - w.tokens_at >= interval:
            w.tokens_at = w.now
            w.printed = 0
        w.printed += 1
        return w.printed <= burst
    w.tokens = min(w.tokens + w.now - w.tokens_at, burst * interval)
    w.tokens_at = w.now
    if w.tokens < interval:
        return False
    w.tokens -= interval
    return True


cdef inline bint report(World *w, int32_t i, int stage) noexcept nogil:
    """Print, and go on with `stage` after that; or (False) leave it to who prints already, and go on at once."""
    cdef Thread *t = w.threads + i
    cdef int64_t ns = value(w, w.machine.report, FOR_REPORT, 0, w.reports)
    w.quiet = 0
    w.reports += 1
    t.stage = stage
    return prints(w, i, ns)


cdef inline void mutex(World *w, World *scratch, int32_t i) noexcept nogil:
    """The cpuset mutex, first come first served."""
    if w.policy.mutex and w.threads[i].domain == NOBODY:
        if w.mutex != NOBODY:
            queue(w, &w.mutex_queue, i, MUTEX_QUEUE)
            return
        w.mutex = i
    scan(w, scratch, i)


cdef inline void handed(World *w, World *scratch, int32_t i) noexcept nogil:
    """A queued thread has been handed the semaphore or the mutex that it waited for."""
    if w.threads[i].abandon:
        restart(w, i)
    elif w.threads[i].state == MUTEX_HELD:
        scan(w, scratch, i)
    elif w.threads[i].domain != NOBODY:
        memcg_locked(w, scratch, i)
    else:
        gate_test(w, scratch, i)


cdef inline bint kills_itself(const World *w, int32_t i) noexcept nogil:
    """Where current dies: no scan and no abort test."""
    cdef const Thread *t = w.threads + i
    if t.domain != NOBODY:  # the sysctls and bindings are the machine's matter
        return False
    if w.policy.selector == SELECTOR_ALLOCATING_TASK:
        return not protected(w, t)
    if w.policy.constrained == CONSTRAINED_KILL_CURRENT_IF_MEMPOLICY:
        return constrained(w, t) and not spec(w, t).cpuset
    return w.policy.constrained == CONSTRAINED_KILL_CURRENT and constrained(w, t)


cdef inline void scan(World *w, World *scratch, int32_t i) noexcept nogil:
    """Look at every task of the list; the choice happens at the end, on the state of that instant."""
    if kills_itself(w, i):
        decide(w, scratch, i)
    else:
        sleep_until(w, i, SCAN, w.now + w.machine.scan_per_task * tasks(w, w.threads[i].domain))


cdef inline int64_t tasks(const World *w, int32_t domain) noexcept nogil:
    """How many there are, or are in a group."""
    cdef int64_t number = 0
    cdef int32_t s, k
    if domain == NOBODY:
        return w.n_threads - w.n_reaped
    for s in range(w.spans):
        for k in range(w.awake[s].first, w.awake[s].end):
            number += w.threads[k].state != REAPED and lies_in(w, w.threads[k].memcg, domain)
    for k in range(w.n_classes):
        if lies_in(w, w.classes[k].memcg, domain):
            number += w.asleep[k]
    return number


cdef inline void scan_again(World *w, int32_t i) noexcept nogil:
    """`goto retry`: select_bad_process() once more, gate, mutex and tasklist_lock held: its choice can't be killed.

    Rounds in which nothing else happens end as this one: the next that counts is the first after another's event, or
    after the limiter lets a report through.
    """
    cdef int64_t change, rounds
    cdef int64_t ns = max(<int64_t>SHORTEST, w.machine.scan_per_task * tasks(w, w.threads[i].domain))
    w.quiet = 0
    w.rescans += not w.threads[i].rescans
    w.threads[i].rescans = 1
    sleep_until(w, i, RESCAN, NEVER)
    hand_out(w)  # so that each event is known
    change = w.when[earliest_event(w)]
    if w.policy.report == REPORT_ON_KILL:
        change = min(change, may_print_at(w))
    if change < NEVER:
        rounds = max(<int64_t>1, (change - w.now + ns - 1) // ns)
        w.when[i] = w.now + rounds * ns


cdef inline bint comes_first(const World *w, int32_t i) noexcept nogil:
    """Whether current goes by itself, and so is the choice (2.6.19 on)."""
    return w.policy.exiting_victim != EXITING_VICTIM_KILLED and going(w, i)


cdef inline bint spared(const World *w, int32_t i) noexcept nogil:
    """Whether a task that is chosen needs no kill but only the mark, because it goes by itself."""
    return w.policy.exiting_victim == EXITING_VICTIM_MARKED and going(w, i)


cdef inline void decide(World *w, World *scratch, int32_t i) noexcept nogil:
    """Abort, or choose; then kill, after the report where it comes between."""
    cdef Thread *t = w.threads + i
    if t.abandon and not t.rescans:  # the loop doesn't look at signals
        restart(w, i)
        return
    t.chosen = i
    if not kills_itself(w, i):
        if w.policy.abort_test == ABORT_TEST_FIRST and kill_under_way(w, scratch, i):
            abort(w, i)
            return
        t.chosen = i if comes_first(w, i) else select(w, i)
        if t.chosen == NOBODY and w.policy.abort_test == ABORT_TEST_IF_NOBODY and kill_under_way(w, scratch, i):
            abort(w, i)
            return
        w.quiet = 0
        if t.chosen == NOBODY:
            if kernel_threads(w):
                scan_again(w, i)
            elif t.domain != NOBODY:  # the charge fails
                release(w, i)
                fail(w, i)
            elif w.policy.on_no_victim == ON_NO_VICTIM_PANIC:
                w.panicked = 1
            else:  # ON_NO_VICTIM_RETRY
                finish(w, i, NOBODY)
            return
    w.quiet = 0
    if w.policy.recheck & RECHECK_AFTER_SELECTION and recheck(w, i, RECHECK_MARK_MIN):
        return
    if w.policy.panic_on_oom and t.domain == NOBODY:
        w.panicked = 1
        return
    if spared(w, t.chosen):
        take_mark(w, t.chosen, i)
        finish(w, i, NOBODY)
        return
    if not (w.policy.report == REPORT_ON_KILL and may_print(w) and report(w, i, STAGE_SHOOT)):
        shoot(w, scratch, i)


cdef inline void abort(World *w, int32_t i) noexcept nogil:
    """Somebody releases memory: nobody is killed."""
    count(w, &w.record.aborted, 1)
    finish(w, i, NOBODY)


cdef inline void shoot(World *w, World *scratch, int32_t i) noexcept nogil:
    """oom_kill_process(), after its report where there is one.

    From 2.6.24 to 3.3 that looks only now whether the task exits already, mm or not, and only marks it then.
    """
    cdef int32_t chosen = w.threads[i].chosen
    if w.policy.exiting_victim == EXITING_VICTIM_MARKED_AFTER_REPORT and w.threads[chosen].exiting:
        take_mark(w, chosen, i)
        finish(w, i, NOBODY)
    elif w.policy.unkillable == UNKILLABLE_SCANS_AGAIN and not kills_itself(w, i) and unkillable(w, i, chosen):
        scan_again(w, i)
    else:  # UNKILLABLE_GIVES_UP
        finish(w, i, kill(w, scratch, i, chosen))


cdef inline void finish(World *w, int32_t i, int32_t shot) noexcept nogil:
    """out_of_memory() returns: the gate stays with the victim or opens, and the caller takes its pause."""
    cdef int32_t n
    cdef bint pauses = w.policy.killer_sleep == KILLER_SLEEP_TICK or (
        w.policy.killer_sleep == KILLER_SLEEP_TICK_IF_KILLED and shot != NOBODY  # else KILLER_SLEEP_NONE
    )
    cdef bint gone = shot != NOBODY and w.policy.gate_opens == GATE_OPENS_SKIP and w.mms[shot].skip
    cdef bint of_group = w.threads[i].domain != NOBODY
    cdef bint held = not (of_group and w.policy.memcg == MEMCG_GROUP_LOCK)  # mem_cgroup_handle_oom() pauses without it
    check(holds_gate(w, i) == (memcg.takes_oom_lock(w) if of_group else w.policy.gate != GATE_NONE))
    if shot != NOBODY and w.policy.gate_life == GATE_LIFE_VICTIM and not gone:
        for n in range(w.n_nodes):
            if w.gates[n] == i:
                w.gates[n] = MM_HOLDS + shot
    if w.policy.gate_life == GATE_LIFE_ATTEMPT_AND_PAUSE and pauses and held and not w.threads[i].marked:
        release_mutex(w, i)  # the gate opens at the end of the pause
    else:  # GATE_LIFE_ATTEMPT, or nobody was shot
        release(w, i)
    if pauses:
        pause(w, i)
    else:
        attempt(w, i)


cdef inline void pause(World *w, int32_t i) noexcept nogil:
    """schedule_timeout_uninterruptible(1), which a marked thread skips, unless even the reserves had nothing;
    then step 1.
    """
    if w.threads[i].marked and not w.threads[i].starved:
        attempt(w, i)
    else:
        sleep_until(w, i, PAUSE, ticks_from_now(w, 1))


cdef inline void restart(World *w, int32_t i) noexcept nogil:
    """Give up the attempt and start again at step 1."""
    w.quiet = w.quiet and not w.threads[i].abandon
    release(w, i)
    check(not holds_gate(w, i) and w.mutex != i)
    attempt(w, i)
