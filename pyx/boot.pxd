"""The world at time 0: sizes drawn and placed, every thread about to start."""

from libc.stdint cimport int32_t, int64_t

from events cimport value
from rng cimport FOR_CACHE, FOR_RSS, FOR_SHARED, FOR_START
from world cimport (
    HOLD, NEVER, NOBODY, START,
    ClassSpec, Node, NodeSpec, ProcessSpec, Record, Thread, World, margin,
)


cdef inline void empty_record(Record *r, int64_t schedule) noexcept nogil:
    r[0] = Record(schedule=schedule, outcome=0, kills=0, unnecessary=0, stale=0, impatient=0, blind=0, needless=0,
                  premature=0, collateral=0, preventive=0, duplicates=0, first_oom_ns=-1, ttr_ns=-1, censored=0,
                  outage_ns=0, episodes=0, daemon_stall_ns=0, daemon_stall_max_ns=0, lost_pages=0, lost_cpu_ns=0,
                  spin_ns=0, oom_calls=0, refused=0, aborted=0, cancelled=0, reaped=0, end_ns=-1, cut=0)


cdef inline void place(World *w, int64_t pages, int64_t *holds, const ClassSpec *c) noexcept nogil:
    """Put what is held at the start on the class's nodes, in order, as far as it fits them and its group."""
    cdef int64_t left = min(pages, margin(w, <int32_t>c.memcg)) if c.memcg >= 0 else pages
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


cdef inline void boot(World *w, int64_t schedule) noexcept nogil:
    """Sizes that don't fit are cut, in order, to what leaves every node at HIGH."""
    cdef int32_t n, m, p, i
    cdef int64_t cache, room, k
    cdef const NodeSpec *node
    cdef const ProcessSpec *process
    cdef const ClassSpec *c
    cdef Thread *t
    w.schedule = schedule
    w.n_pins = w.n_reapers = w.pending = 0
    w.mutex = NOBODY
    for n in range(w.n_nodes):
        w.gates[n] = NOBODY
    w.gate_queue.head = w.gate_queue.last = w.mutex_queue.head = w.mutex_queue.last = NOBODY
    w.now = w.running = w.in_flight = w.tokens_at = w.printed = 0
    w.tokens = w.machine.ratelimit_burst * w.machine.ratelimit_interval
    w.swap_free = w.machine.swap
    w.swap_at = w.disk_at = w.scanned_direct = w.scanned_kswapd = w.refaults = 0
    for k in range(w.n_nodes * w.machine.cpus):
        w.lists[k] = 0
    w.last_freed = w.episode_from = w.calm_from = -1
    w.decisions = 0
    w.suppress = NOBODY
    w.panicked = w.frozen = w.quiet = 0
    w.look = 1
    w.version = w.quiet_run = w.rest = 0
    empty_record(&w.record, schedule)
    for n in range(w.n_nodes):
        node = w.node_specs + n
        cache = value(w, node.cache, FOR_CACHE, n, 0)
        room = node.size - node.high
        w.record.cut |= cache > room
        cache = min(cache, room)
        w.nodes[n] = Node(free=node.size - cache, listed=0, cache=cache, min=node.min, low=node.low, high=node.high,
                          kswapd_swaps=0, boost=0, run_boost=0, run_got=0, owed=0, failures=0)
        w.when[w.n_threads + n] = NEVER
    for m in range(w.n_memcgs):
        w.memcgs[m].lock = w.memcgs[m].queue.head = NOBODY
    for m in range(2 * w.n_mms):
        w.when[w.n_threads + w.n_nodes + m] = NEVER
    for m in range(w.n_mms):
        w.mms[m].total = w.mms[m].unmapped = w.mms[m].returned = w.mms[m].users = w.mms[m].swapped = w.mms[m].scanned = w.mms[m].seen = w.mms[m].rate = 0
        w.mms[m].pinned = w.mms[m].skip = w.mms[m].reapable = w.mms[m].mmap_locked = 0
        w.mms[m].dumper = NOBODY
        w.mms[m].left_at = -1
        w.mms[m].condemned_at = w.mms[m].condemned_by = w.mms[m].victim_at = w.mms[m].freed_at = w.mms[m].average = -1
        for n in range(w.n_nodes):
            w.mms[m].pages[n] = w.mms[m].took[n] = 0
    for m in range(w.n_classes):
        w.shared[m].mappers = 0
        for n in range(w.n_nodes):
            w.shared[m].pages[n] = 0
    for p in range(w.n_processes):
        process = w.processes + p
        c = w.classes + process.cls
        w.alive[p] = process.n_threads
        w.mms[process.mm].users += process.n_threads
        for i in range(<int32_t>process.first_thread, <int32_t>(process.first_thread + process.n_threads)):
            t = w.threads + i
            t.state = HOLD if c.idle else START
            t.has_mm = 1
            t.put = 0
            t.signalled = t.term = t.marked = t.exiting = t.dead = t.pending = t.abandon = t.rebalancing = t.starved = t.spinning = t.fault = 0
            t.process, t.cls, t.mm = p, <int32_t>process.cls, <int32_t>process.mm
            t.lock_of = t.chosen = t.domain = NOBODY
            t.memcg = <int32_t>w.classes[w.processes[w.mm_specs[process.mm].owner].cls].memcg
            t.kept_node = 0
            t.asks = t.faults = t.left = t.thinks = t.kept = t.reports = t.rechecks = t.burned = t.passes = t.clear_to = 0
            t.failed_at = -1
            w.when[i] = NEVER if c.idle else value(w, c.start, FOR_START, i, 0)
    for m in range(w.n_mms):
        process = w.processes + w.mm_specs[m].owner
        c = w.classes + process.cls
        w.mms[m].mlocked = c.mlocked
        w.mms[m].segment = <int32_t>c.maps
        place(w, value(w, c.rss, FOR_RSS, process.first_thread, 0), w.mms[m].pages, c)
    for m in range(w.n_classes):
        c = w.classes + m
        place(w, value(w, c.shared, FOR_SHARED, m, 0), w.shared[m].pages, c)
    for m in range(w.n_mms):
        if w.mms[m].segment != NOBODY:
            w.shared[w.mms[m].segment].mappers += 1
