"""What a scenario is to the core. Times are ns, memory is pages, probabilities are times 2^63.

A distribution is the number of its quantile function. The NumPy dtypes of the inputs are derived from these structs.
"""

from libc.stdint cimport int64_t

cdef struct MachineSpec:
    int64_t cpus
    int64_t tick  # ns
    int64_t nap_ticks  # HZ/50
    int64_t shift_hz  # SHIFT_HZ: about log2(HZ)
    int64_t horizon
    int64_t patience
    int64_t settle
    int64_t teardown_rate  # pages/s
    int64_t teardown_batch
    int64_t gather  # pages that are unmapped before the first of them goes back; 0: none wait
    int64_t gather_rate  # pages/s
    int64_t scan_per_task
    int64_t ratelimit_burst
    int64_t ratelimit_interval
    int64_t kswapd_period  # ns a batch
    int64_t swap  # pages
    int64_t swap_rate  # pages/s
    int64_t files  # their working set, pages
    int64_t files_rate  # pages/s
    int64_t pcp_high  # pages; 0: no per-CPU lists
    int64_t pcp_batch
    int64_t fragmentation_p
    int64_t fragmentation_block  # pages
    int64_t reclaim_batch
    int64_t reclaim_pass  # numbers of quantile functions, here and below
    int64_t memcg_pass
    int64_t report
    int64_t preempt_p  # probability · 2^63, here and below
    int64_t preempt

cdef struct NodeSpec:
    int64_t size  # without what is reserved
    int64_t cache
    int64_t min
    int64_t low
    int64_t high

cdef struct ClassSpec:
    int64_t hog
    int64_t daemon
    int64_t rss
    int64_t resident  # pages of each process that sleeps
    int64_t total_vm
    int64_t oom_adj
    int64_t oom_score_adj
    int64_t preference  # 1 prefer, -1 avoid, -2 omit
    int64_t mlocked
    int64_t shared  # of the segment that its instances map together
    int64_t maps  # whose segment its mms map: a class, -1 none
    int64_t nice
    int64_t root
    int64_t rawio
    int64_t init
    int64_t swapoff
    int64_t cpu_time
    int64_t run_time
    int64_t memcg  # -1: none
    int64_t cpuset  # bound by cpuset, not by mempolicy
    int64_t n_nodes
    int64_t nodes[8]
    int64_t grows
    int64_t idle
    int64_t start
    int64_t think
    int64_t busy  # it thinks on a CPU
    int64_t steady  # all thoughts are as long as a thread's first
    int64_t chunk
    int64_t chunk_max
    int64_t target
    int64_t hold  # -1: for ever
    int64_t keep
    int64_t touch
    int64_t file_touch
    int64_t p_no_fs
    int64_t p_noretry
    int64_t p_nofail
    int64_t order
    int64_t wake
    int64_t tail
    int64_t term_p
    int64_t term
    int64_t block_p
    int64_t block
    int64_t lock_p
    int64_t lock_first  # threads that may hold the lock
    int64_t lock_count
    int64_t work_p
    int64_t work
    int64_t work_chunk
    int64_t work_chunk_max
    int64_t core_dump_p
    int64_t core_dump
    int64_t core_dump_chunk
    int64_t core_dump_chunk_max
    int64_t pin_p
    int64_t pin
    int64_t mmap_lock_p
    int64_t unreaped_p
    int64_t unreaped

cdef struct ProcessSpec:
    int64_t cls
    int64_t mm
    int64_t parent
    int64_t eldest  # child, -1 none
    int64_t sibling  # the next child of its parent's, -1 none
    int64_t first_thread
    int64_t n_threads

cdef struct MemcgSpec:
    int64_t limit
    int64_t oom_group

cdef struct MmSpec:
    int64_t owner  # the process whose class says its size
    int64_t users  # threads
    int64_t churned  # a churn program is among them
    int64_t alike  # so many from here on, each with its one thread, sleep in one crowd; 0: it doesn't sleep
