"""One ask: docs/model.md §4, Linux 2.6.17 mm/page_alloc.c __alloc_pages().

An ask of order 0 for n pages is n allocations of one page in a row, as n page faults are; one of order o is for 2^o
pages at a time. Pages that can be had at one instant are taken in one step: nothing else happens between them, so that
the step is the same as one page after the other. Whoever gets a page is through with that page's loop: for the next one
it starts at step 1, with no pass behind it.
"""

from collections.abc import Callable

from . import boost, charge, core_dump, downtime, episode, errand, fault, guard, high, memcg, pcp, processors, swap
from . import exit as exit_
from .draws import Purpose
from .world import NEVER, Memcg, Mm, Node, State, Thread, World

SWAP_CLUSTER_MAX = 32  # pages: less than this is no progress to 2.6.18 (mm/vmscan.c, try_to_free_pages)
PAGE_ALLOC_COSTLY_ORDER = 3
LARGEST = 1 << 32  # pages: no ask is larger; more than any machine has
SHORTEST = 1000  # ns: a pass or a thought takes at least so long, so that no loop stands still in time


def ask(w: World, t: Thread) -> None:
    """A thread's program wants its next chunk."""
    spec, number = t.spec, t.asks
    pages = max(1, w.draws.value(spec.chunk, Purpose.CHUNK, t.id, number))
    if spec.grows:
        pages = min(pages, spec.target - t.mm.size)
    begin(w, t, pages, 1 << spec.order)
    t.no_fs = w.draws.happens(spec.p_no_fs, Purpose.NO_FS, t.id, number)
    t.noretry = w.draws.happens(spec.p_noretry, Purpose.NORETRY, t.id, number)
    t.nofail = w.draws.happens(spec.p_nofail, Purpose.NOFAIL, t.id, number)
    t.asks += 1
    enter(w, t)


def enter(w: World, t: Thread) -> None:
    """A fault begins, the ask's first or a later one; or waits, where it holds no lock, for a kill to be over."""
    if parks(w, t):
        exit_.unlock(w, t)
        t.pending = True
        t.state, t.when = State.PARK, NEVER
        w.tell("parked", t)
        return
    attempt(w, t)


def begin(w: World, t: Thread, pages: int, unit: int = 1) -> None:
    """An ask of so many pages, `unit` at a time, GFP_KERNEL unless told otherwise."""
    t.fault = ""
    t.unit, t.want = unit, -(-min(LARGEST, pages) // unit) * unit
    t.taken = [0] * len(w.nodes)
    t.asked_at = w.now
    t.no_fs = t.noretry = t.nofail = False
    t.pass_ns = -1
    t.passes = 0
    t.spinning = t.starved = False


def end_work(w: World, t: Thread) -> None:
    """What a thread does between PF_EXITING and exit_mm() may need memory in the end."""
    pages = w.draws.value(t.spec.work_chunk, Purpose.WORK_CHUNK, t.id)
    if pages == 0:
        return exit_.exit_mm(w, t)
    t.asks += 1
    begin(w, t, pages)
    attempt(w, t)


def end_dump(w: World, t: Thread) -> None:
    """The core file may need memory in the end, unless SIGKILL has ended it."""
    pages = w.draws.value(t.spec.core_dump_chunk, Purpose.CORE_DUMP_CHUNK, t.process.threads[0].id)
    if pages == 0 or core_dump.interrupted(w, t):
        return exit_.dumped(w, t)
    t.asks += 1
    begin(w, t, pages)
    attempt(w, t)


def end_errand(w: World, t: Thread) -> None:
    """The sleep of an errand is over: perhaps it needs memory, too."""
    assert t.errand is not None
    if t.errand.chunk == 0:
        return exit_.let_go(w, t)
    begin(w, t, t.errand.chunk)
    attempt(w, t)


def unparked(w: World, t: Thread) -> None:
    """The kill is over: the fault goes on."""
    attempt(w, t)


def parks(w: World, t: Thread) -> bool:
    """Whether a new fault waits: not in do_exit(), not where a core is written, not with something in its hands."""
    return w.policy.park == "yes" and not (t.exiting or t.errand or t.mm.dumper is t) and killing(w)


def killing(w: World) -> bool:
    """Whether a victim keeps the gate."""
    return isinstance(w.gates[0], Mm) and not w.lets_through(w.gates[0])


def attempt(w: World, t: Thread) -> None:
    """Steps 1 and 2, from the top."""
    t.abandon = t.rebalancing = False
    got = lacks(w, t) and take(w, t, w.allowed(t), lambda node: node.low + node.boost)
    if t.want == 0:
        return grant(w, t)
    if got and parks(w, t):
        return enter(w, t)
    turn_to(t, crowded(w, t))
    if t.domain:
        return reclaim(w, t)
    for node in w.allowed(t):
        wake_kswapd(w, node)
    above_min(w, t)


def charged(w: World, t: Thread) -> Memcg | None:
    """The group that has to have room for the ask.

    A dying task is let through; the page cache belongs to no group here.
    """
    return None if t.signalled or t.exiting or t.fault == "file" else w.memcg(t)


def crowded(w: World, t: Thread) -> Memcg | None:
    """The group that has no room for the page that is next, if there is one."""
    return charge.refuses(charged(w, t), t.unit)


def lacks(w: World, t: Thread) -> bool:
    """Whether the ask still lacks pages: others may have brought in what a fault waits for."""
    if t.fault:
        t.want = fault.still_out(w, t)
    return t.want > 0


def take(w: World, t: Thread, nodes: list[Node], mark: Callable[[Node], int], most: int = LARGEST) -> bool:
    """From each node in turn as much of what the ask lacks as stands above its mark; whether that was anything.

    The pages are the process's at once. One is enough to begin with the next page's loop. Where the next page's fault
    would wait only one is taken.
    """
    before = t.want
    if parks(w, t):
        most = t.unit
    for node in nodes:
        group = charged(w, t)
        room = max(0, charge.room(group)) if group else LARGEST
        free = node.free
        pages = pcp.take(w, t, node, min(t.want, room, most - (before - t.want)), mark(node))
        if pages:
            place(w, t, node, pages)
            if boost.at_minimum(w, t, node, free):
                wake_kswapd(w, node)
    if t.want == before:
        return False
    t.passes, t.spinning, t.starved, t.rebalancing = 0, False, False, False
    return True


def take_one(w: World, t: Thread, node: Node) -> None:
    """The page of a last try that has passed; then on, from the top."""
    if lacks(w, t):
        take(w, t, [node], lambda node: node.free - t.unit, t.unit)
    attempt(w, t)


def place(w: World, t: Thread, node: Node, pages: int) -> None:
    """Pages of this node become the process's, or the page cache's."""
    n = w.nodes.index(node)
    t.want -= pages
    t.taken[n] += pages
    t.source = node
    if t.fault:
        fault.place(w, t, node, pages)
    else:
        t.mm.pages[n] += pages


def go_on(w: World, t: Thread) -> None:
    """Pages were got: the ask is over, or its next page is due, at a fault of its own."""
    if t.want:
        enter(w, t)
    else:
        grant(w, t)


def turn_to(t: Thread, domain: Memcg | None) -> None:
    """The ask lacks room in this group, or (None) none in any:
    passes elsewhere count anew, and are of another length, but not those in another group.
    """
    if (t.domain is None) is not (domain is None):
        t.pass_ns, t.passes = -1, 0
    t.domain = domain


def above_min(w: World, t: Thread, after_pass: bool = False) -> None:
    """Step 2: down to pages_min, and below it for a marked thread; else step 3."""
    if crowded(w, t):  # meanwhile
        return attempt(w, t)
    if not lacks(w, t) or take(w, t, w.allowed(t), lambda node: node.min + node.boost):
        return go_on(w, t)
    go_on_without = retry if after_pass else reclaim
    if not ignores_marks(w, t):
        return go_on_without(w, t)
    # 2.6.17 takes this page "no watermarks and no cpuset check"
    anywhere = w.nodes if t.spec.cpuset else w.allowed(t)
    if take(w, t, anywhere, lambda node: floor(w, node)):
        return go_on(w, t)
    if not marked(w, t) or (
        w.policy.starved == "reclaims" and not (t.starved or t.no_fs)
    ):  # who has no __GFP_FS never comes to the path
        return go_on_without(w, t)
    if t.nofail:
        return nap(w, t)
    fail(w, t)


def retry(w: World, t: Thread) -> None:
    """After a pass that doesn't lead to the OOM path there is still no page: another pass, perhaps after a nap.

    What asks for no retry, or for so much at a time that the kernel doesn't retry, fails (do_retry in 2.6.17).
    """
    if t.noretry or (costly(t) and not t.nofail):
        fail(w, t)
    elif w.policy.retry == "naps":
        nap(w, t)
    else:
        reclaim(w, t)


def costly(t: Thread) -> bool:
    """More than PAGE_ALLOC_COSTLY_ORDER at a time."""
    return t.unit > 1 << PAGE_ALLOC_COSTLY_ORDER


def floor(w: World, node: Node) -> int:
    """How far a marked thread may go."""
    lowest = node.min + node.boost
    return {"all": 0, "half": lowest - lowest // 2, "none": lowest}[w.policy.reserves]


def marked(w: World, t: Thread) -> bool:
    """Whether it looks at its mark, and has one."""
    return t.marked and not blind(w, t)


def ignores_marks(w: World, t: Thread) -> bool:
    """Whether it may go below pages_min now."""
    return marked(w, t) or (t.pending and reserves_for_all(w, t))


def reserves_for_all(w: World, t: Thread) -> bool:
    """Whether who loops may go as far as a marked thread:
    while a kill is in progress, or, if it may kill, one takes too long.
    """
    if w.policy.loopers == "reserves" and killing(w):
        return True
    return w.policy.on_timeout == "reserves" and not t.no_fs and w.overdue()


def blind(w: World, t: Thread) -> bool:
    """Whether it doesn't look at its mark: to 2.6.19 the test stands above `rebalance`, to which this thread loops."""
    return w.policy.rebalance == "blind" and t.rebalancing


def reclaim(w: World, t: Thread) -> None:
    """Step 3 begins: a direct-reclaim pass."""
    t.pending = t.rebalancing = True
    if w.frozen:
        t.when = NEVER
        return
    if t.pass_ns < 0:
        purpose, number = (Purpose.FAULT_PASS, t.faults) if t.fault else (Purpose.PASS, t.asks)
        if t.errand and t.errand.begun:
            purpose, number = Purpose.ERRAND_PASS, t.errands
        length = w.machine.memcg_pass if t.domain else w.machine.reclaim_pass
        t.pass_ns = max(SHORTEST, w.draws.value(length, purpose, t.id, number - 1))
        w.tell("reclaim", t, group=t.domain is not None)
    t.pass_from = w.now
    processors.burn(w, t, State.PASS, t.pass_ns, stretched=not guard.holds(w, t))


def end_reclaim(w: World, t: Thread) -> bool:
    """The end of a pass: progress leads to step 2, none to step 4, or (True) to the OOM path."""
    if t.spinning:
        w.count("spin_ns", w.now - t.pass_from)
        t.spinning = False
    left = w.machine.reclaim_batch
    for node in w.allowed(t) if t.domain is None else []:  # a group has no page cache of its own here
        taken = min(left, node.cache)
        node.cache -= taken
        pcp.free(w, t, node, taken)
        left -= taken
        if taken:
            node.failures = 0
    w.scanned["direct"] += w.machine.reclaim_batch - left
    if t.abandon and not blind(w, t):
        attempt(w, t)
        return False
    t.got = w.machine.reclaim_batch - left
    more = min(left, swap.swappable(w, reclaimed_nodes(w, t), t.domain, t.got == 0))
    if more:
        t.state, t.when = State.SWAP_OUT, swap.transfer(w, more)
        return False
    return reclaimed(w, t)


def reclaimed_nodes(w: World, t: Thread) -> list[Node]:
    """Where a pass looks: for a group everywhere."""
    return w.nodes if t.domain else w.allowed(t)


def end_swap_out(w: World, t: Thread) -> bool:
    """What the pass gave to swap is written."""
    nodes = reclaimed_nodes(w, t)
    more = swap.swap_out(w, t, nodes, w.machine.reclaim_batch - t.got, t.domain, t.got == 0)
    t.got += more
    w.scanned["direct"] += 0 if t.domain else more
    if t.abandon and not blind(w, t):
        attempt(w, t)
        return False
    return reclaimed(w, t)


def reclaimed(w: World, t: Thread) -> bool:
    """A pass has got what it could; see `end_reclaim`."""
    progress = t.got >= (SWAP_CLUSTER_MAX if w.policy.progress == "cluster" else 1)
    if not progress:
        episode.begin(w)
        progress = guard.holds(w, t)
    if t.abandon and not progress and (t.domain or not t.no_fs):  # it would have come to the OOM path
        attempt(w, t)
        return False
    t.passes = 0 if progress else t.passes + 1
    if t.domain and not t.noretry:
        if t.passes < w.policy.memcg_passes:
            attempt(w, t)
            return False
        t.passes = int(memcg.takes_oom_lock(w))  # try_charge() drains the group's stocks only once
        return True
    if not progress and (t.noretry or (t.no_fs and w.policy.retry == "naps")):
        retry(w, t)
    elif t.no_fs or (t.passes < w.policy.passes and (progress or hopes(w, t))):
        if (
            progress
            and "after_progress" in w.policy.drain
            and not any(n.free - t.unit >= n.min + n.boost for n in w.allowed(t))
        ):
            pcp.drain(w)
        above_min(w, t, after_pass=True)
    else:
        t.passes = 0
        return True
    return False


def hopes(w: World, t: Thread) -> bool:
    """Whether a node of the ask would have its page if reclaim got all that it may get (should_reclaim_retry()).

    Where that is nothing, free pages count twice (zone_reclaimable_pages() since 6aaced5abd32).
    """
    if w.policy.reclaim_retry == "passes":
        return True
    twice = w.policy.reclaim_retry == "free_twice"
    reach = ((node, guard.lru(w, node) or node.free * twice) for node in w.allowed(t))
    return any(node.free + more - t.unit >= node.min + node.boost for node, more in reach)


def nap(w: World, t: Thread) -> None:
    """blk_congestion_wait(WRITE, HZ/50), where nobody writes: the whole time."""
    t.pending = True
    t.state = State.NAP
    t.when = w.ticks_from_now(w.machine.nap_ticks)


def grant(w: World, t: Thread) -> None:
    """The ask has its last page. A killed thread leaves with it, another goes on with its program."""
    if t.source and boost.boost(w, t, t.source):
        wake_kswapd(w, t.source)
    if t.pending:
        w.tell("granted", t, waited=w.now - t.asked_at)
    end_ask(w, t)
    if t.mm.dumper is t:
        exit_.dumped(w, t)
    elif t.exiting:
        exit_.exit_mm(w, t)
    elif t.signalled:
        exit_.wake(w, t)
    elif t.errand and t.errand.begun:
        put_back(w, t)
        exit_.let_go(w, t)
    elif t.term:
        exit_.clean_up(w, t)
    elif t.fault:
        fault.read(w, t)
    elif not high.begins(w, t):
        go_back(w, t)


def slowed(w: World, t: Thread) -> None:
    """What memory.high makes it do is over, or it sleeps after its pass."""
    if t.state is State.OVER_HIGH and (high.writes(w, t) or high.sleeps(w, t)):
        return
    if t.state is State.HIGH_OUT and (high.passes_again(w, t) or high.sleeps(w, t)):
        return
    downtime.note(w, t)
    stalled(w, t)
    exit_.clean_up(w, t) if t.term else go_back(w, t)


def go_back(w: World, t: Thread) -> None:
    """To user space, where its program has the chunk."""
    if t.spec.grows:
        return grown(w, t)
    t.state = State.KEEP
    t.when = w.now + w.draws.value(t.spec.keep, Purpose.KEEP, t.id, t.asks - 1)


def fail(w: World, t: Thread) -> None:
    """NULL: the thread exits, by itself if nobody has killed it."""
    w.tell("failed", t)
    end_ask(w, t)
    if t.mm.dumper is t:
        exit_.dumped(w, t)
    elif t.exiting:
        exit_.exit_mm(w, t)
    elif t.signalled:
        exit_.wake(w, t)
    else:
        downtime.stop(w, t)
        exit_.wake(w, t) if t.errand else exit_.leave(w, t)


def end_ask(w: World, t: Thread) -> None:
    """The ask is over one way or the other; who waited for a lock that its thread holds goes on."""
    if not t.pending:
        return
    downtime.note(w, t)
    t.pending = False
    stalled(w, t)
    exit_.unlock(w, t)


def stalled(w: World, t: Thread) -> None:
    """Add a daemon's wait to the record."""
    stall = w.now - t.asked_at
    if t.spec.daemon and stall > 0:
        w.count("daemon_stall_ns", stall)
        w.record["daemon_stall_max_ns"] = max(w.record["daemon_stall_max_ns"], stall)


def think(w: World, t: Thread) -> None:
    """The program, between two asks."""
    ns = max(SHORTEST, w.draws.value(t.spec.think, Purpose.THINK, t.id, 0 if t.spec.steady else t.thinks))
    t.thinks += 1
    t.ought = w.now + ns
    if t.spec.busy:
        processors.burn(w, t, State.BUSY, ns)
    else:
        t.state, t.when = State.THINK, w.now + ns
    if t.errand:
        errand.begin(w, t)


def touch(w: World, t: Thread) -> None:
    """After a thought: a thread uses some of its memory, then of its files."""
    if not faults(w, t, "swap") and not faults(w, t, "file"):
        thought(w, t)


def faults(w: World, t: Thread, kind: str) -> bool:
    """Whether some of it is out. Then it is asked for."""
    t.left = fault.out(w, t, kind)
    return fault_in(w, t, kind)


def fault_in(w: World, t: Thread, kind: str) -> bool:
    """Ask for the next readahead's pages, if there are any left."""
    pages = min(t.left, fault.AHEAD[kind], fault.gone(w, t, kind))
    if pages == 0:
        return False
    t.left -= pages
    t.faults += 1
    begin(w, t, pages)
    t.fault = kind
    enter(w, t)
    return True


def paged_in(w: World, t: Thread) -> None:
    """What was out has been read."""
    downtime.note(w, t)
    stalled(w, t)
    if t.term:
        exit_.clean_up(w, t)
    elif not fault_in(w, t, t.fault) and (t.fault == "file" or not faults(w, t, "file")):
        thought(w, t)


def thought(w: World, t: Thread) -> None:
    if t.spec.grows and t.mm.size >= t.spec.target:
        grown(w, t)  # a sibling has brought the process to its target meanwhile
    else:
        ask(w, t)


def grown(w: World, t: Thread) -> None:
    """A grow program has its chunk: on to the next, or hold."""
    if t.mm.size < t.spec.target:
        return think(w, t)
    t.state = State.HOLD
    t.when = NEVER
    if t.spec.hold >= 0:
        t.when = w.now + w.draws.value(t.spec.hold, Purpose.HOLD, t.id)
    if t.errand:
        errand.begin(w, t)


def give_back(w: World, t: Thread) -> None:
    """A churn program has kept its chunk for long enough."""
    put_back(w, t)
    think(w, t)


def put_back(w: World, t: Thread) -> None:
    """What an ask has got goes back to where it came from, or the swap entries of what has gone out of it."""
    gone = 0
    for n, node in enumerate(w.nodes):
        there = min(t.taken[n], t.mm.pages[n])
        gone += t.taken[n] - there
        pcp.free(w, t, node, there)
        t.mm.pages[n] -= there
        memcg.uncharged(w, t.mm, there)
    out = min(gone, t.mm.swapped)
    t.mm.swapped -= out
    w.swap_free += out


def wake_kswapd(w: World, node: Node) -> None:
    """Background reclaim, at its own rate until free is at pages_high or there is neither cache nor swap."""
    if w.frozen or node.kswapd_when != NEVER or w.machine.kswapd_period == NEVER:
        return
    if (node.free < node.high or node.boost) and not boost.hopeless(node):
        boost.begin(node)
        kswapd_batch(w, node)


def kswapd_batch(w: World, node: Node) -> None:
    """Where marks are boosted it may look in vain."""
    out = 0 if node.cache or node.owed else min(w.machine.reclaim_batch, swap.swappable(w, [node]))
    node.kswapd_swaps = out > 0
    if node.cache or out or boost.on(w):
        node.kswapd_when = max(w.now + w.machine.kswapd_period, swap.transfer(w, out) if out else 0)


def kswapd(w: World, node: Node) -> None:
    """kswapd has reclaimed a batch."""
    taken = min(w.machine.reclaim_batch, node.cache)
    node.cache -= taken
    pcp.free(w, node, node, taken)
    if node.kswapd_swaps:
        taken += swap.swap_out(w, node, [node], w.machine.reclaim_batch, last=taken == 0)
    w.scanned["kswapd"] += taken
    node.kswapd_when = NEVER
    if boost.on(w) and boost.goes_on(node, taken):
        kswapd_batch(w, node)
    else:
        wake_kswapd(w, node)
