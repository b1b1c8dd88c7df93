"""Policies that the compiled core can't run, because they call Python: their schedules go to the twin."""

import dataclasses

import numpy as np

from ..policies import Policy
from ._core import RECORD, Core
from .pack import Packed
from .rows import fields


def in_python(policy: Policy) -> bool:
    """Whether the policy's victim function is one."""
    return policy.victim is not None and not policy.victim.address


def in_twin(
    packed: Packed, policy: Policy, seed: int, first: int, count: int, calls: np.ndarray, core: Core
) -> np.ndarray:
    """As `Core.run`, of one policy: shape (count,), dtype `RECORD`; up to where `core` is stopped.

    Raises RunError where the function fails.
    """
    from ..twin import simulate

    victim = policy.victim
    assert victim is not None and victim.function is not None
    function = victim.function

    def counted(task):
        calls[0] += 1
        try:
            return function(task)
        finally:
            calls[0] += 1

    watched = dataclasses.replace(policy, victim=dataclasses.replace(victim, function=counted))
    rows = np.empty(count, RECORD)
    for k in range(count):
        if core.stopped:
            break
        record = simulate(packed, watched, seed, first + k)
        for column in fields(RECORD):
            rows[k][column] = record[column]
    return rows
