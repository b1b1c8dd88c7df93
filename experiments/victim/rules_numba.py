"""The rule of rules.py for numba (pip install numba)."""

import numba
import numpy as np
from numba import types
from scipy import LowLevelCallable

import oommc
from oommc.policies.victim import Task

oommc_task = numba.from_dtype(np.dtype([(name, np.int64) for name in Task._fields]))


@numba.cfunc(types.double(types.CPointer(oommc_task), types.voidptr))
def score(tasks, user_data):
    task = numba.carray(tasks, 1)[0]
    return task.rss * (1000 + task.oom_score_adj) / (1.0 + task.cpu_ns / 1e9)


signature = "double (const oommc_task *, void *)"
pages_per_second = oommc.victim_function(
    LowLevelCallable(score.ctypes, signature=signature), "pages_per_second", version="1"
)
