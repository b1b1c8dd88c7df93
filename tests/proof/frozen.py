"""A kill's kind once more, by another way:
the schedule is run again from the kill on, with everybody frozen who isn't dying.

Here the engine's ordinary loop runs the dying on, and what comes back is read off the nodes (or the group), not off the
mms; the projection of `oommc.twin.measure`, which decided the kind, has a loop of its own.
"""

import copy
from collections import deque

from oommc.twin.badness import member
from oommc.twin.engine import step
from oommc.twin.world import NEVER, State, Thread, World

ALLOCATOR = frozenset(
    {
        State.PASS, State.SWAP_OUT, State.NAP, State.PREEMPT, State.GATE_QUEUE, State.GATE_HELD, State.REPORT,
        State.PRINT, State.MUTEX_QUEUE, State.MUTEX_HELD, State.SCAN, State.PARK, State.PAUSE, State.SHUT_OUT,
    }
)  # fmt: skip


def dying(t: Thread) -> bool:
    return t.signalled or t.exiting or t.state in (State.CLEANUP, State.WAKE) or t.mm.dumper is t


def returns(t: Thread) -> bool:
    """Whether it is on an errand for which it needs no page any more."""
    e = t.errand
    return e is not None and (t.state is State.TEARDOWN or (t.state is State.ERRAND and e.chunk == 0))


def told(w: World) -> bool:
    """Whether the loop of everybody says all of it: a thread that dies inside the allocator doesn't go by it.

    Nor does one that keeps its chunk before it goes on an errand.
    """
    if any(t.errand and t.state is State.KEEP for t in w.threads):
        return False
    groups = {t.process for t in w.threads if dying(t)}
    return not any(t.process in groups and (t.pending or t.state in ALLOCATOR) for t in w.threads)


def rerun(w: World) -> World | None:
    """The world `patience` later, if only those go on who are dying now; None if one of them got memory first."""
    shared = [w.machine, w.policy, w.draws, *(p.spec for p in w.processes)]
    f = copy.deepcopy(w, {id(x): x for x in shared} | {id(w.listener): None})
    f.gates, f.gate_queue = [None] * len(f.nodes), deque()
    for memcg in f.memcgs:
        memcg.lock = None
    for r in f.reapers:
        if r.mm.reapable and not r.reaping and (r.when == NEVER or r.attempts == 0):
            r.when = f.now  # it stood in the gate's queue, or its delay wasn't over
    if f.killer:
        f.killer.when = NEVER
    asks, end = [t.asks for t in f.threads], f.now + f.machine.patience
    while True:
        for node in f.nodes:
            node.kswapd_when = NEVER
        for t in f.threads:
            if not (dying(t) or returns(t)):
                t.when = NEVER
        when, entity = min(f.events())
        if when > end:
            return f
        f.now = max(when, f.now)  # what fell due while another printed on the only processor
        step(f, entity)
        if asks != [t.asks for t in f.threads]:
            return None


def kind(w: World, r: Thread | None) -> str | None:
    """stale, impatient, blind or None (needed), of a kill that is decided now; "untold" where this way can't tell."""
    if not told(w):
        return "untold"
    domain = r.domain if r else None
    mine = range(len(w.nodes)) if r is None else r.spec.nodes[: r.spec.n_nodes]

    def there(x: World) -> int:
        """Room of the ask's group, or nodes."""
        if domain:
            return x.memcgs[w.memcgs.index(domain)].margin()
        return sum(x.nodes[n].room for n in mine)

    def asked(t: Thread) -> bool:
        if domain:
            return member(t, domain)
        return any(n in mine for n in t.spec.nodes[: t.spec.n_nodes])

    short = sum(t.unit for t in w.threads if t.pending and asked(t))
    short += 0 if domain else sum(w.nodes[n].high for n in mine)
    if there(w) >= short:
        return "stale"
    later = rerun(w)
    if later is None:
        return "untold"
    pinned = 0
    for mm, after in zip(w.mms, later.mms, strict=True):
        if mm.pinned and not mm.reapable and (not domain or mm in domain.mms):
            if mm.segment:
                return "untold"
            pinned += sum(mm.pages[n] - after.pages[n] for n in (range(len(w.nodes)) if domain else mine))
    if there(later) - pinned >= short:
        return "impatient"
    return "blind" if there(later) >= short else None
