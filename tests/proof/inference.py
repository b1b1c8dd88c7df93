"""What a summary says of its own uncertainty, in cases whose truth is known: intervals, p values, the variance ratio.

A size is a number of repetitions. Each is a run of its own of `SCHEDULES` schedules, tallied as a run's records are.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np
from scipy import stats

from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.stats import intervals, survival
from oommc.stats.sketch import Times
from oommc.stats.tally import AFTER_RECOVERY, COLUMNS, MEASURED, Tally, after_oom, ends
from proof import Row, check, closed_forms, race, sample

SCHEDULES = 1000
REAPER = "mainline-6(passes=1,starved=fails,reaper_delay=24ms)"
NEEDLESS, KILLS = MEASURED.index("needless"), MEASURED.index("kills")
TTR = AFTER_RECOVERY.index("ttr_ns")
HORIZON = 5.0  # s, of the race
Block = Mapping[str, np.ndarray]


def runs(scenario: Scenario, policy: Policy, repetitions: int) -> list[Block]:
    """Records of so many runs."""
    columns = sample.columns(scenario, policy, COLUMNS, repetitions * SCHEDULES)
    starts = range(0, repetitions * SCHEDULES, SCHEDULES)
    return [{n: c[at : at + SCHEDULES] for n, c in zip(COLUMNS, columns, strict=True)} for at in starts]


def races(name: str, repetitions: int) -> list[Block]:
    return runs(race.world(), race.CASES[name].policy, repetitions)


def curve(block: Block) -> survival.Curve:
    return survival.kaplan_meier(*Times.of(*after_oom(block)))


def held(what: str, truth: float, found: list) -> Row:
    """How many of these 95 % intervals hold the truth: so many of a hundred at least are promised."""
    share = float(np.mean([low <= truth <= (math.inf if high is None else high) for low, high in found]))
    error = math.sqrt(0.95 * 0.05 / len(found))
    holds = 0.95 - share <= sample.SIGMAS * error
    return Row(f"in its interval: {what}", "≥ 0.95", f"{share:.4f} ± {error:.1g}", holds)


@check(quick=2000, full=10_000, slow=True)
def coverage(repetitions: int) -> Iterator[Row]:
    """95 % intervals hold the truth in 95 of 100 runs: shares, counts, paired differences, times to recovery."""
    truth = {name: race.Answers(case) for name, case in race.CASES.items()}
    blocks = {name: races(name, repetitions) for name in ("baseline", "serialize-v1", REAPER)}
    tallies = [Tally.of(dict(zip(blocks, run, strict=True))) for run in zip(*blocks.values(), strict=True)]
    most = ends(MEASURED, race.world())
    kills, needless, ttr = (most[name] for name in ("kills", "needless", "ttr_ns"))
    for name, of in blocks.items():
        moments = [tally.policies[name].moments for tally in tallies]
        yield held(
            f"{name}: needless kills",
            truth[name].needless,
            [intervals.mean_interval(m, NEEDLESS, needless) for m in moments],
        )
        yield held(
            f"{name}: kills",
            1 + truth[name].needless,
            [intervals.mean_interval(m, KILLS, kills) for m in moments],
        )
        means = [curve(block).restricted_mean_interval(HORIZON) for block in of]
        yield held(f"{name}: mean time to recovery", truth[name].mean / 1e3, means)
    for a, b in tallies[0].pairs:
        found = [intervals.difference_interval(tally.pairs[a, b], NEEDLESS, needless) for tally in tallies]
        yield held(f"{a} less {b}: needless kills", truth[a].needless - truth[b].needless, found)
        found = [intervals.difference_interval(tally.recovered[a, b], TTR, ttr) for tally in tallies]
        yield held(f"{a} less {b}: time to recovery", (truth[a].mean - truth[b].mean) * 1e6, found)
    curves = [curve(block) for block in runs(*closed_forms.exits(k=4), repetitions)]
    for q in (0.5, 0.95):
        of = closed_forms.exit_quantile(4, q) / 1e9
        yield held(f"the {q:.0%} quantile of exit 4 of 8", of, [each.quantile_interval(q) for each in curves])


@check(quick=2000, full=2000, slow=True)
def equal_policies(repetitions: int) -> Iterator[Row]:
    """Two names for one policy: 1 on the same draws; on different ones p is uniform, or at least never too small."""
    blocks = races("baseline", 2 * repetitions)
    most = ends(MEASURED, race.world())
    same = Tally.of({"one": blocks[0], "other": blocks[0]})
    for what, pair, at in (("needless", same.pairs, NEEDLESS), ("ttr_ns", same.recovered, TTR)):
        p = intervals.difference_p(pair["one", "other"], at, most[what])
        yield Row(f"{what}, the same draws", "1", f"{p:g}", p == 1)
    ones, others = blocks[::2], blocks[1::2]
    tallies = [Tally.of({"one": a, "other": b}) for a, b in zip(ones, others, strict=True)]
    paired = [intervals.difference_p(tally.recovered["one", "other"], TTR, most["ttr_ns"]) for tally in tallies]
    yield from never_too_small("ttr_ns, paired difference", paired)
    logrank = [survival.logrank_p(*(Times.of(*after_oom(x)) for x in pair)) for pair in zip(ones, others, strict=True)]
    yield uniform("ttr_ns, log-rank", logrank)
    exact = [intervals.difference_p(tally.pairs["one", "other"], NEEDLESS, most["needless"]) for tally in tallies]
    yield from never_too_small("needless, paired difference", exact)
    counts = [intervals.difference_p(tally.pairs["one", "other"], KILLS, most["kills"]) for tally in tallies]
    yield from never_too_small("kills, paired difference", counts)
    apart = [
        intervals.unpaired(*(tally.policies[name].moments for name in ("one", "other")), KILLS, most["kills"])[2]
        for tally in tallies
    ]
    yield from never_too_small("kills, unpaired", apart)


def uniform(what: str, ps: list[float]) -> Row:
    """Kolmogorov's test of p values."""
    return sample.distribution(f"{what}: p uniform", stats.uniform.cdf, np.array(ps))


def never_too_small(what: str, ps: list[float]) -> Iterator[Row]:
    """Of discrete values no more lie below a level than the level says."""
    for level in (0.01, 0.05, 0.2):
        share, error = float(np.mean(np.array(ps) <= level)), math.sqrt(level * (1 - level) / len(ps))
        most = level + sample.SIGMAS * error
        yield Row(f"{what}: p ≤ {level:g}", f"≤ {level:g}", f"{share:.4f} ± {error:.1g}", share <= most)


@check(quick=2000, full=2000, slow=True)
def pairing(repetitions: int) -> Iterator[Row]:
    """The variance ratio reported is that of differences between runs with different and with the same draws."""
    blocks = {name: races(name, repetitions) for name in ("baseline", "patched", REAPER)}
    whole = {name: {c: np.concatenate([b[c] for b in of]) for c in COLUMNS} for name, of in blocks.items()}
    tally = Tally.of(whole)
    for (a, b), pair in tally.pairs.items():
        for what, at, of in (("needless", NEEDLESS, pair), ("ttr_ns", TTR, tally.recovered[a, b])):
            told = intervals.variance_ratio(of, at)
            x, y = (whole[name][what].astype(float) for name in (a, b))
            plain = (x.var(ddof=1) + y.var(ddof=1)) / (x - y).var(ddof=1)
            yield Row(
                f"{a} and {b}: {what}, by hand", f"{told:.6g}", f"{plain:.6g}", math.isclose(told, plain, rel_tol=1e-9)
            )
            x, y = (np.array([block[what].mean() for block in blocks[name]]) for name in (a, b))
            found = (x - np.roll(y, 1)).var(ddof=1) / (x - y).var(ddof=1)
            error = found * math.sqrt(4 / repetitions)  # of a quotient of two variances, were they independent
            holds = abs(found - told) <= sample.SIGMAS * error
            yield Row(f"{a} and {b}: {what}, between runs", f"{told:.4g}", f"{found:.4g} ± {error:.1g}", holds)
