"""Scenarios whose truth is a formula."""

from collections.abc import Iterator

from scipy import stats
from worlds import clockwork, hog

from proof import Row, check, sample

MS = 1e6  # ns


@check(quick=100_000, full=10_000_000)
def renewal_count(schedules: int) -> Iterator[Row]:
    """A hog that asks after exponential thoughts is out of memory at its 21st ask: Erlang, plus one pass."""
    program = {
        "kind": "grow", "start": 0, "chunk": 20, "target": 20_000,
        "think": {"dist": "exponential", "mean": "2 ms"},
    }  # fmt: skip
    # 9,500 of 10,000 pages are taken and 100 are out of reach: 20 asks of 20 pages fit
    world = clockwork(hog(program=program))
    [first] = sample.columns(world, "baseline", ["first_oom_ns"], schedules)
    thoughts = first - 100_000  # a pass of 100 us
    law = stats.gamma(21, scale=2 * MS)
    yield sample.mean("mean time of the 21st ask", 42.0, thoughts / MS, " ms")
    yield sample.distribution("its distribution", law.cdf, thoughts)
    # as many asks by a time as a Poisson process has events
    for at in (30.0, 42.0, 60.0):
        yield sample.share(f"asks by {at:g} ms: 21 or more", stats.poisson.sf(20, at / 2), thoughts <= at * MS)
