"""Work that nobody disturbs, done without the queue of events.

While no ask waits and memory is plenty, what one thread does is nothing to the others: each ask is granted at step 1,
from the first of its class's nodes. So up to an instant at which somebody else has an event each thread runs its
program alone, if what all of them can take until then leaves every node at the watermark below which somebody would
notice: pages_low, or pages_high while a calm lasts that is to end an episode. What they can take is bounded from above:
all chunks of a program that grows, the largest of one that churns, which holds one at a time. If that is too much, less
time is tried. Programs that grow run first, because they say how much time there is.

A thread that may find out what it uses isn't at work alone: its next event is somebody else's. Nothing goes out
meanwhile. A group's limit, or its `high`, is in nobody's way if it leaves room for all that all can take.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

cimport boost
from allocate cimport SHORTEST, chunk, killing
from fault cimport gone
from policy cimport MEMCG_IGNORED
from scenario cimport ClassSpec
from streams cimport THINKS, constant, keeps_for, stream, thinks_for
from world cimport (
    FAULT_FILE, FAULT_SWAP, KEEP, START, THINK, UNLIMITED, Lone, Stream, Thread, World, killer_entity, size, spec,
    stopped, usage,
)

cdef enum:
    REST = 32  # events before the next try, after one that wasn't worth it


cdef inline bint leap(World *w, int64_t at) noexcept nogil:
    """At the event of a program at work: go as far as nobody is disturbed. False if that is nowhere."""
    cdef int64_t until, to, events, spent_at = 0, gained = 0, awake = w.n_threads - w.sleepers
    if w.rest > 0:
        w.rest -= 1
        return False
    until = to = undisturbed_until(w)
    while at < to:
        events = venture(w, to, &spent_at)
        if events >= 0:
            carry_out(w)
            gained += events
            if to == until or events < awake:
                break
            at, to = to, until
        elif -1 - events < awake:
            break
        else:
            to = at + (min(to, spent_at) - at) * 3 // 4
    if gained < awake:
        w.rest = REST
    return gained > 0


cdef inline int64_t undisturbed_until(const World *w) noexcept nogil:
    """The next event of anything but a program at work; 0 where programs disturb each other."""
    cdef int64_t at = w.machine.horizon
    cdef int32_t s, e
    if w.pending or w.machine.pcp_high > 0:
        return 0
    if boost.on(w) or (w.policy.park and killing(w)):
        return 0
    if w.episode_from >= 0:
        if w.calm_from < 0:
            return 0
        at = min(at, w.calm_from + w.machine.settle)
    for s in range(w.acting_spans + 1):
        for e in range(w.acting[s].first, w.acting[s].end):
            if w.when[e] < at and (e >= w.n_threads or not at_work(w, w.threads + e)):
                at = w.when[e]
    if w.policy.monitor.on:
        at = min(at, w.when[killer_entity(w)])
    return at


cdef inline bint at_work(const World *w, const Thread *t) noexcept nogil:
    """Whether its program goes on as it would alone."""
    cdef const ClassSpec *c = spec(w, t)
    if t.state > KEEP or t.errand or c.busy:
        return False
    return not (c.touch and gone(w, t, FAULT_SWAP)) and not (c.file_touch and gone(w, t, FAULT_FILE))


cdef inline int64_t venture(World *w, int64_t until, int64_t *spent_at) noexcept nogil:
    """Run all alone to `until`: how many events that is, or −1 less that number when they would meet, and when."""
    cdef int64_t spare[8]
    cdef int64_t events = 0, more, growing
    cdef const Thread *t
    cdef const ClassSpec *c
    cdef int32_t s, i, n
    for n in range(w.n_nodes):
        spare[n] = w.nodes[n].free - (w.nodes[n].high if w.episode_from >= 0 else w.nodes[n].low)
    for s in range(w.mm_spans):
        for i in range(w.awake_mms[s].first, w.awake_mms[s].end):
            w.mms[i].growth = 0
    for growing in range(1, -1, -1):
        for s in range(w.spans):
            for i in range(w.awake[s].first, w.awake[s].end):
                t = w.threads + i
                c = spec(w, t)
                if c.grows != growing:
                    continue
                w.lone[i].when = -1
                if t.state > KEEP or w.when[i] >= until:
                    continue
                n = <int32_t>c.nodes[0]
                more = -1
                if t.state != KEEP or keeps_there(w, t, n):
                    more = alone(w, i, t.taken[n] if t.state == KEEP else 0, until, spare + n)
                if more < 0:
                    spent_at[0] = w.lone[i].when
                    return more - events
                events += more
                w.mms[t.mm].growth += w.lone[i].most
    if not all_fit(w):
        spent_at[0] = until
        return -1 - events
    return events


cdef inline bint keeps_there(const World *w, const Thread *t, int32_t n) noexcept nogil:
    """Whether all that it keeps is there, of this node, and stays there while others on its mm give back."""
    cdef int32_t other
    if w.mms[t.mm].swapped and w.mms[t.mm].users > 1:
        return False
    for other in range(w.n_nodes):
        if other != n and t.taken[other] > 0:
            return False
    return t.taken[n] <= w.mms[t.mm].pages[n]


cdef inline int64_t alone(World *w, int32_t i, int64_t kept, int64_t until, int64_t *spare) noexcept nogil:
    """Run a thread's program, which keeps so many pages, to `until`.

    Returns how many events that is, or −1 less that number when `spare` is used up.
    """
    cdef const Thread *t = w.threads + i
    cdef Lone *l = w.lone + i
    cdef int64_t started, events
    l[0] = Lone(when=w.when[i], state=t.state, asks=t.asks, thinks=t.thinks, kept=kept, took=0, returned_at=-1, most=0)
    started = l.state == START
    if started:
        think_alone(w, i)
    events = grow_alone(w, i, until, spare) if spec(w, t).grows else churn_alone(w, i, until, spare)
    return events + started if events >= 0 else events - started


cdef inline void think_alone(World *w, int32_t i) noexcept nogil:
    cdef Lone *l = w.lone + i
    l.state = THINK
    l.kept = 0
    l.when += max(SHORTEST, thinks_for(w, i, l.thinks))
    l.thinks += 1


cdef inline int64_t grow_alone(World *w, int32_t i, int64_t until, int64_t *spare) noexcept nogil:
    """Run a program that grows to `until`: how many asks that is, or −1 less that number when `spare` is used up."""
    cdef const ClassSpec *c = spec(w, w.threads + i)
    cdef Lone *l = w.lone + i
    cdef bint same = constant(w, c.chunk)
    cdef int64_t pages = chunk(w, i, 0) if same else 0
    cdef int64_t when = l.when, asks = l.asks, thinks = l.thinks, left = spare[0]
    cdef const Stream *thoughts = stream(w, THINKS, i)
    cdef const int64_t *draws = thoughts.values
    cdef int64_t drawn = 0 if c.steady else thoughts.drawn
    while when < until:
        if not same:
            pages = chunk(w, i, asks)
        left -= pages
        asks += 1
        if left < 0:
            break
        if thinks < drawn:
            when += max(SHORTEST, draws[thinks])
        else:
            when += max(SHORTEST, thinks_for(w, i, thinks))
            drawn = 0 if c.steady else thoughts.drawn
        thinks += 1
    asks -= l.asks
    l.when = when
    l.asks += asks
    l.thinks = thinks
    l.took = l.most = spare[0] - left
    spare[0] = left
    return asks if left >= 0 else -1 - asks


cdef inline int64_t churn_alone(World *w, int32_t i, int64_t until, int64_t *spare) noexcept nogil:
    """The same for one that churns: it holds a chunk at a time."""
    cdef Lone *l = w.lone + i
    cdef int64_t events = 0, pages
    while l.when < until and not stopped(w):
        events += 1
        if l.state == THINK:
            pages = chunk(w, i, l.asks)
            if pages > l.most:
                spare[0] -= pages - l.most
                l.most = pages
                if spare[0] < 0:
                    return -1 - events
            l.state = KEEP
            l.kept = pages
            l.took += pages
            l.when += keeps_for(w, i, l.asks)
            l.asks += 1
        else:
            l.took -= l.kept
            l.returned_at = l.when
            think_alone(w, i)
    return events


cdef inline bint all_fit(const World *w) noexcept nogil:
    """Whether nobody comes to a target or a limit with what each has taken alone."""
    cdef const Thread *t
    cdef int64_t all_of_it = 0, most
    cdef int32_t s, i
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            if w.lone[i].when < 0:
                continue
            t = w.threads + i
            all_of_it += w.lone[i].most
            if spec(w, t).grows and size(w.mms + t.mm, w.n_nodes) + w.mms[t.mm].growth >= spec(w, t).target:
                return False
    for i in range(w.n_memcgs if w.policy.memcg != MEMCG_IGNORED else 0):
        most = min(w.memcg_specs[i].limit, w.memcg_specs[i].high)
        if most < UNLIMITED and most - usage(w, i) < all_of_it:
            return False
    return True


cdef inline void carry_out(World *w) noexcept nogil:
    """What each has done alone has happened."""
    cdef Thread *t
    cdef const Lone *l
    cdef int32_t s, i, n, other
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            l = w.lone + i
            if l.when < 0:
                continue
            t = w.threads + i
            n = <int32_t>w.classes[t.cls].nodes[0]
            w.when[i] = l.when
            t.state, t.asks, t.thinks = <uint8_t>l.state, l.asks, l.thinks
            for other in range(w.n_nodes):
                t.taken[other] = 0
            t.taken[n] = l.kept
            w.nodes[n].free -= l.took
            w.nodes[n].returned_at = max(w.nodes[n].returned_at, l.returned_at)
            w.mms[t.mm].pages[n] += l.took
    w.version += 1
    w.quiet_run = 0
