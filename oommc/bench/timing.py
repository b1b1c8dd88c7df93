"""How time is taken: contestants in turn, several rounds, each on the CPU clock of its own thread.

A shared machine is noisy, and its noise comes in spells. So those that are compared run one after the other in every
round; what is reported of one is the least and the median of its rounds, of two the median of the rounds' ratios.
"""

import gc
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

THREADS = 2
PIECES = 128
"""Into so many what threads share is cut, so that hardly one of them waits for the other's last."""
_IDLE = (3, 4)  # columns of /proc/stat: idle and iowait
_QUIET = 0.02  # share of the processors that others may use in a round that says something about threads


@dataclass(frozen=True)
class Figure:
    """Rounds of one quantity, in the order of the rounds."""

    rounds: tuple[float, ...]

    @property
    def least(self) -> float:
        return min(self.rounds)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def times(self, factor: float) -> "Figure":
        return Figure(tuple(factor * value for value in self.rounds))

    def over(self, other: "Figure") -> "Figure":
        """The ratio to another, round by round."""
        return Figure(tuple(a / b for a, b in zip(self.rounds, other.rounds, strict=True)))

    def to_dict(self) -> dict[str, float]:
        return {"min": self.least, "median": self.median}


def rounds(contestants: dict[str, Callable[[], object]], number: int) -> dict[str, Figure]:
    """CPU seconds of one call of each, in so many rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(number):
        for name, call in contestants.items():
            seconds[name].append(cpu(call))
    return {name: Figure(tuple(values)) for name, values in seconds.items()}


def cpu(call: Callable[[], object]) -> float:
    """CPU seconds of this thread."""
    gc.collect()
    before = time.thread_time()
    call()
    return time.thread_time() - before


def enough(call: Callable[[int], object], seconds: float) -> int:
    """A count (a power of two) for which `call(count)` takes about so long."""
    count = 1
    while cpu(partial(call, count)) < seconds / 2:
        count *= 2
    return count


def speedup(call: Callable[[int, int], object], count: int, number: int) -> tuple[Figure, bool]:
    """How much sooner all of `call(first, piece)` are done that make up `count`, when `THREADS` threads take them as each gets
    free; by the clock on the wall.

    Only rounds in which the processors were free count: False if there was none, and then the figure is that of all.
    """
    piece = -(-count // PIECES)
    firsts = range(0, count, piece)
    alone, shared, quiet = [], [], []
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(number):
            before = _used_by_others()
            alone.append(_wall(lambda: [call(first, piece) for first in firsts]))
            shared.append(_wall(lambda: _checked(pool.submit(call, first, piece) for first in firsts)))
            quiet.append(_used_by_others() - before < _QUIET * (alone[-1] + shared[-1]) * (os.cpu_count() or 1))
    free = any(quiet)
    kept = [at for at in range(number) if quiet[at] or not free]
    return Figure(tuple(alone[at] / shared[at] for at in kept)), free


def _checked(futures) -> None:
    for future in wait(list(futures)).done:
        future.result()


def _wall(call: Callable[[], object]) -> float:
    before = time.perf_counter()
    call()
    return time.perf_counter() - before


def _used_by_others() -> float:
    """CPU seconds that all processors have given to others than this process since the machine's start."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    busy = sum(ticks) - sum(ticks[at] for at in _IDLE)
    return busy / os.sysconf("SC_CLK_TCK") - time.process_time()
