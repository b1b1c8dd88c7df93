"""The loop over events: the earliest first, of equals the one with the smallest entity id.

Entity ids: threads in task-list order, then kswapd by node, then pins and reapers by creation, and a killer in user
space (docs/model.md §1).
"""

from collections.abc import Callable

from ..columns import STORED
from . import allocate, charge, downtime, measure, monitor, path, pressure, processors, reaper, turns
from . import exit as exit_
from .draws import Draws, Purpose
from .world import NEVER, Memcg, Mm, Node, Process, Segment, State, Thread, World

HANDLERS = {
    State.START: allocate.think,
    State.THINK: allocate.touch,
    State.BUSY: allocate.touch,
    State.OVER_HIGH: allocate.slowed,
    State.HIGH_OUT: allocate.slowed,
    State.THROTTLED: allocate.slowed,
    State.PAGE_IN: allocate.paged_in,
    State.KEEP: allocate.give_back,
    State.HOLD: exit_.leave,
    State.PASS: lambda w, t: path.enter(w, t) if allocate.end_reclaim(w, t) else None,
    State.SWAP_OUT: lambda w, t: path.enter(w, t) if allocate.end_swap_out(w, t) else None,
    State.NAP: path.end_nap,
    State.PREEMPT: path.next_stage,
    State.GATE_HELD: path.handed,
    State.REPORT: path.next_stage,
    State.PRINT: path.next_stage,
    State.MUTEX_HELD: path.handed,
    State.SCAN: path.decide,
    State.RESCAN: path.decide,
    State.PAUSE: path.restart,
    State.SHUT_OUT: path.restart,
    State.PARK: allocate.unparked,
    State.WORK: allocate.end_work,
    State.ERRAND: allocate.end_errand,
    State.DUMP: allocate.end_dump,
} | exit_.HANDLERS


def simulate(packed, policy, seed: int, schedule: int, listener: Callable | None = None) -> dict[str, int]:
    """Run one schedule under one policy; returns its record, column → integer (docs/model.md §6).

    `packed` is what the compiled core gets too (`oommc.engine.pack`). `listener(world, what, who, details)` is
    called at each step worth telling.
    """
    w = boot(packed, policy, Draws(packed, seed, schedule), listener)
    record = play(w)
    if policy.monitor:
        record["preventive_needless"] = preventive_needless(packed, w)
    return record


def but_for(packed, policy, seed: int, schedule: int) -> int:
    """How many decisions to kill made no difference (docs/model.md §6): the schedule runs again without each."""
    original = boot(packed, policy, Draws(packed, seed, schedule), None)
    within = play(original)["outage_ns"] + original.machine.but_for_within
    idle = 0
    for decision in range(original.decisions):
        w, record = without(packed, original, decision)
        calm = measure.OUTCOMES[record["outcome"]] in ("recovered", "no_oom") and record["outage_ns"] <= within
        replaced = any(
            mm.condemned_at >= 0 and was.condemned_by in (-1, decision)
            for mm, was in zip(w.mms, original.mms, strict=True)
        )
        idle += calm and not replaced
    return idle


def without(packed, original: World, decision: int, spares: bool = False) -> tuple[World, dict[str, int]]:
    """The schedule of a world again, without one of its decisions to kill: where it has come to, and the record."""
    draws = original.draws
    w = boot(packed, original.policy, Draws(packed, draws.seed, draws.schedule), None)
    w.suppress, w.spares = decision, spares
    return w, play(w)


def preventive_needless(packed, original: World) -> int:
    """How many innocents a killer in user space shot, while nobody waited, without whose death nobody would have.

    The schedule runs again without each such decision, and the killer passes its victim over from then on. It was
    needless if no episode begins any more and daemons don't wait for longer than `but_for_within` more in all.
    """
    needless = 0
    for decision in range(original.decisions):
        condemned = [mm for mm in original.mms if mm.condemned_by == decision]
        innocents = sum(mm.innocent for mm in condemned)
        if not (innocents and any(mm.preventive for mm in condemned)):
            continue
        w, record = without(packed, original, decision, spares=True)
        calm = measure.OUTCOMES[record["outcome"]] in ("recovered", "no_oom") and record["episodes"] == w.episodes_then
        stalled = record["daemon_stall_ns"] - original.record["daemon_stall_ns"]
        needless += innocents * (calm and stalled <= w.machine.but_for_within)
    return needless


def play(w: World) -> dict[str, int]:
    """Run a world to its end; returns its record."""
    run(w, w.machine.horizon)
    return measure.finish(w, w.now if w.panicked else w.machine.horizon)


def boot(packed, policy, draws: Draws, listener: Callable | None) -> World:
    """The world at time 0. Sizes that don't fit are cut, in order, to what leaves every node at HIGH."""
    cut = 0
    nodes = []
    for n, spec in enumerate(packed.nodes):
        cache = draws.value(spec.cache, Purpose.CACHE, n)
        room = spec.size - spec.high
        cut += cache > room
        cache = min(cache, room)
        nodes.append(
            Node(spec.size - cache, cache, spec.min, spec.low, spec.high, [0] * packed.machine.cpus, spec.file_resident)
        )
    memcgs: list[Memcg] = []
    for spec in packed.memcgs:
        above = memcgs[spec.parent] if spec.parent >= 0 else None
        memcgs.append(Memcg(spec.limit, spec.high, spec.low, spec.min, spec.swap_max, bool(spec.oom_group), above))
    processes = [Process(packed.classes[p.cls]) for p in packed.processes]
    mms = [Mm(processes[spec.owner], [0] * len(nodes), 0) for spec in packed.mms]
    for process, spec in zip(processes, packed.processes, strict=True):
        process.mm = mms[spec.mm]
    threads: list[Thread] = []
    for process, spec in zip(processes, packed.processes, strict=True):
        for _ in range(spec.n_threads):
            t = Thread(len(threads), process)
            threads.append(t)
            process.threads.append(t)
            t.when = draws.value(t.spec.start, Purpose.START, t.id)
            if t.spec.idle:
                t.state, t.when = State.HOLD, NEVER
        process.alive = spec.n_threads
        process.mm.users += spec.n_threads
        if spec.parent >= 0:
            processes[spec.parent].children.append(process)
    for mm in mms:
        owner = mm.owner
        mm.mlocked = owner.spec.mlocked
        for group in charge.line(memcgs[owner.spec.memcg]) if owner.spec.memcg >= 0 else ():
            group.mms.append(mm)
        rss = draws.value(owner.spec.rss, Purpose.RSS, owner.threads[0].id)
        cut += place(rss, mm.pages, owner.spec, nodes, memcgs) < rss
        mm.swapped = owner.spec.swapped
    segments = [Segment([0] * len(nodes)) for _ in packed.classes]
    for cls, (segment, spec) in enumerate(zip(segments, packed.classes, strict=True)):
        for group in charge.line(memcgs[spec.memcg]) if spec.memcg >= 0 else ():
            group.segments.append(segment)
        shared = draws.value(spec.shared, Purpose.SHARED, cls)
        cut += place(shared, segment.pages, spec, nodes, memcgs) < shared
    for mm in mms:
        maps = mm.owner.spec.maps
        if maps >= 0:
            mm.segment = segments[maps]
            mm.segment.mappers += 1
    for process in processes:
        owner = process.mm.owner
        process.memcg = memcgs[owner.spec.memcg] if owner.spec.memcg >= 0 else None
    record = dict.fromkeys((column.name for column in STORED), 0) | {"first_oom_ns": -1, "ttr_ns": -1, "end_ns": -1}
    record |= {"schedule": draws.schedule, "cut": int(cut > 0)}
    sizes = [spec.size for spec in packed.nodes]
    managed = [spec.memory for spec in packed.nodes]
    w = World(packed.machine, policy, draws, nodes, managed, sizes, mms, processes, memcgs, threads, record, listener)
    w.gates = [None] * len(nodes)
    w.swap_free = w.machine.swap - w.machine.swap_used - sum(mm.swapped for mm in mms)
    w.killer = monitor.Killer(w) if policy.monitor else None
    w.pressures = pressure.start(w)
    w.tokens = w.machine.ratelimit_burst * w.machine.ratelimit_interval
    return w


def place(pages: int, holds: list[int], spec, nodes: list[Node], memcgs: list[Memcg]) -> int:
    """Put what is held at the start on the class's nodes, in order, as far as it fits them and its group;
    how much did.
    """
    left = fits = min(pages, charge.room(memcgs[spec.memcg])) if spec.memcg >= 0 else pages
    for n in spec.nodes[: spec.n_nodes]:
        taken = min(left, max(0, nodes[n].free - nodes[n].high))
        holds[n] += taken
        nodes[n].free -= taken
        left -= taken
    return fits - left


def run(w: World, end: int) -> None:
    """Run every event before `end`, or up to a panic."""
    while not w.panicked:
        when, entity = next_event(w)
        if when >= end:
            return
        w.now = when
        measure.settle(w)
        step(w, entity)
        turns.hand_out(w)
        measure.after_event(w)
        if w.killer:
            monitor.go_on(w, w.killer)
        w.tell("step")


def next_event(w: World) -> tuple[int, int]:
    """(when, entity) of what happens next.

    While a thread prints on the only processor nothing else happens; what fell due meanwhile comes at its end, by
    (due, entity), after what the printer itself goes on to do.
    """
    if printer := prints_alone(w):
        return printer.when, printer.id
    due, entity = min(w.events())
    return max(due, w.now), entity


def prints_alone(w: World) -> Thread | None:
    """Who prints on the only processor, and keeps it."""
    return w.printer if w.machine.cpus == 1 and not w.machine.preemption else None


def step(w: World, entity: int) -> None:
    """The event of one entity."""
    if entity < len(w.threads):
        t = w.threads[entity]
        if turns.over(w, t):
            return
        if t.state in downtime.LATE:
            downtime.note(w, t)
        t.when = NEVER
        processors.end(w, t)
        return HANDLERS[t.state](w, t)
    entity -= len(w.threads)
    if entity < len(w.nodes):
        return allocate.kswapd(w, w.nodes[entity])
    entity -= len(w.nodes)
    if entity < len(w.pins):
        return None if turns.over(w, w.pins[entity]) else exit_.end_pin(w, w.pins[entity])
    entity -= len(w.pins)
    if entity < len(w.reapers):
        return None if turns.over(w, w.reapers[entity]) else reaper.event(w, w.reapers[entity])
    if not turns.over(w, w.killer):
        monitor.event(w, w.killer)
