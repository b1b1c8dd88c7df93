"""Processors in turns: who has had least goes first, up to the first tick at which its slice is over and another waits.

The rule is CFS's (kernel/sched/fair.c, 2.6.23 to 6.5), with one queue for all processors; see the twin. What happens
within one event is settled at its end: a thread that ends a piece and starts another hasn't slept.
"""

from libc.stdint cimport int32_t, int64_t

from events cimport LONGEST
from world cimport AWAY, NEVER, NOBODY, RUNS, WAITS, Work, World, check, killer_entity

cdef enum:
    NICE_0 = 1024  # the weight of nice 0
    SLEEPERS = 4  # slices: how much younger a sleeper comes back


cdef inline void account(World *w, int32_t entity) noexcept nogil:
    """The time that it has run for up to now."""
    cdef Work *work = w.work + entity
    cdef int64_t ran = w.now - work.since
    if work.place == RUNS and work.active:
        check(0 <= ran <= work.left)
        work.left -= ran
        work.age += ran * NICE_0 // (w.classes[w.threads[entity].cls].weight if entity < w.n_threads else NICE_0)
    work.since = w.now


cdef inline void hand_out(World *w) noexcept nogil:
    """At the end of an event: who has a processor now, and until when, if that may have changed."""
    if w.turns_change:
        hand_out_anew(w)


cdef inline void hand_out_anew(World *w) noexcept nogil:
    """Who has a processor now, and until when."""
    cdef int64_t youngest = NEVER
    cdef int32_t s, e, more = killer_entity(w) if w.policy.monitor.on else NOBODY
    w.turns_change = 0
    for s in range(w.acting_spans + 1):
        for e in range(w.acting[s].first, w.acting[s].end):
            youngest = min(youngest, counted(w, e))
    if more != NOBODY:
        youngest = min(youngest, counted(w, more))
    if youngest < NEVER:
        w.youngest = max(w.youngest, youngest)
    for s in range(w.acting_spans + 1):
        for e in range(w.acting[s].first, w.acting[s].end):
            come_back(w, e)
    if more != NOBODY:
        come_back(w, more)
    seat(w, more)
    for s in range(w.acting_spans + 1):
        for e in range(w.acting[s].first, w.acting[s].end):
            set_end(w, e)
    if more != NOBODY:
        set_end(w, more)


cdef inline int64_t counted(World *w, int32_t entity) noexcept nogil:
    """Its age now, if it runs or waits; NEVER: it does neither."""
    cdef Work *work = w.work + entity
    account(w, entity)
    if not work.active:
        work.place = AWAY
    return work.age if work.place != AWAY else NEVER


cdef inline void come_back(World *w, int32_t entity) noexcept nogil:
    """Who has slept isn't much younger than the youngest."""
    cdef Work *work = w.work + entity
    work.woken = work.active and work.place == AWAY
    if work.woken:
        work.age = max(work.age, w.youngest - SLEEPERS * w.machine.slice)
        work.place = WAITS


cdef inline void set_end(World *w, int32_t entity) noexcept nogil:
    """When its piece ends, or its turn: the first tick, now or later, at which that has lasted for a slice."""
    cdef Work *work = w.work + entity
    cdef int64_t tick = w.machine.tick, when
    if work.place == RUNS:
        when = w.now + work.left
        if w.waiters and not (work.keeps or work.fifo):
            when = min(when, (max(work.turn + w.machine.slice, w.now) + tick - 1) // tick * tick)
        w.when[entity] = when
    elif work.active:
        w.when[entity] = NEVER


cdef inline void seat(World *w, int32_t more) noexcept nogil:
    """Processors that are free go to the youngest, and to who comes back what the oldest has."""
    cdef int32_t s, e, oldest, youngest, eager
    cdef int64_t running
    while True:
        oldest = youngest = eager = NOBODY
        running = 0
        for s in range(w.acting_spans + 2):
            if s > w.acting_spans and more == NOBODY:
                break
            for e in range(w.acting[s].first if s <= w.acting_spans else more,
                           w.acting[s].end if s <= w.acting_spans else more + 1):
                if w.work[e].place == RUNS:
                    running += 1
                    if oldest == NOBODY or precedes(w.work + oldest, w.work + e):
                        oldest = e
                elif w.work[e].place == WAITS:
                    if youngest == NOBODY or precedes(w.work + e, w.work + youngest):
                        youngest = e
                    if w.work[e].woken or w.work[e].keeps or w.work[e].fifo:
                        if eager == NOBODY or precedes(w.work + e, w.work + eager):
                            eager = e
        w.waiters = youngest != NOBODY
        if youngest == NOBODY:
            return
        if running == w.machine.cpus:
            youngest = eager
            if youngest == NOBODY or not precedes(w.work + youngest, w.work + oldest):
                return
            w.work[oldest].place = WAITS
        w.work[youngest].place = RUNS
        w.work[youngest].turn = w.now


cdef inline bint precedes(const Work *a, const Work *b) noexcept nogil:
    """Whether one goes before another."""
    if a.keeps != b.keeps:
        return a.keeps > b.keeps
    if a.fifo != b.fifo:
        return a.fifo > b.fifo
    return a.age < b.age


cdef inline void begin_turns(World *w, int32_t entity) noexcept nogil:
    """A new one, with nothing to do yet."""
    if w.machine.scheduler:
        w.work[entity] = Work(place=AWAY, active=0, woken=0, fifo=0, keeps=0, left=0, age=0, since=0, turn=0)


cdef inline void start_turns(World *w, int32_t entity, int64_t ns, bint keeps) noexcept nogil:
    """It has so much to do; `keeps`: with a processor of its own."""
    cdef Work *work = w.work + entity
    check(not work.active and ns >= 0)
    work.left = min(ns, LONGEST)
    work.active = 1
    work.keeps = keeps
    w.when[entity] = NEVER
    w.turns_change = 1


cdef inline int64_t stop_turns(World *w, int32_t entity) noexcept nogil:
    """It has nothing to do; how much was left of what it had."""
    cdef Work *work = w.work + entity
    if not work.active:
        return 0
    account(w, entity)
    work.active = 0
    w.turns_change = 1
    return work.left


cdef inline bint turn_over(World *w, int32_t entity) noexcept nogil:
    """Whether an event is the end of a turn, and not of a piece."""
    cdef Work *work = w.work + entity
    if not work.active or work.place != RUNS:
        return False
    account(w, entity)
    if work.left == 0:
        return False
    work.place = WAITS
    w.when[entity] = NEVER
    w.turns_change = 1
    return True
