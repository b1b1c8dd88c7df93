"""`oommc run --over-ranges`: a report begins with how much is chance and how much is not knowing the machine."""

import json

import pytest
from small import RANGES, WORLD

import oommc
from oommc import api
from oommc.cli import main
from oommc.errors import InputError
from oommc.sensitivity import uncertainty

PLACES = 16
DECLARED = WORLD.from_dict(WORLD.to_dict() | {"range": dict(text.split("=") for text in RANGES)})


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(api, "_PLACES", PLACES)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "world.toml"
    path.write_text(DECLARED.to_toml())
    return str(path)


def go(out=None, schedules=1_600, policies="baseline,patched", **more):
    return oommc.run(DECLARED, policies, schedules, out=out, over_ranges=True, **more)


def test_it_is_what_uncertainty_tells_without_the_scenario_as_it_is():
    (found,) = go(seed=7).uncertainty.values()
    told = oommc.uncertainty(DECLARED, "baseline,patched", places=PLACES, schedules=100, seed=7)
    for metric in told["metrics"].values():
        for row in (*metric["policies"].values(), *metric["pairs"]):
            row.pop("assumed")
    assert found == told


def test_a_directory_keeps_it(tmp_path, monkeypatch):
    out = tmp_path / "out"
    found = go(out).uncertainty
    assert oommc.load(out).uncertainty == found != {}
    assert oommc.run(DECLARED, "baseline,patched", 1_600, out=out).uncertainty == found
    written = (out / "uncertainty.json").read_bytes()
    with monkeypatch.context() as without:
        without.setattr(uncertainty, "uncertainty", None)  # it isn't computed again
        go(out)
    assert (out / "uncertainty.json").read_bytes() == written and oommc.check(out).all_there
    assert next(iter(go(out, 16_000).uncertainty.values()))["schedules"] == 1000


def test_of_other_policies_or_ranges_it_says_nothing(tmp_path):
    out = tmp_path / "out"
    go(out)
    other = DECLARED.from_dict(DECLARED.to_dict() | {"range": {"process.late.nice": "0..5"}})
    assert oommc.run(other, "baseline,patched", 1_600, out=out).uncertainty == {}
    go(out)
    assert oommc.run(DECLARED, "serialize-v1", 1_600, out=out).uncertainty == {}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"schema": 1, "inputs": "", "scenarios": {"clockwork": {"places": "x"}}}']
)
def test_a_damaged_file_is_one_line(tmp_path, capsys, text):
    out = tmp_path / "out"
    go(out)
    (out / "uncertainty.json").write_text(text)
    assert main(["report", str(out)]) == 2
    told = capsys.readouterr().err
    assert "uncertainty.json: not the uncertainty.json of a result directory" in told and told.count("\n") == 1
    assert not oommc.check(out).all_there


def test_every_report_begins_with_it(file, tmp_path, capsys):
    out = str(tmp_path / "out")
    words = ["run", file, "--policies", "baseline,patched", "--schedules", "1600", "--out", out]
    assert main([*words, "--quiet"]) == 0
    hint = "the same command with --over-ranges tells how far that moves the numbers"
    assert hint in capsys.readouterr().out
    pages = {form: tmp_path / "out/report" / name for form, name in (("html", "index.html"), ("markdown", "report.md"))}
    for form, page in pages.items():
        assert main(["report", out, "--format", form]) == 0 and hint in page.read_text().replace("\\", "")
    assert main([*words, "--over-ranges"]) == 0
    printed = capsys.readouterr()
    assert f"{PLACES} machines in the ranges of clockwork, 100 schedules on each ..." in printed.err
    lead = "Needless kills per schedule: simulation error, and not knowing the machine"
    assert lead in printed.out and "of the machines patched surely has fewer needless kills than base" in printed.out
    for form, page in pages.items():
        assert main(["report", out, "--format", form]) == 0
        text = page.read_text()
        assert hint not in text.replace("\\", "") and text.index(lead) < text.index("1,600 schedules")
        assert "--over-ranges" in text


def test_the_share_of_each_adds_up():
    result = go()
    (found,) = result.uncertainty.values()
    of = found["metrics"]["needless"]["policies"]["baseline"]
    assert of["between"] / (of["between"] + of["within"]) == pytest.approx(of["share"])
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("scenario", "more", "told"),
    [
        (WORLD, {}, "over-ranges: clockwork: no [range] says what isn't known"),
        (DECLARED, {"shard": "1/2"}, "over-ranges: not with shard"),
    ],
)
def test_refused(scenario, more, told):
    with pytest.raises(InputError) as caught:
        oommc.run(scenario, "patched", 10, over_ranges=True, **more)
    assert str(caught.value).startswith(told)


def test_a_race_has_it_too(tmp_path):
    result = go(tmp_path / "out", choose="kills within 0.5")
    assert result.race and result.uncertainty
