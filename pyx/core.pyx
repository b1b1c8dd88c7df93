# cython: freethreading_compatible = True
"""The compiled core's thin face to Python: a scenario and policies ready to run.

It computes and decides nothing: what can be wrong is checked by `oommc.engine.pack` before it comes here.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from block cimport run_block
from policy cimport PolicySpec
from record cimport Record
from rng cimport KEY, philox
from sampler cimport Quantile, Segment, evaluate
from scenario cimport ClassSpec, MachineSpec, MemcgSpec, MmSpec, NodeSpec, ProcessSpec
from victim cimport oommc_task
from workspace cimport Workspace, furnish
from world cimport MAX_NODES, World, atomic_load, atomic_store

import numpy as np


cdef class Core:
    """A scenario and policies, ready to run any block of schedules, from any number of threads at once.

    The arguments are structured arrays of the dtypes in `DTYPES`; `knots` is int64.
    """

    cdef const MachineSpec[::1] machine
    cdef const NodeSpec[::1] nodes
    cdef const ClassSpec[::1] classes
    cdef const ProcessSpec[::1] processes
    cdef const MmSpec[::1] mms
    cdef const MemcgSpec[::1] memcgs
    cdef const Quantile[::1] quantiles
    cdef const Segment[::1] segments
    cdef const int64_t[::1] knots
    cdef const PolicySpec[::1] policies
    cdef uint64_t seed
    cdef int64_t n_threads
    cdef int64_t programs  # threads that ever think
    cdef int32_t stopping

    def __init__(self, machine, nodes, classes, processes, mms, memcgs, quantiles, segments, knots, policies, seed):
        self.machine, self.nodes, self.classes, self.processes, self.mms = machine, nodes, classes, processes, mms
        self.memcgs = memcgs
        self.quantiles, self.segments, self.knots, self.policies = quantiles, segments, knots, policies
        self.seed = seed
        self.n_threads = processes["n_threads"].sum()
        self.programs = processes["n_threads"][classes["idle"][processes["cls"]] == 0].sum()

    cdef World empty(self, int64_t *calls) noexcept:
        """A world's constants, and no arrays."""
        cdef World w
        memset(&w, 0, sizeof(World))
        w.machine = &self.machine[0]
        w.policy = &self.policies[0]
        w.node_specs = &self.nodes[0]
        w.classes = &self.classes[0]
        w.processes = &self.processes[0]
        w.mm_specs = &self.mms[0]
        w.memcg_specs = &self.memcgs[0] if self.memcgs.shape[0] else NULL
        w.quantiles = &self.quantiles[0]
        w.segments = &self.segments[0]
        w.knots = &self.knots[0]
        w.seed = self.seed
        w.calls = calls
        w.stop = &self.stopping
        w.n_nodes = <int32_t>self.nodes.shape[0]
        w.n_classes = <int32_t>self.classes.shape[0]
        w.n_mms = <int32_t>self.mms.shape[0]
        w.n_memcgs = <int32_t>self.memcgs.shape[0]
        w.n_processes = <int32_t>self.processes.shape[0]
        w.n_threads = <int32_t>self.n_threads
        return w

    def stop(self):
        """Nobody wants the rest: whoever is in `run` comes back within some events, with records of no use."""
        atomic_store(&self.stopping, 1)

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return atomic_load(&self.stopping) != 0

    def run(self, int64_t first, int64_t count, int64_t[::1] calls, bint fork=True, int64_t[:, ::1] but_for=None):
        """Records of schedules first … first + count − 1: an array (policies, count) of dtype `RECORD`.

        `calls[0]` counts the beginnings and the ends of calls of a user's victim function, as they happen.
        `fork=False` runs every policy from the start; the records are the same. `but_for`: zeros of the same shape,
        that get the numbers of decisions that made no difference. Raises MemoryError.
        """
        records = np.empty((self.policies.shape[0], count), dtype=RECORD)
        if count <= 0 or self.policies.shape[0] == 0:
            return records
        cdef Record[:, ::1] view = records
        cdef int64_t *idle = NULL if but_for is None else &but_for[0, 0]
        cdef World world = self.empty(&calls[0])
        cdef Workspace s
        try:
            if not furnish(&s, &world, self.programs):
                raise MemoryError
            with nogil:
                run_block(&s, &self.policies[0], self.policies.shape[0], first, count, &view[0, 0], idle, fork)
        finally:
            free(s.memory)
        return records


def philox_block(counter, uint64_t seed):
    """The four words of one Philox4x64-10 block under the key (seed, KEY): a tuple of int."""
    cdef uint64_t block[4]
    cdef int i
    for i in range(4):
        block[i] = counter[i]
    philox(block, seed, KEY)
    return block[0], block[1], block[2], block[3]


def sample(const Quantile[::1] quantiles, const Segment[::1] segments, const int64_t[::1] knots, const uint64_t[::1] u):
    """Values (int64) of the first quantile function at probabilities u / 2^64."""
    values = np.empty(u.shape[0], dtype=np.int64)
    cdef int64_t[::1] view = values
    cdef Py_ssize_t i
    for i in range(u.shape[0]):
        view[i] = evaluate(&quantiles[0], &segments[0], &knots[0], u[i])
    return values


cdef MachineSpec machine_
cdef NodeSpec node_
cdef ClassSpec class_
cdef ProcessSpec process_
cdef MmSpec mm_
cdef MemcgSpec memcg_
cdef Quantile quantile_
cdef Segment segment_
cdef PolicySpec policy_
cdef Record record_
cdef oommc_task task_

DTYPES = {
    "machine": np.asarray(<MachineSpec[:1]>&machine_).dtype,
    "nodes": np.asarray(<NodeSpec[:1]>&node_).dtype,
    "classes": np.asarray(<ClassSpec[:1]>&class_).dtype,
    "processes": np.asarray(<ProcessSpec[:1]>&process_).dtype,
    "memcgs": np.asarray(<MemcgSpec[:1]>&memcg_).dtype,
    "mms": np.asarray(<MmSpec[:1]>&mm_).dtype,
    "quantiles": np.asarray(<Quantile[:1]>&quantile_).dtype,
    "segments": np.asarray(<Segment[:1]>&segment_).dtype,
    "policies": np.asarray(<PolicySpec[:1]>&policy_).dtype,
    "task": np.asarray(<oommc_task[:1]>&task_).dtype,
}
RECORD = np.asarray(<Record[:1]>&record_).dtype

