"""The OOM reaper: a kernel thread that gives a victim's anonymous pages back before its exit does (4.6 on).

Its attempt fails while the victim's mmap lock is held; after so many it gives up. 4.6 clears the victim's
TIF_MEMDIE when it is done and leaves it for ever if it gives up; from 4.10 on either end sets MMF_OOM_SKIP.

There is one such thread, and it goes through its victims one after the other, attempts and all: oom_reaper() and
oom_reap_task() (mm/oom_kill.c, read in 4.19 and 6.6; the list is in 4.6, see af8e15cc85a2). oom_reaper_list is a stack,
so of those that wait the last is next; since 5.18 a victim comes to it when its timer of 2 s is over
(queue_oom_reaper()). process_mrelease() runs in its caller's context.
"""

from . import exit as exit_
from . import processors, swap
from .draws import Purpose
from .world import NEVER, Mm, Reaper, Thread, World


def queue(w: World, victim: Thread) -> None:
    """wake_oom_reaper() / queue_oom_reaper(), once the mm is a victim's,
    unless a spared sharer makes the mm unreapable.

    From 4.10 on init as a sharer sets MMF_OOM_SKIP at once: that mm will never go.
    """
    mm = victim.mm
    spared = [t for t in w.threads if t.mm is mm and t.has_mm and not (t.signalled or t.exiting)]
    if w.policy.reaper == "skips" and any(t.spec.init for t in spared):
        exit_.skip(w, mm)
    if w.policy.reaper == "none" or spared:
        return
    mm.reapable = True
    mm.mmap_locked = locked(w, mm)
    mine = next((r for r in w.reapers if r.mm is mm), None)
    if mine is None:
        w.reapers.append(Reaper(mm, w.now + w.policy.reaper_delay))
    else:  # of a killer's call; where it isn't over its work is the kernel's
        mine.release = False
        if not mine.reaping:
            mine.when = w.now + w.policy.reaper_delay


def locked(w: World, mm: Mm) -> bool:
    """Whether its mmap lock is held from the kill on: a matter of its owner's class, whoever the victim is."""
    leader = mm.owner.threads[0]
    return w.draws.happens(leader.spec.mmap_lock_p, Purpose.MMAP_LOCK_P, leader.id)


def release(w: World, victim: Thread) -> None:
    """process_mrelease() (mm/oom_kill.c, 5.15 on): takes the mm of who is killed already, and sets no MMF_OOM_SKIP.

    EINVAL where a user of the mm isn't dying. Where the mmap lock is held it waits until exit_mmap() has left nothing.
    """
    mm = victim.mm
    dying = all(t.signalled or t.exiting for t in w.threads if t.mm is mm and t.has_mm)
    if w.policy.mrelease == "no" or not dying or mm.skip or any(r.mm is mm for r in w.reapers) or locked(w, mm):
        return
    mm.reapable = True
    w.reapers.append(Reaper(mm, w.now, release=True))


def event(w: World, r: Reaper) -> None:
    """An attempt, or the end of a batch."""
    if r.tearing:
        processors.end(w, r)
        return exit_.end_batch(w, r, r.mm)
    if r.reaping:
        processors.end(w, r)
        exit_.give_back(w, r, r.mm, min(takes(w, r.mm), r.mm.returned + w.machine.teardown_batch))
        return batch(w, r)
    r.when = NEVER
    if not r.release and w.reaper is not r:
        return arrive(w, r)
    attempt(w, r)


def arrive(w: World, r: Reaper) -> None:
    """It is on oom_reaper_list, with all whose time has come; if the thread slept it wakes up for the last of them."""
    for other in w.reapers:
        if other is r or (other.when <= w.now and not (other.release or other.reaping or other.tearing)):
            if other is not w.reaper:
                other.waits, other.when = True, NEVER
    if w.reaper is None:
        w.reaper = r
        exit_.leave_to(w, r)


def attempt(w: World, r: Reaper) -> None:
    """oom_reap_task_mm()."""
    if r.mm.skip or not r.mm.reapable:
        return give_up(w, r)
    if w.policy.reaper_lock == "yes" and not r.release and w.gates[0] is not r:
        if w.gates[0] is not None:
            w.gate_queue.append(r)
            return
        w.gates[0] = r
    if r.mm.mmap_locked and any(t.mm is r.mm and t.has_mm for t in w.threads):
        r.attempts += 1
        w.tell("reaper fails", None, mm=r.mm)
        if r.attempts < w.policy.reaper_attempts:
            r.when = w.now + w.policy.reaper_interval
            return exit_.open_gates(w, r)
        r.mm.reapable = False
        if w.policy.reaper == "skips":
            exit_.skip(w, r.mm)
        return give_up(w, r)
    mm = r.mm
    mm.begin_return()
    r.reaping = True
    r.pins = w.policy.reaper_pins == "yes" and not r.release
    mm.users += r.pins
    w.tell("mrelease" if r.release else "reaper", None, mm=mm, pages=takes(w, mm))
    batch(w, r)


def give_up(w: World, r: Reaper) -> None:
    """Nothing more is to be done for this one."""
    exit_.leave_to(w, r)
    exit_.open_gates(w, r)


def takes(w: World, mm: Mm) -> int:
    """How many pages of an mm the reaper takes in all."""
    return mm.total - (0 if w.policy.reaper_mlocked == "yes" else min(mm.mlocked, mm.total))


def batch(w: World, r: Reaper) -> None:
    """Begin a batch, or be done."""
    pages = min(w.machine.teardown_batch, takes(w, r.mm) - r.mm.returned)
    if pages > 0:
        processors.start(w, r, pages * exit_.NS // w.machine.teardown_rate)
        return
    r.reaping, r.when = False, NEVER
    r.mm.reapable = False
    w.count("reaped")
    swap.give_back(w, r.mm)
    w.tell("mreleased" if r.release else "reaped", None, mm=r.mm)
    if r.release:
        return
    if w.policy.reaper != "helps":
        exit_.skip(w, r.mm)
    if w.policy.reaper == "clears_mark":
        for t in w.threads:
            if t.mm is r.mm:
                t.marked = False
    exit_.open_gates(w, r)
    r.mm.users -= r.pins
    if r.pins and r.mm.users == 0:  # mmput(), of the last user
        r.tearing = True
        exit_.exit_mmap(w, r, r.mm)
    else:
        exit_.leave_to(w, r)
