"""What one schedule has come to under one policy. The NumPy dtype of the records is derived from this struct."""

from libc.stdint cimport int64_t

cdef enum Outcome:
    NO_OOM, RECOVERED, LIVELOCK, UNSETTLED, PANIC

cdef struct Record:
    int64_t schedule
    int64_t outcome
    int64_t kills
    int64_t unnecessary
    int64_t stale
    int64_t impatient
    int64_t blind
    int64_t needless
    int64_t premature
    int64_t collateral
    int64_t preventive
    int64_t duplicates
    int64_t first_oom_ns
    int64_t ttr_ns
    int64_t censored
    int64_t outage_ns
    int64_t episodes
    int64_t daemon_stall_ns
    int64_t daemon_stall_max_ns
    int64_t lost_pages
    int64_t lost_cpu_ns
    int64_t spin_ns
    int64_t oom_calls
    int64_t refused
    int64_t aborted
    int64_t cancelled
    int64_t reaped
    int64_t end_ns
    int64_t cut
