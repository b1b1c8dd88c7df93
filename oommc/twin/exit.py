"""The way out: signal, exit path, exit_mm(), exit_mmap(), PF_DEAD, reaped (docs/model.md §3)."""

from . import core_dump, downtime, errand, memcg, pcp, processors, swap
from .draws import Purpose
from .world import HELD_UP, NEVER, Mm, Pin, Reaper, State, Thread, World

AT_WORK = frozenset({State.START, State.THINK, State.BUSY, State.KEEP, State.HOLD})
NS = 1_000_000_000


def signal(w: World, t: Thread) -> None:
    """SIGKILL. A thread inside the allocator learns at the end of its timed piece."""
    if t.signalled or t.exiting or t.spec.init:
        return
    downtime.stop(w, t)
    t.signalled = True
    if t.state is State.PARK:
        t.pending = False
        wake(w, t)
    elif t.state in AT_WORK or t.state in (State.CLEANUP, State.ERRAND, *HELD_UP):
        if t.state in (State.BUSY, State.OVER_HIGH):
            processors.stop(w, t)
        wake(w, t)
    elif t.state in (State.WAKE, State.TEARDOWN):  # on its way out by itself, or with the last hold on another's mm
        return
    elif t.mm.dumper is t and t.state in (State.CORE_WAIT, State.DUMP):
        if t.state is State.DUMP and core_dump.interrupted(w, t):
            t.when = w.now
    else:
        t.abandon = True
        t.cut()
        if w.frozen or t.state is State.SHUT_OUT:
            processors.at_once(w, t)


def terminate(w: World, t: Thread) -> None:
    """SIGTERM, which it handles as soon as it is in user mode."""
    if t.signalled or t.exiting or t.term:
        return
    downtime.stop(w, t)
    t.term = True
    t.cut()
    if t.state in AT_WORK:
        if t.state is State.BUSY:
            processors.stop(w, t)
        clean_up(w, t)


def clean_up(w: World, t: Thread) -> None:
    """The handler runs, once an errand is over; then the process exits by itself."""
    if t.errand:
        return errand.begin(w, t)
    t.state, t.when = State.CLEANUP, w.now + w.draws.value(t.spec.term, Purpose.TERM, t.id)
    w.tell("cleans up", t)


def end_clean_up(w: World, t: Thread) -> None:
    """exit_group()."""
    t.signalled = True
    leave(w, t)


def wake(w: World, t: Thread) -> None:
    """From the signal until it runs in the kernel's exit path."""
    w.tell("dying", t)
    processors.burn(w, t, State.WAKE, w.draws.value(t.spec.wake, Purpose.WAKE, t.id))


def end_wake(w: World, t: Thread) -> None:
    """What it holds of others it lets go here."""
    if t.errand:
        t.errand.after = State.WAKE
        return let_go(w, t)
    awake(w, t)


def awake(w: World, t: Thread) -> None:
    """Who was given NULL leaves; who was killed may be blocked before."""
    if not t.signalled:
        leave(w, t)
    elif w.draws.happens(t.spec.block_p, Purpose.BLOCK_P, t.id):
        t.state, t.when = State.BLOCK, w.now + w.draws.value(t.spec.block, Purpose.BLOCK, t.id)
        w.tell("blocked", t)
    else:
        lock(w, t)


def let_go(w: World, t: Thread) -> None:
    """The end of an errand; if nobody else holds the mm, exit_mmap() is its own."""
    assert t.errand is not None
    mm = t.errand.mm
    if mm is None:
        return let_gone(w, t)
    w.tell("lets go", t, mm=mm)
    mm.pinned = False
    mm.users -= 1
    if mm.users == 0:
        exit_mmap(w, t, mm)
    else:
        let_gone(w, t)


def let_gone(w: World, t: Thread) -> None:
    """It goes on with its program, or its exit."""
    e = t.errand
    assert e is not None
    t.errand = None
    unlock(w, t)
    if e.after is State.WAKE:
        awake(w, t)
    elif t.signalled:
        wake(w, t)
    elif t.term:
        clean_up(w, t)
    else:
        errand.resume(w, t, e)


def lock(w: World, t: Thread) -> None:
    """Perhaps it needs a lock: of a thread that is inside an allocation right now, or will be before it unlocks."""
    if w.draws.happens(t.spec.lock_p, Purpose.LOCK_P, t.id):
        word = w.draws.word(Purpose.LOCK_HOLDER, t.id)
        holder = w.threads[t.spec.lock_first + (word * t.spec.lock_count >> 64)]
        if errand.able(holder):
            delay = w.draws.value(t.spec.lock, Purpose.LOCK, t.id)
            chunk = w.draws.value(t.spec.lock_chunk, Purpose.LOCK_CHUNK, t.id)
            if delay or chunk:
                errand.send(w, holder, None, delay, chunk)
        if holder.errand or (holder.pending and holder.state is not State.PARK):
            t.lock_of = holder
            t.state, t.when = State.LOCK_WAIT, NEVER
            w.tell("lock wait", t, holder=holder, waits=holder.pending)
            return
    leave(w, t)


def unlock(w: World, t: Thread) -> None:
    """A thread's ask, or its errand, is over: who waited for a lock that it holds goes on."""
    if t.errand:
        return
    for other in w.threads:
        if other.lock_of is t:
            other.lock_of = None
            other.state, other.when = State.EXITING, w.now


def leave(w: World, t: Thread) -> None:
    """do_exit(); who goes by itself may have crashed, and dumps core first."""
    if t.signalled or not begins_dump(w, t):
        depart(w, t)


def begins_dump(w: World, t: Thread) -> bool:
    """Whether a task that goes by itself dumps core, unless another on its mm does already."""
    mm, leader = t.mm, t.process.threads[0]
    if mm.dumper or not w.draws.happens(t.spec.core_dump_p, Purpose.CORE_DUMP_P, leader.id):
        return False
    mm.dumper = t
    t.state, t.when = State.CORE_WAIT, NEVER
    w.tell("dumps core", t)
    for other in core_dump.others(w, mm):
        signal(w, other)
    core_dump.gather(w, mm)
    return True


def depart(w: World, t: Thread) -> None:
    """PF_EXITING; here, at the latest, the siblings of a killed thread learn, but not one who dumps core.

    Then, perhaps, what do_exit() does before exit_mm(): accounting, clear_child_tid, robust lists.
    """
    t.exiting = True
    w.tell("exiting", t)
    if t.signalled:
        for sibling in t.process.threads:
            if sibling is not t.mm.dumper:
                signal(w, sibling)
    if w.draws.happens(t.spec.work_p, Purpose.WORK_P, t.id):
        t.state, t.when = State.WORK, w.now + w.draws.value(t.spec.work, Purpose.WORK, t.id)
        w.tell("works", t)
        return
    exit_mm(w, t)


def dumped(w: World, t: Thread) -> None:
    """coredump_finish(): it goes, and so do those who wait."""
    t.mm.dumper = None
    for other in w.threads:
        if other.mm is t.mm and other.state is State.CORE_WAIT:
            other.when = w.now
    depart(w, t)


def exit_mm(w: World, t: Thread) -> None:
    """mm = NULL, once no core is dumped, and mmput(): the last user tears it down."""
    if t.mm.dumper:
        return core_dump.wait(w, t)
    t.has_mm = False
    t.mm.users -= 1
    if not any(other.mm is t.mm and other.has_mm and not other.spec.init for other in w.threads):
        t.mm.left_at = w.now
    if t.mm.users == 0:
        exit_mmap(w, t, t.mm)
    else:
        tail(w, t)


def exit_mmap(w: World, owner: Thread | Pin | Reaper, mm: Mm) -> None:
    """The last user gives the pages back, batch by batch."""
    take_over(w, mm)
    unmap(mm)
    mm.begin_return()
    mark_skipped(w, mm)
    if mm.total == 0:
        return cleaned_out(w, owner, mm)
    w.tell("exit_mmap", owner, mm=mm, pages=mm.total)
    batch(w, owner, mm)


def unmap(mm: Mm) -> None:
    """The last mm that maps a segment gives its pages back as its own."""
    segment, mm.segment = mm.segment, None
    if segment:
        segment.mappers -= 1
        if segment.mappers == 0:
            mm.took = segment.pages
            mm.pages = [own + more for own, more in zip(mm.pages, segment.pages, strict=True)]
            segment.pages = [0] * len(mm.pages)


def batch(w: World, owner: Thread | Pin | Reaper, mm: Mm) -> None:
    """Begin a batch: CPU work, stretched by whoever else runs at its start."""
    ns = batch_pages(w, mm) * NS // (w.machine.gather_rate if unmapping(w, mm) else w.machine.teardown_rate)
    if isinstance(owner, Thread):
        processors.burn(w, owner, State.TEARDOWN, ns)
    else:
        processors.start(w, owner, ns)


def lump_end(w: World, mm: Mm) -> int:
    """Up to where it is unmapped before any of it goes back (struct mmu_gather, tlb_next_batch())."""
    size = w.machine.gather
    return min(mm.total, (mm.returned // size + 1) * size) if size else mm.total


def unmapping(w: World, mm: Mm) -> bool:
    """Whether the batch that is next is only unmapped."""
    return w.machine.gather > 0 and mm.unmapped < lump_end(w, mm)


def batch_pages(w: World, mm: Mm) -> int:
    """Pages of the batch that is next: no more than are left of its lump."""
    return min(w.machine.teardown_batch, lump_end(w, mm) - (mm.unmapped if unmapping(w, mm) else mm.returned))


def torn(t: Thread) -> Mm:
    """The mm of which a thread is the last user."""
    return t.errand.mm if t.errand and t.errand.mm else t.mm


def end_batch(w: World, owner: Thread | Pin | Reaper, mm: Mm) -> None:
    """A batch is unmapped, or back: from each node its proportion, by cumulative floors."""
    pages = batch_pages(w, mm)
    if unmapping(w, mm):
        mm.unmapped += pages
        mark_skipped(w, mm)
        return batch(w, owner, mm)
    give_back(w, owner, mm, mm.returned + pages)
    mark_skipped(w, mm)
    if mm.returned == mm.total:
        cleaned_out(w, owner, mm)
    else:
        batch(w, owner, mm)


def give_back(w: World, owner: Thread | Pin | Reaper, mm: Mm, returned: int) -> None:
    """So many pages of an mm are back in all: from each node its proportion, by cumulative floors."""
    before, mm.returned = mm.returned, returned
    if mm.condemned_at >= 0 and returned > before:
        mm.last_back = w.now
    for n, node in enumerate(w.nodes):
        share = mm.whole[n] * returned // mm.total - mm.whole[n] * before // mm.total if mm.total else 0
        low = node.free < node.high
        pcp.free(w, owner, node, share)
        if low and node.free >= node.high:
            w.tell("high", owner, node=n)
        mm.pages[n] -= share
        memcg.uncharged(w, mm, share)


def give_back_at_once(w: World, mm: Mm) -> None:
    """The oracle's victims need no time."""
    unmap(mm)
    for n, node in enumerate(w.nodes):
        node.give(mm.pages[n], w.now)
        memcg.uncharged(w, mm, mm.pages[n])
        mm.pages[n] = 0
    swap.give_back(w, mm)
    mm.freed_at = mm.last_back = w.now


def mark_skipped(w: World, mm: Mm) -> None:
    """MMF_OOM_SKIP, where exit_mmap() sets it before its last page is back (4.14 on).

    4.14 and 5.18 on: after unmap_vmas(), before free_pgtables() and tlb_finish_mmu() (mm/mmap.c). Without `gather` the
    last batch stands for what is unmapped and not yet free.
    """
    left = mm.total - mm.returned
    last = {"freed": 0, "before_mlocked": mlocked(mm), "before_last_batch": w.machine.teardown_batch}[w.policy.skip_at]
    if w.machine.gather and w.policy.skip_at == "before_last_batch":
        left, last = mm.total - mm.unmapped, 0
    if left <= last:
        skip(w, mm)


def skip(w: World, mm: Mm) -> None:
    """MMF_OOM_SKIP: the gate that it keeps may open with that."""
    mm.skip = True
    if w.policy.gate_opens == "skip":
        open_gates(w, mm)


def mlocked(mm: Mm) -> int:
    """Pages that are mlocked, of those that an mm still has."""
    return min(mm.mlocked, sum(mm.pages))


def take_over(w: World, mm: Mm) -> None:
    """exit_mmap() goes on where the reaper is; a batch of the reaper's that isn't over is its own.

    Between two attempts the reaper sleeps on, and finds then that the mm is none of its business any more.
    """
    for reaper in w.reapers:
        if reaper.mm is mm:
            mm.reapable = False
            if reaper.reaping:
                processors.stop(w, reaper)
                reaper.when, reaper.reaping = NEVER, False
                leave_to(w, reaper)
            open_gates(w, reaper)


def leave_to(w: World, reaper: Reaper) -> None:
    """The oom_reaper is through with one: of those that wait the last is next."""
    if w.reaper is reaper:
        w.reaper = next((r for r in reversed(w.reapers) if r.waits), None)
        if w.reaper:
            w.reaper.waits, w.reaper.when = False, w.now


def open_gates(w: World, holder: "Thread | Mm | Reaper", by: Thread | Pin | Reaper | None = None) -> None:
    """Open every gate that `holder` holds; a queue hands over to its first."""
    if holder not in w.gates:
        return
    heir = w.gate_queue.popleft() if w.gate_queue else None
    w.gates = [heir if g is holder else g for g in w.gates]
    if heir is None:
        w.tell("gate opens", by or holder)
        let_in(w)
    else:
        heir.when = w.now
        if isinstance(heir, Thread):
            heir.state = State.GATE_HELD


def let_notify(w: World) -> None:
    """tasklist_lock is free again: who waits in exit_notify() tries once more."""
    for t in w.threads:
        if t.state is State.TASKLIST_WAIT:
            t.when = w.now


def let_in(w: World) -> None:
    """Who waits for the gate, or at a page fault for the kill to be over, goes on."""
    for t in w.threads:
        if t.state is State.PARK or (t.state is State.SHUT_OUT and not t.domain):
            t.when = w.now


def cleaned_out(w: World, owner: Thread | Pin | Reaper, mm: Mm) -> None:
    """The mm has given back its last page: the end of mmput()."""
    mm.skip = True
    swap.give_back(w, mm)
    if mm.freed_at < 0:  # the oracle's victims have given back theirs before
        mm.freed_at = w.now
    w.tell("cleaned out", owner, mm=mm)
    open_gates(w, mm, owner)
    if isinstance(owner, Thread):
        let_gone(w, owner) if owner.errand else tail(w, owner)
    else:
        owner.when = NEVER
        if isinstance(owner, Reaper):
            leave_to(w, owner)


def tail(w: World, t: Thread) -> None:
    """Its mmput() is over; files, fs, exit_notify()."""
    t.put = True
    processors.burn(w, t, State.TAIL, w.draws.value(t.spec.tail, Purpose.TAIL, t.id))


def end_tail(w: World, t: Thread) -> None:
    """PF_DEAD, once exit_notify() has tasklist_lock.

    Who isn't the leader is gone at once, the leader when its group is dead.
    """
    if (w.printer and w.policy.report_lock == "tasklist") or any(q.rescans for q in w.threads):
        t.state, t.when = State.TASKLIST_WAIT, NEVER
        return
    t.dead = True
    process = t.process
    process.alive -= 1
    w.tell("dead", t)
    t.state, t.when = (State.ZOMBIE if t.is_leader else State.REAPED), NEVER
    if process.alive == 0:
        downtime.died(w, process)
        leader = process.threads[0]
        if w.draws.happens(leader.spec.unreaped_p, Purpose.UNREAPED_P, leader.id):
            leader.when = w.now + w.draws.value(leader.spec.unreaped, Purpose.UNREAPED, leader.id)
        else:
            reap(leader)


def reap(t: Thread) -> None:
    """release_task(): out of the task list."""
    t.state, t.when = State.REAPED, NEVER


def pin(w: World, victim: Thread) -> None:
    """Perhaps a bystander holds the mm from the kill on: for a time, or, if it is a task, for an errand."""
    leader, mm = victim.process.threads[0], victim.mm
    if not w.draws.happens(leader.spec.pin_p, Purpose.PIN_P, leader.id):
        return
    spec, holder = leader.spec, None
    if spec.pin_count:
        holder = w.threads[spec.pin_first + (w.draws.word(Purpose.PIN_HOLDER, leader.id) * spec.pin_count >> 64)]
        if holder.mm is mm or not errand.able(holder):
            return
    mm.users += 1
    mm.pinned = True
    w.tell("pinned", victim)
    delay = w.draws.value(spec.pin, Purpose.PIN, leader.id)
    if holder:
        errand.send(w, holder, mm, delay, w.draws.value(spec.pin_chunk, Purpose.PIN_CHUNK, leader.id))
    else:
        w.pins.append(Pin(mm, w.now + delay))


def end_pin(w: World, p: Pin) -> None:
    """The bystander lets go; if it was the last user, exit_mmap() runs in its context."""
    if p.tearing:
        processors.end(w, p)
        return end_batch(w, p, p.mm)
    p.when = NEVER
    p.mm.pinned = False
    p.mm.users -= 1
    if p.mm.users == 0:
        p.tearing = True
        exit_mmap(w, p, p.mm)


HANDLERS = {
    State.CLEANUP: end_clean_up,
    State.CORE_WAIT: exit_mm,
    State.WAKE: end_wake,
    State.BLOCK: lock,
    State.EXITING: leave,
    State.TEARDOWN: lambda w, t: end_batch(w, t, torn(t)),
    State.TAIL: end_tail,
    State.TASKLIST_WAIT: end_tail,
    State.ZOMBIE: lambda w, t: reap(t),
}
