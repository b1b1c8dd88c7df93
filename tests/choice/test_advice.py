"""The recommendation on directories of records."""

import json

import numpy as np
import pytest
import synthetic

import oommc
from oommc.choice.advice import advise
from oommc.choice.criteria import wishes
from oommc.choice.text import advice_sentences
from oommc.cli import main
from oommc.errors import InputError
from oommc.scenario import Scenario


@pytest.fixture
def result(fast_engine):
    return oommc.run("usemem", "baseline,serialize-v1,patched,patched-try2,oracle", 3_000, 1)


def test_the_least_needless_is_recommended(result):
    advice = result.choose("needless")["usemem"]
    assert advice["chosen"] == "patched"
    assert "oracle" not in advice["policies"]
    [wish] = advice["wishes"]
    assert wish["left"] == ["patched"]
    assert wish["more_than_least"] == 0
    low, high = advice["policies"]["baseline"]["amounts"]["needless"]["more"]
    means = {p: of["amounts"]["needless"]["mean"] for p, of in advice["policies"].items()}
    assert 0 < low < means["baseline"] - means["patched"] < high


def test_what_does_not_matter_leaves_the_choice_to_the_next_wish(result):
    """By needless kills alone baseline is the worst; within 1 all are alike, and collateral kills are the same."""
    advice = result.choose("needless within 1, outage")["usemem"]
    assert set(advice["wishes"][0]["left"]) == {"baseline", "serialize-v1", "patched", "patched-try2"}
    least = min(advice["policies"], key=lambda p: advice["policies"][p]["amounts"]["outage"]["mean"])
    assert advice["chosen"] == least


def test_limits_that_nobody_surely_meets_leave_nobody(result):
    """5 % of the schedules hang; 3,000 without a case would not do for 1e-6 either."""
    advice = result.choose(require="livelock < 1e-6")["usemem"]
    assert advice["chosen"] is None
    assert {of["limits"] for of in advice["policies"].values()} == {"broken"}
    open_ = result.choose(require="panic < 1e-6")["usemem"]
    assert open_["chosen"] is None
    assert {of["limits"] for of in open_["policies"].values()} == {"open"}
    assert open_["limits"][0]["schedules"] > 3_000_000
    told = " ".join(advice_sentences(open_))
    assert "No policy meets panic < 1e-06 for sure" in told
    assert f"{open_['limits'][0]['schedules']:,} schedules without a case" in told


def test_a_limit_rules_out_who_surely_breaks_it(result):
    advice = result.choose("outage", "needless < 0.05")["usemem"]
    assert advice["policies"]["baseline"]["limits"] == "broken"
    assert advice["policies"]["patched"]["limits"] == "met"
    assert advice["chosen"] == "patched"


def test_the_price_is_told(result):
    """The synthetic stalls are common to all policies, so the first stays; others shoot fewer."""
    advice = result.choose("daemon_stall_ns")["usemem"]
    assert advice["chosen"] == "baseline"
    told = " ".join(advice_sentences(advice))
    assert "more collateral than patched." in told


def test_policies_with_fewer_schedules_are_left_out_and_named(fast_engine, tmp_path):
    oommc.run("usemem", "baseline,patched", 2_000, 1, out=tmp_path)
    result = oommc.run("usemem", "patched,serialize-v1", 4_000, 1, out=tmp_path)
    advice = result.choose()["usemem"]
    assert advice["left_out"] == {"baseline": 2_000}
    assert list(advice["policies"]) == ["patched", "serialize-v1"]


def test_blocks_do_not_matter(fast_engine):
    one, many = (oommc.run("usemem", "baseline,patched", 3_000, 1, block=size).choose() for size in (10_000, 411))
    assert one == many


def test_without_records_there_is_no_advice(fast_engine):
    with pytest.raises(InputError, match="no records"):
        oommc.run("usemem", "baseline,patched", 1_000, 1, records=False).choose()


@pytest.mark.slow
def test_intervals_hold_together():
    """In 100 runs of 400 schedules, judged by the means of 400,000 others: all differences inside, in 95 and more."""
    policies, scenario = ("baseline", "serialize-v1", "patched"), Scenario.load("usemem")
    means = {p: synthetic.block("usemem", p, 10**6, 0, 400_000)["needless"].mean() for p in policies}
    kept = 0
    for seed in range(100):
        store = synthetic.reader({("usemem", p, 0): synthetic.block("usemem", p, seed, 0, 400) for p in policies})
        advice = advise(store, scenario, policies, (), wishes("needless"))
        kept += all(
            low <= means[p] - means[advice["chosen"]] <= high
            for p, of in advice["policies"].items()
            if p != advice["chosen"]
            for low, high in [of["amounts"]["needless"]["more"]]
        )
    assert kept >= 95


def _rare(policy: str, rng, n: int, expected: float):
    """Records of equal policies: an episode in half of the schedules, and as many as there can be in a few."""
    rows = synthetic.block("usemem", policy, 1, 0, n)
    rows["episodes"] = rng.random(n) < 0.5
    rows["episodes"][rng.random(n) < expected / n] = 301
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("expected", [0.1, 0.5, 2])
def test_intervals_hold_together_where_large_values_are_rare(expected):
    """Four equal policies, whose difference is 0; with Student's bounds half of all runs and more say otherwise."""
    policies, scenario, rng = ("a", "b", "c", "d"), Scenario.load("usemem"), np.random.default_rng(1)
    mean, missed = 0.5 * (1 - expected / 1_000) + 301 * expected / 1_000, 0
    for _ in range(100):
        store = synthetic.reader({("usemem", policy, 0): _rare(policy, rng, 1_000, expected) for policy in policies})
        amounts = [
            of["amounts"]["episodes"]
            for of in advise(store, scenario, policies, (), wishes("episodes"))["policies"].values()
        ]
        between = [of["more"] for of in amounts if "more" in of]
        missed += any(not low <= 0 <= high for low, high in between) or any(
            not of["ci"][0] <= mean <= of["ci"][1] for of in amounts
        )
    assert missed <= 5


def test_an_amount_without_a_largest_value_says_so(result):
    advice = result.choose("refused, needless")["usemem"]
    assert [wish["supposed"] for wish in advice["wishes"]] == [True, False]
    told = " ".join(advice_sentences(advice))
    assert "No largest value of refused is known: its bounds suppose the largest seen." in told


def test_the_command(fast_engine, tmp_path, capsys):
    out = str(tmp_path / "out")
    command = ["run", "usemem", "--policies", "baseline,patched", "--schedules", "20000", "--out", out, "--quiet"]
    assert main([*command, "--choose", "needless within 0.1"]) == 0
    told = capsys.readouterr().out
    assert "usemem, needless within 0.1: patched after" in told
    assert main(["choose", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["usemem"]["chosen"] == "patched"
    assert main(["choose", out, "--prefer", "needles"]) == 2
    assert capsys.readouterr().err == "oommc: error: prefer: no criterion 'needles'; did you mean needless?\n"
    assert main(["choose", out, "--scenario", "usemen"]) == 2
    assert "did you mean usemem?" in capsys.readouterr().err
