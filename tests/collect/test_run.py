"""Runs: the same records however they are made, going on, and all that can stand in the way."""

import fcntl
import json
import os
import threading
from dataclasses import replace

import numpy as np
import pytest
import synthetic

import oommc
from oommc.collect import run as collect_run
from oommc.collect import work
from oommc.collect.manifest import Manifest
from oommc.collect.store import Directory
from oommc.errors import InputError, RunError

pytestmark = pytest.mark.usefixtures("fast_engine")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def go(out, policies="baseline,patched", schedules=250, **more):
    return oommc.run("usemem", policies, schedules, **({"block": 100, "out": out} | more))


def same(one, other):
    assert one.records().equals(other.records())


def stamps(out):
    return {str(p.relative_to(out)): p.stat().st_mtime_ns for p in out.rglob("*.parquet")}


def test_records_do_not_depend_on_workers_blocks_policies_or_place(out, tmp_path):
    reference = go(out)
    same(reference, go(None))
    same(reference, go(None, workers=5, block=7))
    many = go(tmp_path / "many", "kernel", workers=3)
    alone = many.records(policy="patched")
    assert reference.records(policy="patched").equals(alone)


def test_records_are_those_of_the_engine(out):
    frame = go(out).records(policy="baseline")
    expected = synthetic.block("usemem", "baseline", 1, 0, 250)
    np.testing.assert_array_equal(frame["schedule"], np.arange(250))
    np.testing.assert_array_equal(frame["ttr_ns"], expected["ttr_ns"])


def test_layout(out):
    go(out, "baseline,patched(timeout=1s)")
    files = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    blocks = {f"blocks/usemem/{p}/{n}.parquet" for p in ("baseline", "patched(timeout=1s)") for n in range(3)}
    assert files == blocks | {"run.json", "summary.json", ".lock"}


def test_run_json(out):
    go(out)
    data = json.loads((out / "run.json").read_text())
    assert data["seed"] == 1 and data["block"] == 100 and data["schedules"] == 250
    assert data["scenarios"]["usemem"] == json.loads(json.dumps(oommc.Scenario.load("usemem").to_dict()))
    assert data["policies"]["patched"] == oommc.policies["patched"].to_dict()
    assert {"version", "model", "digest", "libraries", "machine"} <= data.keys()


def test_the_same_command_computes_nothing_again(out):
    go(out)
    before = stamps(out)
    go(out)
    assert stamps(out) == before


def test_missing_blocks_only(out):
    reference = go(None)
    go(out)
    (out / "blocks/usemem/patched/1.parquet").unlink()
    before = stamps(out)
    same(go(out), reference)
    after = stamps(out)
    assert {path for path in after if after[path] != before.get(path)} == {"blocks/usemem/patched/1.parquet"}


def test_more_schedules_policies_and_scenarios_are_added(out):
    go(out)
    same(go(out, schedules=330), go(None, schedules=330))
    assert set(go(out, "baseline,serialize-v1", schedules=330).data["scenarios"]["usemem"]["policies"]) == {
        "baseline",
        "patched",
        "serialize-v1",
    }
    added = oommc.run("usemem-smp", "baseline", 100, out=out, block=100)
    assert list(added.data["scenarios"]) == ["usemem", "usemem-smp"]
    assert json.loads((out / "summary.json").read_text()) == json.loads(json.dumps(added.data))


def test_fewer_schedules_keep_what_is_there(out):
    go(out)
    assert len(go(out, schedules=20).records(policy="baseline")) == 250


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 2}, "seed 1, not 2"),
        ({"block": 50}, "block 100, not 50"),
    ],
)
def test_another_run_is_refused(out, change, says):
    go(out)
    with pytest.raises(InputError, match=says):
        go(out, **change)


def test_another_scenario_or_policy_of_the_same_name_is_refused(out):
    go(out)
    changed = oommc.Scenario.load("usemem").replace("machine.cpus", 7)
    with pytest.raises(InputError, match=r"another scenario 'usemem': machine\.cpus is .* there and 7 here"):
        oommc.run(changed, "baseline", 100, block=100, out=out)
    other = oommc.policies["patched"].replace(name="baseline")
    with pytest.raises(InputError, match="another policy 'baseline': mechanisms"):
        go(out, other)


def test_a_policy_described_in_other_words_is_the_same(out):
    go(out)
    go(out, oommc.policies["patched"].replace(about="In other words."))


def test_another_model_is_refused(out, monkeypatch):
    go(out)
    replace(Manifest.read(out), model=-1).write(out)
    with pytest.raises(InputError, match="model version -1, not"):
        go(out)


def test_places_that_are_no_result_directory(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty and not a result directory"):
        go(tmp_path)
    assert os.listdir(tmp_path) == ["notes.txt"]
    with pytest.raises(InputError, match="a file, not a directory"):
        go(tmp_path / "notes.txt")
    with pytest.raises(InputError, match=r"[Nn]ot a directory"):
        go(tmp_path / "notes.txt" / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_not_writable(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="not writable"):
        go(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": 1}', '{"schema": 9}', "\udcff"])
def test_broken_run_json(out, content):
    go(out)
    (out / "run.json").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=r"run\.json: "):
        go(out)


def test_a_second_run_on_the_directory_is_refused(out):
    go(out)
    with open(out / ".lock", "wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another run is writing"):
            go(out)


def test_a_full_disk_keeps_what_is_finished(out, monkeypatch):
    write = Directory.write

    def fills_up(self, scenario, policy, n, data):
        if n == 2:
            raise OSError(28, "No space left on device", "2.parquet")
        write(self, scenario, policy, n, data)

    with monkeypatch.context() as patched:
        patched.setattr(Directory, "write", fills_up)
        with pytest.raises(RunError, match=r"2\.parquet: No space left on device; what was finished is kept"):
            go(out, workers=1)
    assert (out / "blocks/usemem/baseline/0.parquet").exists()
    same(go(out), go(None))


@pytest.mark.parametrize("where", ["open", "write", "os.fsync", "os.replace", "os.open"])
@pytest.mark.parametrize("records", [True, False])
def test_a_disk_that_is_full_at_any_step(out, monkeypatch, where, records):
    """The step fails from its 5th time on; then there is room again."""
    real = {"open": open, "write": open, "os.fsync": os.fsync, "os.replace": os.replace, "os.open": os.open}[where]
    calls = []

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, data):
            self.file.write(data[: len(data) // 2])
            raise OSError(28, "No space left on device")

    def fails(*args, **kwargs):
        calls.append(args)
        if len(calls) < 5:
            return real(*args, **kwargs)
        if where == "write":
            return Full(real(*args, **kwargs))
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        name = where if "." in where else "open"
        patched.setattr(f"oommc.collect.files.{name}", fails, raising=False)
        with pytest.raises(RunError, match="No space left on device; what was finished is kept"):
            go(out, records=records, block=20)
    assert not list(out.rglob("*.part"))
    again, unbroken = go(out, records=records, block=20), go(None, records=records, block=20)
    assert again.data == unbroken.data
    if records:
        same(again, unbroken)


def test_no_room_for_the_summary(out, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("oommc.api.write_whole", full)
    with pytest.raises(RunError, match=r"summary\.json: No space left on device; all else is there"):
        go(out)
    same(oommc.load(out), go(None))


def damage(path, how):
    data = bytearray(path.read_bytes())
    if how == "truncated":
        del data[len(data) // 2 :]
    elif how == "emptied":
        data.clear()
    else:
        data[len(data) // 3] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["truncated", "emptied", "a bit flipped"])
def test_a_damaged_block_is_named_and_computed_anew(out, capsys, how):
    reference = go(out)
    unbroken = {path: path.read_bytes() for path in out.rglob("*.parquet")}
    path = out / "blocks/usemem/baseline/1.parquet"
    damage(path, how)
    with pytest.raises(InputError, match=r"baseline/1\.parquet: damaged"):
        oommc.load(out).data  # noqa: B018
    again = go(out)
    assert f"{path}: damaged, not a whole block of records; computed anew" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in out.rglob("*.parquet")} == unbroken
    assert again.data == reference.data


def test_a_block_in_the_wrong_place_is_named_and_computed_anew(out, tmp_path, capsys):
    """Renamed, of another policy, of another seed: each whole in itself."""
    reference = go(out)
    go(tmp_path / "other", seed=2)
    blocks = out / "blocks/usemem"
    (blocks / "baseline/1.parquet").write_bytes((blocks / "baseline/0.parquet").read_bytes())
    (blocks / "baseline/0.parquet").write_bytes((blocks / "patched/0.parquet").read_bytes())
    (blocks / "patched/1.parquet").write_bytes((tmp_path / "other/blocks/usemem/patched/1.parquet").read_bytes())
    again = go(out)
    assert capsys.readouterr().err.count("computed anew") == 3
    same(again, reference)


def test_what_killed_writers_left_is_cleared_away(out):
    go(out)
    (out / "blocks/usemem/baseline/.7.parquet.00c0ffee.part").write_bytes(b"half")
    go(out)
    assert not list(out.rglob("*.part"))


def test_records_and_sums_do_not_mix(out):
    go(out)
    with pytest.raises(InputError, match="holds a run that keeps records, not sums"):
        go(out, records=False)


def test_shards_merge_to_the_whole_run(out, tmp_path):
    parts = [tmp_path / str(i) for i in (1, 2, 3)]
    for i, part in enumerate(parts, 1):
        go(part, block=20, shard=f"{i}/3")
    merged = oommc.merge(parts, tmp_path / "merged")
    go(out, block=20)
    one, other = (
        {p.relative_to(top): p.read_bytes() for p in [*top.rglob("*.parquet"), top / "summary.json"]}
        for top in (out, tmp_path / "merged")
    )
    assert one == other and merged.manifest.digest == oommc.load(out).manifest.digest


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b", "1/0", "1/", "-1/2", ""])
def test_no_shard(shard):
    with pytest.raises(InputError, match="shard: "):
        go(None, shard=shard)


@pytest.mark.parametrize(
    ("cluster", "says"),
    [
        ("nonsense", "'nonsense' is no scheduler's file, and no address like tcp://host:8786"),
        ("local:0", "local:N, with N processes from 1 to 1024"),
        ("local:many", "local:N"),
        ("local", "local:N"),
        (object(), "object is neither an address nor a distributed.Client"),
    ],
)
def test_no_cluster(out, cluster, says):
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match=says):
        go(out, cluster=cluster)
    assert not out.exists()


def test_a_cluster_without_dask_says_what_to_install(out, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'oommc\[dask\]'"):
        go(out, cluster="tcp://127.0.0.1:8786")
    assert not out.exists()


def test_workers_and_cluster_exclude_each_other():
    with pytest.raises(InputError, match="workers: of no use with a cluster"):
        go(None, workers=2, cluster="local:2")


def test_an_edited_run_json_is_refused(out):
    go(out)
    data = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(data | {"seed": 2}))
    with pytest.raises(InputError, match=r"run\.json: damaged or edited"):
        go(out)


def test_an_interrupted_run_goes_on(out, monkeypatch):
    """Ctrl-C while the main thread waits, in the middle of the second block."""
    started, interrupted = threading.Event(), threading.Event()

    class Slow(synthetic.Engine):
        def run(self, first, count):
            if first == 100:
                started.set()
                interrupted.wait(10)
            return super().run(first, count)

    settle = collect_run._settle

    def interrupt(*args):
        settle(*args)
        if started.wait(10):
            interrupted.set()
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(work, "Engine", Slow)
        patched.setattr(collect_run, "_settle", interrupt)
        with pytest.raises(KeyboardInterrupt):
            go(out, schedules=100_000, workers=1)
    kept = stamps(out)
    assert 2 <= len(kept) < 1000
    assert not list(out.rglob("*.part"))
    assert len(oommc.load(out).records(policy="baseline")) == 50 * len(kept)
    same(go(out, schedules=900), go(None, schedules=900))
    assert {path: stamps(out)[path] for path in kept} == kept


def test_an_unfinished_policy_is_described_by_what_it_has(out):
    go(out)
    (out / "blocks/usemem/patched/2.parquet").unlink()
    of = oommc.load(out).data["scenarios"]["usemem"]
    assert [of["policies"][p]["schedules"] for p in ("baseline", "patched")] == [250, 200]
    assert {row["schedules"] for row in of["pairs"] if row["metric"] == "kills"} == {200}


def test_progress_is_two_lines_where_stderr_is_no_terminal(out, capsys):
    go(out, progress=True, workers=1)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "250 schedules to do" in lines[0] and "250 of 250 schedules done" in lines[1]
    go(out, progress=True)
    assert capsys.readouterr().err == f"oommc: checking what is in {out}\n"
    go(out)
    assert capsys.readouterr().err == ""


def test_progress_for_programs(out, capsys):
    go(out, progress="json")
    first, *_, last = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["done"], first["total"], first["rate"]) == ("start", 0, 250, None)
    assert (last["event"], last["done"], last["left_s"]) == ("end", 250, 0)
    mean = oommc.load(out).data["scenarios"]["usemem"]["policies"]["baseline"]["needless"]["mean"]
    assert last["needless"]["usemem"]["baseline"]["mean"] == pytest.approx(mean)
    assert last["needless"]["usemem"]["baseline"]["half_width"] > 0
    go(out, progress="json")
    assert json.loads(capsys.readouterr().err) == {"event": "check", "directory": str(out)}
    with pytest.raises(InputError, match="progress: 'loud' is not"):
        go(out, progress="loud")
