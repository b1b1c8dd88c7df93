"""Estimates against an exact probability, against counting, and where they can't be trusted."""

import json
import math
from functools import cache

import numpy as np
import pytest
from scipy import linalg
from worlds import clockwork, hog, late, records

import oommc
from oommc.cli import main
from oommc.errors import InputError
from oommc.rare import estimate
from oommc.scenario import Scenario

WAKE = "process.hog.exit.wake"
POLICY = oommc.policies["patched"].replace(name="timed", timeout="50 ms")


def world(wake) -> Scenario:
    """A second process dies if the hog wakes later than 50 ms after its signal, or thereabouts."""
    return clockwork(hog(exit={"wake": wake, "tail": "1 ms"}), late("30 ms"))


@cache
def threshold() -> int:
    """The wake (ns) from which on a second process dies, by bisection."""
    low, high = 40_000_000, 60_000_000
    while high - low > 1:
        middle = (low + high) // 2
        [record] = records(world(f"{middle} ns"), POLICY)
        low, high = (low, middle) if record["kills"] > 1 else (middle, high)
    return high


def exponential(mean_ns: int) -> tuple[Scenario, float]:
    """The world with an exponential wake, and the exact probability of a second kill."""
    return world({"dist": "exponential", "mean": f"{mean_ns} ns"}), math.exp(-threshold() / mean_ns)


@pytest.mark.parametrize(("mean_ns", "k"), [(2_700_000, 8), (2_700_000, 20), (2_450_000, 12), (7_000_000, 4)])
def test_closed_form(mean_ns, k):
    scenario, exact = exponential(mean_ns)
    assert exact < 2e-3
    rare = estimate(scenario, POLICY, "kills > 1", {WAKE: k}, 20_000)
    assert rare.interval[0] < exact < rare.interval[1] < 1.25 * exact
    assert not rare.warnings


def test_counting_agrees_where_it_can():
    scenario, exact = exponential(7_000_000)
    result = oommc.run(scenario, POLICY, 100_000)
    [found] = result.find("kills > 1", "timed")
    rare = estimate(scenario, POLICY, "kills > 1", {WAKE: 4}, 20_000)
    assert found.matching / 100_000 == pytest.approx(exact, rel=0.35)  # three standard errors of counting
    assert rare.probability == pytest.approx(found.matching / 100_000, rel=0.35)
    assert rare.interval[1] - rare.interval[0] < 0.2 * exact


def test_two_tilts_and_a_draw_that_is_never_looked_at_cost_variance_and_not_truth():
    scenario, exact = exponential(7_000_000)
    scenario = scenario.replace("process.late.exit.wake", {"dist": "exponential", "mean": "3 ms"})
    alone = estimate(scenario, POLICY, "kills > 1", {WAKE: 4}, 10_000)
    both = estimate(scenario, POLICY, "kills > 1", {WAKE: 4, "process.late.exit.wake": 2}, 10_000)
    assert both.interval[0] < exact < both.interval[1]
    assert both.effective < alone.effective


@pytest.mark.slow
def test_coverage():
    scenario, exact = exponential(2_700_000)
    done = [estimate(scenario, POLICY, "kills > 1", {WAKE: 12}, 2_000, seed) for seed in range(400)]
    held = sum(rare.interval[0] <= exact <= rare.interval[1] for rare in done)
    assert 0.92 <= held / 400 <= 0.98
    mean = sum(rare.probability for rare in done) / 400
    assert mean == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize(("means", "k"), [(25, 25), (45, 40), (100, 100)])
def test_beyond_the_table_the_law_goes_on(means, k):
    """The exponential's quantile 1 - 2^-33 is 22.9 means; 45 are 3e-20, 100 are 4e-44."""
    scenario, exact = exponential(threshold() // means)
    rare = estimate(scenario, POLICY, "kills > 1", {WAKE: k}, 10_000)
    assert rare.interval[0] < exact < rare.interval[1] < 1.5 * exact
    assert not rare.warnings


def test_a_chain_of_two_stages():
    """The wake and then a block, exponential both: the tail of an absorbing chain, exp(Q t), at 4e-11."""
    wake, block = threshold() / 30, threshold() / 40
    exit_ = {"wake": {"dist": "exponential", "mean": f"{wake:.0f} ns"}, "tail": "1 ms"}
    exit_ |= {"block": {"p": 1, "delay": {"dist": "exponential", "mean": f"{block:.0f} ns"}}}
    scenario = clockwork(hog(exit=exit_), late("30 ms"))
    rates = np.array([[-1 / round(wake), 1 / round(wake)], [0, -1 / round(block)]])
    exact = linalg.expm(rates * threshold())[0].sum()
    rare = estimate(scenario, POLICY, "kills > 1", {WAKE: 20, WAKE.replace("wake", "block.delay"): 5}, 60_000)
    assert exact < 1e-10 and rare.interval[0] < exact < rare.interval[1] < 1.3 * exact


def only_a_table(mean_ns: int) -> Scenario:
    """The same law as a mixture, of which nothing is known beyond its table."""
    part = {"weight": 1.0, "dist": "exponential", "mean": f"{mean_ns} ns"}
    return world({"dist": "mixture", "parts": [part, part]})


def test_what_lies_beyond_a_table_is_told():
    rare = estimate(only_a_table(threshold() * 10 // 228), POLICY, "kills > 1", {WAKE: 30}, 5_000)
    assert rare.beyond > 0.5
    assert "where no more is known of their law than a table" in " ".join(rare.warnings)
    exact = math.exp(-30)
    rare = estimate(only_a_table(threshold() // 30), POLICY, "kills > 1", {WAKE: 30}, 5_000)
    assert rare.hits == 0 < rare.flat
    assert rare.interval[0] == 0 < exact < rare.interval[1]
    assert "may lie beyond what can be drawn" in " ".join(rare.warnings)


def test_few_hits_are_told():
    rare = estimate(exponential(2_700_000)[0], POLICY, "kills > 1", {WAKE: 2}, 5_000)
    assert rare.effective < 30 and rare.warnings


def test_command(capsys):
    args = [
        "rare",
        "usemem",
        "--policy",
        "patched-timeout(timeout=50ms)",
        "--where",
        "needless > 0",
        "--schedules",
        "2000",
    ]
    args += ["--tilt", "process.usemem.exit.wake=3"]
    assert main(args) == 0
    told = capsys.readouterr().out
    assert main([*args, "--json"]) == 0
    rare = json.loads(capsys.readouterr().out)
    assert rare["schedules"] == 2000 and rare["interval"][0] < rare["probability"] < rare["interval"][1]
    assert f"{rare['probability']:.3g} per schedule" in told and f"{rare['hits']} hits" in told


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tilt": {"process.hog.exit.wak": 2}}, "did you mean process.hog.exit.wake?"),
        ({"tilt": {"process.late.exit.wake": 2}}, "always 3 ms: nothing to tilt"),
        ({"tilt": {"process.hog.program.think": 2}}, "not a time that a thread draws once"),
        ({"tilt": {WAKE: 1}}, "1 is not a number above 1, up to 1000"),
        ({"tilt": {WAKE: "x"}}, "'x' is not a number"),
        ({"tilt": {}}, "tilt: none given"),
        ({"where": "kils > 1"}, "no column 'kils'"),
        ({"policy": "baseline,patched"}, "policy: one, not 2"),
        ({"schedules": 1}, "schedules: 1 is not"),
    ],
)
def test_bad_input(changes, says):
    given = {"policy": POLICY, "where": "kills > 1", "tilt": {WAKE: 2}, "schedules": 10} | changes
    with pytest.raises(InputError) as caught:
        estimate(exponential(2_700_000)[0], **given)
    assert says in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["wake", "=2", "process.usemem.exit.wake=3 again"])
def test_bad_tilt_on_the_command_line(text, capsys):
    args = ["rare", "usemem", "--policy", "patched", "--where", "kills > 1"]
    for tilt in [text.removesuffix(" again")] * (1 + text.endswith("again")):
        args += ["--tilt", tilt]
    assert main(args) == 2
    assert "KEY=K" in capsys.readouterr().err


def crowd(wake) -> Scenario:
    """The same hog with 20 threads, each with a processor and a wake of its own; the last one to go decides."""
    return clockwork(hog(threads=20, exit={"wake": wake, "tail": "1 ms"}), late("30 ms"), cpus=64)


@pytest.mark.slow
def test_twenty_threads_are_tilted_and_nothing_collapses():
    """One of them wakes later than what brings about a second kill: a closed form, at 6e-6 and at 8e-10."""
    low, high = 20_000_000, 60_000_000
    while high - low > 1:
        middle = (low + high) // 2
        [record] = records(crowd(f"{middle} ns"), POLICY)
        low, high = (low, middle) if record["kills"] > 1 else (middle, high)
    for mean_ns, k in ((high // 15, 12), (high // 24, 20)):
        exact = -math.expm1(20 * math.log1p(-math.exp(-high / mean_ns)))
        scenario = crowd({"dist": "exponential", "mean": f"{mean_ns} ns"})
        rare = estimate(scenario, POLICY, "kills > 1", {WAKE: k}, 20_000)
        assert rare.interval[0] < exact < rare.interval[1] < 1.6 * exact and not rare.warnings
