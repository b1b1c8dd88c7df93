"""What is counted: the kinds of kills, episodes, stalls (docs/model.md §6).

What is owed by those that die already is found by running them on, and nobody else: a projection of the frozen
world, `patience` long. Its end is the definition of "will come back in time". What a policy lets them wait for (gates,
locks, the reaper's delay) isn't in their way there, so that who frees slowly isn't excused for it.
"""

import copy
from collections import deque

from ..columns import PATIENCES
from . import allocate, console, downtime, episode, errand, pressure, processors, reaper, swap, turns
from . import exit as exit_
from .badness import member
from .world import HELD_UP, NEVER, Mm, Pin, Process, Reaper, State, Thread, World

OUTCOMES = ("no_oom", "recovered", "livelock", "unsettled", "panic")


def settle(w: World) -> None:
    """Before the clock goes on to `w.now`: a calm that has lasted ends the episode at its beginning."""
    for p in w.pressures:
        pressure.advance(w, p)
    if w.episode_from >= 0 and 0 <= w.calm_from <= w.now - w.machine.settle:
        episode.close(w, w.calm_from)


def after_event(w: World) -> None:
    """Note since when all is calm, and who waits."""
    for p in w.pressures:
        pressure.look(w, p)
    if w.episode_from >= 0:
        if not episode.calm(w):
            w.calm_from = -1
        elif w.calm_from < 0:
            w.calm_from = w.now


def judge(w: World, r: Thread | None, victim: Thread, decided: bool, failed_at: int) -> None:
    """Count a kill and its kind, on the state just before it; `r` is None for a killer in user space.

    Such a killer's is judged by all pending asks. With none pending it is preventive, which says nothing of need.

    The members that go with a victim (memory.oom.group) are kills too, and collateral, but not decisions that could
    be premature or unnecessary: that was asked for.
    """
    mm, spec = victim.mm, victim.spec
    w.count("kills")
    kinds = []
    if decided and any(m.last_back > failed_at or holds(w, m) for m in victims(w, r)):
        kinds.append("premature")
    preventive = r is None and not any(t.pending for t in w.threads)
    mm.innocent = not spec.hog
    if decided and preventive:
        mm.preventive = True
        kinds.append("preventive")
    elif decided:
        kinds += unnecessary(w, r)
    if "unnecessary" in kinds and not spec.hog:
        kinds.append("needless")
    if not spec.hog:
        kinds.append("collateral")
    for column in kinds:
        w.count(column)
    w.count("lost_pages", mm.size)
    w.count("lost_cpu_ns", sum(work_done(p) for p in w.processes if p.mm is mm))
    w.tell("kill", victim, by=r or w.monitor.name, user_space=r is None, kinds=kinds, failed_at=failed_at)


def condemn(w: World, mm: Mm) -> None:
    """It is to die by the latest decision."""
    mm.condemned_at, mm.condemned_by = w.now, w.decisions - 1
    shared = mm.segment.pages if mm.segment else [0] * len(mm.pages)
    mm.homes = [n for n, (own, more) in enumerate(zip(mm.pages, shared, strict=True)) if own or more]


def victims(w: World, r: Thread | None) -> list[Mm]:
    """The condemned mms for which an ask might have waited: of its group, or with pages on its nodes when they were."""
    condemned = [mm for mm in w.mms if mm.condemned_at >= 0 and mm.homes]
    if r and r.domain:
        return [mm for mm in condemned if mm in r.domain.mms]
    return [mm for mm in condemned if r is None or set(mm.homes) & set(r.spec.nodes[: r.spec.n_nodes])]


def holds(w: World, mm: Mm) -> bool:
    """Whether a condemned mm still has pages; those of a segment if all who map it are condemned.

    Who lets go last isn't asked: a reaper may have taken everything while a pin keeps the mm.
    """
    shared = mm.shared and all(m.condemned_at >= 0 for m in w.mms if m.segment is mm.segment)
    return sum(mm.pages) > 0 or bool(shared)


def suppressed(w: World) -> bool:
    """Whether this decision to kill is the one that the run leaves out, which happens once; else it is counted."""
    if w.decisions == w.suppress:
        w.suppress, w.episodes_then = -1, w.record["episodes"]
        return True
    w.decisions += 1
    return False


def work_done(process: Process) -> int:
    """CPU time that dies with a process."""
    return process.spec.cpu_time + sum(t.burned for t in process.threads)


def unnecessary(w: World, r: Thread | None) -> list[str]:
    """The columns of a kill whose condition would have resolved itself: none if it was needed.

    That is judged at HIGH, and for two columns more at LOW and at MIN; of a group at its limit alone. A pending ask
    counts for the page, or pages of its order, that it waits for now.
    """
    nodes = w.allowed(r) if r else w.nodes
    below = {"unnecessary": 0, "unnecessary_low": 0, "unnecessary_min": 0}  # by how much the mark is below HIGH
    if r and r.domain:
        spare = r.domain.margin() - sum(t.unit for t in w.threads if t.pending and member(t, r.domain))
    else:
        asked = sum(t.unit for t in w.threads if t.pending and any(n in nodes for n in w.allowed(t)))
        spare = sum(node.room - node.high for node in nodes) - asked
        below["unnecessary_low"] = sum(node.high - node.low for node in nodes)
        below["unnecessary_min"] = sum(node.high - node.min for node in nodes)
    if spare >= 0:
        return [*below, "stale"]
    back = owing(w, r)
    owed, pinned = back[w.machine.patience]
    columns = [column for column, less in below.items() if spare + less + owed + pinned >= 0]
    if "unnecessary" in columns:
        columns.append("impatient" if spare + owed >= 0 else "blind")
    return columns + [column for column, patience in PATIENCES.items() if spare + back[patience][0] >= 0]


def dies(t: Thread) -> bool:
    """Whether nothing else is needed for it to go."""
    return t.signalled or t.exiting or t.state in (State.CLEANUP, State.WAKE) or t.mm.dumper is t


def owing(w: World, r: Thread | None) -> dict[int, tuple[int, int]]:
    """By patience in ns, the scenario's and PATIENCES, the pages that dying mms give back to r's nodes, or group,
    so soon: of mms that no pin holds now, and of those.
    """
    shared = [w.machine, w.policy, w.draws, *(p.spec for p in w.processes)]
    future = copy.deepcopy(w, {id(x): x for x in shared} | {id(w.listener): None})
    freeze(future)
    found = {}
    for patience in sorted({w.machine.patience, *PATIENCES.values()}):
        project(future, w.now + patience)
        found[patience] = given_back(w, future, r)
    return found


def given_back(w: World, future: World, r: Thread | None) -> tuple[int, int]:
    """What is back in that future; see `owing`."""
    domain = r.domain if r else None
    mine = range(len(w.nodes)) if r is None or domain else r.spec.nodes[: r.spec.n_nodes]
    owed = {False: 0, True: 0}
    for mm, after in zip(w.mms, future.mms, strict=True):
        if domain and mm not in domain.mms:
            continue
        back = sum(mm.pages[n] - after.pages[n] for n in mine)
        if mm.segment and after.took:  # it will have been the last to map it
            back += sum(after.took[n] for n in mine)
        owed[mm.pinned and not mm.reapable] += max(0, back)
    return owed[False], owed[True]


def freeze(w: World) -> None:
    """From now on only those move that are dying.

    Who queues for gate or mutex does so at once: the gate is nobody's here. So does a reaper, whatever its delay. Who
    holds a dying one's mm, or its lock, and needs no page to let go of it goes on, too.
    """
    w.frozen = True
    w.gates, w.gate_queue = [None] * len(w.nodes), deque()
    for t in w.threads:
        if not (dies(t) or errand.helps(t)):
            processors.freeze(w, t)
        elif t.state in (State.GATE_QUEUE, State.MUTEX_QUEUE):
            t.when = w.now
    for memcg in w.memcgs:
        memcg.lock = None
    for r in w.reapers:
        if r.mm.reapable and not r.reaping and (r.when == NEVER or r.attempts == 0):
            r.when = w.now
    if w.killer:
        turns.stop(w, w.killer)
    w.turns_change = True
    turns.hand_out(w)


def project(w: World, end: int) -> None:
    """Run a frozen world on up to `end`.

    A dying thread inside the allocator ends its timed piece and tries steps 1 and 2 once more, if it looks there at
    all; if it gets nothing it stays. One that learns only here does so at once.
    """
    while True:
        events: list[tuple[int, int, Thread | Pin | Reaper]] = [(t.when, t.id, t) for t in w.threads]
        events += [(pin.when, len(w.threads) + n, pin) for n, pin in enumerate(w.pins)]
        events += [(r.when, len(w.threads) + len(w.pins) + n, r) for n, r in enumerate(w.reapers)]
        due, _, who = min(events)
        if due > end:
            return
        w.now = max(due, w.now)
        if not turns.over(w, who):
            go_on(w, who)
        turns.hand_out(w)


def go_on(w: World, who: Thread | Pin | Reaper) -> None:
    """The event of one that dies, or helps."""
    if isinstance(who, Pin):
        return exit_.end_pin(w, who)
    if isinstance(who, Reaper):
        return reaper.event(w, who)
    who.when = NEVER
    processors.end(w, who)
    if who is not w.printer or console.printed(w, who):
        DYING.get(who.state, look_again)(w, who)


def look_again(w: World, t: Thread) -> None:
    """A dying thread's timed piece inside the allocator is over.

    In 2.6.17 an ask without __GFP_FS goes from nap to pass and from pass to nap without a look at what is free, as long
    as its passes get nothing: what others give back meanwhile it never sees.
    """
    loops = t.state in (State.PASS, State.SWAP_OUT, State.NAP) and t.no_fs and not t.noretry and not t.domain
    sees = w.policy.retry != "naps" or w.policy.guard != "none" or allocate.marked(w, t)
    if not loops or sees or (t.abandon and not allocate.blind(w, t)) or within_reach(w, t) >= allocate.SWAP_CLUSTER_MAX:
        allocate.attempt(w, t)


def within_reach(w: World, t: Thread) -> int:
    """What a pass of a thread could take."""
    nodes = w.allowed(t)
    return min(w.machine.reclaim_batch, sum(node.cache for node in nodes) + swap.swappable(w, nodes))


DYING = exit_.HANDLERS | {
    State.WORK: allocate.end_work,
    State.DUMP: allocate.end_dump,
    State.KEEP: errand.begin,  # what it keeps stays
    State.ERRAND: allocate.end_errand,
}


def finish(w: World, end: int) -> dict[str, int]:
    """Close the books at `end`: the horizon, or the instant of the panic."""
    w.now = end
    settle(w)
    record = w.record
    for t in w.threads:
        if t.pending or t.state in HELD_UP:
            allocate.stalled(w, t)
    downtime.close(w)
    record["outcome"] = outcome(w, any(t.pending for t in w.threads))
    if w.episode_from >= 0:
        record["censored"] = int(record["ttr_ns"] < 0)
        episode.close(w, end)
    return record


def outcome(w: World, pending: bool) -> int:
    """Index into `OUTCOMES`."""
    if w.panicked:
        return OUTCOMES.index("panic")
    if pending:
        return OUTCOMES.index("livelock")
    if w.episode_from >= 0:
        return OUTCOMES.index("unsettled")
    return OUTCOMES.index("no_oom" if w.record["first_oom_ns"] < 0 else "recovered")
