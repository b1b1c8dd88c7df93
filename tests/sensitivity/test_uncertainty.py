"""`oommc uncertainty`: one small world from end to end, and what it refuses."""

import csv
import io
import json

import numpy as np
import pytest
from small import RANGES, WORLD

import oommc
from oommc.cli import main
from oommc.engine import Engine
from oommc.policies import parse
from oommc.sensitivity import places
from oommc.sensitivity.sobol import sequence
from oommc.sensitivity.unknown import placed, unknowns

PLACES, SCHEDULES = 16, 100


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("uncertainty") / "world.toml"
    path.write_text(WORLD.to_toml())
    return str(path)


def command(file, *more, ranges=RANGES, policies="baseline,patched"):
    options = [word for text in ranges for word in ("--range", text)]
    size = ["--places", str(PLACES), "--schedules", str(SCHEDULES)]
    return ["uncertainty", file, "--policies", policies, *options, *size, *more]


def found(policies="baseline,patched", metrics=("kills",), ranges=RANGES):
    return oommc.uncertainty(
        WORLD, policies, metrics=metrics, ranges=ranges, places=PLACES, schedules=SCHEDULES, seed=7
    )


def test_each_place_has_schedules_of_its_own():
    of = found()["metrics"]["kills"]["policies"]["baseline"]
    wanted, shares = unknowns(RANGES, WORLD), sequence(2, PLACES, 7)
    kills = np.array(
        [
            Engine(placed(WORLD, wanted, at), parse("baseline"), 7).run(number * SCHEDULES, SCHEDULES)[0]["kills"]
            for number, at in enumerate(shares)
        ]
    )
    means, within = kills.mean(axis=1), kills.var(axis=1, ddof=1).mean()
    assert of["mean"] == pytest.approx(kills.mean())
    assert of["within"] == pytest.approx(within)
    assert of["between"] == pytest.approx(means.var(ddof=1) - within / SCHEDULES)
    assert (of["least"], of["most"]) == (means.min(), means.max())


def test_as_assumed_it_is_what_a_run_says():
    of = found()["metrics"]["kills"]
    run = oommc.run(WORLD, "baseline,patched", schedules=PLACES * SCHEDULES, seed=7).data["scenarios"][WORLD.name]
    for name, policy in of["policies"].items():
        assert policy["assumed"] == {key: run["policies"][name]["kills"][key] for key in ("mean", "ci")}
    (pair,) = (row for row in run["pairs"] if row["metric"] == "kills")
    assert of["pairs"][0]["assumed"] == {"mean": pair["difference"], "ci": pair["ci"]}


def test_what_is_not_known_decides():
    """With a slow report the baseline shoots a second one, with a quick one it doesn't; the patch never does."""
    of = found()["metrics"]["kills"]
    low, high = of["policies"]["baseline"]["spread"]
    assert low < 1.2 and high > 1.5
    assert of["policies"]["patched"]["share"] is None and of["policies"]["patched"]["spread"] is None
    (pair,) = of["pairs"]
    assert 0.2 < pair["more"] < 1 and pair["less"] == 0
    (flipped,) = found("patched,baseline")["metrics"]["kills"]["pairs"]
    assert (flipped["less"], flipped["more"]) == (pair["more"], pair["less"])
    assert (flipped["least"], flipped["most"]) == (-pair["most"], -pair["least"])


def test_what_decides_nothing_does_not_vary():
    of = found(ranges=RANGES[1:])["metrics"]["kills"]["policies"]["baseline"]
    assert of["within"] > 0 and of["spread"] is None and of["share_ci"][0] == 0


def test_threads_and_other_policies_do_not_matter(monkeypatch):
    both = found(metrics=("needless", "outage"))
    monkeypatch.setattr(places, "default_workers", lambda: 1)
    assert json.dumps(found(metrics=("needless", "outage"))) == json.dumps(both)
    alone = found("baseline", metrics=("outage",))["metrics"]["outage"]
    assert alone == {"policies": {"baseline": both["metrics"]["outage"]["policies"]["baseline"]}, "pairs": []}


def test_forms(file, capsys):
    assert main(command(file, "--json", "--seed", "7", "--metric", "kills")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == found()
    assert main(command(file)) == 0
    text = capsys.readouterr().out
    assert text.startswith(
        f"clockwork: {PLACES} places in the ranges of what isn't known, {SCHEDULES} schedules at each\n"
    )
    assert "\nNot known: machine.latency.report 1ms..60ms, process.late.nice 0..10\n" in text
    assert "outage in s, differences on the same schedules\n" in text and "nan" not in text.lower()
    assert main(command(file, "--markdown", "--metric", "kills")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[4] == "kills" and lines[6].startswith("| policy | as assumed | over the ranges |")
    assert lines[7].startswith("| --- | ---: |") and lines[8].startswith("| baseline | ")
    assert main(command(file, "--csv", "--metric", "kills", "--seed", "7")) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["a"], row["b"]) for row in rows] == [("baseline", ""), ("patched", ""), ("baseline", "patched")]
    of = told["metrics"]["kills"]
    assert float(rows[0]["spread_high"]) == of["policies"]["baseline"]["spread"][1] and rows[1]["spread_high"] == ""
    assert float(rows[2]["more"]) == of["pairs"][0]["more"] and rows[0]["more"] == ""


def test_one_policy_has_no_pairs(file, capsys):
    assert main(command(file, "--metric", "kills", policies="baseline")) == 0
    text = capsys.readouterr().out
    assert "differences" not in text and "surely less" not in text


@pytest.mark.parametrize(
    ("ranges", "more", "told"),
    [
        ([], [], "range: nothing is unknown: give --range KEY=LOW..HIGH, or the scenario a [range]"),
        ([RANGES[0], RANGES[0]], [], "machine.latency.report: given twice"),
        (["machine.cpus=0..4"], [], "machine.cpus: 0 is not a whole number from 1"),
        (RANGES, ["--metric", "kilss"], "no metric 'kilss'; did you mean kills?"),
        (RANGES, ["--places", "24"], "places: 24 is not a power of 2"),
        (RANGES, ["--places", "8"], "places: 8 is not a whole number from 16"),
        (RANGES, ["--schedules", "1"], "schedules: 1 is not a whole number from 2"),
        (RANGES, ["--seed", "-1"], "seed: -1 is not a whole number from 0"),
    ],
)
def test_refused(file, capsys, ranges, more, told):
    assert main(command(file, *more, ranges=ranges)) == 2
    printed = capsys.readouterr()
    assert told in printed.err and printed.err.count("\n") == 1 and not printed.out
