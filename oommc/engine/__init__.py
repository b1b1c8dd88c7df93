"""The engine: a scenario and policies in, records out, one block of schedules at a time."""

from collections.abc import Sequence
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path

import numpy as np

from ..columns import BUT_FOR, OUTCOMES
from ..errors import InputError
from ..policies import Policy
from ..scenario import Scenario
from ._core import RECORD, Core
from .interpreted import in_python, in_twin
from .pack import pack
from .pack_policies import pack_policies
from .rows import fields
from .tables import other_tables, tables

MODEL_VERSION = 13
"""Raised by any change after which the same (scenario, policy, seed, schedule) may give another record."""


def get_include() -> str:
    """The folder of `oommc_victim.h`, for compilers (docs/victim-functions.md)."""
    return str(Path(__file__).parent)


class Engine:
    """One scenario under some policies and one seed.

    A record depends on (scenario, policy, seed, schedule) alone. `run` may be called from several threads at once;
    the GIL is released for the whole block.
    """

    def __init__(self, scenario: Scenario, policies: Sequence[Policy], seed: int, *, but_for: bool = False) -> None:
        """`seed`: 0 … 2^64 − 1.

        `but_for`: records have that column too, at a run more for each kill. Raises InputError.
        """
        if not 0 <= seed < 1 << 64:
            raise InputError(f"seed: a whole number from 0 to 2^64 - 1, not {seed}")
        self.scenario = scenario
        self.policies = tuple(policies)
        self.seed = seed
        self.but_for = but_for
        self.packed = pack(scenario)
        self._calls: dict[int, np.ndarray] = {}  # of each thread in `run`
        compiled = [policy for policy in self.policies if not in_python(policy)]
        if but_for and len(compiled) < len(self.policies):
            raise InputError(
                "but_for: not with a victim function in Python, which the core can't run again; compile it"
            )
        self._core = Core(**self.packed.arrays, knots=self.packed.knots, policies=pack_policies(compiled), seed=seed)

    def run(self, first: int, count: int, *, fork: bool = True) -> np.ndarray:
        """Records of schedules first … first + count − 1:
        shape (policies, count), dtype `RECORD`, or with BUT_FOR behind.

        `fork=False` runs every policy from the start instead of sharing the common prefix; the records are the same.
        CancelledError if `stop` was called meanwhile, or before.
        """
        calls = np.zeros(1, np.int64)
        self._calls[id(calls)] = calls
        try:
            if self.but_for:
                return self._with_but_for(first, count, calls, fork)
            compiled = self._core.run(first, count, calls, fork)
            if len(compiled) == len(self.policies):
                return compiled
            rows = iter(compiled)
            slow = partial(in_twin, self.packed, seed=self.seed, first=first, count=count, calls=calls, core=self._core)
            return np.stack([slow(policy) if in_python(policy) else next(rows) for policy in self.policies])
        finally:
            del self._calls[id(calls)]
            if self._core.stopped:
                raise CancelledError

    def stop(self) -> None:
        """Ends every `run`, from another thread: in the core within some events, in the twin with the schedule."""
        self._core.stop()

    def _with_but_for(self, first: int, count: int, calls: np.ndarray, fork: bool) -> np.ndarray:
        """The records with the column BUT_FOR behind the others."""
        idle = np.zeros((len(self.policies), count), np.int64)
        records = self._core.run(first, count, calls, fork, idle)
        whole = np.empty(records.shape, [*RECORD.descr, (BUT_FOR, np.int64)])
        for name in fields(RECORD):
            whole[name] = records[name]
        whole[BUT_FOR] = idle
        return whole

    def calls(self) -> list[tuple[int, int]]:
        """For each thread in `run`: which that is, and how many calls of victim functions it has begun and ended.

        The number is odd during a call, so one that is odd twice and the same is that of a call that lasts.
        """
        return [(where, int(calls[0])) for where, calls in list(self._calls.items())]


__all__ = ["BUT_FOR", "MODEL_VERSION", "OUTCOMES", "RECORD", "Engine", "get_include", "other_tables", "tables"]
