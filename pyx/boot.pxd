"""The world at time 0: sizes drawn and placed, every thread about to start."""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from charge cimport room
from crowd cimport join, rouse
from events cimport value
from record cimport empty_record
from rng cimport FOR_CACHE, FOR_RSS, FOR_SHARED, FOR_START
from scenario cimport ClassSpec, MmSpec, NodeSpec, ProcessSpec
from turns cimport begin_turns
from world cimport HOLD, NEVER, NOBODY, START, Mm, Node, Span, Thread, World, reaper_entity, spec


cdef inline void boot(World *w, int64_t schedule) noexcept nogil:
    """Sizes that don't fit are cut, in order, to what leaves every node at HIGH."""
    cdef int32_t s, n, m, i
    cdef int64_t cache, room, k
    cdef const NodeSpec *node
    cdef const ProcessSpec *process
    cdef const ClassSpec *c
    w.schedule = schedule
    w.n_pins = w.n_reapers = w.n_reaped = w.pending = w.sleepers = w.rescans = 0
    w.mutex = w.printer = w.reaper = NOBODY
    for n in range(w.n_nodes):
        w.gates[n] = NOBODY
    w.gate_queue.head = w.gate_queue.last = w.mutex_queue.head = w.mutex_queue.last = NOBODY
    w.youngest = w.turns_change = w.waiters = 0
    w.now = w.running = w.text = w.tokens_at = w.printed = 0
    w.tokens = w.machine.ratelimit_burst * w.machine.ratelimit_interval
    w.swap_free = w.machine.swap - w.machine.swap_used
    w.swap_at = w.disk_at = w.scanned_direct = w.scanned_kswapd = w.refaults = 0
    for k in range(w.n_nodes * w.machine.cpus):
        w.lists[k] = 0
    w.episode_from = w.calm_from = -1
    w.decisions = 0
    w.suppress = NOBODY
    w.episodes_then = w.spares = 0
    w.panicked = w.frozen = w.quiet = w.reports = 0
    w.look = 1
    w.version = w.quiet_run = w.rest = w.at_once = 0
    empty_record(&w.record, schedule)
    for n in range(w.n_nodes):
        node = w.node_specs + n
        cache = value(w, node.cache, FOR_CACHE, n, 0)
        room = node.size - node.high
        w.record.cut |= cache > room
        cache = min(cache, room)
        w.nodes[n] = Node(free=node.size - cache, listed=0, cache=cache, min=node.min, low=node.low, high=node.high,
                          returned_at=0, kswapd_swaps=0, boost=0, run_boost=0, run_got=0, owed=0, failures=0,
                          plenty=0, shortages=0)
        w.when[w.n_threads + n] = NEVER
    for m in range(w.n_memcgs):
        w.memcgs[m].lock = NOBODY
    for m in range(w.n_classes):
        w.asleep[m] = w.shared[m].mappers = 0
        for n in range(w.n_nodes):
            w.shared[m].pages[n] = 0
    lull(w)
    for s in range(w.spans):
        for i in range(w.awake[s].first, w.awake[s].end):
            fresh_thread(w, i)
    for s in range(w.mm_spans):
        for m in range(w.awake_mms[s].first, w.awake_mms[s].end):
            fresh_mm(w, m)
    m = 0
    while m < w.n_mms:
        process = w.processes + w.mm_specs[m].owner
        c = w.classes + process.cls
        if w.mm_specs[m].alike:
            place_crowd(w, m, c)
            m += <int32_t>w.mm_specs[m].alike
        else:
            place(w, value(w, c.rss, FOR_RSS, process.first_thread, 0), w.mms[m].pages, c)
            w.mms[m].swapped = c.swapped
            w.swap_free -= c.swapped
            m += 1
    for m in range(w.n_classes):
        c = w.classes + m
        place(w, value(w, c.shared, FOR_SHARED, m, 0), w.shared[m].pages, c)
        if c.maps != NOBODY:
            w.shared[c.maps].mappers += w.asleep[m]
    for s in range(w.mm_spans):
        for m in range(w.awake_mms[s].first, w.awake_mms[s].end):
            if w.mms[m].segment != NOBODY:
                w.shared[w.mms[m].segment].mappers += 1


cdef inline void lull(World *w) noexcept nogil:
    """Who was roused sleeps again, as at the start."""
    cdef int32_t k
    for k in range(w.n_roused):
        fresh_mm(w, w.roused[k])
        fresh_thread(w, <int32_t>w.processes[w.mm_specs[w.roused[k]].owner].first_thread)
    w.n_roused = 0
    w.spans, w.mm_spans, w.acting_spans = w.born_spans, w.born_mm_spans, w.born_acting_spans
    memcpy(w.awake, w.born, (w.spans + 1) * sizeof(Span))
    memcpy(w.awake_mms, w.born_mms, (w.mm_spans + 1) * sizeof(Span))
    memcpy(w.acting, w.born_acting, (w.acting_spans + 1) * sizeof(Span))


cdef inline void fresh_mm(World *w, int32_t number) noexcept nogil:
    """Nothing has happened to it; it holds nothing yet, or sleeps on what it holds."""
    cdef const MmSpec *s = w.mm_specs + number
    cdef const ClassSpec *c = w.classes + w.processes[s.owner].cls
    cdef Mm *m = w.mms + number
    cdef int32_t n
    m.total = m.unmapped = m.returned = m.swapped = m.scanned = m.seen = m.rate = 0
    m.pinned = m.skip = m.reapable = m.mmap_locked = m.preventive = m.innocent = m.spared = 0
    m.dumper = NOBODY
    m.left_at = -1
    m.condemned_at = m.condemned_by = m.victim_at = m.freed_at = m.last_back = m.average = -1
    m.homes = 0
    m.users = s.users
    m.mlocked = c.mlocked
    m.segment = <int32_t>c.maps
    for n in range(w.n_nodes):
        m.pages[n] = m.took[n] = 0
    m.asleep = s.alike > 0
    if m.asleep:
        m.pages[c.nodes[0]] = c.resident


cdef inline void fresh_thread(World *w, int32_t i) noexcept nogil:
    cdef Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    t.state = HOLD if c.idle else START
    t.has_mm = 1
    t.put = 0
    t.signalled = t.term = t.marked = t.exiting = t.dead = t.pending = t.abandon = 0
    t.rebalancing = t.starved = t.spinning = t.rescans = t.fault = t.errand = t.begun = 0
    t.lock_of = t.chosen = t.domain = NOBODY
    t.source = 0
    t.errands = 0
    t.asks = t.faults = t.left = t.thinks = t.want = t.rechecks = t.burned = t.passes = t.clear_to = 0
    t.failed_at = t.down_from = -1
    t.ought = t.down = 0
    t.up_at = NEVER
    t.alive = <int32_t>w.processes[t.process].n_threads
    w.when[i] = NEVER if c.idle else value(w, c.start, FOR_START, i, 0)
    begin_turns(w, i)


cdef inline void place_crowd(World *w, int32_t mm, const ClassSpec *c) noexcept nogil:
    """The same for all who are alike from an mm on, at once. Where they don't fit, nobody of them sleeps."""
    cdef Node *node = w.nodes + c.nodes[0]
    cdef int64_t number = w.mm_specs[mm].alike, pages = number * c.resident
    cdef bint in_group = c.memcg < 0 or pages <= room(w, <int32_t>c.memcg)
    cdef bint fits = in_group and pages <= max(<int64_t>0, node.free - node.high)
    cdef int32_t m
    w.asleep[w.processes[w.mm_specs[mm].owner].cls] += number
    w.sleepers += <int32_t>number
    if fits:
        node.free -= pages
        return
    for m in range(mm, mm + <int32_t>number):
        rouse(w, m)
        w.mms[m].pages[c.nodes[0]] = 0
    for m in range(mm, mm + <int32_t>number):
        place(w, c.resident, w.mms[m].pages, c)


cdef inline void place(World *w, int64_t pages, int64_t *holds, const ClassSpec *c) noexcept nogil:
    """Put what is held at the start on the class's nodes, in order, as far as it fits them and its group."""
    cdef int64_t left = min(pages, room(w, <int32_t>c.memcg)) if c.memcg >= 0 else pages
    cdef int64_t k, taken
    cdef int32_t n
    w.record.cut |= left < pages
    for k in range(c.n_nodes):
        n = <int32_t>c.nodes[k]
        taken = max(<int64_t>0, min(left, w.nodes[n].free - w.nodes[n].high))
        holds[n] += taken
        w.nodes[n].free -= taken
        left -= taken
    w.record.cut |= left > 0


cdef inline void populate(World *w) noexcept nogil:
    """What is the same in every schedule: who the threads are, and who sleeps."""
    cdef const ProcessSpec *process
    cdef int32_t p, i, first_reaper = reaper_entity(w, 0)
    w.born_spans = w.born_mm_spans = w.born_acting_spans = 1
    w.born[0] = w.born_mms[0] = w.born_acting[0] = Span(first=0, end=0)
    w.born[1] = Span(first=w.n_threads, end=w.n_threads)
    w.born_mms[1] = Span(first=w.n_mms, end=w.n_mms)
    w.born_acting[1] = Span(first=first_reaper, end=first_reaper)
    for p in range(w.n_processes):
        process = w.processes + p
        for i in range(<int32_t>process.first_thread, <int32_t>(process.first_thread + process.n_threads)):
            w.threads[i].process, w.threads[i].cls, w.threads[i].mm = p, <int32_t>process.cls, <int32_t>process.mm
            w.threads[i].memcg = <int32_t>w.classes[w.processes[w.mm_specs[process.mm].owner].cls].memcg
            fresh_thread(w, i)
            if w.mm_specs[process.mm].alike == 0:
                join(w.born, &w.born_spans, i)
                join(w.born_acting, &w.born_acting_spans, i)
    for p in range(w.n_mms):
        fresh_mm(w, p)
        if w.mm_specs[p].alike == 0:
            join(w.born_mms, &w.born_mm_spans, p)
    for i in range(w.n_threads, w.n_threads + w.n_nodes):
        join(w.born_acting, &w.born_acting_spans, i)
    lull(w)
