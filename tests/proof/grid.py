"""The chunk of a growing program is a grid and no rule: at the same rate of growth its size decides nothing.

An ask of order 0 is page by page, as page faults are. So in chunks a hundredth as large, asked for a hundred times as
often, the same pages are wanted by the same time. (A churning program's chunk is an operation, and its size matters.)
"""

import math
from collections.abc import Iterator

import numpy as np

from oommc.scenario import Scenario

from . import Row, check, sample

CHUNKS = (512, 128, 32, 8)  # KiB, the finest last
POLICIES = ("baseline", "patched")
WITHIN = 0.1
SIGMAS = 3
ESTIMATES = (("needless kills", ""), ("median time to recovery", " ms"))


def growing(chunk: int) -> Scenario:
    """`usemem`, whose hog takes 1 MiB a millisecond on average, in chunks of so many KiB."""
    think = {"dist": "exponential", "mean": f"{500_000 * chunk // 512} ns"}
    return (
        Scenario.load("usemem")
        .replace("process.usemem.program.chunk", f"{chunk} KiB")
        .replace("process.usemem.program.think", think)
    )


@check(quick=1000, full=20_000)
def grid(schedules: int) -> Iterator[Row]:
    """usemem in chunks of 512 to 8 KiB: needless kills and median recovery within 10 % or three standard errors."""
    for policy in POLICIES:
        *coarser, finest = (estimates(growing(chunk), policy, schedules) for chunk in CHUNKS)
        for n, (what, unit) in enumerate(ESTIMATES):
            for chunk, found in zip(CHUNKS, coarser, strict=False):
                told, other = (
                    f"{finest[n][0]:.4g} ± {finest[n][1]:.2g}{unit}",
                    f"{found[n][0]:.4g} ± {found[n][1]:.2g}{unit}",
                )
                yield Row(f"{policy}: {what}, {chunk} KiB", told, other, alike(finest[n], found[n]))
    slower = growing(CHUNKS[0]).replace("machine.latency.report.median", "80 ms")
    of, longer = estimates(growing(CHUNKS[0]), "baseline", schedules), estimates(slower, "baseline", schedules)
    yield Row("reports twice as long", "another median", f"{longer[1][0]:.4g} ms", not alike(of[1], longer[1]))


def estimates(scenario: Scenario, policy: str, schedules: int) -> list[tuple[float, float]]:
    """`ESTIMATES` of a scenario, each with its standard error."""
    needless, ttr = sample.columns(scenario, policy, ["needless", "ttr_ns"], schedules)
    return [
        (float(needless.mean()), float(needless.std(ddof=1)) / math.sqrt(len(needless))),
        median(ttr[ttr >= 0] / 1e6),
    ]


def median(values: np.ndarray) -> tuple[float, float]:
    """The median and its standard error: a quarter of the way between the ranks two errors below and above."""
    share = math.sqrt(0.25 / len(values))
    low, middle, high = np.quantile(values, [max(0.0, 0.5 - 2 * share), 0.5, min(1.0, 0.5 + 2 * share)])
    return float(middle), float(high - low) / 4


def alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two estimates, each with its standard error, are the same but for their errors, or within a tenth."""
    return abs(one[0] - other[0]) <= max(WITHIN * one[0], SIGMAS * math.hypot(one[1], other[1]))
