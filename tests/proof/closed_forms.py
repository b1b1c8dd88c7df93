"""Scenarios whose truth is a formula: counts of renewals, order statistics, and the page churn of daemons."""

from collections.abc import Iterator

import numpy as np
from scipy import stats
from worlds import clockwork, daemon, hog

from oommc.policies import Policy, registry
from oommc.scenario import Scenario
from proof import Row, check, sample
from proof.chain import Chain

MS = 1e6  # ns
PASS = 100_000  # ns
FOR_GOOD = {"rss": 0, "oom_adj": -17, "role": "batch", "uid": 1000}


def exponential(mean: float) -> dict:
    return {"dist": "exponential", "mean": f"{mean} ms"}


@check(quick=100_000, full=10_000_000)
def renewal_count(schedules: int) -> Iterator[Row]:
    """A hog that asks after exponential thoughts is out of memory at its 21st ask: Erlang, plus one pass."""
    program = {"kind": "grow", "start": 0, "chunk": 20, "target": 20_000, "think": exponential(2)}
    # 9,500 of 10,000 pages are taken and 100 are out of reach: 20 asks of 20 pages fit, and the 21st gets none
    world = clockwork(hog(program=program))
    [first] = sample.columns(world, "baseline", ["first_oom_ns"], schedules)
    thoughts = first - PASS
    law = stats.gamma(21, scale=2 * MS)
    yield sample.mean("mean time of the 21st ask", 42.0, thoughts / MS, " ms")
    yield sample.distribution("its distribution", law.cdf, thoughts)
    # as many asks by a time as a Poisson process has events
    for at in (30.0, 42.0, 60.0):
        yield sample.share(f"asks by {at:g} ms: 21 or more", stats.poisson.sf(20, at / 2), thoughts <= at * MS)


EXITS, STAY = 8, 10.0  # processes that exit after exponential times, ms
_EXIT = stats.expon(scale=STAY * MS)
_BEGIN = (
    100_501_000 - 1_600_000
)  # ns from the OOM at 1.6 ms: they stay from 100.001 ms on, and exit_mmap() takes 500 us


@check(quick=20_000, full=1_000_000)
def order_statistics(schedules: int) -> Iterator[Row]:
    """Of eight processes that exit after exponential times the k-th brings free pages to pages_high."""
    for k in (1, 4, 8):
        world, policy = exits(k)
        [ttr] = sample.columns(world, policy, ["ttr_ns"], schedules)
        stayed = ttr - _BEGIN
        mean = STAY * sum(1 / (EXITS - i) for i in range(k))
        yield sample.mean(f"exit {k} of {EXITS}: mean", mean, stayed / MS, " ms")
        yield sample.distribution(
            f"exit {k} of {EXITS}: its distribution", lambda t, k=k: _among(k).cdf(_EXIT.cdf(t)), stayed
        )


def _among(k: int):
    """The law of the k-th smallest of EXITS uniform numbers."""
    return stats.beta(k, EXITS + 1 - k)


def exit_quantile(k: int, q: float) -> float:
    """The time to recovery, ns, that has passed with probability `q`."""
    return _BEGIN + float(_EXIT.ppf(_among(k).ppf(q)))


def exits(k: int) -> tuple[Scenario, Policy]:
    """A taker leaves 190 pages free and stays. A hog of 10 pages wants 200, gets 90, and is shot for it: 200 are free.

    The rest comes from processes of 500 pages that exit by themselves, and `k` of them make pages_high.
    """
    takes = {"kind": "grow", "start": 0, "think": "1 ms", "chunk": 5800, "target": 5800}
    asks = {"kind": "grow", "start": 0, "think": "1500 us", "chunk": 200, "target": 210}
    stays = {"kind": "grow", "start": "100 ms", "think": "1 us", "chunk": 1, "target": 500, "hold": exponential(STAY)}
    world = clockwork(
        hog(rss=10, program=asks),
        FOR_GOOD | {"name": "taker", "program": takes},
        FOR_GOOD | {"name": "leaver", "count": EXITS, "rss": 500, "program": stays},
        cpus=64,
        node=[{"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 200 + 500 * k}],
    )
    return world, registry["baseline"]


THREADS, THINK, KEEP = 20, 30.0, 20.0  # daemons that think and keep a chunk of 100 pages, exponentially, ms


def churning(free: int, *others: dict) -> Scenario:
    """Daemons at work, and `free` pages at the start, with nothing to reclaim."""
    program = {"kind": "churn", "start": 0, "think": exponential(THINK), "chunk": 100, "keep": exponential(KEEP)}
    rest = FOR_GOOD | {"name": "rest", "rss": 10_000 - free, "program": {"kind": "idle"}}
    return clockwork(daemon(rss=0, threads=THREADS, program=program), rest, *others)


@check(quick=20_000, full=1_000_000)
def churn(schedules: int) -> Iterator[Row]:
    """Chunks kept at an instant by daemons that think and keep: each is on or off, so their number is binomial."""
    at = 50.0
    # who lacks a page of what it wants has waited for a pass in vain, whatever comes back meanwhile
    asks = {"kind": "grow", "start": 0, "think": f"{at} ms", "target": 10_000}
    on = KEEP / (THINK + KEEP) * -np.expm1(-at * (1 / THINK + 1 / KEEP))
    for most in (4, 8, 12):
        # whoever asks for as many pages as leave 100 beside `most` chunks gets them if no more are kept
        program = asks | {"chunk": 2200 - 100 - 100 * most}
        world = churning(2200, FOR_GOOD | {"name": "probe", "program": program}).replace("horizon", "51 ms")
        [first] = sample.columns(world, "never", ["first_oom_ns"], schedules)
        more = first == round(at * MS) + PASS
        yield sample.share(f"more than {most} of {THREADS} kept at {at:g} ms", stats.binom.sf(most, THREADS, on), more)


MOST = 9  # chunks that fit beside each other where one more is the first shortage


def passage(think: float, keep: float) -> Chain:
    """Chunks kept, up to the instant at which one more than MOST is wanted: a birth and death process."""

    def moves(kept: int):
        if kept <= MOST:
            yield (THREADS - kept) / think, kept + 1
        if 0 < kept <= MOST:
            yield kept / keep, kept - 1

    return Chain(0, moves)


def shortages(schedules: int) -> np.ndarray:
    """When it is wanted, in ms. The run is over as soon as the kernel would kill."""
    then_over = registry["baseline"].replace(panic_on_oom="yes")
    [first] = sample.columns(churning(100 * MOST + 150), then_over, ["first_oom_ns"], schedules)
    return (first - PASS) / MS


@check(quick=20_000, full=1_000_000)
def first_shortage(schedules: int) -> Iterator[Row]:
    """The first time that a chunk too many is wanted: the first passage of a birth and death process."""
    first, law = shortages(schedules), passage(THINK, KEEP)
    yield sample.share(f"chunk {MOST + 1} is ever wanted", 1.0, first > 0)
    yield sample.mean("mean of the first time", law.until(lambda _: True), first, " ms")
    yield sample.distribution("its distribution", law.by(lambda _: True, 0.25, 3600), first)


@check(quick=200_000, full=1_000_000, slow=True)
def closed_forms_power(schedules: int) -> Iterator[Row]:
    """The same with one mean time of the formula changed by 2 %: the simulation must tell each apart."""
    [ttr] = sample.columns(*exits(4), ["ttr_ns"], schedules)
    wrong = 1.02 * STAY * sum(1 / (EXITS - i) for i in range(4))
    yield sample.apart("exit 4 of 8, stay 2 % longer", sample.sigmas(wrong, (ttr - _BEGIN) / MS))
    first = shortages(schedules)
    for what, law in (("think", passage(1.02 * THINK, KEEP)), ("keep", passage(THINK, 1.02 * KEEP))):
        yield sample.apart(f"first shortage, {what} 2 % longer", sample.sigmas(law.until(lambda _: True), first))
