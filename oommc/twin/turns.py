"""Processors in turns: who has had least goes first, up to the first tick at which its slice is over and another waits.

The rule is CFS's (kernel/sched_fair.c, kernel/sched/fair.c, 2.6.23 to 6.5), with one queue for all processors:

* Who runs grows older by its time, times 1024 over the weight of its nice value (`vruntime`, sched_prio_to_weight[]).
  The youngest that waits is next; of equals the first by entity.
* A turn is looked at at ticks alone (check_preempt_tick()). It is over at the first at which it has lasted for `slice`
  and somebody waits. Its owner may be the youngest still, and goes on.
* Who has slept comes back at least as old as the youngest of all, less half of sched_latency, which is four slices
  (place_entity()). It takes the processor of the oldest that is older than itself (check_preempt_wakeup()).
* Who prints with `preemption = "none"` keeps a processor, and goes before all. A SCHED_FIFO victim goes before the
  rest, and its turn has no end.

What happens within one event is settled at its end: a thread that ends a piece and starts another hasn't slept.
"""

from .world import LONGEST, NEVER, Place, Thread, Work, Worker, World

NICE_0 = 1024  # the weight of nice 0
SLEEPERS = 4  # slices: how much younger a sleeper comes back


def start(w: World, who: Worker, ns: int, keeps: bool = False) -> None:
    """It has so much to do; `keeps`: with a processor of its own."""
    work = who.work
    work.left, work.active, work.keeps = min(ns, LONGEST), True, keeps
    who.when = NEVER
    w.turns_change = True


def stop(w: World, who: Worker) -> int:
    """It has nothing to do; how much was left of what it had."""
    work = who.work
    if not work.active:
        return 0
    account(w, who)
    work.active = False
    w.turns_change = True
    return work.left


def account(w: World, who: Worker) -> None:
    """The time that it has run for up to now."""
    work = who.work
    if work.place is Place.RUNS and work.active:
        ran = w.now - work.since
        work.left -= ran
        work.age += ran * NICE_0 // (who.spec.weight if isinstance(who, Thread) else NICE_0)
    work.since = w.now


def over(w: World, who: Worker) -> bool:
    """Whether an event is the end of a turn, and not of a piece."""
    work = who.work
    if not work.active or work.place is not Place.RUNS:
        return False
    account(w, who)
    if work.left == 0:
        return False
    work.place, who.when = Place.WAITS, NEVER
    w.turns_change = True
    return True


def first(work: Work) -> tuple[bool, bool, int]:
    """By what one goes before another."""
    return (not work.keeps, not work.fifo, work.age)


def hand_out(w: World) -> None:
    """At the end of an event: who has a processor now, and until when."""
    if not w.turns_change:
        return
    w.turns_change = False
    workers = everybody(w)
    for who in workers:
        account(w, who)
        if not who.work.active:
            who.work.place = Place.AWAY
    ages = [who.work.age for who in workers if who.work.place is not Place.AWAY]
    w.youngest = max(w.youngest, min(ages, default=0))
    for who in workers:
        work = who.work
        if work.active and work.place is Place.AWAY:
            work.age = max(work.age, w.youngest - SLEEPERS * w.machine.slice)
            work.place, work.woken = Place.WAITS, True
    seat(w, workers)
    waits = any(who.work.place is Place.WAITS for who in workers)
    for who in workers:
        who.work.woken = False
        if who.work.place is Place.RUNS:
            who.when = w.now + who.work.left
            if waits and not (who.work.keeps or who.work.fifo):
                who.when = min(who.when, turn_end(w, who.work))
        elif who.work.active:
            who.when = NEVER


def seat(w: World, workers: list[Worker]) -> None:
    """Processors that are free go to the youngest, and to who comes back what the oldest has."""
    while waiting := [who for who in workers if who.work.place is Place.WAITS]:
        running = [who for who in workers if who.work.place is Place.RUNS]
        if len(running) == w.machine.cpus:
            waiting = [who for who in waiting if who.work.woken or who.work.keeps or who.work.fifo]
            oldest = max(running, key=lambda who: first(who.work))
            youngest = min(waiting, key=lambda who: first(who.work), default=oldest)
            if first(youngest.work) >= first(oldest.work):
                return
            oldest.work.place = Place.WAITS
        else:
            youngest = min(waiting, key=lambda who: first(who.work))
        youngest.work.place, youngest.work.turn = Place.RUNS, w.now


def turn_end(w: World, work: Work) -> int:
    """The first tick, now or later, at which a turn has lasted for a slice."""
    tick = w.machine.tick
    return -(-max(work.turn + w.machine.slice, w.now) // tick) * tick


def everybody(w: World) -> list[Worker]:
    """Who may have CPU work, in the order of entities."""
    return [*w.threads, *w.pins, *w.reapers, *([w.killer] if w.killer else [])]
