"""The compiled face of the core (`pyx/core.pyx`)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DTYPES: dict[str, np.dtype]
RECORD: np.dtype

class Core:
    def __init__(
        self,
        machine: np.ndarray,
        nodes: np.ndarray,
        classes: np.ndarray,
        processes: np.ndarray,
        mms: np.ndarray,
        memcgs: np.ndarray,
        quantiles: np.ndarray,
        segments: np.ndarray,
        knots: NDArray[np.int64],
        policies: np.ndarray,
        seed: int,
    ) -> None: ...
    def stop(self) -> None: ...
    @property
    def stopped(self) -> bool: ...
    def run(
        self,
        first: int,
        count: int,
        calls: NDArray[np.int64],
        fork: bool = True,
        but_for: NDArray[np.int64] | None = None,
    ) -> np.ndarray: ...

def philox_block(counter: Sequence[int], seed: int) -> tuple[int, int, int, int]: ...
def sample(
    quantiles: np.ndarray, segments: np.ndarray, knots: NDArray[np.int64], u: NDArray[np.uint64]
) -> NDArray[np.int64]: ...
