"""`oommc sensitivity`: ranges, one small world from end to end, and what it refuses."""

import csv
import io
import json

import numpy as np
import pytest
from worlds import clockwork, hog, late

import oommc
from oommc.cli import main
from oommc.policies import parse as policies
from oommc.sensitivity import sample
from oommc.sensitivity.study import study
from oommc.sensitivity.unknown import parse

RANGES = ["machine.latency.report=1ms..60ms", "process.late.nice=0..10"]
"""How long a report takes decides whether the late one asks while the hog is dying; its nice value decides nothing."""


@pytest.fixture(scope="module")
def world():
    start = {"dist": "uniform", "low": "0 s", "high": "40 ms"}
    program = {"kind": "grow", "start": start, "think": "1 ms", "chunk": 700, "target": 700}
    return clockwork(hog(), late(program=program))


@pytest.fixture(scope="module")
def file(world, tmp_path_factory):
    path = tmp_path_factory.mktemp("sensitivity") / "world.toml"
    path.write_text(world.to_toml())
    return str(path)


def command(file, *more, ranges=RANGES, both="baseline,patched"):
    options = [word for text in ranges for word in ("--range", text)]
    return ["sensitivity", file, "--policies", both, *options, "--points", "16", "--schedules", "10", *more]


@pytest.mark.parametrize(
    ("text", "low", "middle", "high"),
    [
        ("k=10ms..1s", "10 ms", "100 ms", "1 s"),
        ("k=1 MiB..64MiB", "1 MiB", "8 MiB", "64 MiB"),
        ("k=1GiB/s..4 GiB/s", "1 GiB/s", "2 GiB/s", "4 GiB/s"),
        ("k=0..8ms", "0 s", "4 ms", "8 ms"),
        ("k=0.01..1.0", 0.01, pytest.approx(0.1), pytest.approx(1.0)),
        ("k=0.0..0.5", 0.0, 0.25, 0.5),
        ("k=-5..5", -5, 0, 5),
    ],
)
def test_ranges(text, low, middle, high):
    unknown = parse(text)
    assert [unknown.at(share) for share in (0, 0.5, 1)] == [low, middle, high]


def test_whole_numbers_are_equally_likely():
    found = [parse("k=1..4").at(share) for share in np.arange(0, 1, 1 / 400)]
    assert np.bincount(found).tolist() == [0, 100, 100, 100, 100]


@pytest.mark.parametrize(("text", "values"), [("k=1..3", [1, 2, 3]), ("k=0..12", [0, 2, 4, 6, 8, 10, 12])])
def test_whole_numbers_on_the_map(text, values):
    unknown = parse(text)
    assert [unknown.at(share) for share in unknown.steps(7)] == values


def test_what_matters_and_what_does_not(world):
    found = study(world, policies("baseline,patched"), "kills", [parse(text) for text in RANGES], 64, 40)
    report, nice = found["outputs"]["difference"]["indices"].values()
    assert report["total_ci"][0] > nice["total_ci"][1]
    assert nice["total_ci"][0] <= 0 <= nice["total_ci"][1] and nice["first_ci"][0] <= 0 <= nice["first_ci"][1]
    at = found["map"]
    assert (at["x"], at["y"]) == ("machine.latency.report", "process.late.nice")
    for row in at["less"]:
        assert row[0] is None and row[-1] == "patched"


def test_threads_do_not_matter(world, monkeypatch):
    asked = (world, policies("baseline,patched"), "needless", [parse(text) for text in RANGES], 16, 5)
    found = study(*asked)
    monkeypatch.setattr(sample, "default_workers", lambda: 1)
    assert study(*asked) == found


def test_forms(file, tmp_path, capsys):
    assert main(command(file, "--map", str(tmp_path / "map.svg"))) == 0
    text = capsys.readouterr().out
    assert text.startswith("clockwork: needless, baseline − patched, over 64 places of 10 schedules")
    assert "machine.latency.report" in text and "NaN" not in text and "nan" not in text
    assert "baseline − patched" in (tmp_path / "map.svg").read_text()
    assert main(command(file, "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["policies"] == ["baseline", "patched"] and list(told["outputs"]) == ["difference", "a", "b"]
    assert told["outputs"]["b"]["indices"] is None  # the patch kills nobody for nothing, wherever it is
    assert main(command(file, "--csv")) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["output"] for row in rows] == ["difference"] * 2 + ["a"] * 2 + ["b"] * 2
    first = told["outputs"]["difference"]["indices"]["machine.latency.report"]["first"]
    assert float(rows[0]["first"]) == pytest.approx(first) and rows[-1]["total"] == ""


def test_equal_policies_have_nothing_to_tell(file, capsys):
    assert main(command(file, "--metric", "ttr", both="patched,patched(timeout=9s)")) == 0
    text = capsys.readouterr().out
    assert "no index" in text
    rows = text.split("the map")[1].splitlines()[2:-1]
    assert len(rows) == 7 and all(row.count("(") == row.count(")") == 7 for row in rows)  # nothing is sure


@pytest.mark.parametrize(
    ("ranges", "more", "told"),
    [
        (["a=1..2"], [], "two unknowns"),
        ([*RANGES, RANGES[0]], [], "machine.latency.report: given twice"),
        (["nonsense", *RANGES], [], "range: 'nonsense': KEY=LOW..HIGH"),
        (["machine.latency.report=9ms..1ms", RANGES[1]], [], "the low end has to be below"),
        (["machine.latency.report=1..1ms", RANGES[1]], [], "'1' has no unit"),
        (["machine.latency.report=1ms..2 parsec", RANGES[1]], [], "both ends with a unit"),
        (["machine.latency.report=nan..1.0", RANGES[1]], [], "the low end has to be below"),
        (["machine.latency.reprot=1ms..2ms", RANGES[1]], [], "machine.latency.reprot: unknown key"),
        (["machine.cpus=0..4", RANGES[1]], [], "machine.cpus: 0 is not a whole number from 1"),
        (RANGES, ["--metric", "kilss"], "no metric 'kilss'; did you mean kills?"),
        (RANGES, ["--points", "24"], "points: 24 is not a power of 2"),
        (RANGES, ["--points", "1"], "points: 1 is not a whole number from 16"),
        (RANGES, ["--schedules", "1"], "schedules: 1 is not a whole number from 2"),
        (RANGES, ["--map", "map.doc"], "map.doc: a picture's name ends in"),
    ],
)
def test_refused(file, capsys, ranges, more, told):
    assert main(command(file, *more, ranges=ranges)) == 2
    printed = capsys.readouterr()
    assert told in printed.err and printed.err.count("\n") == 1 and not printed.out


def test_two_policies(file, capsys):
    assert main(command(file, both="baseline")) == 2
    assert "policies: two to compare, not 1" in capsys.readouterr().err


def test_several_values_replaced_at_once():
    from oommc.scenario.replace import replace

    scenario = oommc.Scenario.load("usemem")
    both = replace(scenario, {"machine.cpus": 4, "process.daemon.count": 2})
    assert both == scenario.replace("machine.cpus", 4).replace("process.daemon.count", 2)
