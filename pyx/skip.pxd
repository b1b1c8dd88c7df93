"""Retries that can change nothing, done by arithmetic.

While nothing but retries happens, the waiting threads are a machine of their own that nothing disturbs until the
next event of somebody else. `quiet` events are those after which the world is as before but for a thread's place
in its cycle; `version` counts the others. Two kinds of cycles can be skipped:

* passes that get nothing and lead to the next, one by one up to the OOM path or, refused, from the closed gate back:
  who is in them repeats them alone, as the number of runnable threads is constant, until somebody else has an event;
* the waiting sleep to ticks: the state at a tick (relative to it) equals that at an earlier tick, so the whole cycle
  repeats, up to the next event of who has had none in it. Which earlier tick to compare with: Brent's cycle detection.

The records are exactly those of doing every retry; the twin does, and a test compares.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

cimport boost
from allocate cimport blind, costly
from events cimport stretched
from fault cimport gone
from gate cimport gate_closed
from guard cimport guarded, guarded_until
from policy cimport (
    COSTLY_ORDERS_KILL, DRAIN_AFTER_PROGRESS, GUARD_NONE, LIMITER_BUCKET, LOOPERS_RESERVES, MEMCG_IGNORED,
    RECHECK_BEFORE_GATE, REFUSED_SPIN, RETRY_NAPS,
)
from preempt cimport undisturbed_rechecks
from reclaim cimport fits, hopes, within_reach
from record cimport Record
from world cimport FAULT_NONE, NEVER, NOBODY, PASS, Thread, World, killer_entity, overdue

cdef enum:
    MANY = 4096  # rechecks that are looked ahead at once

cdef struct Cycle:
    int64_t version  # of the world when the snapshot was taken; -1: none
    int64_t at
    int64_t change  # when something may happen that isn't a retry, as it was then
    int64_t seen  # the last tick looked at
    int64_t ticks  # looked at since the snapshot
    int64_t power  # take another after so many
    int64_t running
    int32_t gates[8]
    Record record
    int64_t *when  # by thread
    int64_t *burned
    int64_t *passes
    int64_t *rechecks
    uint8_t *state


cdef inline bint skip_passes(World *w, int32_t e) noexcept nogil:
    """At the end of a pass of `e`: if it is dull, put all who are in such passes to the first that isn't, or comes
    late.

    Late is what isn't over before the next event of somebody else.
    """
    cdef int64_t change, period, k, last
    cdef Thread *t
    cdef int32_t s, i
    if dull_passes(w, e) == 0:
        return False
    change = next_change(w)
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if not t.pending or w.when[i] >= change:
                continue
            t.dull = dull_passes(w, i)
            if t.dull == 0:
                change = w.when[i]
            elif t.dull < NEVER:
                change = min(change, w.when[i] + t.dull * pass_period(w, t))
    if change <= w.when[e]:
        return False
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if not t.pending or w.when[i] >= change:
                continue
            period = pass_period(w, t)
            k = (change - w.when[i] + period - 1) // period
            last = w.when[i] + (k - 1) * period
            t.burned += k * t.pass_ns
            if t.spinning:
                w.record.oom_calls += k
                w.record.refused += k
                w.record.spin_ns += last - t.pass_from
                w.record.end_ns = max(w.record.end_ns, last)
                if w.policy.recheck & RECHECK_BEFORE_GATE:
                    t.failed_at = last
                    t.rechecks += k if w.machine.preempt_p > 0 else 0
            else:
                t.passes = t.passes + k if t.dull < NEVER else 0
            t.pass_from = last
            w.when[i] = last + period
    return True


cdef inline int64_t dull_passes(World *w, int32_t i) noexcept nogil:
    """How many passes of a thread, from the one that it is in on, end as they began: without progress or a free page.

    They count up to those that lead to the OOM path, or never lead there, or the thread spins at a closed gate, and
    isn't preempted on the way.
    """
    cdef const Thread *t = w.threads + i
    cdef int64_t n = NEVER
    cdef bint endless = t.no_fs or guarded(w, t)
    if t.state != PASS or t.domain != NOBODY or t.noretry or w.episode_from < 0:
        return 0
    if (t.abandon or t.marked) and not (endless and blind(w, t)):
        return 0
    if w.policy.loopers == LOOPERS_RESERVES or overdue(w):
        return 0
    if not t.spinning:
        if w.policy.retry == RETRY_NAPS or (costly(t) and not t.nofail):
            return 0
        if w.policy.drain & DRAIN_AFTER_PROGRESS and w.machine.pcp_high > 0:
            return 0
        if not endless:
            n = w.policy.passes - 1 - t.passes if hopes(w, t) else 0
    elif endless or w.policy.passes != 1 or w.policy.refused != REFUSED_SPIN or boost.on(w) or not gate_closed(w, i):
        return 0
    elif w.policy.costly_orders != COSTLY_ORDERS_KILL and costly(t):
        return 0
    elif w.policy.recheck & RECHECK_BEFORE_GATE and w.machine.preempt_p > 0:
        n = undisturbed_rechecks(w, i, MANY)
    if n <= 0 or fits(w, t) or (t.fault != FAULT_NONE and gone(w, t, t.fault) == 0) or within_reach(w, t, 1) > 0:
        return 0
    return n if t.memcg == NOBODY or w.policy.memcg == MEMCG_IGNORED else 0


cdef inline int64_t next_change(const World *w) noexcept nogil:
    """The next instant at which something may happen that isn't a retry."""
    cdef int64_t at = w.machine.horizon, more, limit = w.policy.timeout
    cdef int32_t s, e
    for s in range(w.acting_spans + 1):
        for e in range(w.acting[s].first, w.acting[s].end):
            if w.when[e] < at and (e >= w.n_threads or not w.threads[e].pending):
                at = w.when[e]
    if w.policy.monitor.on:
        at = min(at, w.when[killer_entity(w)])
    for s in range(w.mm_spans if limit > 0 or w.policy.pin_age > 0 else 0):
        for e in range(w.awake_mms[s].first, w.awake_mms[s].end):
            more = w.mms[e].victim_at + limit
            if limit > 0 and w.mms[e].victim_at >= 0 and w.now <= more < at:
                at = more
            more = w.mms[e].left_at + w.policy.pin_age
            if w.policy.pin_age > 0 and w.mms[e].left_at >= 0 and w.now <= more < at:
                at = more
    for s in range(w.n_nodes if w.policy.guard != GUARD_NONE else 0):
        more = guarded_until(w, s)
        if w.now < more < at:
            at = more
    if w.policy.limiter == LIMITER_BUCKET:
        more = w.tokens_at + w.machine.ratelimit_interval - w.tokens
        if w.now <= more < at:
            at = more
    return at


cdef inline int64_t pass_period(const World *w, const Thread *t) noexcept nogil:
    """How long each of its passes takes as things are."""
    return t.pass_ns if guarded(w, t) else stretched(w, t.pass_ns)


cdef inline bint skip_ticks(World *w, Cycle *c, int64_t tick) noexcept nogil:
    """At the first wake-up of a tick: if the cycle repeats, jump over as many as fit before the next change."""
    cdef int64_t period, cycles, rechecks, change
    cdef int32_t s, i
    c.seen = tick
    if c.version != w.version or tick >= c.change:
        c.power = 1
        snapshot(w, c, tick)
        return False
    if not repeats(w, c, tick):
        c.ticks += 1
        if c.ticks >= c.power:
            c.power *= 2
            snapshot(w, c, tick)
        return False
    period = tick - c.at
    change = next_change(w)
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            if w.threads[i].pending and stays(w, c, i):
                change = min(change, w.when[i])
    cycles = (change - tick) // period
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            rechecks = w.threads[i].rechecks - c.rechecks[i]
            if rechecks > 0 and cycles > 0:
                cycles = min(cycles, undisturbed_rechecks(w, i, min(cycles * rechecks, MANY)) // rechecks)
    if cycles <= 0:
        return False
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            if w.threads[i].pending and not stays(w, c, i):
                w.when[i] += cycles * period
                w.threads[i].burned += cycles * (w.threads[i].burned - c.burned[i])
                w.threads[i].rechecks += cycles * (w.threads[i].rechecks - c.rechecks[i])
    repeat(&w.record, &c.record, cycles, period)
    c.version = -1
    return True


cdef inline void snapshot(const World *w, Cycle *c, int64_t tick) noexcept nogil:
    cdef int32_t s, i
    c.version, c.at, c.ticks, c.running, c.record = w.version, tick, 0, w.running, w.record
    c.change = next_change(w)
    for i in range(w.n_nodes):
        c.gates[i] = w.gates[i]
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            c.when[i] = w.when[i] - tick
            c.burned[i] = w.threads[i].burned
            c.passes[i] = w.threads[i].passes
            c.rechecks[i] = w.threads[i].rechecks
            c.state[i] = w.threads[i].state


cdef inline bint repeats(const World *w, const Cycle *c, int64_t tick) noexcept nogil:
    """Whether who waits is where it was at the snapshot, or has only stayed in it."""
    cdef const Thread *t
    cdef int32_t s, i
    if w.running != c.running or w.mutex != NOBODY or w.gate_queue.head != NOBODY:
        return False
    for i in range(w.n_nodes):
        if w.gates[i] != c.gates[i]:
            return False
    for i in range(w.n_memcgs):
        if w.memcgs[i].lock != NOBODY:
            return False
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if t.pending and not stays(w, c, i) and (
                t.state != c.state[i] or w.when[i] - tick != c.when[i] or t.passes != c.passes[i] or t.spinning
            ):
                return False
    return True


cdef inline bint stays(const World *w, const Cycle *c, int32_t i) noexcept nogil:
    """Whether a waiting thread has had no event since the snapshot: it prints, is preempted, or waits for another."""
    return w.threads[i].state == c.state[i] and w.when[i] == c.when[i] + c.at


cdef inline void repeat(Record *r, const Record *before, int64_t cycles, int64_t period) noexcept nogil:
    """Each column grows on as it has since `before`; only `end_ns` is an instant, and goes with the clock."""
    cdef int64_t *value = <int64_t *>r
    cdef const int64_t *was = <const int64_t *>before
    cdef int64_t end_ns = r.end_ns + (cycles * period if r.end_ns > before.end_ns else 0)
    cdef size_t column
    for column in range(sizeof(Record) // sizeof(int64_t)):
        value[column] += cycles * (value[column] - was[column])
    r.end_ns = end_ns
