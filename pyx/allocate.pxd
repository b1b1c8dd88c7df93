"""One allocation attempt: docs/model.md §4, Linux 2.6.17 mm/page_alloc.c __alloc_pages(). And the programs that ask."""

from libc.stdint cimport int32_t, int64_t

cimport boost
cimport pcp
from events cimport burn, happens, sleep_until, ticks_from_now, value
from exit cimport clean_up, dumped, exit_mm, interrupted, leave, wake
from fault cimport next_out, out, place, read, still_out
from kswapd cimport wake_kswapd
from policy cimport (
    LOOPERS_RESERVES, MEMCG_IGNORED, ON_TIMEOUT_RESERVES, REBALANCE_BLIND, RESERVES_ALL, RESERVES_HALF,
    STARVED_RECLAIMS,
)
from rng cimport (
    FOR_CHUNK, FOR_CORE_DUMP_CHUNK, FOR_FAULT_PASS, FOR_HOLD, FOR_NOFAIL, FOR_NORETRY, FOR_NO_FS, FOR_PASS,
    FOR_WORK_CHUNK,
)
from scenario cimport ClassSpec
from streams cimport keeps_for, thinks_for
from world cimport (
    BUSY, EXITING, FAULT_FILE, FAULT_NONE, FAULT_SWAP, HOLD, KEEP, MM_HOLDS, NAP, NEVER, NOBODY, PARK, PASS, THINK,
    Mm, Node, Thread, World, check, count, lets_through, margin, overdue, size, spec,
)

cdef enum:
    SWAP_CLUSTER_MAX = 32  # pages: less than this is no progress to 2.6.18 (mm/vmscan.c, try_to_free_pages)
    PAGE_ALLOC_COSTLY_ORDER = 3
    SHORTEST = 1000  # ns: a pass or a thought takes at least so long, so that no loop stands still in time

cdef extern from *:
    """#define OOMMC_LARGEST ((int64_t)1 << 32)"""
    const int64_t LARGEST "OOMMC_LARGEST"  # pages: no ask is larger; more than any machine has


cdef inline void ask(World *w, int32_t i) noexcept nogil:
    """A thread's program wants its next chunk."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef int64_t number = t.asks
    begin(w, t, chunk(w, i, number))
    if c.grows:
        t.pages = min(t.pages, c.target - size(w.mms + t.mm, w.n_nodes))
    t.no_fs = happens(w, c.p_no_fs, FOR_NO_FS, i, number)
    t.noretry = happens(w, c.p_noretry, FOR_NORETRY, i, number)
    t.nofail = happens(w, c.p_nofail, FOR_NOFAIL, i, number)
    t.asks += 1
    enter(w, i)


cdef inline int64_t chunk(const World *w, int32_t i, int64_t number) noexcept nogil:
    """Pages that a thread's program wants the next time."""
    return an_ask(value(w, spec(w, w.threads + i).chunk, FOR_CHUNK, i, number))


cdef inline int64_t an_ask(int64_t pages) noexcept nogil:
    """What is asked for where so much is wanted."""
    return max(<int64_t>1, min(LARGEST, pages))


cdef inline void enter(World *w, int32_t i) noexcept nogil:
    """The fault, and with it the ask, begins; or waits for a kill to be over."""
    if w.policy.park and killing(w):
        pend(w, w.threads + i)
        sleep_until(w, i, PARK, NEVER)
    else:
        attempt(w, i)


cdef inline void pend(World *w, Thread *t) noexcept nogil:
    """The ask is in steps 3 to 6 from now on."""
    w.pending += not t.pending
    t.pending = 1


cdef inline void begin(World *w, Thread *t, int64_t pages) noexcept nogil:
    """An ask of so many pages, GFP_KERNEL unless told otherwise."""
    t.fault = FAULT_NONE
    t.pages = pages
    t.asked_at = w.now
    t.no_fs = t.noretry = t.nofail = 0
    t.pass_ns = -1
    t.passes = 0
    t.spinning = t.starved = 0


cdef inline void end_work(World *w, int32_t i) noexcept nogil:
    """What a thread does between PF_EXITING and exit_mm() may need memory in the end."""
    cdef int64_t pages = value(w, spec(w, w.threads + i).work_chunk, FOR_WORK_CHUNK, i, 0)
    if pages == 0:
        exit_mm(w, i)
    else:
        w.threads[i].asks += 1
        begin(w, w.threads + i, an_ask(pages))
        attempt(w, i)


cdef inline void end_dump(World *w, int32_t i) noexcept nogil:
    """The core file may need memory in the end, unless SIGKILL has ended it."""
    cdef int32_t leader = <int32_t>w.processes[w.threads[i].process].first_thread
    cdef int64_t pages = value(w, spec(w, w.threads + i).core_dump_chunk, FOR_CORE_DUMP_CHUNK, leader, 0)
    if pages == 0 or interrupted(w, w.threads + i):
        dumped(w, i)
    else:
        w.threads[i].asks += 1
        begin(w, w.threads + i, pages)
        attempt(w, i)


cdef inline void unparked(World *w, int32_t i) noexcept nogil:
    """The kill is over: the fault goes on."""
    w.threads[i].pending = 0
    w.pending -= 1
    attempt(w, i)


cdef inline bint killing(const World *w) noexcept nogil:
    """Whether a victim keeps the gate."""
    return w.gates[0] >= MM_HOLDS and not lets_through(w, w.mms + w.gates[0] - MM_HOLDS)


cdef inline void attempt(World *w, int32_t i) noexcept nogil:
    """Steps 1 and 2, from the top."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef const Node *node
    cdef int64_t k
    t.abandon = t.rebalancing = 0
    if t.memcg != NOBODY and w.policy.memcg != MEMCG_IGNORED:
        # the page cache belongs to no group here, and a dying task is let through
        if t.fault != FAULT_FILE and not (t.signalled or t.exiting) and margin(w, t.memcg) < t.pages:
            turn_to(t, t.memcg)
            reclaim(w, i)
            return
        turn_to(t, NOBODY)
    for k in range(c.n_nodes):
        node = w.nodes + c.nodes[k]
        if node.free - t.pages >= node.low + node.boost:
            grant(w, i, <int32_t>c.nodes[k])
            return
    for k in range(c.n_nodes):
        wake_kswapd(w, <int32_t>c.nodes[k])
    above_min(w, i)


cdef inline void turn_to(Thread *t, int32_t domain) noexcept nogil:
    """The ask lacks room in this group, or (NOBODY) none in any:
    passes elsewhere count anew, and are of another length.
    """
    if t.domain != domain:
        t.domain = domain
        t.pass_ns = -1
        t.passes = 0


cdef inline void above_min(World *w, int32_t i) noexcept nogil:
    """Step 2: down to pages_min, and below it for a marked thread; else step 3."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef const Node *node
    cdef int64_t k, floor
    cdef int32_t n
    cdef bint marked = t.marked and not blind(w, t)
    for k in range(c.n_nodes):
        node = w.nodes + c.nodes[k]
        if node.free - t.pages >= node.min + node.boost:
            grant(w, i, <int32_t>c.nodes[k])
            return
    if not marked and not (t.pending and reserves_for_all(w, t)):
        reclaim(w, i)
        return
    # 2.6.17 takes this page "no watermarks and no cpuset check"
    for k in range(w.n_nodes if c.cpuset else c.n_nodes):
        n = <int32_t>(k if c.cpuset else c.nodes[k])
        node = w.nodes + n
        if w.policy.reserves == RESERVES_ALL:
            floor = 0
        elif w.policy.reserves == RESERVES_HALF:
            floor = node.min + node.boost - (node.min + node.boost) // 2
        else:  # RESERVES_NONE
            floor = node.min + node.boost
        if node.free - t.pages >= floor:
            grant(w, i, n)
            return
    # who has no __GFP_FS never comes to the path
    if not marked or (w.policy.starved == STARVED_RECLAIMS and not (t.starved or t.no_fs)):
        reclaim(w, i)
    elif t.nofail:
        nap(w, i)
    else:
        fail(w, i)


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
        if t.fault == FAULT_NONE:
            t.pass_ns = value(w, length, FOR_PASS, i, t.asks - 1)
        else:
            t.pass_ns = value(w, length, FOR_FAULT_PASS, i, t.faults - 1)
        t.pass_ns = max(<int64_t>SHORTEST, t.pass_ns)
        w.quiet = 0
    t.pass_from = w.now
    burn(w, i, PASS, t.pass_ns)


cdef inline void nap(World *w, int32_t i) noexcept nogil:
    """Step 4: blk_congestion_wait(WRITE, HZ/50), then step 2."""
    pend(w, w.threads + i)
    sleep_until(w, i, NAP, ticks_from_now(w, w.machine.nap_ticks))


cdef inline void grant(World *w, int32_t i, int32_t node) noexcept nogil:
    """Pages. A killed thread leaves with them, another goes on with its program."""
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    if t.fault != FAULT_NONE:
        t.pages = still_out(w, t)
    pcp.take(w, i, node, t.pages)
    check(t.has_mm and not t.dead)
    if t.fault != FAULT_NONE:
        place(w, t, node)
    else:
        w.mms[t.mm].pages[node] += t.pages
    if boost.boost(w, i, node):
        wake_kswapd(w, node)
    end_ask(w, i)
    if w.mms[t.mm].dumper == i:
        dumped(w, i)
    elif t.exiting:
        exit_mm(w, i)
    elif t.signalled:
        wake(w, i)
    elif t.term:
        clean_up(w, i)
    elif t.fault != FAULT_NONE:
        read(w, i)
    elif c.grows:
        grown(w, i)
    else:
        t.kept = t.pages
        t.kept_node = node
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
        leave(w, i)


cdef inline void end_ask(World *w, int32_t i) noexcept nogil:
    """The ask is over one way or the other; who waited for a lock that its thread holds goes on."""
    cdef Thread *t = w.threads + i
    cdef int32_t s, other
    w.quiet = 0
    if not t.pending:
        return
    t.pending = 0
    w.pending -= 1
    check(w.pending >= 0)
    w.look = 1
    stalled(w, t)
    for s in range(w.spans):
        for other in range(w.awake[s].first, w.awake[s].end):
            if w.threads[other].lock_of == i:
                w.threads[other].lock_of = NOBODY
                sleep_until(w, other, EXITING, w.now)


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
    if spec(w, t).busy:
        burn(w, i, BUSY, ns)
    else:
        sleep_until(w, i, THINK, w.now + ns)


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
    begin(w, t, pages)
    t.fault = kind
    enter(w, i)
    return True


cdef inline void paged_in(World *w, int32_t i) noexcept nogil:
    """What was out has been read."""
    cdef Thread *t = w.threads + i
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


cdef inline void give_back(World *w, int32_t i) noexcept nogil:
    """A churn program gives its chunk back, or the swap entries of what has gone out of it."""
    cdef Thread *t = w.threads + i
    cdef Mm *m = w.mms + t.mm
    cdef int64_t there = min(t.kept, m.pages[t.kept_node])
    cdef int64_t out = min(t.kept - there, m.swapped)
    pcp.free(w, i, t.kept_node, there)
    m.pages[t.kept_node] -= there
    check(m.pages[t.kept_node] >= 0 and out >= 0)
    m.swapped -= out
    w.swap_free += out
    t.kept = 0
    think(w, i)
