"""Blocks on threads of this process: the core releases the GIL."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from oommc.collect.blocks import Block
from oommc.collect.unfinished import Unfinished
from oommc.collect.work import GOES_ON, Engines, compute
from oommc.errors import StuckError

PATIENCE = 10.0
"""Seconds that one call of a user's victim function may take."""


def default_workers() -> int:
    """The processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Threads:
    """A pool of threads. An interruption waits for some events, and in the twin for a schedule."""

    tells = True  # pieces of blocks are told as they are done

    def __init__(self, workers: int, engines: Engines, keeper, unfinished: Unfinished):
        self._pool, self._stop = ThreadPoolExecutor(workers), threading.Event()
        self._workers, self._engines, self._kept = workers, engines, (keeper, unfinished)
        self._seen: dict[tuple[int, int], float] = {}  # calls that were under way, and since when
        self._stuck = False

    @property
    def ahead(self) -> int:
        """Blocks to have submitted: enough that no thread waits, few enough that memory is bounded."""
        return 2 * self._workers

    def submit(self, block: Block, tell: Callable[[int], None]) -> Future:
        engine = self._engines.get(block.scenario, block.policies)
        return self._pool.submit(compute, engine, block, *self._kept, self._stop.is_set, tell)

    def check(self, future: Future) -> None:
        """Raises what went wrong in a future that is done."""
        future.result()

    def watch(self) -> None:
        """To be called now and then. StuckError if a victim function has not returned for PATIENCE."""
        now = time.monotonic()
        under_way = [(where, number) for where, number in self._engines.calls() if number % 2]
        self._seen = {call: self._seen.get(call, now) for call in under_way}
        if any(now - since > PATIENCE for since in self._seen.values()):
            self._stuck = True
            raise StuckError(f"a victim function has not returned for {PATIENCE:.0f} s; {GOES_ON}")

    def close(self) -> None:
        """Ends what still runs, but for a call that never ends."""
        self._stop.set()
        self._engines.stop()
        self._pool.shutdown(wait=not self._stuck, cancel_futures=True)
