"""What is counted: the kinds of kills, episodes, stalls (docs/model.md §6).

What is owed by those that die already is found by running them on, and nobody else: a projection of the frozen
world, `patience` long, in a second workspace. What a policy lets them wait for (gates, locks, the reaper's delay) isn't
in their way there.
"""

from libc.stdint cimport int32_t, int64_t

cimport boost
cimport errand
cimport reaper
from allocate cimport (
    SWAP_CLUSTER_MAX, attempt, blind, end_dump, end_errand, end_work, killing, sees_mark, stalled, whole,
)
from bulk cimport in_bulk
from console cimport printed
from downtime cimport close_downtime
from episode cimport calm, close_episode
from events cimport earliest_event
from exit cimport die, end_pin
from fault cimport may_fault
from fork cimport copy_world
from policy cimport GUARD_NONE, MEMCG_IGNORED, RETRY_NAPS
from processors cimport end_event, stand_still
from reading cimport content
from reclaim cimport within_reach
from record cimport LIVELOCK, N_PATIENCES, NO_OOM, PANIC, PATIENCES, RECOVERED, UNSETTLED
from scenario cimport ClassSpec
from turns cimport hand_out, turn_over
from world cimport (
    CLEANUP, DUMP, ERRAND, GATE_QUEUE, HOLD, KEEP, MUTEX_QUEUE, NAP, NEVER, NOBODY, OVER_HIGH, PASS, SWAP_OUT,
    THROTTLED, WAKE, WORK,
    Mm, Thread, World, count, held, held_up, in_segment, killer_entity, lies_in, margin, reaper_entity, size, spec,
    stopped, usage,
)


cdef struct Verdict:  # whether a kill's condition would have resolved itself
    int64_t *kind  # its column, NULL for a kill that was needed
    bint low  # whether that is so where LOW is enough
    bint min  # or MIN
    int32_t within  # a bit for each of PATIENCES within which enough comes back


cdef inline void settle(World *w) noexcept nogil:
    """Before the clock's new instant: a calm that has lasted ends the episode at its beginning."""
    if w.episode_from >= 0 and w.calm_from >= 0 and w.now - w.calm_from >= w.machine.settle:
        close_episode(w, w.calm_from)
        w.look = 1


cdef inline void after_event(World *w) noexcept nogil:
    """Note since when all is calm."""
    if w.episode_from >= 0:
        if not calm(w):
            w.calm_from = -1
        elif w.calm_from < 0:
            w.calm_from = w.now
            w.look = 1


cdef inline void judge(World *w, World *scratch, int32_t r, int32_t victim, bint decided) noexcept nogil:
    """Count a kill and its kind, on the state just before it; see the twin for those that go with their group.

    `r` is NOBODY for a killer in user space.
    """
    cdef const Thread *v = w.threads + victim
    cdef int64_t failed_at = w.threads[r].failed_at if r != NOBODY else w.killer.read_at
    cdef bint preventive = r == NOBODY and w.pending == 0
    cdef Verdict need = Verdict(kind=NULL, low=False, min=False, within=0)
    cdef const Thread *t
    cdef int32_t s, i
    cdef int64_t work = 0
    if decided and not preventive:
        need = verdict(w, scratch, w.threads + r if r != NOBODY else NULL)
    count(w, &w.record.kills, 1)
    w.mms[v.mm].innocent = not spec(w, v).hog
    if decided and preventive:
        w.mms[v.mm].preventive = 1
        count(w, &w.record.preventive, 1)
    if decided and too_early(w, w.threads + r if r != NOBODY else NULL, failed_at):
        count(w, &w.record.premature, 1)
    for i in range(N_PATIENCES):
        (&w.record.impatient_100ms)[i] += need.within >> i & 1
    w.record.unnecessary_low += need.low
    w.record.unnecessary_min += need.min
    if need.kind != NULL:
        count(w, need.kind, 1)
        count(w, &w.record.unnecessary, 1)
        if not spec(w, v).hog:
            count(w, &w.record.needless, 1)
    if not spec(w, v).hog:
        count(w, &w.record.collateral, 1)
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if t.mm == v.mm:
                work += t.burned + (spec(w, t).cpu_time if i == w.processes[t.process].first_thread else 0)
    count(w, &w.record.lost_pages, size(w.mms + v.mm, w.n_nodes))
    count(w, &w.record.lost_cpu_ns, work)


cdef inline Verdict verdict(World *w, World *scratch, const Thread *r) noexcept nogil:
    """What is to be said of a kill, on the state just before it.

    A pending ask counts for the page, or pages of its order, that it waits for now. `r` is NULL for a killer in user
    space, whose kill is judged by all pending asks.
    """
    cdef const ClassSpec *c = spec(w, r) if r != NULL else NULL
    cdef int32_t s, domain = r.domain if r != NULL else NOBODY
    cdef const ClassSpec *other
    cdef const Thread *t
    cdef int64_t spare = 0, low = 0, least = 0, owed = -1, pinned = 0, k, l, n
    cdef int32_t i
    cdef bint meets, dying = False
    cdef Verdict found = Verdict(kind=NULL, low=False, min=False, within=0)
    if domain != NOBODY:  # the group's watermarks are its limit
        spare = margin(w, domain)
    for k in range(0 if domain != NOBODY else c.n_nodes if c != NULL else w.n_nodes):
        n = c.nodes[k] if c != NULL else k
        spare += w.nodes[n].free + w.nodes[n].listed - w.nodes[n].high
        low += w.nodes[n].high - w.nodes[n].low
        least += w.nodes[n].high - w.nodes[n].min
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            dying |= dies(w, i) or errand.helps(t)
            if t.pending:
                other = spec(w, t)
                meets = c == NULL or (domain != NOBODY and lies_in(w, t.memcg, domain))
                for k in range(c.n_nodes if c != NULL and domain == NOBODY else 0):
                    for l in range(other.n_nodes):
                        meets |= c.nodes[k] == other.nodes[l]
                if meets:
                    spare -= t.unit
    if spare >= 0:
        return Verdict(kind=&w.record.stale, low=True, min=True, within=0)
    if dying or w.n_pins > 0 or w.n_reapers > 0:
        copy_world(scratch, w)
        freeze(scratch)
        for i in range(N_PATIENCES + 1):  # PATIENCES, and where it stands among them the scenario's
            if owed < 0 and (i == N_PATIENCES or w.machine.patience <= PATIENCES[i]):
                project(scratch, w.now + w.machine.patience)
                owed = given_back(w, scratch, r, False)
                pinned = given_back(w, scratch, r, True)
            if i < N_PATIENCES:
                project(scratch, w.now + PATIENCES[i])
                found.within |= (spare + given_back(w, scratch, r, False) >= 0) << i
    owed = max(<int64_t>0, owed)
    if spare + owed >= 0:
        found.kind = &w.record.impatient
    elif spare + owed + pinned >= 0:
        found.kind = &w.record.blind
    spare += owed + pinned
    found.low, found.min = spare + low >= 0, spare + least >= 0
    return found


cdef inline bint too_early(const World *w, const Thread *r, int64_t failed_at) noexcept nogil:
    """Whether a page of a victim that matters to an ask (or NULL) came back after this last check, or is to come."""
    cdef int32_t s, m
    cdef int64_t k, nodes = -1
    if r != NULL and r.domain == NOBODY:
        nodes = 0
        for k in range(spec(w, r).n_nodes):
            nodes |= 1 << spec(w, r).nodes[k]
    for s in range(w.mm_spans):
        for m in range(w.awake_mms[s].first, w.awake_mms[s].end):
            if w.mms[m].condemned_at < 0 or not w.mms[m].homes & nodes:
                continue
            if r != NULL and r.domain != NOBODY and not lies_in(w, group_of(w, m), r.domain):
                continue
            if w.mms[m].last_back > failed_at or holds(w, w.mms + m):
                return True
    return False


cdef inline int64_t group_of(const World *w, int32_t mm) noexcept nogil:
    """The memory cgroup to which an mm is charged, NOBODY: none."""
    return w.classes[w.processes[w.mm_specs[mm].owner].cls].memcg


cdef inline void condemn(World *w, int32_t mm) noexcept nogil:
    """It is to die by the latest decision."""
    cdef Mm *m = w.mms + mm
    cdef int32_t n
    m.condemned_at = w.now
    m.condemned_by = w.decisions - 1
    for n in range(w.n_nodes):
        if m.pages[n] or (m.segment != NOBODY and w.shared[m.segment].pages[n]):
            m.homes |= 1 << n


cdef inline bint holds(const World *w, const Mm *m) noexcept nogil:
    """Whether a condemned mm still has pages; those of a segment if all who map it are condemned."""
    cdef int64_t mappers = 0
    cdef int32_t s, k
    if held(m, w.n_nodes) > 0:
        return True
    if in_segment(w, m.segment) == 0:
        return False
    for s in range(w.mm_spans):
        for k in range(w.awake_mms[s].first, w.awake_mms[s].end):
            mappers += w.mms[k].segment == m.segment and w.mms[k].condemned_at >= 0
    return mappers == w.shared[m.segment].mappers


cdef inline bint suppressed(World *w) noexcept nogil:
    """Whether this decision to kill is the one that the run leaves out, which happens once; else it is counted."""
    if w.decisions == w.suppress:
        w.suppress = NOBODY
        w.episodes_then = w.record.episodes
        return True
    w.decisions += 1
    return False


cdef inline bint dies(const World *w, int32_t i) noexcept nogil:
    """Whether nothing else is needed for it to go."""
    cdef const Thread *t = w.threads + i
    return t.signalled or t.exiting or t.state == CLEANUP or t.state == WAKE or w.mms[t.mm].dumper == i


cdef inline int64_t given_back(const World *w, const World *future, const Thread *r, bint pinned) noexcept nogil:
    """Pages that mms, of those pinned now or of the others, give back to the nodes, or the group,
    of an ask (or NULL).
    """
    cdef const ClassSpec *c = spec(w, r) if r != NULL else NULL
    cdef int32_t domain = r.domain if r != NULL else NOBODY
    cdef bint all_nodes = c == NULL or domain != NOBODY
    cdef int64_t pages = 0, back, k, n
    cdef int32_t s, m
    for s in range(w.mm_spans):
        for m in range(w.awake_mms[s].first, w.awake_mms[s].end):
            if domain != NOBODY and not lies_in(w, group_of(w, m), domain):
                continue
            if (w.mms[m].pinned > w.mms[m].reapable) != pinned:
                continue
            back = 0
            for k in range(w.n_nodes if all_nodes else c.n_nodes):
                n = k if all_nodes else c.nodes[k]
                back += w.mms[m].pages[n] - future.mms[m].pages[n]
                back += future.mms[m].took[n] - w.mms[m].took[n]  # as the last to map it
            pages += max(<int64_t>0, back)
    return pages


cdef inline void freeze(World *w) noexcept nogil:
    """From now on only those move that are dying.

    Who queues for gate or mutex does so at once: the gate is nobody's here. So does a reaper, whatever its delay. Who
    holds a dying one's mm, or its lock, and needs no page to let go of it goes on, too.
    """
    cdef int32_t s, i, e
    w.frozen = 1
    w.when[killer_entity(w)] = NEVER
    w.gate_queue.head = NOBODY
    for i in range(w.n_nodes):
        w.gates[i] = NOBODY
    for i in range(w.n_memcgs):
        w.memcgs[i].lock = NOBODY
    for i in range(w.n_nodes):
        w.when[w.n_threads + i] = NEVER
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            if not dies(w, i) and not errand.helps(w.threads + i):
                stand_still(w, i)
            elif w.threads[i].state == GATE_QUEUE or w.threads[i].state == MUTEX_QUEUE:
                w.when[i] = w.now
    for i in range(w.n_reapers):
        e = reaper_entity(w, i)
        if w.mms[w.reapers[i].mm].reapable and not w.reapers[i].reaping:
            if w.when[e] == NEVER or w.reapers[i].attempts == 0:
                w.when[e] = w.now
    w.turns_change = w.machine.scheduler > 0  # a killer in user space isn't in the copy, nor on its processor
    hand_out(w)


cdef inline void project(World *w, int64_t end) noexcept nogil:
    """Run a frozen world on up to `end`.

    A dying thread inside the allocator ends its timed piece and tries steps 1 and 2 once more, if it looks there at
    all; if it gets nothing it stays. One that learns only here does so at once.
    """
    cdef int32_t e
    while True:
        e = earliest_event(w)
        if w.when[e] > end or stopped(w):
            return
        in_bulk(w, e, end + 1)
        w.now = max(w.now, w.when[e])
        if not (w.machine.scheduler and turn_over(w, e)):
            go_on(w, e)
        hand_out(w)


cdef inline void go_on(World *w, int32_t e) noexcept nogil:
    """The event of one that dies, or helps."""
    cdef const Thread *t = w.threads + e
    if e >= reaper_entity(w, 0):
        reaper.event(w, e - reaper_entity(w, 0))
        return
    if e >= w.n_threads:
        end_pin(w, e)
        return
    w.when[e] = NEVER
    end_event(w, e)
    if e == w.printer and not printed(w, e):
        return
    if t.state == WORK:
        end_work(w, e)
    elif t.state == DUMP:
        end_dump(w, e)
    elif t.state == ERRAND:
        end_errand(w, e)
    elif t.state == KEEP:  # what it keeps stays
        errand.begin(w, e)
    elif t.state >= CLEANUP:
        die(w, e)
    elif sees_what_is_free(w, t):
        attempt(w, e)


cdef inline bint sees_what_is_free(World *w, const Thread *t) noexcept nogil:
    """Whether a dying thread looks, at the end of its timed piece inside the allocator.

    In 2.6.17 an ask without __GFP_FS whose passes get nothing goes from nap to pass and back, and never does.
    """
    if t.state != PASS and t.state != SWAP_OUT and t.state != NAP:
        return True
    if w.policy.retry != RETRY_NAPS or w.policy.guard != GUARD_NONE or not t.no_fs or t.noretry or t.domain != NOBODY:
        return True
    if sees_mark(w, t) or (t.abandon and not blind(w, t)):
        return True
    return within_reach(w, t, w.machine.reclaim_batch) >= SWAP_CLUSTER_MAX


cdef inline void finish(World *w, int64_t end) noexcept nogil:
    """Close the books at `end`: the horizon, or the instant of the panic."""
    cdef int32_t s, i
    cdef bint pending = w.pending > 0
    w.now = end
    settle(w)
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            if w.threads[i].pending or held_up(w.threads + i):
                stalled(w, w.threads + i)
    close_downtime(w)
    if w.panicked:
        w.record.outcome = PANIC
    elif pending:
        w.record.outcome = LIVELOCK
    elif w.episode_from >= 0:
        w.record.outcome = UNSETTLED
    elif w.record.first_oom_ns >= 0:
        w.record.outcome = RECOVERED
    else:
        w.record.outcome = NO_OOM
    if w.episode_from >= 0:
        w.record.censored = w.record.ttr_ns < 0
        close_episode(w, end)


cdef inline bint nothing_left(const World *w) noexcept nogil:
    """Whether nothing that can still happen would change the record.

    So it is when no ask is pending, none can ever find less than it needs (every node stays at pages_high even if
    all that live get all that they may want), an open episode only waits to be closed, no reaper may still reap, no
    innocent is dying, and no daemon may have to wait for a processor.
    """
    cdef int64_t wanted[8]
    cdef int64_t k, l, more, all_of_it = 0, may_run = w.n_pins + w.n_reapers + w.policy.monitor.on
    cdef int32_t s, i, n
    cdef bint busy_daemon = False
    cdef const Thread *t
    cdef const ClassSpec *c
    if w.pending or (w.episode_from >= 0 and (w.calm_from < 0 or w.calm_from + w.machine.settle > w.machine.horizon)):
        return False
    if w.policy.park and killing(w):  # whoever asks now waits
        return False
    for n in range(w.n_reapers):
        if w.mms[w.reapers[n].mm].reapable:
            return False
    for n in range(w.n_nodes):
        wanted[n] = w.nodes[n].free - w.nodes[n].high
        if boost.on(w):
            wanted[n] -= boost.most(w, w.nodes + n)
        if wanted[n] < 0:
            return False
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            c = spec(w, t)
            if not c.hog and dies(w, i) and not t.dead:  # until its process is restarted
                return False
            if OVER_HIGH <= t.state <= THROTTLED:
                return False
            if c.daemon and c.busy and t.errand:  # its thought may be late when it goes on
                return False
            busy_daemon |= c.daemon and c.busy
            if not t.dead and (c.busy or c.hold >= 0 or t.errand or dies(w, i)):
                may_run += 1
            more = may_want(w, t)
            all_of_it += more
            for k in range(c.n_nodes):
                wanted[c.nodes[k]] -= more
                for l in range(w.n_nodes):
                    if l != c.nodes[k]:  # what it gives back there it may take here next
                        wanted[c.nodes[k]] -= returns(w, t, <int32_t>l)
                if wanted[c.nodes[k]] < 0:
                    return False
    if busy_daemon and may_run > w.machine.cpus:  # it may wait for a processor
        return False
    for n in range(w.n_memcgs if w.policy.memcg != MEMCG_IGNORED else 0):
        more = min(w.memcg_specs[n].limit, w.memcg_specs[n].high) - usage(w, n)
        for s in range(w.spans):
            for i in range(w.awake[s].first, w.awake[s].end):
                if lies_in(w, w.threads[i].memcg, n):
                    more -= may_want(w, w.threads + i)
        if more < 0:
            return False
    if may_fault(w):
        return False
    return not w.policy.monitor.on or content(w, all_of_it)


cdef inline int64_t may_want(const World *w, const Thread *t) noexcept nogil:
    """The most pages that a thread may ever take beyond those that it has."""
    cdef const ClassSpec *c = spec(w, t)
    cdef int64_t unit = <int64_t>1 << c.order, most
    cdef int32_t n
    cdef int64_t leaving = c.work_chunk_max + c.core_dump_chunk_max if t.has_mm else 0
    leaving += t.favour if t.errand else 0
    if t.signalled or t.exiting or t.state == HOLD or t.state == CLEANUP:
        return leaving
    if c.grows:
        most = c.target - lasting(w, t.mm)
        return leaving + (whole(most, unit) if most > 0 else 0)
    most = whole(c.chunk_max, unit)
    for n in range(w.n_nodes):
        most -= returns(w, t, n)
    return leaving + most


cdef inline int64_t lasting(const World *w, int32_t mm) noexcept nogil:
    """Pages of an mm that stay while it lives: none for sure,
    where a churn program shares it and gives its own back.
    """
    return 0 if w.mm_specs[mm].churned else size(w.mms + mm, w.n_nodes)


cdef inline int64_t returns(const World *w, const Thread *t, int32_t n) noexcept nogil:
    """Pages of a node that a churn program surely gives back before it asks again."""
    return t.taken[n] if t.state == KEEP and w.mms[t.mm].swapped == 0 else 0
