"""`oommc sensitivity`: ranges, one small world from end to end, and what it refuses."""

import csv
import io
import json

import pytest
import tomli_w
from small import RANGES, WORLD

import oommc
from oommc.cli import main
from oommc.policies import parse as policies
from oommc.scenario.paths import place
from oommc.scenario.ranges import Range
from oommc.sensitivity import places
from oommc.sensitivity.study import study
from oommc.sensitivity.unknown import checked, unknowns


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("sensitivity") / "world.toml"
    path.write_text(WORLD.to_toml())
    return str(path)


def command(file, *more, ranges=RANGES, both="baseline,patched"):
    options = [word for text in ranges for word in ("--range", text)]
    return ["sensitivity", file, "--policies", both, *options, "--points", "16", "--schedules", "10", *more]


def test_what_matters_and_what_does_not():
    found = study(WORLD, policies("baseline,patched"), "kills", unknowns(RANGES, WORLD), 64)
    report, nice = found["outputs"]["difference"]["indices"].values()
    assert report["total_ci"][0] > nice["total_ci"][1]
    assert nice["total_ci"][0] <= 0 <= nice["total_ci"][1] and nice["first_ci"][0] <= 0 <= nice["first_ci"][1]
    at = found["map"]
    assert (at["x"], at["y"]) == ("machine.latency.report", "process.late.nice")
    for row in at["less"]:
        assert row[0] is None and row[-1] == "patched"


def test_threads_do_not_matter(monkeypatch):
    asked = (WORLD, policies("baseline,patched"), "needless", unknowns(RANGES, WORLD), 16, 5)
    found = study(*asked)
    monkeypatch.setattr(places, "default_workers", lambda: 1)
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


def test_ranges_of_the_scenario(file, tmp_path, capsys):
    """They are used where none is given, and one by its key; a given one stands in their place."""
    declared = dict(text.split("=") for text in RANGES)
    path = tmp_path / "declared.toml"
    path.write_text(WORLD.to_toml() + "\n" + tomli_w.dumps({"range": declared}))
    outputs = []
    for where, ranges in (
        (file, RANGES),
        (str(path), []),
        (str(path), list(declared)),
        (str(path), [RANGES[0], "process.late.nice"]),
    ):
        assert main(command(where, "--json", ranges=ranges)) == 0
        outputs.append(capsys.readouterr().out)
    assert len(set(outputs)) == 1
    assert main(command(str(path), ranges=["process.late.nic", RANGES[0]])) == 2
    assert "or one of its own [range]: did you mean process.late.nice?" in capsys.readouterr().err
    assert main(command(file, ranges=[])) == 2
    assert "or in the scenario's [range]" in capsys.readouterr().err


@pytest.mark.parametrize("name", oommc.scenario.catalogue_names())
def test_the_catalogue_declares_what_it_assumes(name):
    """Each range holds the scenario's own value, and both ends are ones that it takes."""
    scenario = oommc.Scenario.load(name)
    ranges = checked(unknowns([], scenario), scenario)
    assert {"machine.cpus", "machine.teardown_rate", "machine.latency.report.median"} <= {of.key for of in ranges}
    for unknown in ranges:
        where, key = place(scenario.to_dict(), unknown.key, name)
        own = Range.read(f"{where[key]}..{unknown.span.text.partition('..')[2]}").low
        assert unknown.span.low <= own <= unknown.span.high


def test_equal_policies_have_nothing_to_tell(file, capsys):
    assert main(command(file, "--metric", "outage", both="patched,patched(timeout=9s)")) == 0
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
    scenario = oommc.Scenario.load("usemem")
    both = scenario.replace_all({"machine.cpus": 4, "process.daemon.count": 2})
    assert both == scenario.replace("machine.cpus", 4).replace("process.daemon.count", 2)
