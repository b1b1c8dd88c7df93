"""Runs without records: the same summary, one small file, whatever order and interruption."""

import gzip
import json

import pytest
import synthetic

import oommc
from oommc.collect import work
from oommc.collect.store import Directory
from oommc.errors import InputError, RunError
from oommc.stats.tally import MEASURED

pytestmark = pytest.mark.usefixtures("fast_engine")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def go(out, policies="baseline,patched", schedules=250, **more):
    return oommc.run("usemem", policies, schedules, **({"block": 100, "out": out, "records": False} | more))


def sums(out):
    return {path.relative_to(out): path.read_bytes() for path in out.rglob("*.json.gz")}


def test_the_summary_is_that_of_the_records_within_the_resolution(out):
    of = go(out).data["scenarios"]["usemem"]
    exact = go(None, records=True).data["scenarios"]["usemem"]
    for policy, values in exact["policies"].items():
        for key in (*MEASURED, "outcome", "schedules"):
            assert of["policies"][policy][key] == values[key]
        for key, value in values["ttr_s"].items():  # a quantile that the curve doesn't reach is None
            ends, binned = ((x if isinstance(x, list) else [x]) for x in (value, of["policies"][policy]["ttr_s"][key]))
            assert binned == [end and pytest.approx(end, rel=2e-3) for end in ends]
    for mine, theirs in zip(of["pairs"], exact["pairs"], strict=True):
        assert {**mine, "logrank_p": 0} == {**theirs, "logrank_p": 0}
    assert (of["assertion"], of["cut"]) == (exact["assertion"], exact["cut"])


@pytest.mark.parametrize("block", [7, 100, 1000])
def test_times_of_many_records_come_in_the_same_bins(out, monkeypatch, block):
    """So that the memory of a summary is bounded; which blocks they come in doesn't show."""
    monkeypatch.setattr("oommc.stats.tally.EXACT", 200)
    assert go(None, records=True, block=block).data == go(None).data
    assert go(None, records=True, schedules=150).data != go(None, schedules=150).data


def test_what_a_run_computes_is_not_read_for_its_summary(out, monkeypatch):
    monkeypatch.setattr("oommc.stats.tally.EXACT", 100)
    read, data = [], Directory.data
    monkeypatch.setattr(Directory, "data", lambda *args: read.append(args) or data(*args))
    counted = go(out, records=True).data
    assert not read
    assert oommc.load(out).data == counted and read


@pytest.mark.parametrize("exact", [100, 10_000])
def test_what_was_there_before_counts_as_well(out, monkeypatch, exact):
    monkeypatch.setattr("oommc.stats.tally.EXACT", exact)
    for policies, schedules in (("patched,baseline", 130), ("patched,baseline", 190), ("baseline,serialize-v1", 250)):
        result = go(out, policies, schedules, records=True)
        assert result.data == oommc.load(out).data
    next(out.rglob("patched/1.parquet")).unlink()
    assert (
        go(out, "patched", records=True).data
        == oommc.load(out).data
        == go(None, "patched,baseline,serialize-v1", records=True).data
    )


def test_looks_of_a_precision_run_count_along(out, monkeypatch):
    monkeypatch.setattr("oommc.stats.tally.EXACT", 100)
    result = go(out, schedules=3000, precision="needless=0.001", records=True)
    assert len(result.manifest.precision["looks"]) > 1 and result.data == oommc.load(out).data


def test_the_same_bytes_for_any_workers_blocks_order_and_interruption(out, tmp_path):
    reference = go(out, block=10)
    go(tmp_path / "b", "patched,baseline", block=10, workers=5)
    go(tmp_path / "c", schedules=93, block=10)
    go(tmp_path / "c", schedules=41, block=10, shard="2/2")
    assert go(tmp_path / "c", block=10).data == reference.data
    for other in "bc":
        assert sums(tmp_path / other) == sums(out)
    assert go(tmp_path / "d", block=7).data == reference.data


def test_a_finished_block_is_not_computed_again(out, monkeypatch):
    go(out)
    asked = []

    class Watched(synthetic.Engine):
        def run(self, first, count):
            asked.extend(range(first, first + count))
            return super().run(first, count)

    monkeypatch.setattr(work, "Engine", Watched)
    go(out)
    assert asked == []
    go(out, schedules=270)
    assert asked == list(range(200, 270))


def test_disk_does_not_grow_with_schedules(out, tmp_path):
    go(out, schedules=4_000, block=200)
    go(tmp_path / "more", schedules=40_000, block=200)
    small, large = (sums(top) for top in (out, tmp_path / "more"))
    assert len(small) == len(large) == 1
    assert len(*large.values()) < 2 * len(*small.values())


def test_policies_added_later_are_paired_when_named_together(out):
    go(out, "baseline")
    apart = go(out, "patched").data["scenarios"]["usemem"]
    assert apart["policies"].keys() == {"baseline", "patched"}
    assert {row["schedules"] for row in apart["pairs"]} == {0}
    assert go(out, "patched,baseline").data == go(None).data


def test_shards_merge_to_the_same_file(out, tmp_path):
    go(out, block=20)
    for i in (1, 2, 3):
        go(tmp_path / str(i), block=20, shard=f"{i}/3")
    oommc.merge([tmp_path / "3", tmp_path / "1"], tmp_path / "merged")
    oommc.merge([tmp_path / "1", tmp_path / "2"], tmp_path / "merged2")
    with pytest.raises(InputError, match="are in the others' sums already"):
        oommc.merge([tmp_path / "merged", tmp_path / "merged2"], tmp_path / "no")
    oommc.merge([tmp_path / "2", tmp_path / "1"], tmp_path / "merged")
    assert sums(tmp_path / "merged") == sums(out)


def test_damaged_sums_are_left_out_of_a_merge(out, tmp_path, capsys):
    go(tmp_path / "a")
    go(tmp_path / "a", "serialize-v1")
    path = max(sums(tmp_path / "a"), key=lambda path: len(sums(tmp_path / "a")[path]))
    (tmp_path / "a" / path).write_bytes(b"")
    with pytest.raises(RunError, match="all but 1 damaged or foreign files"):
        oommc.merge([tmp_path / "a"], out)
    assert f"{path}: damaged, not whole sums" in capsys.readouterr().err
    assert list(oommc.load(out).data["scenarios"]["usemem"]["policies"]) == ["serialize-v1"]


@pytest.mark.parametrize("how", ["truncated", "flipped", "another run"])
def test_damaged_sums_are_named_and_computed_anew(out, capsys, how):
    reference = go(out).data
    (path,) = out.rglob("*.json.gz")
    good = path.read_bytes()
    data = bytearray(good)
    if how == "truncated":
        del data[len(data) // 2 :]
    elif how == "flipped":
        data[len(data) // 2] ^= 1
    else:
        data = gzip.compress(json.dumps(json.loads(gzip.decompress(data)) | {"key": "x"}).encode())
    path.write_bytes(data)
    again = go(out)
    assert f"{path}: " in (said := capsys.readouterr().err) and "computed anew" in said
    assert again.data == reference and path.read_bytes() == good


def test_without_records_there_are_none_to_read(out):
    result = go(out)
    with pytest.raises(InputError, match="kept sums and no records"):
        result.records()
    assert oommc.load(out).data == result.data
    assert result.times("usemem", "baseline").count.sum() > 0
