"""A killer in user space, beside the kernel's: it looks, decides, searches, signals and waits (docs/model.md §8).

    poll → search → read again → signal (or a hook first) → wait → poll

Its thread is no task of the scenario: it costs CPU while it searches, asks for no memory but for what `stall` says, and
is nobody's victim.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t

cimport lmkd
cimport pressure
cimport processors
cimport reaper
from crowd cimport rouse
from events cimport happens
from exit cimport pin, signal, terminate
from measure cimport condemn, judge, suppressed
from policy cimport (
    AT_ONCE_ENOUGH, HOOKED_STALLS, MRELEASE_KILLS, PERCEPTIBLE_SPARED, PREFERENCE_IGNORED, PRESSURE_NONE, REAP_KILLS,
    REAP_NO, RULES_STALLS, VICTIM_GROWTH, VICTIM_SWAP, WAIT_LEADER, WAIT_NOTHING, MonitorSpec,
)
from rank cimport Rank, better, cgroup, growth, note, rss, score, unit
from reading cimport WHOLE, a_page, available, base, falls_short
from rng cimport FOR_STALL, FOR_TERM_P
from scenario cimport ClassSpec, ProcessSpec
from turns cimport begin_turns
from teardown cimport SECOND
from world cimport (
    IDLE, NEVER, NOBODY, SEARCHING, SIGNAL_KILL, SIGNAL_NONE, SIGNAL_TERM, STALLED, WAITING,
    Killer, Mm, Thread, World, count, held, killer_entity, lies_in, spec,
)

cdef enum:
    PERCEPTIBLE_APP_ADJ = 200
    ADJ_MIN = -1000
    OMIT = -2


cdef inline void start(World *w) noexcept nogil:
    """Idle, with its first looks ahead. It reads and notes what everybody holds: nobody sleeps beside it."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef int32_t p
    w.when[killer_entity(w)] = NEVER
    if not m.on:
        return
    for p in range(w.n_mms):
        rouse(w, p)
    w.killer = Killer(doing=IDLE, signal=SIGNAL_NONE, under=NOBODY, polls=0, rest_until=0, pressure_rest_until=0,
                      read_at=-1, since=0,
                      mem_due=m.poll if max(m.mem_term, m.mem_kill) >= 0 else NEVER,
                      pressure_due=m.pressure_poll if m.pressure != PRESSURE_NONE else NEVER)
    lmkd.start(w)
    begin_turns(w, killer_entity(w))
    w.when[killer_entity(w)] = lmkd.due(w) if m.rules == RULES_STALLS else min(w.killer.mem_due, w.killer.pressure_due)
    for p in range(w.n_processes):
        w.hooks[p] = NEVER


cdef inline int64_t signal_due(const World *w) noexcept nogil:
    """SIGKILL, SIGTERM, or none."""
    cdef const MonitorSpec *m = &w.policy.monitor
    if falls_short(w, m.mem_kill, m.swap_kill):
        return SIGNAL_KILL
    return SIGNAL_TERM if falls_short(w, m.mem_term, m.swap_term) else SIGNAL_NONE


cdef inline int64_t interval(const World *w) noexcept nogil:
    """How long until the next look at memory: not before it could have filled down to the thresholds."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef int64_t mem = m.mem_term if m.mem_term >= 0 else m.mem_kill
    cdef int64_t swap = m.swap_term if m.mem_term >= 0 else m.swap_kill
    cdef int64_t ns = 0
    if m.mem_fill:
        ns += max(<int64_t>0, available(w) - mem * base(w) // WHOLE) * SECOND // m.mem_fill
    if m.swap_fill:
        ns += max(<int64_t>0, w.swap_free - swap * w.machine.swap // WHOLE) * SECOND // m.swap_fill
    return max(m.poll, min(m.poll_most, ns))


cdef inline void event(World *w, World *scratch) noexcept nogil:
    """Its next step."""
    cdef int32_t p
    if w.killer.doing == SEARCHING:
        processors.stop(w, killer_entity(w))
    w.when[killer_entity(w)] = NEVER
    if w.killer.doing == SEARCHING:
        searched(w, scratch)
        return
    if w.killer.doing == WAITING:
        wait(w)
        return
    for p in range(w.n_processes if w.policy.monitor.hook else 0):
        if w.hooks[p] <= w.now:
            w.hooks[p] = NEVER
            strike(w, scratch, p, SIGNAL_KILL)
    poll(w)


cdef inline void poll(World *w) noexcept nogil:
    """A look at what is due, unless it must wait for a page itself."""
    w.killer.polls += 1
    if not a_page(w) and happens(w, probability(w.policy.monitor.stall), FOR_STALL, 0, w.killer.polls - 1):
        w.killer.doing = STALLED
    else:
        read(w)


cdef inline int64_t probability(int64_t hundredths) noexcept nogil:
    """A percentage as `happens` takes it."""
    return hundredths * (INT64_MAX // WHOLE)


cdef inline void go_on(World *w) noexcept nogil:
    """After an event: there is a page again for a killer that waits for one."""
    if w.policy.monitor.on and w.killer.doing == STALLED and a_page(w):
        w.killer.doing = IDLE
        w.when[killer_entity(w)] = w.now


cdef inline void read(World *w) noexcept nogil:
    """What is due: memory, pressure, or both."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef Killer *k = &w.killer
    cdef int64_t pages
    cdef int32_t p
    k.signal = SIGNAL_NONE
    k.under = NOBODY
    k.read_at = w.now
    if w.now >= k.pressure_due or m.pressure == PRESSURE_NONE:
        note(w)
    if m.rules == RULES_STALLS and lmkd.look(w) and w.now >= k.rest_until:  # it looks on while it rests
        k.signal = SIGNAL_KILL
    if w.now >= k.mem_due:
        k.mem_due = w.now + interval(w)
        if w.now >= k.rest_until:
            k.signal = signal_due(w)
    if w.now >= k.pressure_due:
        k.pressure_due = w.now + m.pressure_poll
        for p in range(w.n_pressures):
            pages = pressure.scanned(w, p)
            if pages > w.pressures[p].scanned:
                w.pressures[p].reclaimed_at = w.now
            w.pressures[p].scanned = pages
            if not pressure.above(w, p):
                w.pressures[p].above_since = -1
            elif w.pressures[p].above_since < 0:
                w.pressures[p].above_since = w.now
        if k.signal == SIGNAL_NONE and w.now >= max(k.rest_until, k.pressure_rest_until):
            for p in range(w.n_pressures - 1, -1, -1):
                if too_high(w, p):
                    k.under = p
    if k.signal != SIGNAL_NONE or k.under != NOBODY:
        search(w)
    else:
        rest(w)


cdef inline bint too_high(const World *w, int32_t p) noexcept nogil:
    """Whether pressure has been too high for long enough, with reclaim at work."""
    cdef int64_t since = w.pressures[p].above_since, reclaimed = w.pressures[p].reclaimed_at
    cdef int64_t within = w.policy.monitor.reclaim_within
    if since < 0 or since > w.now - w.policy.monitor.pressure_for:
        return False
    return within == 0 or (reclaimed >= 0 and w.now - reclaimed <= within)


cdef inline void rest(World *w) noexcept nogil:
    """Until something is due."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef int64_t when = lmkd.due(w) if m.rules == RULES_STALLS else min(w.killer.mem_due, w.killer.pressure_due)
    cdef int32_t p
    for p in range(w.n_processes if m.hook else 0):
        when = min(when, w.hooks[p])
    w.killer.doing = IDLE
    w.when[killer_entity(w)] = max(w.now, when)
    w.look = 1


cdef inline void search(World *w) noexcept nogil:
    """Looks at every process, which takes CPU time."""
    cdef int64_t tasks = 0
    cdef int32_t p
    for p in range(w.n_processes):
        tasks += w.threads[w.processes[p].first_thread].alive > 0
    w.killer.doing = SEARCHING
    processors.start(w, killer_entity(w), w.policy.monitor.search * tasks)


cdef inline void searched(World *w, World *scratch) noexcept nogil:
    """Reads again, chooses, and signals."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef Killer *k = &w.killer
    if m.reread:
        k.read_at = w.now
        if recovered(w):
            count(w, &w.record.cancelled, 1)
            rest(w)
            return
    if not choose(w, scratch):
        k.mem_due = max(k.mem_due, w.now + m.poll_most)
        rest(w)
        return
    if k.under != NOBODY:
        k.pressure_rest_until = w.now + m.pressure_rest
    k.rest_until = w.now + m.rest
    if m.rules == RULES_STALLS:
        lmkd.shot(w)
    if m.wait != WAIT_NOTHING:
        k.doing = WAITING
        k.since = w.now
        wait(w)
        return
    if k.mem_due != NEVER:
        k.mem_due = w.now + m.poll
    if m.rules == RULES_STALLS:
        lmkd.resume(w)
    rest(w)


cdef inline bint recovered(const World *w) noexcept nogil:
    """Whether what it decided by is over. If not the signal stays the one that was due then (earlyoom's main.c)."""
    if w.killer.under != NOBODY:
        return not pressure.above(w, w.killer.under)
    return w.policy.monitor.rules != RULES_STALLS and signal_due(w) == SIGNAL_NONE


cdef inline void act(World *w, World *scratch, int32_t p) noexcept nogil:
    """The signal, or the hook before it."""
    if w.policy.monitor.hook:
        w.hooks[p] = w.now + w.policy.monitor.hook
    else:
        strike(w, scratch, p, w.killer.signal if w.killer.signal != SIGNAL_NONE else SIGNAL_KILL)
    w.victims[p] = not w.mms[w.processes[p].mm].spared


cdef inline bint choose(World *w, World *scratch) noexcept nogil:
    """Somebody dies, or is pending and counts as dying;
    of several under pressure the first below which there is one.
    """
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef int32_t p
    for p in range(w.n_processes):
        w.victims[p] = 0
    if w.killer.under == NOBODY:
        return enough(w, scratch) if m.at_once == AT_ONCE_ENOUGH else one(w, scratch, NOBODY, m.victim)  # AT_ONCE_ONE
    for p in range(w.n_pressures):
        if too_high(w, p) and one(w, scratch, w.pressures[p].group, m.pressure_victim):
            return True
    return False


cdef inline bint one(World *w, World *scratch, int32_t group, int64_t rule) noexcept nogil:
    """The worst dies, or is pending and counts as dying. False if there is nobody."""
    cdef int32_t found
    while True:
        found = best(w, group, rule, w.policy.monitor.rules == RULES_STALLS)
        if found == NOBODY:
            return False
        if w.policy.monitor.hook and w.hooks[found] < NEVER:
            return w.policy.monitor.hooked == HOOKED_STALLS  # else HOOKED_PASSED_OVER
        act(w, scratch, found)
        if not w.mms[w.processes[found].mm].spared:
            return True


cdef inline bint enough(World *w, World *scratch) noexcept nogil:
    """The worst, one after the other, until what they hold would bring memory back over the threshold."""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef int64_t mem = m.mem_kill if w.killer.signal == SIGNAL_KILL else m.mem_term
    cdef int64_t missing = mem * base(w) // WHOLE - available(w)
    cdef int32_t found
    cdef bint any_one = False
    while missing >= 0:
        found = best(w, NOBODY, m.victim, True)
        if found == NOBODY:
            break
        act(w, scratch, found)
        if not w.mms[w.processes[found].mm].spared:
            any_one = True
            missing -= held(w.mms + w.processes[found].mm, w.n_nodes)
    return any_one


cdef inline int32_t best(const World *w, int32_t group, int64_t rule, bint alive) noexcept nogil:
    """The first with the highest rank."""
    cdef bint spares = w.policy.monitor.perceptible == PERCEPTIBLE_SPARED and a_page(w)  # else PERCEPTIBLE_KILLED
    cdef int32_t p, chosen = NOBODY
    cdef Rank mine, most = score(w, 0, rule)
    for p in range(w.n_processes):
        if not may_be_chosen(w, p, group, rule, alive, spares) or not stands(w, p, group, rule, alive, spares):
            continue
        mine = score(w, p, rule)
        if rule == VICTIM_GROWTH:
            compare(w, p, group, rule, alive, spares, &mine)
        if chosen == NOBODY or better(&mine, &most):
            chosen = p
            most = mine
    return chosen


cdef inline bint may_be_chosen(
    const World *w, int32_t p, int32_t group, int64_t rule, bint alive, bint spares
) noexcept nogil:
    """Whether a process is a candidate; with `alive` only if nobody has condemned it."""
    if not may_die(w, p, group, spares) or (alive and w.mms[w.processes[p].mm].condemned_at >= 0):
        return False
    return rule != VICTIM_SWAP or unit(w, p).swapped * 20 > w.machine.swap


cdef inline bint may_die(const World *w, int32_t p, int32_t group, bint spares) noexcept nogil:
    """Whether a process whose first thread has an mm, as /proc shows them, may be chosen."""
    cdef const ClassSpec *c = w.classes + w.processes[p].cls
    if not w.threads[w.processes[p].first_thread].has_mm or c.init or c.oom_score_adj == ADJ_MIN:
        return False
    if w.mms[w.processes[p].mm].spared:
        return False
    if group != NOBODY and not lies_in(w, memcg_of(w, p), group):
        return False
    if w.policy.monitor.preference != PREFERENCE_IGNORED and c.preference == OMIT:
        return False
    if w.policy.monitor.rules == RULES_STALLS:  # else RULES_THRESHOLDS
        return c.oom_score_adj >= w.lmkd.least_adj
    return not spares or c.oom_score_adj > PERCEPTIBLE_APP_ADJ


cdef inline int32_t memcg_of(const World *w, int32_t p) noexcept nogil:
    return w.threads[w.processes[p].first_thread].memcg


cdef inline bint stands(const World *w, int32_t p, int32_t group, int64_t rule, bint alive, bint spares) noexcept nogil:
    """Whether a candidate stands for its cgroup, where that dies together, as the first in it."""
    cdef int32_t other
    for other in range(p if cgroup(w, p) != NOBODY else 0):
        if memcg_of(w, other) == memcg_of(w, p) and may_be_chosen(w, other, group, rule, alive, spares):
            return False
    return True


cdef inline void compare(
    const World *w, int32_t p, int32_t group, int64_t rule, bint alive, bint spares, Rank *r
) noexcept nogil:
    """What of its rank depends on the other candidates."""
    cdef int64_t all_of_them = 0, number = 0, larger = 0, pages
    cdef int32_t other
    for other in range(w.n_processes):
        if may_be_chosen(w, other, group, rule, alive, spares) and stands(w, other, group, rule, alive, spares):
            pages = rss(w, other)
            number += 1
            all_of_them += pages
            larger += pages > r.rss
    growth(w, p, all_of_them, number, larger, r)


cdef inline void strike(World *w, World *scratch, int32_t p, int64_t what) noexcept nogil:
    """A signal to a process and, where they die together, to the others of its cgroup."""
    cdef int32_t group = cgroup(w, p), other
    if first_with_mm(w, p) != NOBODY and w.mms[w.processes[p].mm].condemned_at < 0 and suppressed(w):
        w.mms[w.processes[p].mm].spared = w.spares
        return
    send(w, scratch, p, what, True)
    if group == NOBODY:
        return
    for other in range(w.n_processes):
        if other == p or memcg_of(w, other) != group or w.classes[w.processes[other].cls].init:
            continue
        if w.mms[w.processes[other].mm].spared:
            continue
        if w.threads[w.processes[other].first_thread].has_mm and w.mms[w.processes[other].mm].condemned_at < 0:
            w.victims[other] = 1
            send(w, scratch, other, what, False)


cdef inline void send(World *w, World *scratch, int32_t p, int64_t what, bint decided) noexcept nogil:
    """kill(2): the thread group, and nobody else on its mm."""
    cdef int32_t victim = first_with_mm(w, p)
    cdef Mm *m
    if victim == NOBODY:
        return
    m = w.mms + w.threads[victim].mm
    if m.condemned_at < 0:
        judge(w, scratch, NOBODY, victim, decided)
        condemn(w, w.threads[victim].mm)
        pin(w, victim)
    else:
        count(w, &w.record.duplicates, 1)
    deliver(w, p, what)


cdef inline int32_t first_with_mm(const World *w, int32_t p) noexcept nogil:
    cdef int32_t i
    cdef int32_t first = <int32_t>w.processes[p].first_thread
    for i in range(first, first + <int32_t>w.processes[p].n_threads):
        if w.threads[i].has_mm:
            return i
    return NOBODY


cdef inline void deliver(World *w, int32_t p, int64_t what) noexcept nogil:
    """SIGTERM to who handles it, else SIGKILL."""
    cdef const ProcessSpec *process = w.processes + p
    cdef int32_t i, mm, victim = first_with_mm(w, p)
    cdef bint in_one = w.policy.monitor.reap == REAP_KILLS and w.policy.mrelease == MRELEASE_KILLS
    if victim == NOBODY:
        return
    mm = w.threads[victim].mm
    if what == SIGNAL_TERM and happens(w, w.classes[process.cls].term_p, FOR_TERM_P, process.first_thread, 0):
        terminate(w, victim)
        return
    for i in range(w.n_threads):  # kill_all_shared_mm(): all but init
        if w.threads[i].has_mm and (
            w.threads[i].process == p
            or (in_one and w.threads[i].mm == mm and not spec(w, w.threads + i).init)
        ):
            signal(w, i)
    if w.policy.monitor.reap != REAP_NO:  # else REAP_YES
        reaper.release(w, victim)


cdef inline void wait(World *w) noexcept nogil:
    """Is the victim gone? If not, is it time for SIGKILL?"""
    cdef const MonitorSpec *m = &w.policy.monitor
    cdef Killer *k = &w.killer
    cdef bint over = True
    cdef int32_t p
    for p in range(w.n_processes):
        over &= not w.victims[p] or gone(w, p)
    if over or (m.wait_most and w.now - k.since >= m.wait_most):
        if k.mem_due != NEVER:
            k.mem_due = w.now + m.poll
        k.rest_until = w.now + m.rest
        if m.rules == RULES_STALLS:
            lmkd.resume(w)
        rest(w)
        return
    if k.signal == SIGNAL_TERM:
        if (m.grace and w.now - k.since >= m.grace) or falls_short(w, m.mem_kill, m.swap_kill):
            k.signal = SIGNAL_KILL
            for p in range(w.n_processes):
                if w.victims[p] and w.mms[w.processes[p].mm].condemned_at >= 0:  # or it was left out
                    deliver(w, p, SIGNAL_KILL)
    w.when[killer_entity(w)] = w.now + m.wait_poll


cdef inline bint gone(const World *w, int32_t p) noexcept nogil:
    """What it takes for gone. Nobody waits for who is spared."""
    cdef const Thread *leader = w.threads + w.processes[p].first_thread
    if w.mms[w.processes[p].mm].spared:
        return True
    return leader.dead if w.policy.monitor.wait == WAIT_LEADER else leader.alive == 0  # WAIT_PROCESS
