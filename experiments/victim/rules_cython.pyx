# The rule of rules.py in Cython.
from libc.stdint cimport int64_t

cdef extern from "oommc_victim.h":
    ctypedef struct oommc_task:  # the fields that are read
        int64_t rss
        int64_t oom_score_adj
        int64_t cpu_ns


cdef api double pages_per_second(const oommc_task *task, void *user_data) noexcept nogil:
    return <double>(task.rss * (1000 + task.oom_score_adj)) / (1.0 + <double>task.cpu_ns / 1e9)
