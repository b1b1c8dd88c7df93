"""The race: what it promises holds in repetitions, and its decisions depend on the records alone."""

import json

import numpy as np
import pytest
import synthetic

import oommc
from oommc.choice.criteria import limits, wishes
from oommc.choice.race import FIRST, Race, looks
from oommc.cli import main
from oommc.errors import InputError
from oommc.report.page import command as again

NAMES = ("a", "b", "c", "d")


def between(names, within: float, alpha: float = 0.05) -> Race:
    """A race for the fewest needless kills, of one at most."""
    wanted = wishes(f"needless within {within}" if within else "needless")
    return Race(names, wanted, (), {wanted[0].amount: 1.0}, alpha)


def run(race: Race, rng, means, most: int = 20_000) -> Race:
    """Values of 0 or 1, common random numbers; the race until it is over.

    `means`: of each amount, by policy, if several.
    """
    several = {amount: means if len(race.most) == 1 else means[amount.text] for amount in race.most}
    for stop in looks(most):
        u = rng.random(stop - race.schedules)
        own = rng.random((len(race.policies), stop - race.schedules)) * 0.2
        draws = {name: 0.8 * u + own[race.policies.index(name)] for name in race.active}
        race.look(
            {
                of: np.array([(draws[name] < exact[name]).astype(float) for name in race.active])
                for of, exact in several.items()
            }
        )
        if race.settled or not race.active:
            break
    return race


def share(m: float) -> float:
    """P(0.8 u + 0.2 v < m), for 0.2 ≤ m ≤ 0.8."""
    return (m - 0.1) / 0.8


def holds(race: Race, means) -> bool:
    """Whether all that it says is true."""
    exact = {name: share(means[name]) for name in race.policies}
    best = min(exact.values())
    [wish] = race.wishes
    inside = all(
        low - 1e-9 <= exact[name] - exact[race.chosen] <= high + 1e-9
        for name in race.policies
        for low, high in [race.difference(wish.amount, name)]
    )
    return inside and exact[race.chosen] - best <= race.excess(wish) + 1e-12


def repeated(repetitions: int) -> list[Race]:
    """Slippage: one better than the others by just what matters, the hardest case for a choice."""
    means = dict(zip(NAMES, (0.35, 0.30, 0.35, 0.35), strict=True))
    rng = np.random.default_rng(7)
    return [run(between(NAMES, 0.05), rng, means) for _ in range(repetitions)]


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
    races = [run(between(NAMES, 0.0, alpha=0.9), rng, means, 5_000) for _ in range(400)]
    assert np.mean([holds(race, means) for race in races]) >= 0.1


def test_the_worse_get_fewer_schedules():
    means = dict(zip(NAMES, (0.7, 0.3, 0.33, 0.31), strict=True))
    race = run(between(NAMES, 0.005), np.random.default_rng(1), means, 10**6)
    assert race.chosen == "b"
    assert race.run("a") == FIRST
    assert race.run("a") <= race.run("c") < race.run("b")
    assert race.out["a"].by in NAMES[1:]


def test_equals_end_the_race_as_soon_as_they_can_differ_by_no_more_than_matters():
    race = between(("a", "b"), 0.05)
    for stop in looks(10**6):
        race.look({race.wishes[0].amount: np.zeros((2, stop - race.schedules))})
        if race.settled:
            break
    assert race.active == ["a", "b"]
    assert race.chosen == "a"
    assert 0 < race.excess(race.wishes[0]) <= 0.05
    assert race.schedules < 20_000


def several(want: str, require: str | None = None, alpha: float = 0.05) -> Race:
    wanted, limited = wishes(want), limits(require) if require else ()
    return Race(NAMES, wanted, limited, {of.amount: 1.0 for of in (*wanted, *limited)}, alpha)


TWO = "needless within 0.05, kills within 0.05"
MEANS = {
    "needless": {"a": 0.30, "b": 0.33, "c": 0.70, "d": 0.31},
    "kills": {"a": 0.60, "b": 0.30, "c": 0.20, "d": 0.62},
    "livelock": {"a": 0.21, "b": 0.21, "c": 0.21, "d": 0.21},
}


def test_the_second_wish_decides_among_those_whom_the_first_leaves():
    """c has the fewest kills and surely too many needless ones; a has the fewest needless ones by less than matters."""
    race = run(several(TWO), np.random.default_rng(1), MEANS, 10**6)
    assert race.settled and race.chosen == "b"
    assert race.run("c") == FIRST < race.run("b")
    assert all(race.excess(wish) <= wish.within for wish in race.wishes)


def test_who_may_have_the_least_stays_until_the_others_are_surely_close_to_it():
    """a is soon seen to be chosen by nobody, for its kills, yet b's place in the field hangs on it."""
    race = run(several("needless within 0.05, kills within 0.3"), np.random.default_rng(1), MEANS, 10**6)
    assert race.settled
    short = run(
        several(TWO.replace("needless within 0.05", "needless within 0.04")), np.random.default_rng(1), MEANS, 10**6
    )
    assert short.chosen == "b" and short.run("a") == short.run("b")


def test_the_field_are_those_who_meet_the_limits():
    means = MEANS | {"livelock": {"a": 0.22, "b": 0.45, "c": 0.21, "d": 0.28}}
    race = run(several(TWO, "livelock < 0.25"), np.random.default_rng(2), means, 10**6)
    assert race.settled and race.chosen == "a"
    assert [race.status(name) for name in "ab"] == ["met", "broken"] and race.out["b"].by is None
    nobody = run(several(TWO, "livelock < 0.05"), np.random.default_rng(2), means, 10**6)
    assert nobody.chosen is None and not nobody.settled and not nobody.active


def granted(race: Race, means) -> bool:
    """Whether the chosen one is in the last field indeed (of every race that has settled)."""
    exact = {amount: {p: share(m) for p, m in of.items()} for amount, of in means.items()}
    field = [p for p in NAMES if all(exact[limit.amount.text][p] < limit.limit for limit in race.limits)]
    for wish in race.wishes:
        of = exact[wish.amount.text]
        field = [p for p in field if of[p] - min(of[q] for q in field) <= wish.within + 1e-12]
    return not race.settled or race.chosen in field


@pytest.mark.slow
def test_several_wishes_are_granted_even_where_the_promise_is_weak():
    """At the edges: means that differ by just what matters (0.05), or a little less or more,
    and a limit that is one of them.
    """
    rng, settled, kept = np.random.default_rng(5), 0, 0
    for _ in range(400):
        means = {
            name: {p: float(rng.choice([0.30, 0.33, 0.34, 0.35])) for p in NAMES}
            for name in ("needless", "kills", "livelock")
        }
        race = run(several(TWO, "livelock < 0.3", alpha=0.5), rng, means, 80_000)
        settled, kept = settled + race.settled, kept + (race.settled and granted(race, means))
    assert settled > 50 and kept >= 0.5 * settled


def test_looks_double_and_end_at_the_most():
    assert list(looks(6_000)) == [1_250, 2_500, 5_000, 6_000]
    assert list(looks(7)) == [7]


POLICIES = "baseline,serialize-v1,patched,patched-try2"
ALIKE = "baseline,patched-try2,patched-timeout"
"""The last two are equally good, and one of them is to be shown to be no worse than the other."""
WISH = "needless within 0.02"


def test_decisions_depend_on_the_records_alone(fast_engine, tmp_path):
    """Neither on threads nor blocks, nor on whether the run was stopped before, nor on more that is there."""
    plain = oommc.run("usemem", ALIKE, 40_000, 1, choose=WISH)
    assert plain.race["scenarios"]["usemem"]["chosen"] != "baseline"
    ran = {name: of["schedules"] for name, of in plain.race["scenarios"]["usemem"]["policies"].items()}
    assert ran["baseline"] == FIRST < ran["patched-try2"]
    assert {p: of["schedules"] for p, of in plain.data["scenarios"]["usemem"]["policies"].items()} == ran
    other = oommc.run("usemem", ALIKE, 40_000, 1, choose=WISH, workers=3, block=700)
    assert other.race == plain.race
    out = tmp_path / "out"
    oommc.run("usemem", "baseline,patched-try2", 5_000, 1, out=out)
    kept = oommc.run("usemem", ALIKE, 40_000, 1, choose=WISH, out=out)
    assert kept.race == plain.race == oommc.load(out).race


def test_wishes_and_limits_from_end_to_end(fast_engine, tmp_path, capsys):
    wanted = ["--choose", "needless within 0.02, outage within 200 ms", "--require", "livelock < 0.2"]
    command = [
        "run",
        "usemem",
        "--policies",
        POLICIES,
        "--schedules",
        "40000",
        *wanted,
        "--quiet",
        "--out",
        str(tmp_path),
    ]
    assert main(command) == 0
    told = capsys.readouterr().out
    race = oommc.load(tmp_path).race
    of = race["scenarios"]["usemem"]
    assert race["require"] == "livelock < 0.2" and of["settled"] and of["chosen"] == "patched"
    assert [wish["amount"] for wish in of["wishes"]] == ["needless", "outage"]
    assert all(wish["excess"] <= wish["within"] for wish in of["wishes"])
    assert of["excess"] == of["wishes"][0]["excess"] and of["policies"]["patched"]["limits"] == "met"
    assert "under livelock < 0.2: patched after" in told and "it meets livelock < 0.2" in told
    assert wanted[1] in again(oommc.load(tmp_path)) and wanted[3] in again(oommc.load(tmp_path))
    assert main(command) == 0 and oommc.load(tmp_path).race == race
    command = [
        *command[: command.index("--require")],
        "--require",
        "livelock < 0.001",
        "--quiet",
        "--out",
        str(tmp_path / "none"),
    ]
    assert main(command) == 0
    assert "every policy surely breaks livelock < 0.001" in capsys.readouterr().out
    assert oommc.load(tmp_path / "none").race["scenarios"]["usemem"]["chosen"] is None
    oommc.load(tmp_path / "none").report(tmp_path / "page.html")


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
        ("needless", {}, "with each wish what doesn't matter"),
        ("needless within 1, outage", {}, "with each wish what doesn't matter"),
        (WISH, {"require": "refused < 1"}, "refused: no largest value is known"),
        (WISH, {"require": "livelock"}, "a criterion, <, and an amount"),
        (None, {"require": "livelock < 0.1"}, "require: goes with choose"),
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
    with pytest.raises(InputError, match=r"choice.json: not the choice.json"):
        oommc.load(tmp_path)


@pytest.mark.parametrize("key", ["mean", "more"])
def test_a_choice_that_lacks_a_value_is_told(fast_engine, tmp_path, key):
    """A fuzzer took one away, and the text of the race looked for it."""
    oommc.run("usemem", "baseline,patched", 2_000, 1, choose=WISH, out=tmp_path)
    content = json.loads((tmp_path / "choice.json").read_text())
    [amounts, *_] = (policy["amounts"] for policy in content["scenarios"]["usemem"]["policies"].values())
    del next(iter(amounts.values()))[key]
    (tmp_path / "choice.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"choice.json: not the choice.json"):
        oommc.load(tmp_path)


def test_synthetic_records_tell_the_policies_apart():
    """What the tests above stand on."""
    needless = {p: synthetic.block("usemem", p, 1, 0, 5_000)["needless"].mean() for p in POLICIES.split(",")}
    assert needless["baseline"] > 0.2 > needless["serialize-v1"] > needless["patched"] == 0
