"""What a policy is to the core: a value for every mechanism, and a killer in user space beside it.

The NumPy dtypes of the inputs are derived from these structs.
"""

from libc.stdint cimport int64_t

cdef enum Mark:
    MARK_HIGH, MARK_LOW, MARK_MIN

cdef enum Gate:
    GATE_NONE, GATE_GLOBAL, GATE_ZONELIST  # flag, trylock and semaphore differ in who gives it back and who queues

cdef enum GateLife:
    LIFE_ATTEMPT, LIFE_ATTEMPT_AND_PAUSE, LIFE_VICTIM

cdef enum Report:
    REPORT_ON_CALL, REPORT_ON_KILL, REPORT_NEVER

cdef enum Limiter:
    LIMITER_NONE, LIMITER_BUCKET, LIMITER_WINDOW

cdef enum Constrained:
    CONSTRAINED_KILL_CURRENT, CONSTRAINED_KILL_CURRENT_IF_MEMPOLICY, CONSTRAINED_SCAN_INSIDE

cdef enum Clock:
    UNTIL_MM_DETACHED, UNTIL_MM_PUT, UNTIL_PF_DEAD, UNTIL_REAPED

cdef enum Selector:
    BADNESS_2006, RSS_PERMILLE, RSS_ADJ_ROOT, RSS_ADJ_FLOOR, RSS_ADJ
    LARGEST_RSS, RANDOM, NEWEST, ALLOCATING_TASK, ORACLE, NOBODY_EVER, FUNCTION

cdef enum Ties:
    TIES_FIRST, TIES_LAST, TIES_LEADER

cdef enum ChildFirst:
    CHILD_FIRST, CHILD_BEST, CHILD_NO

cdef enum ReaperEnd:
    REAPER_NONE, REAPER_CLEARS_MARK, REAPER_SKIPS, REAPER_HELPS

cdef enum SkipAt:
    SKIP_FREED, SKIP_BEFORE_MLOCKED, SKIP_BEFORE_LAST_BATCH

cdef enum Refused:
    REFUSED_SPIN, REFUSED_SLEEP_TICK, REFUSED_QUEUE, REFUSED_WAIT

cdef enum Reach:
    REACH_THREAD, REACH_GROUP, REACH_ALL_SHARERS

cdef enum SelfMark:
    SELF_MARK_NO, SELF_MARK_SIGNALLED, SELF_MARK_YES

cdef enum CoreDump:
    CORE_RUNS_ON, CORE_INTERRUPTED, CORE_DISCOUNTED

cdef enum Costly:
    COSTLY_KILL, COSTLY_FAIL, COSTLY_NOFAIL_KILLS, COSTLY_NOFAIL_LOOPS

cdef enum Swapoff:
    SWAPOFF_AT_ONCE, SWAPOFF_FIRST, SWAPOFF_AS_ANY

cdef enum Sharers:
    SHARERS_KILL_AND_MARK, SHARERS_KILL, SHARERS_KILL_UNLESS_PROTECTED, SHARERS_FORBID, SHARERS_SPARE

cdef enum Reserves:
    RESERVES_ALL, RESERVES_HALF, RESERVES_NONE

cdef enum KillerSleep:
    SLEEP_TICK, SLEEP_TICK_IF_KILLED, SLEEP_NONE

cdef enum MemOf:
    OF_ANON, OF_TOTAL

cdef enum PressureKind:
    PRESSURE_NONE, PRESSURE_SOME, PRESSURE_FULL

cdef enum VictimRule:
    BY_OOM_SCORE, BY_RSS, BY_SWAP, BY_ADJ, BY_NEWEST, BY_PGSCAN, BY_GROWTH, BY_LRU

cdef enum Preference:
    PREFERENCE_IGNORED, PREFERENCE_POINTS, PREFERENCE_ORDER

cdef enum Unit:
    UNIT_PROCESS, UNIT_LEAF, UNIT_CGROUP

cdef enum Hooked:
    HOOK_PASSES_OVER, HOOK_STALLS

cdef enum WaitFor:
    WAIT_NOTHING, WAIT_LEADER, WAIT_PROCESS

cdef struct MonitorSpec:  # a killer in user space; percentages in hundredths, -1: off
    int64_t on
    int64_t stalls  # lmkd's rules
    int64_t partial_stall
    int64_t complete_stall
    int64_t thrashing
    int64_t thrashing_decay
    int64_t thrashing_critical
    int64_t filecache_min
    int64_t poll
    int64_t poll_most
    int64_t mem_fill
    int64_t swap_fill
    int64_t mem_of
    int64_t mem_term
    int64_t swap_term
    int64_t mem_kill
    int64_t swap_kill
    int64_t mem_mark  # -1: none
    int64_t pressure
    int64_t pressure_limit
    int64_t pressure_for
    int64_t pressure_poll
    int64_t reclaim_within
    int64_t by_cgroup
    int64_t victim
    int64_t pressure_victim
    int64_t spares
    int64_t size_threshold
    int64_t growth
    int64_t growth_percentile
    int64_t preference
    int64_t unit
    int64_t enough
    int64_t search
    int64_t reread
    int64_t hook
    int64_t hooked
    int64_t reap
    int64_t grace
    int64_t wait
    int64_t wait_poll
    int64_t wait_most
    int64_t rest
    int64_t pressure_rest
    int64_t stall  # probability · 2^63

cdef struct PolicySpec:
    int64_t passes
    int64_t memcg_passes
    int64_t progress  # pages that a pass has to get
    int64_t rebalance_blind
    int64_t before_gate
    int64_t under_gate
    int64_t after_selection
    int64_t recheck_mark
    int64_t gate
    int64_t test_memdie
    int64_t gate_life
    int64_t gate_opens_on_skip
    int64_t refused
    int64_t report
    int64_t limiter
    int64_t mutex
    int64_t memcg_binds
    int64_t memcg_lock
    int64_t memcg_group
    int64_t abort_on_memdie
    int64_t abort_on_exiting
    int64_t abort_on_victim_mm
    int64_t memdie_until
    int64_t exiting_until
    int64_t spares_exiting
    int64_t swapoff
    int64_t abort_skips_protected
    int64_t constrained
    int64_t leaders
    int64_t mmless_skipped
    int64_t selector
    int64_t victim  # address of the user's function, and of its data
    int64_t victim_data
    int64_t ties
    int64_t child_first
    int64_t signal
    int64_t mark
    int64_t sharers
    int64_t reserves
    int64_t starved_reclaims
    int64_t killer_sleep
    int64_t self_mark
    int64_t core_dump
    int64_t costly_orders
    int64_t loopers_reserves
    int64_t park
    int64_t reaper
    int64_t reaper_delay
    int64_t reaper_interval
    int64_t reaper_attempts
    int64_t reaper_mlocked
    int64_t reaper_lock
    int64_t reaper_pins
    int64_t mrelease
    int64_t drains_after_progress
    int64_t drains_for_last_try
    int64_t skip_at
    int64_t watermark_boost
    int64_t pin_age
    int64_t timeout  # after which the next one dies
    int64_t overdue  # after which a victim that isn't gone is a matter of all
    int64_t overdue_panics
    int64_t panic  # when nobody can be killed
    int64_t panic_on_oom
    MonitorSpec monitor
