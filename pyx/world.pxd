"""The state of one schedule.

Times are ns, memory is pages. Thread, process, mm and node are numbers, NOBODY is none.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from policy cimport ON_TIMEOUT_NEXT, PolicySpec
from record cimport Record
from sampler cimport Quantile, Segment
from scenario cimport MAX_NODES, ClassSpec, MachineSpec, MemcgSpec, MmSpec, NodeSpec, ProcessSpec

cdef extern from *:
    """
    #ifdef OOMMC_DEBUG
    #undef NDEBUG
    #include <assert.h>
    #define oommc_assert(x) assert(x)
    #else
    #define oommc_assert(x) ((void)0)
    #endif
    """
    void check "oommc_assert"(bint) noexcept nogil

cdef enum:
    NOBODY = -1
    MM_HOLDS = 1 << 24

cdef extern from *:
    """
    #define OOMMC_NEVER INT64_MAX
    #define OOMMC_PSI_WINDOW ((int64_t)1000000000)
    #define OOMMC_UNLIMITED ((int64_t)1 << 50)
    #define OOMMC_LOAD(at) __atomic_load_n(at, __ATOMIC_RELAXED)
    #define OOMMC_STORE(at, value) __atomic_store_n(at, value, __ATOMIC_RELAXED)
    """
    const int64_t NEVER "OOMMC_NEVER"
    const int64_t PSI_WINDOW "OOMMC_PSI_WINDOW"  # ns, of lmkd's monitors
    const int64_t UNLIMITED "OOMMC_UNLIMITED"  # pages, of a group without memory.max (oommc/engine/computed.py)
    int32_t atomic_load "OOMMC_LOAD"(const int32_t *at) noexcept nogil
    void atomic_store "OOMMC_STORE"(int32_t *at, int32_t value) noexcept nogil

cdef enum State:
    # at work
    START, THINK, BUSY, KEEP, HOLD
    ERRAND  # asleep, with another's mm or a lock in its hands
    # its request is over, but its program waits
    OVER_HIGH  # its group is above memory.high: a pass
    HIGH_OUT  # what that pass found is written to swap
    THROTTLED  # and a sleep
    PAGE_IN  # what it uses is being read from swap, or from a file
    # inside the allocator
    PASS, SWAP_OUT, NAP, PREEMPT, GATE_QUEUE, GATE_HELD, REPORT, PRINT, MUTEX_QUEUE, MUTEX_HELD, SCAN, RESCAN, PAUSE
    SHUT_OUT, PARK
    # dying
    CLEANUP, CORE_WAIT, DUMP, WAKE, BLOCK, LOCK_WAIT, EXITING, WORK, TEARDOWN, TAIL, TASKLIST_WAIT, ZOMBIE, REAPED

cdef enum Fault:  # what an ask is: a program's chunk, or what a page fault needs
    FAULT_NONE, FAULT_SWAP, FAULT_FILE

cdef enum Stage:  # what follows a preemption or a report
    STAGE_GATE, STAGE_OUT_OF_MEMORY, STAGE_MUTEX, STAGE_SHOOT

cdef struct Node:
    int64_t free
    int64_t listed  # free too, on per-CPU lists
    int64_t cache
    int64_t min
    int64_t low
    int64_t high
    int64_t returned_at  # when a page last came back to it
    uint8_t kswapd_swaps  # its batch is being written to swap
    int64_t boost  # by how much the watermarks are raised
    int64_t run_boost  # at the beginning of kswapd's run
    int64_t run_got  # by that run
    int64_t owed  # what that run is to get although the node is balanced
    int64_t failures  # runs in a row that got nothing
    int64_t plenty  # an ask found it at high, and none has left it at min since (boost.at_minimum)
    int64_t shortages  # how often it went from one to the other

cdef struct SharedSegment:
    int64_t pages[8]
    int64_t mappers

cdef struct Mm:
    int64_t mlocked  # these four are read most, together
    int64_t victim_at  # killed by the kernel, or going by itself with the mark
    int64_t users
    int64_t pages[8]
    int64_t took[8]  # pages of a segment that became its own
    int64_t whole[8]  # exit_mmap(): pages at its start
    int64_t total
    int64_t unmapped  # of these; counted where they wait for a lump (machine.gather)
    int64_t returned
    int64_t condemned_at  # killed
    int64_t condemned_by  # the number of the decision by which it was
    int64_t homes  # the nodes on which it held pages then, a bit each
    int64_t last_back  # when a page of it last came back since then
    int64_t freed_at
    int64_t left_at  # when its last thread but init's let go of it
    int64_t swapped  # pages that are out in swap
    int64_t growth  # at most, in a leap
    int64_t scanned  # pages that reclaim has taken from it (memory.stat: pgscan)
    int64_t seen  # what a killer noted at its last look: of these, how many since the look before, and its average rss
    int64_t rate
    int64_t average
    int32_t segment  # that it maps, by class; NOBODY: none
    int32_t dumper  # who dumps its core
    uint8_t preventive  # nobody waited when it was decided on
    uint8_t innocent  # its victim wasn't the hog
    uint8_t spared  # the killer in user space passes it over, in a run without its kill
    uint8_t pinned
    uint8_t skip  # MMF_OOM_SKIP
    uint8_t reapable  # the reaper is, or will be, at work on it
    uint8_t mmap_locked
    uint8_t asleep

cdef struct Queue:
    int32_t head
    int32_t last

cdef struct Memcg:
    int32_t lock  # who holds it

cdef struct Pin:
    int32_t mm
    int32_t tearing

cdef struct Reaper:
    int32_t mm
    uint8_t waits  # its time has come, but the thread is at another
    uint8_t reaping
    uint8_t tearing  # it was the last user: exit_mmap()
    uint8_t release  # not the kernel's thread, but process_mrelease() of a killer in user space
    uint8_t pins  # it holds an mm_users
    int64_t attempts

cdef enum Doing:
    IDLE, SEARCHING, WAITING, STALLED

cdef enum Signal:
    SIGNAL_NONE, SIGNAL_TERM, SIGNAL_KILL

cdef struct Killer:
    int32_t doing
    int32_t signal
    int32_t under  # whose pressure is too high, NOBODY where memory is short
    int64_t polls
    int64_t mem_due
    int64_t pressure_due
    int64_t rest_until
    int64_t pressure_rest_until
    int64_t read_at  # what its kills are judged by
    int64_t since  # the wait's beginning

cdef struct Trigger:  # a PSI monitor
    int64_t start
    int64_t value
    int64_t growth  # in the window before
    int64_t told_at

cdef struct Lmkd:
    Trigger triggers[2]  # some, full
    int64_t psi_due
    int64_t poll_due
    int64_t poll_until
    int64_t killed
    int64_t base  # pages of page cache at the last reset
    int64_t start  # refaults then
    int64_t reset_at
    int64_t carried  # thrashing of the windows before, halved each
    int64_t limit
    int64_t cuts  # the kill that is due lowers the limit
    int64_t refaults  # at the last look; so the next two
    int64_t direct
    int64_t kswapd
    int64_t checks_cache
    int64_t least_adj  # who may be killed now

cdef struct Pressure:
    int32_t group  # NOBODY: the machine
    uint8_t stalled
    int64_t since
    uint8_t full  # of which kind
    int64_t stalled_ns  # in this period
    int64_t total  # ns stalled
    int64_t average  # percent, in fixed point
    int64_t scanned  # what reclaim had taken here at the killer's last look
    int64_t reclaimed_at  # the last look that found more
    int64_t above_since  # the first look at which it was above the killer's limit, and has been since

cdef struct Thread:
    uint8_t state
    uint8_t has_mm
    uint8_t put  # its own mmput() is over
    uint8_t signalled  # SIGKILL
    uint8_t term  # SIGTERM, which it handles
    uint8_t marked  # TIF_MEMDIE
    uint8_t exiting  # PF_EXITING
    uint8_t dead  # PF_DEAD
    uint8_t pending  # in steps 3 to 6 of an allocation
    uint8_t no_fs
    uint8_t noretry
    uint8_t nofail
    uint8_t spinning
    uint8_t stage
    uint8_t abandon
    uint8_t rebalancing  # has been in a pass since step 1
    uint8_t rescans  # goes round select_bad_process() with tasklist_lock held
    uint8_t starved  # has come to the OOM path with the mark, in vain
    uint8_t fault  # what its ask is
    uint8_t errand  # it has one (errand.pxd)
    uint8_t begun
    uint8_t after  # what it was at; WAKE: it is on its way out
    int32_t process
    int32_t cls
    int32_t mm
    int32_t lock_of
    int32_t pins  # the mm that its errand is with; NOBODY: a lock
    int32_t memcg  # NOBODY: none
    int32_t domain  # the group whose limit its ask fails, NOBODY for the machine
    int32_t chosen  # whom it will kill after the report
    int32_t source  # the node of the last page that it has got
    int32_t alive  # of a leader's process: threads that aren't PF_DEAD
    int64_t errands
    int64_t delay  # of its errand
    int64_t favour  # pages that it asks for then
    int64_t rest  # ns that are left of what it was at
    int64_t asks
    int64_t faults
    int64_t left  # pages that it uses, that were out, and that it hasn't asked for yet
    int64_t unit  # pages that it asks for at a time
    int64_t want  # that it still lacks
    int64_t taken[8]  # that it has got, by node
    int64_t asked_at
    int64_t pass_ns
    int64_t passes  # in a row, without progress, for the page that it waits for
    int64_t pass_from
    int64_t got  # page cache that this pass took before it came to swap
    int64_t failed_at
    int64_t thinks
    int64_t rechecks  # that failed
    int64_t burned
    int64_t clear_to  # rechecks before this one aren't followed by a preemption
    int64_t dull  # passes that change nothing, when last counted
    # a daemon's downtime
    int64_t ought  # when its thought would be over on a processor of its own
    int64_t down  # ns of waits that are over
    int64_t down_from  # since when it works no more
    int64_t up_at  # when its process is restarted

cdef enum Place:  # where one with CPU work is (turns.pxd)
    AWAY, WAITS, RUNS

cdef struct Work:  # what one has to do on a processor, where processors are had in turns
    uint8_t place
    uint8_t active  # it has something to do
    uint8_t woken  # in this event
    uint8_t fifo  # SCHED_FIFO
    uint8_t keeps  # nobody takes its processor away
    int64_t left  # ns of what it has to do
    int64_t age  # ns that it has run for, by weight (vruntime)
    int64_t since  # up to when that is counted
    int64_t turn  # when its turn began

cdef struct Lone:  # where a thread's program has come alone
    int64_t when  # -1: it wasn't its turn
    int64_t state
    int64_t asks
    int64_t thinks
    int64_t kept
    int64_t took
    int64_t returned_at  # when it last gave back; -1: it hasn't
    int64_t most  # that it held of that at any time

cdef struct Stream:
    int64_t drawn
    int64_t *values

cdef struct Streams:
    int64_t room  # draws of each that are kept, a multiple of four
    Stream *of  # by thread and stream

cdef struct Span:
    int32_t first
    int32_t end

cdef struct World:
    # what never changes
    const MachineSpec *machine
    const PolicySpec *policy
    const NodeSpec *node_specs
    const ClassSpec *classes
    const ProcessSpec *processes
    const MmSpec *mm_specs
    const MemcgSpec *memcg_specs
    const Quantile *quantiles
    const Segment *segments
    const int64_t *knots
    uint64_t seed
    uint64_t schedule
    Streams *streams  # shared by the worlds of a schedule
    int64_t *calls  # of the user's victim function: begun and ended
    const int32_t *stop  # not 0 once nobody wants the rest
    int32_t n_nodes
    int32_t n_mms
    int32_t n_processes
    int32_t n_threads
    int32_t n_memcgs
    int32_t n_classes
    # arrays in the workspace; `fork` lists them
    char *arrays  # where they begin
    Span *awake  # threads that don't sleep; behind them an empty span
    Span *awake_mms  # so here
    Span *acting  # entities that may have an event: who is awake, kswapds and pins; behind them the span of reapers
    Span *born  # the three at the start
    Span *born_mms
    Span *born_acting
    int64_t *asleep  # processes, by class
    int32_t *roused  # mms, in order
    int64_t *when  # each entity's next event: threads, kswapd by node, pins and reapers (a place for each mm)
    Work *work  # by entity, where processors are had in turns
    int32_t *next  # the entity behind it in the queue of gate or mutex
    Node *nodes
    int64_t *lists  # by node and CPU: freed, and not yet back
    Mm *mms
    SharedSegment *shared  # by class: memory that several mms map
    Thread *threads
    Lone *lone
    Pin *pins
    Reaper *reapers
    Memcg *memcgs
    Pressure *pressures  # that the killer watches
    int64_t *hooks  # by process: when the killer's signal follows
    uint8_t *victims  # by process: whom the killer waits for
    # scalars
    int32_t spans  # of threads awake
    int32_t mm_spans
    int32_t acting_spans
    int32_t born_spans
    int32_t born_mm_spans
    int32_t born_acting_spans
    int32_t sleepers  # processes
    int32_t n_roused
    int32_t n_pressures
    Killer killer  # of user space
    Lmkd lmkd
    int32_t n_pins
    int32_t n_reapers
    int32_t reaper  # that the kernel's thread is at
    int32_t n_reaped  # threads that have left the task list
    int32_t pending  # threads in steps 3 to 6
    int32_t gates[8]  # who holds each, the global one is the first: NOBODY, an entity, or MM_HOLDS + an mm
    int32_t rescans  # threads that do
    int32_t mutex
    int32_t printer  # who owns the console
    Queue gate_queue
    Queue mutex_queue
    int64_t now
    int64_t running  # runnable threads
    int64_t youngest  # the age of the youngest that has run or waited so far
    uint8_t turns_change  # somebody has something to do, or no longer
    uint8_t waiters  # somebody waits for a processor
    int64_t text  # ns of printing that others have added to the console's buffer
    int64_t tokens  # of the report's ratelimit, in ns
    int64_t tokens_at  # since when; for the window, its beginning
    int64_t printed  # in this window
    int64_t swap_free
    int64_t swap_at  # when the swap device will have done what it was given
    int64_t disk_at  # and the disk with the files
    int64_t scanned_direct  # pages that reclaim has taken: passes
    int64_t scanned_kswapd
    int64_t refaults  # pages of files that came back
    int64_t episode_from
    int64_t calm_from
    int64_t decisions  # to kill, that were carried out
    int64_t suppress  # the number of the one that isn't, NOBODY: all are
    int64_t episodes_then  # that had begun when it was left out
    uint8_t spares  # nor any later one against the same mm, of a killer in user space
    uint8_t panicked
    uint8_t frozen  # a projection: only what dies already moves
    uint8_t quiet  # this event has changed nothing but the thread's place in its retry cycle
    uint8_t look  # something has happened after which the rest of the run may be without interest
    int64_t rest  # events without a try to leap
    int64_t reports  # made so far, by anybody
    int64_t version  # counts events that weren't quiet
    int64_t quiet_run  # quiet events since
    int64_t at_once  # events at this instant, in the debug build
    Record record


cdef inline int64_t size(const Mm *mm, int32_t n_nodes) noexcept nogil:
    """Pages of an mm in memory and in swap."""
    return held(mm, n_nodes) + mm.swapped


cdef inline int64_t held(const Mm *mm, int32_t n_nodes) noexcept nogil:
    """Pages of an mm in memory."""
    cdef int64_t pages = 0
    cdef int32_t n
    for n in range(n_nodes):
        pages += mm.pages[n]
    return pages


cdef inline void begin_return(const World *w, Mm *m) noexcept nogil:
    """Pages are about to go back in batches, to each node its proportion of what there is now."""
    cdef int32_t n
    for n in range(w.n_nodes):
        m.whole[n] = m.pages[n]
    m.total = held(m, w.n_nodes)
    m.unmapped = m.returned = 0


cdef inline int64_t margin(const World *w, int32_t memcg) noexcept nogil:
    """Pages that the members of a group may still take together."""
    return w.memcg_specs[memcg].limit - usage(w, memcg)


cdef inline int64_t usage(const World *w, int32_t memcg) noexcept nogil:
    """Pages that are charged to a group."""
    cdef int64_t pages = 0
    cdef int32_t s, m
    for s in range(w.mm_spans):
        for m in range(w.awake_mms[s].first, w.awake_mms[s].end):
            if lies_in(w, w.classes[w.processes[w.mm_specs[m].owner].cls].memcg, memcg):
                pages += held(w.mms + m, w.n_nodes)
    for m in range(w.n_classes):
        if lies_in(w, w.classes[m].memcg, memcg):
            pages += in_segment(w, m) + w.asleep[m] * w.classes[m].resident
    return pages


cdef inline bint lies_in(const World *w, int64_t group, int32_t domain) noexcept nogil:
    """Whether a group (NOBODY: none) is this one or lies in it."""
    return domain <= group < w.memcg_specs[domain].end


cdef inline int64_t in_segment(const World *w, int32_t segment) noexcept nogil:
    """Pages of a segment."""
    cdef int64_t pages = 0
    cdef int32_t n
    for n in range(w.n_nodes if segment != NOBODY else 0):
        pages += w.shared[segment].pages[n]
    return pages


cdef inline const ClassSpec *spec(const World *w, const Thread *t) noexcept nogil:
    return w.classes + t.cls


cdef inline void count(World *w, int64_t *column, int64_t by) noexcept nogil:
    """Add to a column; `end_ns` is the last instant at which one changed."""
    column[0] += by
    w.record.end_ns = w.now


cdef inline bint timed_out(const World *w, const Mm *mm) noexcept nogil:
    """Whether the policy's timeout has passed since this mm became a victim's."""
    return w.policy.timeout > 0 and mm.victim_at >= 0 and w.now >= mm.victim_at + w.policy.timeout


cdef inline bint expired(const World *w, const Mm *mm) noexcept nogil:
    """Whether the next one may die, because this victim's time is up."""
    return w.policy.on_timeout == ON_TIMEOUT_NEXT and timed_out(w, mm)


cdef inline bint overdue(const World *w) noexcept nogil:
    """Whether it has for a victim that isn't gone, which from then on is a matter of all (`on_timeout`)."""
    cdef int32_t s, m
    if w.policy.on_timeout == ON_TIMEOUT_NEXT or w.policy.timeout == 0:
        return False
    for s in range(w.mm_spans):
        for m in range(w.awake_mms[s].first, w.awake_mms[s].end):
            if timed_out(w, w.mms + m) and not w.mms[m].skip:
                return True
    return False


cdef inline bint lets_through(const World *w, const Mm *mm) noexcept nogil:
    """Whether a victim's mm no longer closes the gate that it keeps: its time is up, or it is only pinned, and long."""
    return expired(w, mm) or (w.policy.pin_age > 0 and mm.left_at >= 0 and w.now >= mm.left_at + w.policy.pin_age)


cdef inline bint constrained(const World *w, const Thread *t) noexcept nogil:
    return spec(w, t).n_nodes < w.n_nodes


cdef inline bint held_up(const Thread *t) noexcept nogil:
    """Whether its request is over, but its program waits."""
    return OVER_HIGH <= t.state <= PAGE_IN


cdef inline bint stopped(const World *w) noexcept nogil:
    """Whether nobody wants the rest of this schedule; another thread may say so at any time."""
    return atomic_load(w.stop) != 0


cdef inline int32_t killer_entity(const World *w) noexcept nogil:
    """The last of all."""
    return reaper_entity(w, w.n_mms)


cdef inline int32_t reaper_entity(const World *w, int32_t r) noexcept nogil:
    """The entity number of a reaper; pins stand before, one place for each mm."""
    return w.n_threads + w.n_nodes + w.n_mms + r
