"""A user's victim function: the task that it sees, and its score beside those of the kernel's selectors."""

from libc.math cimport INFINITY, isnan
from libc.stdint cimport int32_t, int64_t, uintptr_t
from libc.string cimport memcpy

from badness cimport NOT_AT_ALL, score, total_pages, virtual_size
from policy cimport MEMCG_IGNORED, SELECTOR_FUNCTION
from scenario cimport ClassSpec, ProcessSpec
from world cimport NOBODY, Thread, World, held, in_segment, margin, spec

cdef extern from "oommc_victim.h":
    ctypedef struct oommc_task:
        int64_t thread
        int64_t process
        int64_t parent
        int64_t cls
        int64_t threads
        int64_t children
        int64_t current
        int64_t has_mm
        int64_t rss
        int64_t swap
        int64_t total_vm
        int64_t mlocked
        int64_t oom_adj
        int64_t oom_score_adj
        int64_t nice
        int64_t root
        int64_t rawio
        int64_t cpu_ns
        int64_t run_ns
        int64_t memcg
        int64_t nodes
        int64_t signalled
        int64_t marked
        int64_t exiting
        int64_t victim
        int64_t now_ns
        int64_t kills
        int64_t free
        int64_t total

ctypedef double (*VictimFunction)(const oommc_task *, void *) noexcept nogil


cdef inline void see(const World *w, int32_t i, int32_t r, oommc_task *task) noexcept nogil:
    """What the function may know of a task when this ask has failed."""
    cdef const Thread *t = w.threads + i
    cdef const ClassSpec *c = spec(w, t)
    cdef const ClassSpec *asking = spec(w, w.threads + r)
    cdef const ProcessSpec *process = w.processes + t.process
    cdef int64_t k, p = process.eldest
    task.thread = i
    task.process = t.process
    task.parent = process.parent
    task.cls = t.cls
    task.threads = 0
    task.cpu_ns = c.cpu_time
    for k in range(process.first_thread, process.first_thread + process.n_threads):
        task.threads += w.threads[k].has_mm
        task.cpu_ns += w.threads[k].burned
    task.children = 0
    while p != NOBODY:
        task.children += w.threads[w.processes[p].first_thread].has_mm
        p = w.processes[p].sibling
    task.current = t.process == w.threads[r].process
    task.has_mm = t.has_mm
    task.rss = held(w.mms + t.mm, w.n_nodes) + in_segment(w, w.mms[t.mm].segment)
    task.swap = w.mms[t.mm].swapped
    task.total_vm = virtual_size(w, process)
    task.mlocked = w.mms[t.mm].mlocked
    task.oom_adj = c.oom_adj
    task.oom_score_adj = c.oom_score_adj
    task.nice = c.nice
    task.root = c.root
    task.rawio = c.rawio
    task.run_ns = c.run_time + w.now
    task.memcg = t.memcg if w.policy.memcg != MEMCG_IGNORED else NOBODY
    task.nodes = 0
    for k in range(c.n_nodes):
        task.nodes |= <int64_t>1 << c.nodes[k]
    task.signalled = t.signalled
    task.marked = t.marked
    task.exiting = t.exiting
    task.victim = w.mms[t.mm].condemned_at >= 0
    task.now_ns = w.now
    task.kills = w.record.kills
    task.total = total_pages(w, r)
    task.free = 0
    if w.threads[r].domain != NOBODY:
        task.free = margin(w, w.threads[r].domain)
        return
    for k in range(asking.n_nodes):
        task.free += w.nodes[asking.nodes[k]].free


cdef inline int64_t points(const World *w, int32_t i, int32_t r) noexcept nogil:
    """How bad a task is for this caller, by the policy's selector; NOT_AT_ALL is never."""
    cdef oommc_task task
    cdef double answer
    if w.policy.selector != SELECTOR_FUNCTION:
        return score(w, i, r)
    see(w, i, r, &task)
    w.calls[0] += 1  # odd: inside; who watches from outside sees a call that doesn't come back
    answer = (<VictimFunction><uintptr_t>w.policy.function)(&task, <void *><uintptr_t>w.policy.function_data)
    w.calls[0] += 1
    return ordered(answer)


cdef inline int64_t ordered(double x) noexcept nogil:
    """An integer for each double, in the same order; NOT_AT_ALL for NaN and minus infinity."""
    cdef int64_t bits
    if isnan(x) or x == -INFINITY:
        return NOT_AT_ALL
    x += 0.0  # minus zero equals zero
    memcpy(&bits, &x, sizeof(bits))
    return bits if bits >= 0 else bits ^ <int64_t>0x7FFFFFFFFFFFFFFF
