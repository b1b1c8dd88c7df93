"""A block of schedules: the loop over events, the prefix that kernels share, and each policy from there on.

There is no allocation, no Python object, no exception and no lock; the GIL is released for all of it.
"""

from libc.stdint cimport int32_t, int64_t

cimport monitor
cimport pressure
cimport reaper
from allocate cimport (
    SWAP_CLUSTER_MAX, attempt, end_dump, end_errand, end_work, give_back, paged_in, slowed, think, touch, whole,
)
from boot cimport boot
from downtime cimport note
from bulk cimport in_bulk
from events cimport next_event
from exit cimport die, end_pin
from fault cimport FILE_AHEAD
from fork cimport copy_world
from invariants cimport DEBUGGING, invariants, moves
from kswapd cimport kswapd
from leap cimport leap
from measure cimport after_event, finish, nothing_left, settle
from path cimport decide, end_nap, enter, handed, next_stage, restart
from policy cimport PolicySpec
from processors cimport end_event
from reclaim cimport end_reclaim, end_swap_out, within_reach
from record cimport NO_OOM, RECOVERED, Record
from skip cimport Cycle, skip_passes, skip_ticks
from streams cimport forget
from scenario cimport ClassSpec
from turns cimport hand_out, turn_over
from workspace cimport Fate, Workspace
from world cimport (
    BUSY, DUMP, ERRAND, GATE_HELD, HIGH_OUT, KEEP, MUTEX_HELD, NAP, NEVER, NOBODY, OVER_HIGH, PAGE_IN, PARK, PASS,
    PAUSE, PREEMPT, PRINT, REPORT, RESCAN, SCAN, SHUT_OUT, START, SWAP_OUT, THINK, THROTTLED, WORK,
    Node, Thread, World, killer_entity, reaper_entity, spec, stopped,
)


cdef enum Until:  # how far `run` goes
    THE_END, FAILED_PASS, FIRST_PASS


cdef inline void run_block(Workspace *s, const PolicySpec *policies, int64_t n_policies, int64_t first, int64_t count_,
                    Record *records, int64_t *but_for, bint fork) noexcept nogil:
    """Schedules first … first + count − 1 under every policy; records by policy, then schedule.

    `but_for` has a place for each too, or is NULL if nobody asks. Once `stopped` the rest of both is of no use.
    """
    cdef int64_t k, p, sharing = 0
    cdef bint parted
    cdef Until until
    cdef Record alike
    while sharing < n_policies and policies[sharing].monitor.on:  # a killer may act at any time, so it shares nothing
        sharing += 1
    until = common(policies, sharing, n_policies)
    for k in range(count_):
        if stopped(&s.prefix):
            return
        parted = True
        forget(&s.prefix)
        if sharing < n_policies:
            s.prefix.policy = policies + sharing
            boot(&s.prefix, first + k)
            # where groups' limits bind, who drains per-CPU lists, whose marks are boosted:
            # the policy's matter from the start
            if (
                fork and s.prefix.n_memcgs == 0
                and s.prefix.machine.pcp_high == 0 and s.prefix.machine.fragmentation_p == 0
            ):
                parted = run(&s.prefix, &s.scratch, &s.cycle, until)
        if not parted:
            close(&s.prefix, &alike)
        for p in range(n_policies):
            if not (parted or policies[p].monitor.on):
                records[p * count_ + k] = alike
                continue
            again_without(s, policies + p, first + k, &records[p * count_ + k],
                          but_for + p * count_ + k if but_for != NULL else NULL)


cdef inline Until common(const PolicySpec *policies, int64_t first, int64_t n_policies) noexcept nogil:
    """How far kernel policies, from `first` on, agree; those that differ in `guard` or `retry` up to the first pass."""
    cdef int64_t p
    for p in range(first, n_policies):
        if not policies[p].monitor.on:
            if policies[p].guard != policies[first].guard or policies[p].retry != policies[first].retry:
                return FIRST_PASS
    return FAILED_PASS


cdef inline void close(World *w, Record *record) noexcept nogil:
    finish(w, w.now if w.panicked else w.machine.horizon)
    record[0] = w.record


cdef inline void again_without(Workspace *s, const PolicySpec *policy, int64_t schedule, Record *record,
                               int64_t *but_for) noexcept nogil:
    """A schedule under one policy, and what is known only from runs without one of its decisions to kill."""
    cdef int64_t decisions
    cdef int32_t m
    branch(s, policy, schedule, NOBODY, False, record)
    if not policy.monitor.on and but_for == NULL:
        return
    decisions = s.world.decisions
    for m in range(s.world.n_mms):
        s.fates[m] = Fate(condemned_by=s.world.mms[m].condemned_by, preventive=s.world.mms[m].preventive,
                          innocent=s.world.mms[m].innocent)
    if policy.monitor.on:
        record.preventive_needless = preventive_needless(s, policy, schedule, decisions, record.daemon_stall_ns)
    if but_for != NULL:
        but_for[0] = idle_decisions(s, policy, schedule, decisions, record.outage_ns)


cdef inline void branch(Workspace *s, const PolicySpec *policy, int64_t schedule, int64_t suppress, bint spares,
                        Record *record) noexcept nogil:
    """A schedule under one policy, from where the policies part, without the decision of number `suppress`."""
    if policy.monitor.on:
        s.world.policy = policy
        boot(&s.world, schedule)
        pressure.start(&s.world)
        monitor.start(&s.world)
    else:
        copy_world(&s.world, &s.prefix)
        s.world.policy = policy
    s.world.suppress = suppress
    s.world.spares = spares
    run(&s.world, &s.scratch, &s.cycle, THE_END)
    close(&s.world, record)


cdef inline int64_t idle_decisions(Workspace *s, const PolicySpec *policy, int64_t schedule, int64_t decisions,
                                   int64_t outage) noexcept nogil:
    """How many decisions to kill made no difference (docs/model.md §6). `outage`: that of the original."""
    cdef int64_t decision, idle = 0, within = outage + s.world.machine.but_for_within
    cdef int32_t m
    cdef int64_t by
    cdef bint replaced
    cdef Record record
    for decision in range(decisions):
        branch(s, policy, schedule, decision, False, &record)
        replaced = False
        for m in range(s.world.n_mms):
            by = s.fates[m].condemned_by
            replaced |= s.world.mms[m].condemned_at >= 0 and (by < 0 or by == decision)
        if record.outcome == RECOVERED or record.outcome == NO_OOM:
            idle += not replaced and record.outage_ns <= within
    return idle


cdef inline int64_t preventive_needless(Workspace *s, const PolicySpec *policy, int64_t schedule, int64_t decisions,
                                        int64_t stalled) noexcept nogil:
    """How many innocents a killer in user space shot, while nobody waited, without whose death nobody would have.

    The killer passes the victim over from then on; see the twin. `stalled`: by how much daemons were in the original.
    """
    cdef int64_t decision, innocents, needless = 0
    cdef int32_t m
    cdef bint preventive
    cdef Record record
    for decision in range(decisions):
        innocents = 0
        preventive = False
        for m in range(s.world.n_mms):
            if s.fates[m].condemned_by == decision:
                innocents += s.fates[m].innocent
                preventive |= s.fates[m].preventive
        if innocents == 0 or not preventive:
            continue
        branch(s, policy, schedule, decision, True, &record)
        if record.outcome != RECOVERED and record.outcome != NO_OOM:
            continue
        if record.episodes == s.world.episodes_then:
            if record.daemon_stall_ns - stalled <= s.world.machine.but_for_within:
                needless += innocents
    return needless


cdef inline bint run(World *w, World *scratch, Cycle *cycle, Until until) noexcept nogil:
    """Run to the horizon, a panic, or the instant after which nothing can change the record.

    Or up to where kernel policies part: True if they do.
    """
    cdef int32_t e
    cdef int64_t when
    cdef int state
    cycle.version = cycle.seen = -1
    while not (w.panicked or stopped(w)):
        if w.look:
            w.look = 0
            if nothing_left(w):
                return False
        e = next_event(w)
        when = max(w.now, w.when[e])
        if when >= w.machine.horizon:
            return False
        if e < w.n_threads:
            state = w.threads[e].state
            if state <= KEEP and when == w.when[e] and leap(w, when):
                continue
            if until != THE_END and parts(w, e, until):
                return True
            if state == PASS and not w.machine.scheduler and skip_passes(w, e):
                continue
            if (state == PAUSE or state == NAP) and when > cycle.seen and w.quiet_run > 0 and not w.machine.scheduler:
                if skip_ticks(w, cycle, when):
                    continue
        in_bulk(w, e, w.machine.horizon)
        if DEBUGGING:
            moves(w, max(w.now, w.when[e]))
        w.now = max(w.now, w.when[e])
        pressure.advance(w)
        settle(w)
        step(w, scratch, e)
        hand_out(w)
        after_event(w)
        pressure.look(w)
        monitor.go_on(w)
        if DEBUGGING and not w.panicked:  # a panic stops everything, in the middle of an event
            invariants(w)
        if w.quiet:
            w.quiet_run += 1
        else:
            w.quiet_run = 0
            w.version += 1
    return False


cdef inline bint parts(const World *w, int32_t i, Until until) noexcept nogil:
    """Whether policies may do different things at a thread's event: a pass may fail, or (FIRST_PASS) one may begin."""
    cdef const Thread *t = w.threads + i
    cdef int64_t batch = w.machine.reclaim_batch
    if t.state == PASS:
        return within_reach(w, t, batch) < SWAP_CLUSTER_MAX
    if t.state == SWAP_OUT:
        return t.got + within_reach(w, t, batch) < SWAP_CLUSTER_MAX
    return until == FIRST_PASS and not suffices(w, i)


cdef inline bint suffices(const World *w, int32_t i) noexcept nogil:
    """Whether whatever a thread asks for next is there, on one node."""
    cdef const ClassSpec *c = spec(w, w.threads + i)
    cdef const Node *node
    cdef int64_t most = max(max(c.chunk_max, c.work_chunk_max), max(c.core_dump_chunk_max, <int64_t>FILE_AHEAD)), k
    most = whole(most, <int64_t>1 << c.order)
    for k in range(c.n_nodes):
        node = w.nodes + c.nodes[k]
        if node.free - node.min >= most:
            return True
    return False


cdef inline void step(World *w, World *scratch, int32_t e) noexcept nogil:
    """The event of one entity."""
    cdef int state
    w.quiet = 0
    if w.machine.scheduler and turn_over(w, e):
        return
    if e >= w.n_threads:
        if e < w.n_threads + w.n_nodes:
            kswapd(w, e - w.n_threads)
        elif e == killer_entity(w):
            monitor.event(w, scratch)
        elif e < reaper_entity(w, 0):
            end_pin(w, e)
        else:
            reaper.event(w, e - reaper_entity(w, 0))
        return
    state = w.threads[e].state
    if state <= KEEP:
        note(w, e)
    w.when[e] = NEVER
    end_event(w, e)
    if state == THINK or state == BUSY:
        touch(w, e)
    elif state == KEEP:
        give_back(w, e)
    elif state == START:
        think(w, e)
    elif state == PASS:
        w.quiet = 1
        if end_reclaim(w, e):
            enter(w, scratch, e)
    elif state == SWAP_OUT:
        if end_swap_out(w, e):
            enter(w, scratch, e)
    elif state == PAUSE or state == SHUT_OUT:
        w.quiet = 1
        restart(w, e)
    elif state == SCAN or state == RESCAN:
        w.quiet = 1
        decide(w, scratch, e)
    elif state == NAP:
        w.quiet = 1
        end_nap(w, e)
    elif state == PREEMPT or state == REPORT or state == PRINT:
        next_stage(w, scratch, e)
    elif state == PAGE_IN:
        paged_in(w, e)
    elif state == OVER_HIGH or state == HIGH_OUT or state == THROTTLED:
        slowed(w, e)
    elif state == PARK:
        attempt(w, e)
    elif state == WORK:
        end_work(w, e)
    elif state == DUMP:
        end_dump(w, e)
    elif state == ERRAND:
        end_errand(w, e)
    elif state == GATE_HELD or state == MUTEX_HELD:
        handed(w, scratch, e)
    else:
        die(w, e)
