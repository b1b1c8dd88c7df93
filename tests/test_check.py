"""`oommc check`: what is whole, missing and foreign in a result directory."""

import json
import shutil
import sys
from pathlib import Path

import pytest

import oommc
from oommc.cli import main

sys.path.insert(0, str(Path(__file__).parent / "collect"))
import attacks

pytestmark = pytest.mark.usefixtures("fast_engine")


@pytest.fixture(params=[True, False], ids=["records", "sums"])
def out(tmp_path, request):
    attacks.made(tmp_path / "out", records=request.param)
    return tmp_path / "out"


def says(out, *, wrong=(), missing=(), left=()):
    """What is found, but for the paths, is this and nothing else."""
    found = oommc.check(out)
    for lines, expected in ((found.wrong, wrong), (found.missing, missing), (found.left, left)):
        assert len(lines) == len(expected), lines
        assert all(sum(text in line for line in lines) == 1 for text in expected), lines
    return found


def test_a_finished_run(out, capsys):
    found = says(out)
    assert {part.schedules for part in found.parts} == {250} and len(found.parts) == 4
    assert main(["check", str(out)]) == 0
    assert capsys.readouterr().out.endswith("all is there and whole\n")


def test_no_result_directory(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 2
    assert "not a result directory" in capsys.readouterr().err


@pytest.mark.parametrize("attack", [*attacks.BLOCKS, *attacks.INSIDE], ids=lambda of: of.__name__)
def test_every_attack_on_blocks_is_seen(tmp_path, attack):
    out = tmp_path / "out"
    attacks.made(out)
    attack(out)
    if attack is attacks.a_file_for_a_folder:
        with pytest.raises(oommc.InputError, match="Not a directory"):
            oommc.check(out)
    else:
        assert any("usemem/baseline" in line for line in oommc.check(out).wrong)


@pytest.mark.parametrize("attack", attacks.SUMS, ids=lambda of: of.__name__)
def test_every_attack_on_sums_is_seen(tmp_path, attack, capsys):
    out = tmp_path / "out"
    attacks.made(out, records=False)
    attack(out)
    assert any("sums/usemem" in line for line in oommc.check(out).wrong)
    assert main(["check", str(out)]) == 1
    assert "damaged or foreign: " in capsys.readouterr().out


def test_what_is_missing(tmp_path):
    attacks.made(tmp_path / "out")
    (tmp_path / "out/blocks/usemem/patched/1.parquet").unlink()
    (tmp_path / "out/summary.json").unlink()
    says(
        tmp_path / "out",
        missing=["100 of 250 schedules of usemem under patched, from block 1 on", "summary.json; the command"],
    )


def test_what_does_not_belong_there(tmp_path):
    out = tmp_path / "out"
    attacks.made(out)
    folder = out / "blocks/usemem"
    (folder / "baseline/notes.txt").write_text("mine")
    (folder / "baseline/01.parquet").write_bytes((folder / "baseline/1.parquet").read_bytes())
    shutil.copytree(folder / "baseline", folder / "mine")
    shutil.copytree(folder, out / "blocks/mine")
    (out / "sums").mkdir()
    says(
        out,
        wrong=[
            "01.parquet: no file",
            "notes.txt: no file",
            "usemem/mine: of no pol",
            "blocks/mine: of no sc",
            "sums: in a run",
        ],
    )


def test_what_killed_writers_left(out):
    place = next(path for path in out.rglob("*") if path.suffix in (".gz", ".parquet"))
    for path in (place, out / "summary.json"):
        path.with_name(f".{path.name}.00c0ffee.part").write_bytes(b"half")
    says(out, left=[place.name, "summary.json"])


@pytest.mark.parametrize("more", [{"schedules": 400}, {"policies": "serialize-v1"}], ids=["schedules", "policies"])
def test_a_killed_extension_is_told_from_a_finished_run(out, monkeypatch, more):
    """Killed before its first block: run.json is the larger one's, summary.json the smaller one's."""
    records = oommc.load(out).manifest.records
    with monkeypatch.context() as patched:
        patched.setattr("oommc.collect.run._drive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            attacks.made(out, records=records, **more)
    found = oommc.check(out)
    assert len(found.wrong) == 1 and "summary.json: not of what is there now" in found.wrong[0]
    assert {line.partition(" of ")[2].partition(" ")[0] for line in found.missing} == {
        "400" if "schedules" in more else "250"
    }
    summary, run = (json.loads((out / name).read_bytes()) for name in ("summary.json", "run.json"))
    assert summary["run"] != {key: run[key] for key in summary["run"]}
    attacks.made(out, records=records, **more)
    says(out)
    summary, run = (json.loads((out / name).read_bytes()) for name in ("summary.json", "run.json"))
    assert summary["run"] == {key: run[key] for key in summary["run"]}


def interrupted(*_):
    raise KeyboardInterrupt


def test_an_old_summary_is_told(out):
    content = json.loads((out / "summary.json").read_bytes())
    del content["run"]
    (out / "summary.json").write_text(json.dumps(content))
    says(out, wrong=["summary.json: not of what is there now"])
    for broken in ("{", "[]", '{"scenarios": {"usemem": 1}}', "[" * 10**5):
        (out / "summary.json").write_text(broken)
        says(out, wrong=["not the summary.json of a result directory"])


def test_a_run_that_ends_by_itself_is_whole(tmp_path):
    """By precision or by a choice: with fewer schedules than the most."""
    oommc.run("usemem", "baseline,patched", precision="needless=0.03", block=500, out=tmp_path / "precision")
    says(tmp_path / "precision")
    oommc.run("usemem", "baseline,serialize-v1,patched", 100_000, choose="needless within 0.05", out=tmp_path / "race")
    says(tmp_path / "race")
