"""Who dies: the abort test, the choice, children first, signals and marks (mm/oom_kill.c)."""

from . import exit as exit_
from . import measure, reaper
from .badness import out_of_reach, protected, swapoff
from .charge import dies_whole, lies_in
from .victim import points
from .world import Mm, State, Thread, World


def in_list(t: Thread) -> bool:
    """Whether the thread is still in the task list."""
    return t.state is not State.REAPED


def forbidden(w: World, mm: Mm) -> bool:
    """Whether one on this mm forbids its kill (2.6.20, oom_kill_task()): OOM_DISABLE does, init is merely left out."""
    return any(t.mm is mm and t.has_mm and protected(w, t) and not t.spec.init for t in w.threads)


def over(w: World, t: Thread, clock: str) -> bool:
    """Whether a dying thread is past the instant that this clock names."""
    return {
        "mm_detached": not t.has_mm,
        "mm_put": t.put,
        "exit_state": t.dead,
        "pf_dead": t.dead,
        "reaped": not in_list(t),
    }[clock]


def kill_under_way(w: World, r: Thread) -> bool:
    """Whether the scan meets somebody who releases memory."""
    policy = w.policy
    if policy.selector == "oracle":
        return "unnecessary" in measure.unnecessary(w, r)
    for t in w.threads:
        if not in_list(t) or w.expired(t.mm) or out_of_reach(w, t, r):
            continue
        if policy.scan == "leaders" and not t.is_leader:
            continue
        if policy.abort_skips_protected == "yes" and protected(w, t):
            continue
        if "memdie" in policy.abort_on and t.marked and not over(w, t, policy.memdie_until):
            return True
        if "exiting" in policy.abort_on and t.exiting and not over(w, t, policy.exiting_until) and stops(w, t, r):
            if policy.scan == "threads" or len(t.process.threads) == 1:
                return True
        if "victim_mm" in policy.abort_on and t.mm.victim_at >= 0 and not t.mm.skip:
            return True
        if policy.swapoff == "at_once" and swapoff(t) and candidate(w, t, r):
            return False  # chosen before the scan sees those behind it
    return False


def stops(w: World, t: Thread, r: Thread) -> bool:
    """Whether an exiting task stops the scan: its own only to 2.6.18, where it waits for itself for ever."""
    return (t is not r or w.policy.exiting_victim == "killed") and not waits_for_core(w, t)


def waits_for_core(w: World, t: Thread) -> bool:
    """A core is dumped, so it may be long until it lets go of its mm: known since 4.0 (SIGNAL_GROUP_COREDUMP)."""
    return w.policy.core_dump == "discounted" and t.mm.dumper is not None


def going(w: World, t: Thread) -> bool:
    """task_will_free_mem(): it exits by itself.

    Where the victim is the mm (4.10), SIGKILL by anybody says so too (SIGNAL_GROUP_EXIT), and all who share it must.
    """
    by_mm = "victim_mm" in w.policy.abort_on
    if not ((t.exiting or (by_mm and t.signalled)) and t.has_mm) or waits_for_core(w, t):
        return False
    together = all(q.signalled or q.exiting for q in w.threads if q.mm is t.mm and q.has_mm)
    return not by_mm or (together and not t.mm.skip)


def select(w: World, r: Thread) -> Thread | None:
    """Whom the policy's selector prefers; of equals the one that its tie rule says."""
    chosen: Thread | None = None
    kernel = kernel_threads(w)  # the first of them is the first choice
    most: float = 0
    for t in w.threads:
        score = points(w, t, r) if candidate(w, t, r) else None
        if score is None:
            continue
        if w.policy.swapoff == "at_once" and swapoff(t):
            return t
        first = chosen is None and not kernel
        if first or score > most or (score == most and replaces(w, chosen)):
            chosen, most = t, score
    return chosen


def candidate(w: World, t: Thread, r: Thread) -> bool:
    """Whether the scan looks at this thread: for itself, or for its process as the first that has an mm."""
    if not in_list(t) or protected(w, t) or w.expired(t.mm) or out_of_reach(w, t, r):
        return False
    if not t.has_mm or (w.policy.mmless == "skipped" and t.mm.skip):
        return False
    return w.policy.scan == "threads" or t is next(q for q in t.process.threads if q.has_mm)


def kernel_threads(w: World) -> bool:
    """Whether they can be chosen: to 2.6.18, of score 0 and before all others in the list, as tasks without an mm are
    passed over only from 5081dde33f7 on.
    """
    return w.policy.mmless == "candidate" and w.policy.selector == "badness_2006"


def replaces(w: World, chosen: Thread | None) -> bool:
    """Whether an equal that comes later in the list is preferred; None is a kernel thread."""
    return {"first": False, "last": True, "leader": chosen is not None and not chosen.is_leader}[w.policy.ties]


def unkillable(w: World, r: Thread, chosen: Thread) -> bool:
    """Whether oom_kill_process() can't kill whom the scan chose."""
    return w.policy.sharers == "forbid" and forbidden(w, child_instead(w, chosen, r).mm)


def child_instead(w: World, chosen: Thread, r: Thread) -> Thread:
    """The child with another mm that dies instead of the chosen process: the first, or the worst of them."""
    if w.policy.child_first == "no" or (w.policy.child_first != "best" and not chosen.is_leader):
        return chosen
    children = [c.threads[0] for c in chosen.process.children if c.mm is not chosen.mm and c.threads[0].has_mm]
    if w.policy.child_first == "first_unprotected":
        children = [child for child in children if not forbidden(w, child.mm)]
    if w.policy.child_first != "best":
        return children[0] if children else chosen
    victim, most = chosen, 0.0
    for child in children:
        if protected(w, child) or child.mm.skip or w.expired(child.mm) or out_of_reach(w, child, r):
            continue
        score = points(w, child, r)
        if score is not None and score > most:
            victim, most = child, score
    return victim


def mark_group(w: World, victim: Thread) -> None:
    """TIF_MEMDIE for as many threads of the victim's as the policy says."""
    for t in w.threads:
        if t.mm is victim.mm and t.has_mm and not t.spec.init and w.policy.mark in reach(t, victim):
            t.marked = True


def hurry(w: World, t: Thread, r: Thread) -> None:
    """boost_dying_task_prio() (2.6.36 to 2.6.38): SCHED_FIFO, but not for an ask whose group's limit failed."""
    if w.policy.victim_runs == "first" and not r.domain:
        t.work.fifo = w.turns_change = True


def take_mark(w: World, t: Thread, r: Thread) -> None:
    """A task that goes anyway is marked instead of killed; it is a victim in full from then on."""
    w.tell("marks itself", t)
    if not t.has_mm:
        t.marked = True
    mark_group(w, t)
    hurry(w, t, r)
    if t.mm.victim_at < 0:
        t.mm.victim_at = w.now
        reaper.queue(w, t)


def reach(t: Thread, victim: Thread) -> set[str]:
    """The reaches of a signal or a mark that take this thread in."""
    group = t.process is victim.process
    return {"all_sharers"} | ({"group"} if group else set()) | ({"thread"} if t is victim else set())


def kill(w: World, killer: Thread, chosen: Thread) -> Mm | None:
    """Kill the chosen thread or a child instead, and its whole group where that is asked for.

    None if nobody was shot.
    """
    victim = child_instead(w, chosen, killer)
    mm = kill_one(w, killer, victim, True)
    group = dies_whole(w.memcg(victim), killer.domain)
    if mm and w.policy.scope == "memcg_group" and group:
        for process in w.processes:
            t = next((t for t in process.threads if t.has_mm), None)
            if t and lies_in(process.memcg, group) and process.mm.condemned_at < 0 and not protected(w, t):
                kill_one(w, killer, t, False)
    return mm


def kill_one(w: World, killer: Thread, victim: Thread, decided: bool) -> Mm | None:
    """Kill this thread, or another of its process: by a decision, or with the group of one that was decided.

    None if it has no mm any more, if a sharer forbids it, or if the run leaves this decision out.
    """
    if w.policy.scan == "leaders" and not victim.has_mm:
        victim = next((t for t in victim.process.threads if t.has_mm), victim)
    if not victim.has_mm:
        return None
    mm = victim.mm
    if w.policy.sharers == "forbid" and forbidden(w, mm):
        return None
    new, first = mm.condemned_at < 0, mm.victim_at < 0
    if new and decided and measure.suppressed(w):
        return None
    if first:
        mm.victim_at = w.now
    if new:
        measure.judge(w, killer, victim, decided, killer.failed_at)
        measure.condemn(w, mm)
        exit_.pin(w, victim)
    else:
        w.count("duplicates")
        w.tell("duplicate", victim)
    mark_group(w, victim)
    hurry(w, victim, killer)
    for t in w.threads:
        if t.mm is not mm or not t.has_mm:
            continue
        other = t.process is not victim.process
        if other and w.policy.sharers == "kill_and_mark" and not t.spec.init:
            t.marked = True
        spared = w.policy.sharers == "spare" or (w.policy.sharers == "kill_unless_protected" and protected(w, t))
        if w.policy.signal in reach(t, victim) or (other and not spared):
            exit_.signal(w, t)
    if new and w.policy.selector == "oracle":
        exit_.give_back_at_once(w, mm)
    if first:
        reaper.queue(w, victim)
    return mm
