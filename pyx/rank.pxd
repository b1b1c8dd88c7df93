"""How a killer in user space ranks its candidates: by its rule, then by rss;
and what it notes at each look for that.
"""

from libc.stdint cimport int32_t, int64_t

from policy cimport (
    PREFERENCE_ORDER, PREFERENCE_POINTS, UNIT_CGROUP, VICTIM_ADJ, VICTIM_LRU, VICTIM_NEWEST, VICTIM_OOM_SCORE,
    VICTIM_PGSCAN, VICTIM_SWAP,
)
from scenario cimport ClassSpec
from world cimport NOBODY, Mm, World, held, in_segment, lies_in, margin, size

cdef enum:
    PREFERENCE = 300  # earlyoom's BADNESS_PREFER
    PERCEPTIBLE_APP_ADJ = 200
    DECAY = 4  # oomd's average_size_decay
    WHOLE = 10000  # percentages are in hundredths

cdef struct Rank:  # what is compared, in this order
    int64_t preference
    int64_t much  # oom_score_adj where that comes first, or its size where that is much of all
    int64_t growth  # a fraction of `average`, 0 where it doesn't count
    int64_t average
    int64_t points
    int64_t rss

cdef struct Unit:  # what dies together
    int64_t swapped
    int64_t rate
    int64_t average


cdef inline void note(World *w) noexcept nogil:
    """What the rules of selection compare with the look before."""
    cdef Mm *m
    cdef int64_t pages
    cdef int32_t i
    for i in range(w.n_mms):
        m = w.mms + i
        m.rate = m.scanned - m.seen
        m.seen = m.scanned
        pages = held(m, w.n_nodes) + in_segment(w, m.segment)
        m.average = pages if m.average < 0 else (m.average * (DECAY - 1) + pages) // DECAY


cdef inline Rank score(const World *w, int32_t p, int64_t rule) noexcept nogil:
    """All but what compares it with the others; see `growth`."""
    cdef const ClassSpec *c = w.classes + w.processes[p].cls
    return Rank(preference=c.preference if w.policy.monitor.preference == PREFERENCE_ORDER else 0,
                much=c.oom_score_adj if rule == VICTIM_LRU else 0, growth=0, average=1,
                points=points(w, p, rule), rss=rss(w, p))


cdef inline int64_t points(const World *w, int32_t p, int64_t rule) noexcept nogil:
    """By the rule."""
    cdef const ClassSpec *c = w.classes + w.processes[p].cls
    cdef const Mm *m = w.mms + w.processes[p].mm
    cdef int64_t pages, total = w.machine.swap  # proc_oom_score() (fs/proc/base.c)
    cdef int32_t n
    if rule == VICTIM_SWAP:
        return unit(w, p).swapped
    if rule == VICTIM_ADJ:
        return c.oom_score_adj
    if rule == VICTIM_LRU:
        return c.run_time if c.oom_score_adj > PERCEPTIBLE_APP_ADJ else 0
    if rule == VICTIM_NEWEST:
        return -c.run_time
    if rule == VICTIM_PGSCAN:
        return unit(w, p).rate
    if rule != VICTIM_OOM_SCORE:
        return 0  # VICTIM_RSS, VICTIM_GROWTH
    pages = size(m, w.n_nodes) + in_segment(w, m.segment)
    for n in range(w.n_nodes):
        total += w.node_specs[n].memory
    pages = max(<int64_t>0, (pages + (pages + 511) // 512) * 1000 // total + c.oom_score_adj)
    return pages + (PREFERENCE * c.preference if w.policy.monitor.preference == PREFERENCE_POINTS else 0)


cdef inline Unit unit(const World *w, int32_t p) noexcept nogil:
    """The sum over the mms that die together: a cgroup's, or the process's alone."""
    cdef int32_t i, group = cgroup(w, p)
    cdef const Mm *m = w.mms + w.processes[p].mm
    cdef Unit sum = Unit(swapped=0, rate=0, average=0)
    if group == NOBODY:
        return Unit(swapped=m.swapped, rate=m.rate, average=m.average)
    for i in range(w.n_mms):
        if lies_in(w, w.classes[w.processes[w.mm_specs[i].owner].cls].memcg, group):
            sum.swapped += w.mms[i].swapped
            sum.rate += w.mms[i].rate
            sum.average += w.mms[i].average
    return sum


cdef inline int32_t cgroup(const World *w, int32_t p) noexcept nogil:
    """The memory cgroup that dies with a process, or NOBODY."""
    if w.policy.monitor.unit != UNIT_CGROUP:  # UNIT_PROCESS
        return NOBODY
    return w.threads[w.processes[p].first_thread].memcg


cdef inline int64_t rss(const World *w, int32_t p) noexcept nogil:
    """Of a process with what it maps; of a cgroup that dies together all that is charged to it."""
    cdef const Mm *m = w.mms + w.processes[p].mm
    cdef int32_t group = cgroup(w, p)
    if group != NOBODY:
        return w.memcg_specs[group].limit - margin(w, group)
    return held(m, w.n_nodes) + in_segment(w, m.segment)


cdef inline void growth(
    const World *w, int32_t p, int64_t all_of_them, int64_t number, int64_t larger, Rank *r
) noexcept nogil:
    """oomd's kill_by_memory_size_or_growth: its size if that is much of all, its growth if it is one of the largest.

    `larger` of the `number` candidates, which hold all of them together, hold more.
    """
    # in order of size
    cdef int64_t place = (number * (WHOLE - w.policy.monitor.growth_percentile) + WHOLE - 1) // WHOLE - 1
    cdef int64_t average = max(<int64_t>1, unit(w, p).average)
    if r.rss * WHOLE >= w.policy.monitor.size_threshold * all_of_them:
        r.much = r.rss
    if larger <= place and r.rss * WHOLE >= (WHOLE + w.policy.monitor.growth) * average:
        r.growth = r.rss
        r.average = average


cdef inline bint better(const Rank *a, const Rank *b) noexcept nogil:
    if a.preference != b.preference:
        return a.preference > b.preference
    if a.much != b.much:
        return a.much > b.much
    if a.growth * b.average != b.growth * a.average:
        return a.growth * b.average > b.growth * a.average
    if a.points != b.points:
        return a.points > b.points
    return a.rss > b.rss
