"""Who dies: the abort test, the choice, children first, signals and marks (mm/oom_kill.c)."""

from libc.stdint cimport int32_t, int64_t

cimport reaper
from badness cimport NOT_AT_ALL, out_of_reach, protected, swapoff
from charge cimport dies_whole
from crowd cimport alike, rouse
from exit cimport pin, signal
from measure cimport condemn, judge, suppressed, verdict
from policy cimport (
    ABORT_ON_EXITING, ABORT_ON_MEMDIE, ABORT_ON_VICTIM_MM, CHILD_FIRST_BEST, CHILD_FIRST_FIRST_UNPROTECTED,
    CHILD_FIRST_NO, CORE_DUMP_DISCOUNTED, EXITING_VICTIM_KILLED, MEMCG_IGNORED, MMLESS_CANDIDATE,
    MMLESS_SKIPPED, REACH_ALL_SHARERS, REACH_GROUP, REACH_THREAD, SCAN_LEADERS,
    SCOPE_PROCESS, SELECTOR_BADNESS_2006, SELECTOR_FUNCTION, SELECTOR_ORACLE, SELECTOR_RANDOM, SHARERS_FORBID,
    SHARERS_KILL_AND_MARK,
    SHARERS_KILL_UNLESS_PROTECTED, SHARERS_SPARE, SWAPOFF_AT_ONCE, TIES_FIRST, TIES_LAST, UNTIL_EXIT_STATE,
    UNTIL_MM_DETACHED, UNTIL_MM_PUT, UNTIL_PF_DEAD, VICTIM_RUNS_FIRST, PolicySpec,
)
from scenario cimport ProcessSpec
from teardown cimport give_back_at_once
from victim cimport points
from world cimport NOBODY, REAPED, Thread, World, check, count, expired, lies_in, spec


cdef inline bint forbidden(const World *w, const Thread *victim) noexcept nogil:
    """Whether one on its mm forbids the kill (2.6.20, oom_kill_task()): OOM_DISABLE does, init is merely left out."""
    cdef const Thread *t
    cdef int32_t s, i
    if w.mms[victim.mm].asleep:  # alone on it
        return protected(w, victim) and not spec(w, victim).init
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if t.mm == victim.mm and t.has_mm and protected(w, t) and not spec(w, t).init:
                return True
    return False


cdef inline bint over(const Thread *t, int64_t clock) noexcept nogil:
    """Whether a dying thread is past the instant that this clock names."""
    if clock == UNTIL_PF_DEAD or clock == UNTIL_EXIT_STATE:
        return t.dead
    if clock == UNTIL_MM_DETACHED:
        return not t.has_mm
    if clock == UNTIL_MM_PUT:
        return t.put
    return t.state == REAPED  # UNTIL_REAPED


cdef inline bint kill_under_way(World *w, World *scratch, int32_t r) noexcept nogil:
    """Whether the scan meets somebody who releases memory."""
    cdef const PolicySpec *policy = w.policy
    cdef const Thread *t
    cdef const ProcessSpec *process
    cdef int32_t s, i
    cdef bint marked, exiting, victim
    if policy.selector == SELECTOR_ORACLE:
        return verdict(w, scratch, w.threads + r).kind != NULL
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            process = w.processes + t.process
            if policy.scan == SCAN_LEADERS and i != process.first_thread:
                continue
            marked = policy.abort_on & ABORT_ON_MEMDIE and t.marked and not over(t, policy.memdie_until)
            exiting = policy.abort_on & ABORT_ON_EXITING and t.exiting and not over(t, policy.exiting_until)
            if i == r and policy.exiting_victim != EXITING_VICTIM_KILLED:  # to 2.6.18 it waits for itself for ever
                exiting = False
            exiting = exiting and not waits_for_core(w, t)
            victim = policy.abort_on & ABORT_ON_VICTIM_MM and w.mms[t.mm].victim_at >= 0 and not w.mms[t.mm].skip
            if exiting and policy.scan == SCAN_LEADERS and process.n_threads > 1:
                exiting = False
            if policy.swapoff == SWAPOFF_AT_ONCE and not (marked or exiting or victim):
                if swapoff(w, i) and candidate(w, i, r):
                    return False  # chosen before the scan sees those behind it
            if not (marked or exiting or victim) or t.state == REAPED or expired(w, w.mms + t.mm):
                continue
            if not (policy.abort_skips_protected and protected(w, t)) and not out_of_reach(w, t, w.threads + r):
                return True
    return False


cdef inline bint waits_for_core(const World *w, const Thread *t) noexcept nogil:
    """A core is dumped, so it may be long until it lets go of its mm: known since 4.0 (SIGNAL_GROUP_COREDUMP)."""
    return w.policy.core_dump == CORE_DUMP_DISCOUNTED and w.mms[t.mm].dumper != NOBODY


cdef inline bint going(const World *w, int32_t i) noexcept nogil:
    """task_will_free_mem(): it exits by itself.

    Where the victim is the mm (4.10), SIGKILL by anybody says so too (SIGNAL_GROUP_EXIT), and all who share it must.
    """
    cdef const Thread *t = w.threads + i
    cdef const Thread *other
    cdef int32_t s, k
    cdef bint by_mm = w.policy.abort_on & ABORT_ON_VICTIM_MM != 0
    if not ((t.exiting or (by_mm and t.signalled)) and t.has_mm) or waits_for_core(w, t):
        return False
    if by_mm:
        for s in range(w.spans):
            for k in range(w.awake[s].first, w.awake[s].end):
                other = w.threads + k
                if other.mm == t.mm and other.has_mm and not (other.signalled or other.exiting):
                    return False
        return not w.mms[t.mm].skip
    return True


cdef inline int32_t select(const World *w, int32_t r) noexcept nogil:
    """Whom the policy's selector prefers; of equals the one that its tie rule says."""
    cdef int32_t s, i, first, next, behind, chosen = NOBODY
    cdef int64_t score, most = 0
    cdef bint kernel = kernel_threads(w)  # the first of them is the first choice
    cdef bint each = w.policy.selector == SELECTOR_RANDOM or w.policy.selector == SELECTOR_FUNCTION  # by number too
    for s in range(w.spans):
        next, behind = w.awake[s].first, w.awake[s + 1].first
        while next < behind:  # who is awake, then who sleeps
            first = next
            next = first + 1 if each or first < w.awake[s].end else min(behind, first + alike(w, first))
            i = next - 1 if w.policy.ties == TIES_LAST else first
            if not candidate(w, i, r):
                continue
            score = points(w, i, r)
            if score == NOT_AT_ALL:
                continue
            if w.policy.swapoff == SWAPOFF_AT_ONCE and swapoff(w, i):
                return i
            if (chosen == NOBODY and not kernel) or score > most or (score == most and replaces(w, chosen)):
                chosen = i
                most = score
    return chosen


cdef inline bint candidate(const World *w, int32_t i, int32_t r) noexcept nogil:
    """Whether the scan looks at this thread: for itself, or for its process as the first that has an mm."""
    cdef const Thread *t = w.threads + i
    cdef int32_t first
    if t.state == REAPED or protected(w, t) or expired(w, w.mms + t.mm) or out_of_reach(w, t, w.threads + r):
        return False
    if not t.has_mm or (w.policy.mmless == MMLESS_SKIPPED and w.mms[t.mm].skip):
        return False
    if w.policy.scan == SCAN_LEADERS:  # else SCAN_THREADS
        for first in range(<int32_t>w.processes[t.process].first_thread, i):
            if w.threads[first].has_mm:
                return False
    return True


cdef inline bint kernel_threads(const World *w) noexcept nogil:
    """Whether they can be chosen: to 2.6.18, of score 0 and before all others in the list (5081dde33f7)."""
    return w.policy.mmless == MMLESS_CANDIDATE and w.policy.selector == SELECTOR_BADNESS_2006


cdef inline bint replaces(const World *w, int32_t chosen) noexcept nogil:
    """Whether an equal that comes later in the list is preferred; NOBODY is a kernel thread."""
    if w.policy.ties == TIES_FIRST or (chosen == NOBODY and w.policy.ties != TIES_LAST):
        return False
    return w.policy.ties == TIES_LAST or chosen != w.processes[w.threads[chosen].process].first_thread  # TIES_LEADER


cdef inline bint unkillable(const World *w, int32_t r, int32_t chosen) noexcept nogil:
    """Whether oom_kill_process() can't kill whom the scan chose."""
    return w.policy.sharers == SHARERS_FORBID and forbidden(w, w.threads + child_instead(w, chosen, r))


cdef inline int32_t child_instead(const World *w, int32_t chosen, int32_t r) noexcept nogil:
    """The child with another mm that dies instead of the chosen process: the first, or the worst of them."""
    cdef const Thread *t = w.threads + chosen
    cdef const ProcessSpec *child
    cdef int32_t c, victim = chosen
    cdef int64_t score, most = 0, p = w.processes[t.process].eldest
    if w.policy.child_first == CHILD_FIRST_NO:
        return chosen
    if w.policy.child_first != CHILD_FIRST_BEST and chosen != w.processes[t.process].first_thread:
        return chosen
    while p != NOBODY:
        child = w.processes + p
        c = <int32_t>child.first_thread
        p = child.sibling
        if child.mm == t.mm or not w.threads[c].has_mm:
            continue
        if w.policy.child_first == CHILD_FIRST_FIRST_UNPROTECTED:
            if not forbidden(w, w.threads + c):
                return c
            continue
        if w.policy.child_first != CHILD_FIRST_BEST:  # CHILD_FIRST_FIRST
            return c
        if protected(w, w.threads + c) or w.mms[child.mm].skip or expired(w, w.mms + child.mm):
            continue
        if out_of_reach(w, w.threads + c, w.threads + r):
            continue
        score = points(w, c, r)
        if score > most:
            victim = c
            most = score
    return victim


cdef inline void mark_group(World *w, int32_t victim) noexcept nogil:
    """TIF_MEMDIE for as many threads of the victim's as the policy says."""
    cdef Thread *t
    cdef int32_t s, i
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if (
                t.mm == w.threads[victim].mm and t.has_mm and not spec(w, t).init
                and w.policy.mark >= reach(w, i, victim)
            ):
                t.marked = 1


cdef inline void hurry(World *w, int32_t i, int32_t r) noexcept nogil:
    """boost_dying_task_prio() (2.6.36 to 2.6.38): SCHED_FIFO, but not for an ask whose group's limit failed."""
    if w.policy.victim_runs == VICTIM_RUNS_FIRST and w.machine.scheduler and w.threads[r].domain == NOBODY:
        # else VICTIM_RUNS_IN_TURN
        w.work[i].fifo = w.turns_change = 1


cdef inline void take_mark(World *w, int32_t i, int32_t r) noexcept nogil:
    """A task that goes anyway is marked instead of killed; it is a victim in full from then on."""
    cdef int32_t mm = w.threads[i].mm
    if not w.threads[i].has_mm:
        w.threads[i].marked = 1
    mark_group(w, i)
    hurry(w, i, r)
    if w.mms[mm].victim_at < 0:
        w.mms[mm].victim_at = w.now
        reaper.queue(w, i)


cdef inline int64_t reach(const World *w, int32_t i, int32_t victim) noexcept nogil:
    """The narrowest reach of a signal or a mark that takes this thread in."""
    if i == victim:
        return REACH_THREAD
    return REACH_GROUP if w.threads[i].process == w.threads[victim].process else REACH_ALL_SHARERS


cdef inline int32_t kill(World *w, World *scratch, int32_t killer, int32_t chosen) noexcept nogil:
    """Kill the chosen thread or a child instead, and its whole group where that is asked for.

    Returns the mm, NOBODY if nobody was shot.
    """
    cdef int32_t victim = child_instead(w, chosen, killer)
    cdef int32_t group = dies_whole(w, w.threads[victim].memcg, w.threads[killer].domain)
    cdef int32_t p, i, mm = kill_one(w, scratch, killer, victim, True)
    if w.policy.scope == SCOPE_PROCESS or mm == NOBODY or group == NOBODY or w.policy.memcg == MEMCG_IGNORED:
        return mm  # else SCOPE_MEMCG_GROUP: in a global OOM too (mem_cgroup_get_oom_group())
    for p in range(w.n_processes):
        i = with_mm(w, p)
        if i == NOBODY or not lies_in(w, w.threads[i].memcg, group) or protected(w, w.threads + i):
            continue
        if w.mms[w.processes[p].mm].condemned_at < 0:
            kill_one(w, scratch, killer, i, False)
    return mm


cdef inline int32_t with_mm(const World *w, int32_t p) noexcept nogil:
    """The first thread of a process that has an mm."""
    cdef const ProcessSpec *process = w.processes + p
    cdef int32_t i
    for i in range(<int32_t>process.first_thread, <int32_t>(process.first_thread + process.n_threads)):
        if w.threads[i].has_mm:
            return i
    return NOBODY


cdef inline int32_t kill_one(World *w, World *scratch, int32_t killer, int32_t victim, bint decided) noexcept nogil:
    """Kill this thread, or another of its process: by a decision, or with the group of one that was decided.

    Returns the mm, NOBODY if there is none any more, if a sharer forbids it, or if the run leaves this decision out.
    """
    cdef const ProcessSpec *process = w.processes + w.threads[victim].process
    cdef const PolicySpec *policy = w.policy
    cdef Thread *t
    cdef int32_t s, i, mm = w.threads[victim].mm
    cdef bint new = w.mms[mm].condemned_at < 0, first = w.mms[mm].victim_at < 0
    cdef bint other, spared
    if policy.scan == SCAN_LEADERS and not w.threads[victim].has_mm:
        for i in range(<int32_t>process.first_thread, <int32_t>(process.first_thread + process.n_threads)):
            if w.threads[i].has_mm:
                victim = i
                break
    if not w.threads[victim].has_mm:
        return NOBODY
    rouse(w, mm)
    if policy.sharers == SHARERS_FORBID and forbidden(w, w.threads + victim):
        return NOBODY
    if new and decided and suppressed(w):
        return NOBODY
    check(w.mms[mm].users > 0 and (w.mms[mm].freed_at < 0 or policy.selector == SELECTOR_ORACLE))
    if first:
        w.mms[mm].victim_at = w.now
    if new:
        judge(w, scratch, killer, victim, decided)
        condemn(w, mm)
        check(w.record.kills <= w.n_mms)  # each mm is condemned once
        pin(w, victim)
    else:
        count(w, &w.record.duplicates, 1)
    mark_group(w, victim)
    hurry(w, victim, killer)
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            t = w.threads + i
            if t.mm != mm or not t.has_mm:
                continue
            other = t.process != w.threads[victim].process
            if other and policy.sharers == SHARERS_KILL_AND_MARK and not spec(w, t).init:
                t.marked = 1
            spared = policy.sharers == SHARERS_SPARE or (
                policy.sharers == SHARERS_KILL_UNLESS_PROTECTED and protected(w, t)
            )
            if policy.signal >= reach(w, i, victim) or (other and not spared):  # SHARERS_KILL spares nobody
                signal(w, i)
    if new and policy.selector == SELECTOR_ORACLE:
        give_back_at_once(w, mm)
    if first:
        reaper.queue(w, victim)
    return mm
