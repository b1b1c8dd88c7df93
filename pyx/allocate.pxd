"""One ask: docs/model.md §4, Linux 2.6.17 mm/page_alloc.c __alloc_pages(). And the programs that ask.

An ask of order 0 is made page by page, one of order o 2^o pages at a time. What can be had at one instant is taken in
one step: nothing else happens in between.
"""

from libc.stdint cimport int32_t, int64_t

cimport boost
cimport errand
cimport high
cimport pcp
from charge cimport refuses, room
from downtime cimport note, stop
from events cimport happens, sleep_until, ticks_from_now, value
from exit cimport clean_up, dumped, exit_mm, interrupted, leave, let_go, unlock, wake
from fault cimport bring_in, next_out, out, read, still_out
from guard cimport guarded
from kswapd cimport wake_kswapd
from memcg cimport uncharged
from policy cimport (
    LOOPERS_RESERVES, MEMCG_IGNORED, ON_TIMEOUT_RESERVES, REBALANCE_BLIND, RESERVES_ALL, RESERVES_HALF,
    RESERVES_NONE, RETRY_NAPS, STARVED_RECLAIMS,
)
from processors cimport burn, burn_at
from rng cimport (
    FOR_CHUNK, FOR_CORE_DUMP_CHUNK, FOR_ERRAND_PASS, FOR_FAULT_PASS, FOR_HOLD, FOR_NOFAIL, FOR_NORETRY, FOR_NO_FS,
    FOR_PASS, FOR_WORK_CHUNK,
)
from scenario cimport ClassSpec
from streams cimport keeps_for, thinks_for
from world cimport (
    BUSY, FAULT_FILE, FAULT_NONE, FAULT_SWAP, HIGH_OUT, HOLD, KEEP, MM_HOLDS, NAP, NEVER, NOBODY, OVER_HIGH, PARK, PASS,
    THINK,
    Mm, Node, Thread, World, check, count, lets_through, overdue, size, spec,
)

cdef enum:
    SWAP_CLUSTER_MAX = 32  # pages: less than this is no progress to 2.6.18 (mm/vmscan.c, try_to_free_pages)
    PAGE_ALLOC_COSTLY_ORDER = 3
    SHORTEST = 1000  # ns: a pass or a thought takes at least so long, so that no loop stands still in time

cdef enum Level:  # down to where an ask takes pages
    LOW, MIN, RESERVES

cdef extern from *:
    """#define OOMMC_LARGEST ((int64_t)1 << 32)"""
    const int64_t LARGEST "OOMMC_LARGEST"  # pages: no ask is larger; more than any machine has


cdef inline void ask(World *w, int32_t i) noexcept nogil:
    """A thread's program wants its next chunk."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef int64_t number = t.asks, pages = wish(w, i, number)
    if c.grows:
        pages = min(pages, c.target - size(w.mms + t.mm, w.n_nodes))
    begin(w, t, pages, <int64_t>1 << c.order)
    t.no_fs = happens(w, c.p_no_fs, FOR_NO_FS, i, number)
    t.noretry = happens(w, c.p_noretry, FOR_NORETRY, i, number)
    t.nofail = happens(w, c.p_nofail, FOR_NOFAIL, i, number)
    t.asks += 1
    enter(w, i)


cdef inline int64_t wish(const World *w, int32_t i, int64_t number) noexcept nogil:
    """Pages that a thread's program wants the next time."""
    return max(<int64_t>1, value(w, spec(w, w.threads + i).chunk, FOR_CHUNK, i, number))


cdef inline void enter(World *w, int32_t i) noexcept nogil:
    """A fault begins, the ask's first or a later one; or waits, where it holds no lock, for a kill to be over."""
    if parks(w, w.threads + i):
        unlock(w, i)
        pend(w, w.threads + i)
        sleep_until(w, i, PARK, NEVER)
    else:
        attempt(w, i)


cdef inline void pend(World *w, Thread *t) noexcept nogil:
    """The ask is in steps 3 to 6 from now on."""
    w.pending += not t.pending
    t.pending = 1


cdef inline void begin(World *w, Thread *t, int64_t pages, int64_t unit) noexcept nogil:
    """An ask of so many pages, `unit` at a time, GFP_KERNEL unless told otherwise."""
    cdef int32_t n
    t.fault = FAULT_NONE
    t.unit = unit
    t.want = whole(pages, unit)
    for n in range(w.n_nodes):
        t.taken[n] = 0
    t.asked_at = w.now
    t.no_fs = t.noretry = t.nofail = 0
    t.pass_ns = -1
    t.passes = 0
    t.spinning = t.starved = 0


cdef inline int64_t whole(int64_t pages, int64_t unit) noexcept nogil:
    """What is asked for where so many pages are wanted."""
    pages = min(LARGEST, pages) + unit - 1
    return pages - pages % unit


cdef inline void end_work(World *w, int32_t i) noexcept nogil:
    """What a thread does between PF_EXITING and exit_mm() may need memory in the end."""
    cdef int64_t pages = value(w, spec(w, w.threads + i).work_chunk, FOR_WORK_CHUNK, i, 0)
    if pages == 0:
        exit_mm(w, i)
    else:
        w.threads[i].asks += 1
        begin(w, w.threads + i, pages, 1)
        attempt(w, i)


cdef inline void end_dump(World *w, int32_t i) noexcept nogil:
    """The core file may need memory in the end, unless SIGKILL has ended it."""
    cdef int32_t leader = <int32_t>w.processes[w.threads[i].process].first_thread
    cdef int64_t pages = value(w, spec(w, w.threads + i).core_dump_chunk, FOR_CORE_DUMP_CHUNK, leader, 0)
    if pages == 0 or interrupted(w, w.threads + i):
        dumped(w, i)
    else:
        w.threads[i].asks += 1
        begin(w, w.threads + i, pages, 1)
        attempt(w, i)


cdef inline void end_errand(World *w, int32_t i) noexcept nogil:
    """The sleep of an errand is over: perhaps it needs memory, too."""
    if w.threads[i].favour == 0:
        let_go(w, i)
    else:
        begin(w, w.threads + i, w.threads[i].favour, 1)
        attempt(w, i)


cdef inline bint parks(const World *w, const Thread *t) noexcept nogil:
    """Whether a new fault waits: not in do_exit(), not where a core is written, not with something in its hands."""
    if not w.policy.park or t.exiting or t.errand or w.mms[t.mm].dumper == t - w.threads:
        return False
    return killing(w)


cdef inline bint killing(const World *w) noexcept nogil:
    """Whether a victim keeps the gate."""
    return w.gates[0] >= MM_HOLDS and not lets_through(w, w.mms + w.gates[0] - MM_HOLDS)


cdef inline void attempt(World *w, int32_t i) noexcept nogil:
    """Steps 1 and 2, from the top."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef int64_t k
    cdef bint got
    t.abandon = t.rebalancing = 0
    got = lacks(w, t) and take(w, i, LOW, False)
    if t.want == 0:
        grant(w, i)
        return
    if got and parks(w, t):
        enter(w, i)
        return
    turn_to(w, t, crowded(w, t))
    if t.domain != NOBODY:
        reclaim(w, i)
        return
    for k in range(c.n_nodes):
        wake_kswapd(w, <int32_t>c.nodes[k])
    above_min(w, i, False)


cdef inline int32_t charged(const World *w, const Thread *t) noexcept nogil:
    """The group that has to have room for the ask.

    A dying task is let through; the page cache belongs to no group here.
    """
    if t.memcg == NOBODY or w.policy.memcg == MEMCG_IGNORED or t.signalled or t.exiting or t.fault == FAULT_FILE:
        return NOBODY
    return t.memcg


cdef inline int32_t crowded(const World *w, const Thread *t) noexcept nogil:
    """The group that has no room for the page that is next, if there is one."""
    return refuses(w, charged(w, t), t.unit)


cdef inline bint lacks(const World *w, Thread *t) noexcept nogil:
    """Whether the ask still lacks pages: others may have brought in what a fault waits for."""
    if t.fault != FAULT_NONE:
        t.want = still_out(w, t)
    return t.want > 0


cdef inline bint take(World *w, int32_t i, int level, bint anywhere) noexcept nogil:
    """From each node in turn, of its class's or of all, what it has for the ask; whether that was anything.

    Where the next page's fault would wait only one is taken.
    """
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef int64_t k, got = 0, most = t.unit if parks(w, t) else t.want
    cdef int32_t n
    for k in range(w.n_nodes if anywhere else c.n_nodes):
        n = <int32_t>(k if anywhere else c.nodes[k])
        got += take_from(w, i, n, bottom(w, w.nodes + n, level), most - got)
        if got == most:
            break
    return got > 0


cdef inline int64_t take_from(World *w, int32_t i, int32_t n, int64_t mark, int64_t most) noexcept nogil:
    """Pages of a node, at most so many, become the process's or the page cache's at once; how many.

    That is as many as the ask lacks, its group has room for, and stand above the mark. With the first of them the next
    page's loop begins.
    """
    cdef Thread *t = w.threads + i
    cdef int32_t group = charged(w, t)
    cdef int64_t pages = min(t.want, most), before = w.nodes[n].free
    if group != NOBODY:
        pages = min(pages, max(<int64_t>0, room(w, group)))
    pages = pcp.take(w, i, n, t.unit, pages, mark)
    if pages == 0:
        return 0
    w.quiet = 0
    t.want -= pages
    t.taken[n] += pages
    t.source = n
    t.passes = 0
    t.spinning = t.starved = t.rebalancing = 0
    if t.fault != FAULT_NONE:
        bring_in(w, t, n, pages)
    else:
        w.mms[t.mm].pages[n] += pages
    if boost.at_minimum(w, n, t.unit, before):
        wake_kswapd(w, n)
    return pages


cdef inline int64_t bottom(const World *w, const Node *node, int level) noexcept nogil:
    """What an ask leaves free on a node: at step 1, at step 2, or (RESERVES) where it may go below pages_min."""
    cdef int64_t lowest = node.min + node.boost
    if level == LOW:
        return node.low + node.boost
    if level == MIN or w.policy.reserves == RESERVES_NONE:
        return lowest
    return 0 if w.policy.reserves == RESERVES_ALL else lowest - lowest // 2  # RESERVES_HALF


cdef inline void take_one(World *w, int32_t i, int32_t n) noexcept nogil:
    """The page of a last try that has passed; then on, from the top."""
    cdef Thread *t = w.threads + i
    if lacks(w, t):
        take_from(w, i, n, w.nodes[n].free - t.unit, t.unit)
    attempt(w, i)


cdef inline void go_on(World *w, int32_t i) noexcept nogil:
    """Pages were got: the ask is over, or its next page is due, at a fault of its own."""
    if w.threads[i].want > 0:
        enter(w, i)
    else:
        grant(w, i)


cdef inline void turn_to(World *w, Thread *t, int32_t domain) noexcept nogil:
    """The ask lacks room in this group, or (NOBODY) none in any:
    passes elsewhere count anew, and are of another length, but not those in another group.
    """
    if t.domain == domain:
        return
    w.quiet = 0
    if t.domain == NOBODY or domain == NOBODY:
        t.pass_ns = -1
        t.passes = 0
    t.domain = domain


cdef inline void above_min(World *w, int32_t i, bint after_pass) noexcept nogil:
    """Step 2: down to pages_min, and below it for a marked thread; else step 3."""
    cdef Thread *t = w.threads + i
    if crowded(w, t) != NOBODY:  # meanwhile
        attempt(w, i)
        return
    if not lacks(w, t) or take(w, i, MIN, False):
        go_on(w, i)
        return
    if ignores_marks(w, t):
        # 2.6.17 takes this page "no watermarks and no cpuset check"
        if take(w, i, RESERVES, spec(w, t).cpuset):
            go_on(w, i)
            return
        # who has no __GFP_FS never comes to the path
        if sees_mark(w, t) and (w.policy.starved != STARVED_RECLAIMS or t.starved or t.no_fs):
            if t.nofail:
                nap(w, i)
            else:
                fail(w, i)
            return
    if after_pass:
        retry(w, i)
    else:
        reclaim(w, i)


cdef inline bint sees_mark(const World *w, const Thread *t) noexcept nogil:
    """Whether it looks at its mark, and has one."""
    return t.marked and not blind(w, t)


cdef inline void retry(World *w, int32_t i) noexcept nogil:
    """After a pass that doesn't lead to the OOM path there is still no page: another pass, perhaps after a nap.

    What asks for no retry, or for so much at a time that the kernel doesn't retry, fails.
    """
    cdef const Thread *t = w.threads + i
    if t.noretry or (costly(t) and not t.nofail):
        fail(w, i)
    elif w.policy.retry == RETRY_NAPS:
        nap(w, i)
    else:  # RETRY_AT_ONCE
        reclaim(w, i)


cdef inline bint costly(const Thread *t) noexcept nogil:
    """More than PAGE_ALLOC_COSTLY_ORDER at a time."""
    return t.unit > 1 << PAGE_ALLOC_COSTLY_ORDER


cdef inline bint ignores_marks(const World *w, const Thread *t) noexcept nogil:
    """Whether it may go below pages_min now."""
    return sees_mark(w, t) or (t.pending and reserves_for_all(w, t))


cdef inline bint reserves_for_all(const World *w, const Thread *t) noexcept nogil:
    """Whether who loops may go as far as a marked thread:
    while a kill is in progress, or, if it may kill, one takes too long.
    """
    if w.policy.loopers == LOOPERS_RESERVES and killing(w):  # else LOOPERS_WAIT
        return True
    return w.policy.on_timeout == ON_TIMEOUT_RESERVES and not t.no_fs and overdue(w)


cdef inline bint blind(const World *w, const Thread *t) noexcept nogil:
    """Whether it doesn't look at its mark: to 2.6.19 the test stands above `rebalance`, to which this thread loops."""
    return w.policy.rebalance == REBALANCE_BLIND and t.rebalancing  # else REBALANCE_SEES_MARK


cdef inline void reclaim(World *w, int32_t i) noexcept nogil:
    """Step 3 begins: a direct-reclaim pass; all passes of an ask last as long."""
    cdef Thread *t = w.threads + i
    cdef int64_t length
    pend(w, t)
    t.rebalancing = 1
    if w.frozen:
        w.when[i] = NEVER
        return
    if t.pass_ns < 0:
        length = w.machine.reclaim_pass if t.domain == NOBODY else w.machine.memcg_pass
        if t.errand and t.begun:
            t.pass_ns = value(w, length, FOR_ERRAND_PASS, i, t.errands - 1)
        elif t.fault == FAULT_NONE:
            t.pass_ns = value(w, length, FOR_PASS, i, t.asks - 1)
        else:
            t.pass_ns = value(w, length, FOR_FAULT_PASS, i, t.faults - 1)
        t.pass_ns = max(<int64_t>SHORTEST, t.pass_ns)
        w.quiet = 0
    t.pass_from = w.now
    burn_at(w, i, PASS, t.pass_ns, not guarded(w, t))


cdef inline void nap(World *w, int32_t i) noexcept nogil:
    """blk_congestion_wait(WRITE, HZ/50), where nobody writes: the whole time."""
    pend(w, w.threads + i)
    sleep_until(w, i, NAP, ticks_from_now(w, w.machine.nap_ticks))


cdef inline void grant(World *w, int32_t i) noexcept nogil:
    """The ask has its last page. A killed thread leaves with it, another goes on with its program."""
    cdef Thread *t = w.threads + i
    check(t.has_mm and not t.dead)
    if boost.boost(w, i):
        wake_kswapd(w, t.source)
    end_ask(w, i)
    if w.mms[t.mm].dumper == i:
        dumped(w, i)
    elif t.exiting:
        exit_mm(w, i)
    elif t.signalled:
        wake(w, i)
    elif t.errand and t.begun:
        put_back(w, i)
        let_go(w, i)
    elif t.term:
        clean_up(w, i)
    elif t.fault != FAULT_NONE:
        read(w, i)
    elif not high.begins(w, i):
        go_back(w, i)


cdef inline void slowed(World *w, int32_t i) noexcept nogil:
    """What memory.high makes it do is over, or it sleeps after its pass."""
    cdef Thread *t = w.threads + i
    if t.state == OVER_HIGH and (high.writes(w, i) or high.sleeps(w, i)):
        return
    if t.state == HIGH_OUT and (high.passes_again(w, i) or high.sleeps(w, i)):
        return
    note(w, i)
    stalled(w, t)
    w.look = 1
    if t.term:
        clean_up(w, i)
    else:
        go_back(w, i)


cdef inline void go_back(World *w, int32_t i) noexcept nogil:
    """To user space, where its program has the chunk."""
    cdef const Thread *t = w.threads + i
    if spec(w, t).grows:
        grown(w, i)
    else:
        sleep_until(w, i, KEEP, w.now + keeps_for(w, i, t.asks - 1))


cdef inline void fail(World *w, int32_t i) noexcept nogil:
    """NULL: the thread exits, by itself if nobody has killed it."""
    end_ask(w, i)
    if w.mms[w.threads[i].mm].dumper == i:
        dumped(w, i)
    elif w.threads[i].exiting:
        exit_mm(w, i)
    elif w.threads[i].signalled:
        wake(w, i)
    else:
        stop(w, i)
        if w.threads[i].errand:
            wake(w, i)
        else:
            leave(w, i)


cdef inline void end_ask(World *w, int32_t i) noexcept nogil:
    """The ask is over one way or the other; who waited for a lock that its thread holds goes on."""
    cdef Thread *t = w.threads + i
    w.quiet = 0
    if not t.pending:
        return
    note(w, i)
    t.pending = 0
    w.pending -= 1
    check(w.pending >= 0)
    w.look = 1
    stalled(w, t)
    unlock(w, i)


cdef inline void stalled(World *w, const Thread *t) noexcept nogil:
    """Add a daemon's wait to the record."""
    cdef int64_t stall = w.now - t.asked_at
    if stall > 0 and spec(w, t).daemon:
        count(w, &w.record.daemon_stall_ns, stall)
        w.record.daemon_stall_max_ns = max(w.record.daemon_stall_max_ns, stall)


cdef inline void think(World *w, int32_t i) noexcept nogil:
    """The program, between two asks."""
    cdef Thread *t = w.threads + i
    cdef int64_t ns = thinks_for(w, i, t.thinks)
    t.thinks += 1
    ns = max(<int64_t>SHORTEST, ns)
    t.ought = w.now + ns
    if spec(w, t).busy:
        burn(w, i, BUSY, ns)
    else:
        sleep_until(w, i, THINK, w.now + ns)
    if t.errand:
        errand.begin(w, i)


cdef inline void touch(World *w, int32_t i) noexcept nogil:
    """After a thought: a thread uses some of its memory, then of its files."""
    if not faults(w, i, FAULT_SWAP) and not faults(w, i, FAULT_FILE):
        thought(w, i)


cdef inline bint faults(World *w, int32_t i, int kind) noexcept nogil:
    """Whether some of what a thread is about to use is out. Then it is asked for."""
    w.threads[i].left = out(w, w.threads + i, kind)
    return w.threads[i].left > 0 and fault_in(w, i, kind)


cdef inline bint fault_in(World *w, int32_t i, int kind) noexcept nogil:
    """Ask for the next readahead's pages, if there are any left."""
    cdef Thread *t = w.threads + i
    cdef int64_t pages = next_out(w, t, kind)
    if pages == 0:
        return False
    t.left -= pages
    t.faults += 1
    begin(w, t, pages, 1)
    t.fault = kind
    enter(w, i)
    return True


cdef inline void paged_in(World *w, int32_t i) noexcept nogil:
    """What was out has been read."""
    cdef Thread *t = w.threads + i
    note(w, i)
    stalled(w, t)
    if t.term:
        clean_up(w, i)
    elif not fault_in(w, i, t.fault) and (t.fault == FAULT_FILE or not faults(w, i, FAULT_FILE)):
        thought(w, i)


cdef inline void thought(World *w, int32_t i) noexcept nogil:
    """A grow program whose siblings have reached the target meanwhile asks for no more."""
    cdef const ClassSpec *c = spec(w, w.threads + i)
    if c.grows and size(w.mms + w.threads[i].mm, w.n_nodes) >= c.target:
        grown(w, i)
    else:
        ask(w, i)


cdef inline void grown(World *w, int32_t i) noexcept nogil:
    """A grow program has its chunk: on to the next, or hold."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    if size(w.mms + t.mm, w.n_nodes) < c.target:
        think(w, i)
        return
    w.look = 1
    sleep_until(w, i, HOLD, NEVER)
    if c.hold >= 0:
        w.when[i] = w.now + value(w, c.hold, FOR_HOLD, i, 0)
    if t.errand:
        errand.begin(w, i)


cdef inline void give_back(World *w, int32_t i) noexcept nogil:
    """A churn program has kept its chunk for long enough."""
    put_back(w, i)
    think(w, i)


cdef inline void put_back(World *w, int32_t i) noexcept nogil:
    """What an ask has got goes back to where it came from, or the swap entries of what has gone out of it."""
    cdef Thread *t = w.threads + i
    cdef Mm *m = w.mms + t.mm
    cdef int64_t there, out = 0
    cdef int32_t n
    for n in range(w.n_nodes):
        there = min(t.taken[n], m.pages[n])
        out += t.taken[n] - there
        pcp.free(w, i, n, there)
        m.pages[n] -= there
        uncharged(w, t.mm, there)
        check(m.pages[n] >= 0)
    out = min(out, m.swapped)
    check(out >= 0)
    m.swapped -= out
    w.swap_free += out


cdef inline int64_t chunk(const World *w, int32_t i, int64_t number) noexcept nogil:
    """Pages that it asks for."""
    return whole(wish(w, i, number), <int64_t>1 << spec(w, w.threads + i).order)
