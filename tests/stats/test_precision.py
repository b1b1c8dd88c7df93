"""When a run ends by precision: the rule, what can be asked for, and that its intervals hold as often as they say."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from oommc.choice import bounds
from oommc.errors import InputError
from oommc.stats import bounded
from oommc.stats.precision import Estimate, Rule, Target

POLICIES = ["baseline", "serialize-v1", "patched(timeout=1s)"]


def test_counts_are_an_eighth_of_an_octave_apart_and_end_at_the_most():
    assert list(Rule((), 2_200).counts()) == [
        1_000,
        1_091,
        1_189,
        1_297,
        1_414,
        1_542,
        1_682,
        1_834,
        2_000,
        2_181,
        2_200,
    ]
    assert list(Rule((), 1_000).counts()) == [1_000] and list(Rule((), 1).counts()) == [1]
    assert list(Rule((), 10**12).counts())[::8][:12] == [1_000 << k for k in range(12)]


def test_the_next_look_is_where_the_end_is_to_be_expected():
    rule = Rule((), 100_000)
    ways = (1.001, 1.04, 1.3, 2.0, 9.0, math.inf)
    assert [rule.after(1_000, excess) for excess in ways] == [1_091, 1_091, 1_834, 2_000, 2_000, 2_000]
    assert rule.after(1_000, 1.0) is None and rule.after(100_000, 3.0) is None
    assert rule.after(99_000, 2.0) == rule.after(60_000, 2.0) == 100_000


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("needless=1e-3", "needless=0.001"),
        (" kills = 5 % ", "kills=5%"),
        ("any_needless=0.1%", "any_needless=0.1%"),
        ("ttr_ns:serialize-v1-baseline=1e6", "ttr_ns:serialize-v1-baseline=1000000.0"),
        ("needless:patched(timeout=1s)-serialize-v1=1%", "needless:patched(timeout=1s)-serialize-v1=1%"),
    ],
)
def test_what_is_asked_for_reads_back(text, means):
    target = Target.read(text, POLICIES)
    assert str(target) == means and Target.read(str(target), POLICIES) == target


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("needless", "'needless': a metric and a half-width"),
        ("=1", "a metric and a half-width"),
        ("needles=1", "no metric 'needles'; did you mean needless?"),
        ("ttr_ns=1", "no metric 'ttr_ns'"),
        ("kills=0", "'0' is not a half-width above 0"),
        ("kills=-1%", "not a half-width"),
        ("kills=nan", "not a half-width"),
        ("kills=inf", "not a half-width"),
        ("kills=1 ms", "not a half-width"),
        ("kills=51%", "not a half-width above 0, as 0.001, or 1% (50% at most)"),
        ("kills:baseline=1", "'baseline' is not A-B, two policies of this run: baseline, serialize-v1"),
        ("kills:baseline-baseline=1", "not A-B"),
        ("kills:baseline-patched=1", "not A-B"),
    ],
)
def test_what_cannot_be_asked_for(text, names):
    with pytest.raises(InputError) as error:
        Rule.read([text], POLICIES, 1_000)
    assert names in str(error.value) and "\n" not in str(error.value)


def test_nothing_asked_for():
    with pytest.raises(InputError, match="no target"):
        Rule.read([], POLICIES, 1_000)


def test_the_estimate_that_is_furthest_off_decides():
    policies = {
        "a": {"kills": {"mean": 2.0, "ci": [1.9, 2.1]}},
        "b": {"kills": {"mean": 1.0, "ci": [0.8, 1.2]}},
    }
    pair = {"a": "a", "b": "b", "metric": "kills", "difference": -1.0, "ci": [-1.3, -0.7]}
    summary = {"scenarios": {"s": {"policies": policies, "pairs": [pair, pair | {"metric": "needless"}]}}}
    for text, excess, where in (
        ("kills=0.1", 2.0, "s, b"),
        ("kills=10%", 2.0, "s, b"),
        ("kills:b-a=0.1", 3.0, "s, a − b"),
        ("kills:a-b=30%", 1.0, "s, a − b"),
    ):
        at = Rule.read(text, ["a", "b"], 10_000).standing(summary)
        assert at.excess == pytest.approx(excess) and where in at.words
    policies["a"]["kills"]["ci"] = None
    at = Rule.read("kills=0.1", ["a", "b"], 10_000).standing(summary)
    assert at.excess == math.inf and "no interval yet (s, a)" in at.words


def test_the_end_that_is_expected():
    rule = Rule((), 100_000)
    ends = [rule.expected(1_000, excess) for excess in (1.1, 2.0, 2.1, 9.0, math.inf)]
    assert ends == [1_297, 4_000, 4_757, 82_998, 100_000]


LAWS = {
    "share": stats.bernoulli(0.3),
    "rare share": stats.bernoulli(0.004),
    "rare count": stats.poisson(0.02),
    "scattered count": stats.nbinom(0.5, 0.5),
    "difference": stats.skellam(0.05, 0.02),
}

REPETITIONS = 4_000


def ended(law, values, target: Target, rng, most: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The intervals with which so many runs of the rule end; `most`: the largest value that there can be, by default
    the largest that the law has any chance of in a run.
    """
    rule, chances = Rule((target,), 256_000), law.pmf(values) / law.pmf(values).sum()
    most = values[chances > 1e-6].max() if most is None else most
    least = -most if values[0] < 0 else 0.0
    counts = np.zeros((REPETITIONS, values.size), np.int64)
    ends, look = np.zeros((2, REPETITIONS)), np.full(REPETITIONS, next(rule.counts()))
    for count in rule.counts():
        if (at := np.flatnonzero(look == count)).size:
            counts[at] += rng.multinomial(count - counts[at].sum(axis=1), chances)
            x = np.clip(values, least, most).astype(float)
            low, high = -bounded.upper(-x, counts[at], -least, 0.025), bounded.upper(x, counts[at], most, 0.025)
            ends[:, at] = low, high
            estimates = map(Estimate, itertools.repeat(""), counts[at] @ x / count, zip(low, high, strict=True))
            look[at] = [rule.after(count, target.standing(of).excess) or 0 for of in estimates]
    return ends


@pytest.mark.slow
@pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
@pytest.mark.parametrize("law", LAWS)
def test_intervals_hold_the_truth_in_spite_of_looking(law, relative):
    """Wherever the target lies between two counts. Of 4,000 repetitions 1 % is three standard errors."""
    rng, values = np.random.default_rng(7), np.arange(-12 if law == "difference" else 0, 60)
    law = LAWS[law]
    for ends in (16_000, 17_100):
        half = stats.norm.ppf(0.975) * law.std() / math.sqrt(ends)
        target = Target("kills", half / law.mean() if relative else half, relative)
        low, high = ended(law, values, target, rng)
        assert np.mean((low <= law.mean()) & (law.mean() <= high)) >= 0.94, ends


@pytest.mark.slow
def test_equal_policies_are_told_apart_in_no_more_than_5_percent():
    rng, values, law = np.random.default_rng(8), np.arange(-12, 60), stats.skellam(0.05, 0.05)
    target = Target("kills", stats.norm.ppf(0.975) * law.std() / math.sqrt(4_000), relative=False)
    low, high = ended(law, values, target, rng)
    assert np.mean((low > 0) | (high < 0)) <= 0.06  # 5 % and three standard errors


@pytest.mark.slow
@pytest.mark.parametrize("half", [0.05, 0.02])
def test_no_end_before_what_was_not_seen_fits(half):
    """0 or 500, the latter in one of 5,000: most runs see none of it in their first 1,000 schedules."""
    rare = stats.rv_discrete(values=([0, 500], [0.9998, 0.0002]))
    low, high = ended(rare, np.array([0, 500]), Target("kills", half, False), np.random.default_rng(9), 500.0)
    assert np.mean((low <= 0.1) & (high >= 0.1)) >= 0.94
    assert abs(np.mean((low + high) / 2) / 0.1 - 1) < 0.1


LARGE = {
    "times in s, up to 30": (lambda rng, n: np.minimum(30, np.exp(rng.normal(-0.7, 0.6, n)).round(2)), 30.0),
    "needless kills, up to 8": (lambda rng, n: rng.poisson(0.11, n).clip(0, 8), 8.0),
    "one schedule in a thousand hangs": (lambda rng, n: np.where(rng.random(n) < 0.001, 30.0, 0.5), 30.0),
}


@pytest.mark.parametrize(("law", "most"), LARGE.values(), ids=LARGE)
def test_bounds_that_hold_at_all_looks_take_several_times_as_many_schedules(law, most):
    """Half-widths fall with the root of the count, so the squares of their ratios say how many times as many."""
    n, tail = 32_000, 0.025
    values = np.asarray(law(np.random.default_rng(1), n), float)
    seen, counts = np.unique(values, return_counts=True)
    mean, squares, variance = values.mean(), ((values - values.mean()) ** 2).sum(), values.var(ddof=1)
    now = bounded.upper(seen, counts, most, tail) + bounded.upper(-seen, counts, 0.0, tail)
    bets = bounds.wagered(mean, squares, n, most, tail) + bounds.wagered(-mean, squares, n, 0.0, tail)
    log = np.log(2 / tail)  # Maurer & Pontil, COLT 2009, theorem 4, at one look
    bernstein = 2 * (np.sqrt(2 * variance * log / n) + 7 * most * log / (3 * (n - 1)))
    assert 3 < (bets / now) ** 2 < 6 and (bets / now) ** 2 < (bernstein / now) ** 2 < 12
