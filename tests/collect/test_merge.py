"""Directories made apart become one."""

import pytest

import oommc
from oommc.cli import main
from oommc.errors import InputError, RunError

pytestmark = pytest.mark.usefixtures("fast_engine")


def go(out, policies="baseline,patched", schedules=250, **more):
    return oommc.run(more.pop("scenario", "usemem"), policies, schedules, out=out, block=20, **more)


@pytest.mark.parametrize("records", [True, False])
def test_policies_and_scenarios_made_apart(tmp_path, records):
    go(tmp_path / "a", records=records)
    go(tmp_path / "b", "serialize-v1", records=records)
    go(tmp_path / "c", "baseline", scenario="usemem-smp", records=records)
    merged = oommc.merge([tmp_path / name for name in "abc"], tmp_path / "out")
    assert {name: list(of["policies"]) for name, of in merged.data["scenarios"].items()} == {
        "usemem": ["baseline", "patched", "serialize-v1"],
        "usemem-smp": ["baseline"],
    }
    assert oommc.load(tmp_path / "out").data == merged.data


def test_the_longer_block_wins_and_nothing_is_counted_twice(tmp_path):
    go(tmp_path / "short", schedules=30)
    whole = go(tmp_path / "long")
    for order in (("short", "long"), ("long", "short"), ("long", "long")):
        out = tmp_path / "-".join(order)
        assert oommc.merge([tmp_path / name for name in order], out).records().equals(whole.records())


def test_into_one_of_them_and_again(tmp_path):
    for i in (1, 2):
        go(tmp_path / f"s{i}", shard=f"{i}/2")
    for _ in range(2):
        merged = oommc.merge([tmp_path / "s1", tmp_path / "s2"], tmp_path / "s1")
        assert merged.records().equals(go(None).records())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 2}, "b: holds a run with seed 1, not 2|seed"),
        ({"records": False}, "keeps"),
        ({"policies": oommc.policies["patched"].replace(name="baseline")}, "another policy 'baseline'"),
    ],
)
def test_other_runs_are_refused_before_anything_is_written(tmp_path, change, says):
    go(tmp_path / "a")
    go(tmp_path / "b", **change)
    with pytest.raises(InputError, match=says):
        oommc.merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_damage_is_named_and_left_out(tmp_path, capsys):
    go(tmp_path / "a")
    path = tmp_path / "a/blocks/usemem/baseline/3.parquet"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(RunError, match="all but 1 damaged or foreign files are there"):
        oommc.merge([tmp_path / "a"], tmp_path / "out")
    assert f"{path}: damaged, not a whole block of records; left out" in capsys.readouterr().err
    assert go(tmp_path / "out").records().equals(go(None).records())


def test_command(tmp_path, capsys):
    for i in (1, 2):
        args = ["run", "usemem", "--schedules", "100", "--block", "10", "--shard", f"{i}/2", "--quiet"]
        assert main([*args, "--no-records", "--out", str(tmp_path / str(i))]) == 0
    capsys.readouterr()
    assert main(["merge", str(tmp_path / "1"), str(tmp_path / "2"), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("usemem: 100 schedules") and printed.endswith(f"{tmp_path / 'out'}\n")
    assert main(["merge", str(tmp_path / "3"), "--out", str(tmp_path / "out")]) == 2
    assert "no such directory" in capsys.readouterr().err
