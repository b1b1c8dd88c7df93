"""The race: what it promises holds in repetitions, and its decisions depend on the records alone."""

import numpy as np
import pytest
import synthetic

import oommc
from oommc.choice.race import FIRST, Race, looks
from oommc.errors import InputError

NAMES = ("a", "b", "c", "d")


def run(race: Race, rng, means, most: int = 20_000) -> Race:
    """Values of 0 or 1, common random numbers; the race until it is over."""
    for stop in looks(most):
        u = rng.random(stop - race.schedules)
        own = rng.random((len(means), stop - race.schedules)) * 0.2
        values = np.array([(0.8 * u + own[NAMES.index(name)] < means[name]).astype(float) for name in race.active])
        race.look(values)
        if race.settled:
            break
    return race


def holds(race: Race, means) -> bool:
    """Whether all that it says is true."""
    exact = {name: means[name] for name in race.policies}  # P(0.8 u + 0.2 v < m) = m - 0.1 for 0.2 ≤ m ≤ 0.8
    best = min(exact.values())
    inside = all(
        low - 1e-9 <= exact[name] - exact[race.chosen] <= high + 1e-9
        for name in race.policies
        for low, high in [race.difference(name)]
    )
    return inside and exact[race.chosen] - best <= race.excess + 1e-12


def repeated(repetitions: int) -> list[Race]:
    """Slippage: one better than the others by just what matters, the hardest case for a choice."""
    means = dict(zip(NAMES, (0.35, 0.30, 0.35, 0.35), strict=True))
    rng = np.random.default_rng(7)
    return [run(Race(NAMES, 1.0, 0.05), rng, means) for _ in range(repetitions)]


def judged(races: list[Race]) -> tuple[float, float]:
    """Shares of correct choices, and of races in which every bound holds."""
    means = dict(zip(NAMES, (0.35, 0.30, 0.35, 0.35), strict=True))
    return np.mean([race.chosen == "b" for race in races]), np.mean([holds(race, means) for race in races])


def test_the_best_is_chosen():
    right, kept = judged(repeated(40))
    assert right >= 0.95
    assert kept >= 0.95


@pytest.mark.slow
def test_the_best_is_chosen_in_two_thousand_races():
    right, kept = judged(repeated(2_000))
    assert right >= 0.95
    assert kept >= 0.95


@pytest.mark.slow
def test_looking_breaks_no_bound_even_where_the_promise_is_weak():
    """At alpha = 0.9 and until the end, however long ago it could have stopped."""
    rng = np.random.default_rng(3)
    means = dict(zip(NAMES, (0.31, 0.30, 0.32, 0.30), strict=True))
    races = [run(Race(NAMES, 1.0, 0.0, alpha=0.9), rng, means, 5_000) for _ in range(400)]
    assert np.mean([holds(race, means) for race in races]) >= 0.1


def test_the_worse_get_fewer_schedules():
    means = dict(zip(NAMES, (0.7, 0.3, 0.33, 0.31), strict=True))
    race = run(Race(NAMES, 1.0, 0.005), np.random.default_rng(1), means, 10**6)
    assert race.chosen == "b"
    assert race.run("a") == FIRST
    assert race.run("a") <= race.run("c") < race.run("b")
    assert race.out["a"].by in NAMES[1:]


def test_equals_end_the_race_as_soon_as_they_can_differ_by_no_more_than_matters():
    race = Race(("a", "b"), 1.0, 0.05)
    for stop in looks(10**6):
        race.look(np.zeros((2, stop - race.schedules)))
        if race.settled:
            break
    assert race.active == ["a", "b"]
    assert race.chosen == "a"
    assert 0 < race.excess <= 0.05
    assert race.schedules < 20_000


def test_looks_double_and_end_at_the_most():
    assert list(looks(6_000)) == [1_250, 2_500, 5_000, 6_000]
    assert list(looks(7)) == [7]


POLICIES = "baseline,serialize-v1,patched,patched-try2"
WISH = "needless within 0.02"


def test_decisions_depend_on_the_records_alone(fast_engine, tmp_path):
    """Neither on threads nor blocks, nor on whether the run was stopped before, nor on more that is there."""
    plain = oommc.run("usemem", POLICIES, 40_000, 1, choose=WISH)
    assert plain.race["scenarios"]["usemem"]["chosen"] == "patched"
    ran = {name: of["schedules"] for name, of in plain.race["scenarios"]["usemem"]["policies"].items()}
    assert ran["baseline"] == FIRST < ran["patched"]
    assert {p: of["schedules"] for p, of in plain.data["scenarios"]["usemem"]["policies"].items()} == ran
    other = oommc.run("usemem", POLICIES, 40_000, 1, choose=WISH, workers=3, block=700)
    assert other.race == plain.race
    out = tmp_path / "out"
    oommc.run("usemem", "baseline,patched", 5_000, 1, out=out)
    kept = oommc.run("usemem", POLICIES, 40_000, 1, choose=WISH, out=out)
    assert kept.race == plain.race == oommc.load(out).race


def test_bounds_that_no_kernel_could_be_do_not_race(fast_engine):
    result = oommc.run("usemem", "baseline,patched,oracle", 2_000, 1, choose=WISH)
    assert list(result.race["scenarios"]["usemem"]["policies"]) == ["baseline", "patched"]


def test_each_scenario_has_its_race(fast_engine):
    result = oommc.run(["usemem", "usemem-smp"], "baseline,patched", 5_000, 1, choose=WISH)
    assert list(result.race["scenarios"]) == ["usemem", "usemem-smp"]
    assert all(race["chosen"] == "patched" for race in result.race["scenarios"].values())


@pytest.mark.parametrize(
    "wish, more, told",
    [
        ("needless", {}, "one wish, and what doesn't matter"),
        ("needless within 1, ttr within 1", {}, "one wish"),
        ("oom_calls within 1", {}, "no largest value is known"),
        (WISH, {"records": False}, "needs records"),
        (WISH, {"shard": "1/2"}, "needs records, and all schedules"),
    ],
)
def test_what_cannot_race_is_told(fast_engine, wish, more, told):
    with pytest.raises(InputError, match=told):
        oommc.run("usemem", POLICIES, 2_000, 1, choose=wish, **more)


def test_a_damaged_choice_is_told(fast_engine, tmp_path):
    oommc.run("usemem", "baseline,patched", 2_000, 1, choose=WISH, out=tmp_path)
    (tmp_path / "choice.json").write_text("{}")
    with pytest.raises(InputError, match="choice.json: not the choice.json"):
        oommc.load(tmp_path)


def test_synthetic_records_tell_the_policies_apart():
    """What the tests above stand on."""
    needless = {p: synthetic.block("usemem", p, 1, 0, 5_000)["needless"].mean() for p in POLICIES.split(",")}
    assert needless["baseline"] > 0.2 > needless["serialize-v1"] > needless["patched"] == 0
