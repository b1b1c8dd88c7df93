"""How time is taken: contestants in turn, several rounds, each on the CPU clock of its own thread.

A shared machine is noisy, and its noise comes in spells. So those that are compared run one after the other in every
round; what is reported of one is the least and the median of its rounds, of two the median of the rounds' ratios.
"""

import gc
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


@dataclass(frozen=True)
class Speedup:
    """How much sooner threads are done than one, by the clock on the `wall`; and by `cpu` time, which waiting for
    processors that others use doesn't lengthen: what the threads take from each other. `free`: whether none of the
    rounds told had others.
    """

    wall: Figure
    cpu: Figure
    free: bool


def speedup(call: Callable[[int, int], object], count: int, number: int) -> Speedup:
    """Of all the `call(first, piece)` that make up `count`,
    by one thread and by `THREADS` that take them as each gets free.

    Only rounds in which the processors were free are told, or all if there was none.
    """
    piece = -(-count // PIECES)
    firsts = range(0, count, piece)

    def spent(first: int) -> float:
        before = time.thread_time()
        call(first, piece)
        return time.thread_time() - before

    walls, cpus, quiet = [], [], []
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(number):
            used, began = _used_by_others(), time.perf_counter()
            alone = sum(map(spent, firsts))
            between = time.perf_counter()
            shared = sum(pool.map(spent, firsts))
            ended = time.perf_counter()
            quiet.append(_used_by_others() - used < _QUIET * (ended - began) * (os.cpu_count() or 1))
            walls.append((between - began) / (ended - between))
            cpus.append(THREADS * alone / shared)
    free = any(quiet)
    kept = [at for at in range(number) if quiet[at] or not free]
    wall, cpu = (Figure(tuple(of[at] for at in kept)) for of in (walls, cpus))
    return Speedup(wall, cpu, free)


def _used_by_others() -> float:
    """CPU seconds that all processors have given to others than this process since the machine's start."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    busy = sum(ticks) - sum(ticks[at] for at in _IDLE)
    return busy / os.sysconf("SC_CLK_TCK") - time.process_time()
