"""The engine: a scenario and policies in, records out, one block of schedules at a time."""

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..policies import Policy
from ..scenario import Scenario
from ._core import OUTCOMES as _CODES
from ._core import RECORD, Core
from .pack import pack, pack_policies

MODEL_VERSION = 2
"""Raised by any change after which the same (scenario, policy, seed, schedule) may give another record."""

OUTCOMES = tuple(sorted(_CODES, key=_CODES.__getitem__))
"""Names of the codes in the column `outcome`."""


class Engine:
    """One scenario under some policies and one seed.

    A record depends on (scenario, policy, seed, schedule) alone. `run` may be called from several threads at once;
    the GIL is released for the whole block.
    """

    def __init__(self, scenario: Scenario, policies: Sequence[Policy], seed: int) -> None:
        """`seed`: 0 … 2^64 − 1. Raises InputError."""
        if not 0 <= seed < 1 << 64:
            raise InputError(f"seed: a whole number from 0 to 2^64 - 1, not {seed}")
        self.scenario = scenario
        self.policies = tuple(policies)
        self.seed = seed
        self.packed = pack(scenario)
        self._core = Core(
            **self.packed.arrays, knots=self.packed.knots, policies=pack_policies(self.policies), seed=seed
        )

    def run(self, first: int, count: int, *, fork: bool = True) -> np.ndarray:
        """Records of schedules first … first + count − 1: shape (policies, count), dtype `RECORD`.

        `fork=False` runs every policy from the start instead of sharing the common prefix; the records are the same.
        """
        return self._core.run(first, count, fork)


__all__ = ["MODEL_VERSION", "OUTCOMES", "RECORD", "Engine"]
