"""What a scenario is to the core. Times are ns, memory is pages, probabilities are times 2^63.

A distribution is the number of its quantile function. The NumPy dtypes of the inputs are derived from these structs.
Those that hold a scenario's keys (`MachineSpec`, `NodeSpec`, `ClassSpec`, `MemcgSpec`) are written by
`generate_scenario.py`.
"""

from libc.stdint cimport int64_t

include "keys.pxi"

cdef struct ProcessSpec:
    int64_t cls
    int64_t mm
    int64_t parent
    int64_t eldest  # child, -1 none
    int64_t sibling  # the next child of its parent's, -1 none
    int64_t first_thread
    int64_t n_threads

cdef struct MmSpec:
    int64_t owner  # the process whose class says its size
    int64_t users  # threads
    int64_t churned  # a churn program is among them
    int64_t alike  # so many from here on, each with its one thread, sleep in one crowd; 0: it doesn't sleep
