"""The column `but_for`: there where it was asked for, the same however it was computed, and absent elsewhere."""

import json

import numpy as np
import pytest

import oommc
from oommc.cli import main
from oommc.collect.blocks import Block
from oommc.collect.unfinished import Unfinished
from oommc.collect.work import compute_packed, packed
from oommc.engine import BUT_FOR, Engine
from oommc.errors import InputError
from oommc.report.page import command

POLICIES = "baseline,patched"
MANY = 60


def go(out=None, **more):
    return oommc.run("usemem", POLICIES, **({"schedules": MANY, "block": 20, "out": out, "but_for": True} | more))


def test_it_is_the_engines_and_moves_no_other_column():
    with_it, without = go(), go(but_for=False)
    records = with_it.records()
    assert list(records.columns) == [*without.records().columns, BUT_FOR]
    assert records.drop(columns=BUT_FOR).equals(without.records())
    scenario = oommc.Scenario.load("usemem")
    engine = Engine(scenario, [oommc.policies[name] for name in POLICIES.split(",")], 1, but_for=True)
    assert np.array_equal(records[BUT_FOR], engine.run(0, MANY)[BUT_FOR].ravel())
    assert 0 < records[BUT_FOR].sum() < records["kills"].sum()
    summary = with_it.data["scenarios"]["usemem"]
    assert summary["policies"]["baseline"][BUT_FOR]["total"] == records[BUT_FOR].sum()
    assert BUT_FOR not in without.data["scenarios"]["usemem"]["policies"]["baseline"]


def test_interruptions_shards_sums_and_other_machines_give_the_same(tmp_path):
    whole = go()
    go(tmp_path / "again", schedules=30)
    assert go(tmp_path / "again").records().equals(whole.records())
    for i in (1, 2):
        go(tmp_path / f"s{i}", shard=f"{i}/2")
        go(tmp_path / f"n{i}", shard=f"{i}/2", records=False)
    merged, sums = (oommc.merge([tmp_path / f"{kind}{i}" for i in (1, 2)], tmp_path / kind) for kind in "sn")
    assert merged.records().equals(whole.records()) and merged.data == oommc.load(tmp_path / "s").data == whole.data
    means = sums.summary().xs(BUT_FOR, level="metric")
    assert means.equals(whole.summary().xs(BUT_FOR, level="metric"))
    assert sums.compare(BUT_FOR).equals(whole.compare(BUT_FOR))


def test_on_a_worker_elsewhere():
    policies = {name: oommc.policies[name] for name in POLICIES.split(",")}
    job = packed({"usemem": oommc.Scenario.load("usemem")}, policies, 1, True, _columns, Unfinished({}, None, None))
    done = compute_packed(job, Block("usemem", 0, 0, MANY, tuple(policies)))
    kept = np.concatenate([done.kept[policy][BUT_FOR] for policy in policies])
    assert np.array_equal(kept, go().records()[BUT_FOR])


def _columns(block, columns):
    return columns


def test_precision_and_the_race_take_it(fast_engine):
    result = go(schedules=None, block=10_000, precision="but_for:baseline-patched=0.02")
    assert result.manifest.precision["stopped_at"]
    assert go(schedules=20_000, choose="but_for within 0.2").race["scenarios"]["usemem"]["chosen"] == "patched"


def test_a_directory_has_it_throughout_or_not_at_all(tmp_path, fast_engine):
    go(tmp_path / "with")
    go(tmp_path / "without", but_for=False)
    with pytest.raises(InputError, match="holds a run with --but-for, not one without it; name another directory"):
        go(tmp_path / "with", but_for=False)
    with pytest.raises(InputError, match="holds a run without --but-for, not one with it"):
        go(tmp_path / "without")
    with pytest.raises(InputError, match="without --but-for"):
        oommc.merge([tmp_path / "without", tmp_path / "with"], tmp_path / "both")
    # as a run from before there was the column
    assert BUT_FOR not in (tmp_path / "without" / "run.json").read_text()


@pytest.mark.parametrize(
    "ask",
    [
        lambda result: result.compare(BUT_FOR),
        lambda result: result.choose("but_for"),
        lambda result: result.find("but_for > 0", "baseline"),
    ],
)
def test_asked_of_a_run_without_it(fast_engine, ask):
    with pytest.raises(InputError, match="but_for: not in this run; run it with --but-for"):
        ask(go(but_for=False))
    ask(go())


@pytest.mark.parametrize(
    ("key", "says"), [("choose", "choose: but_for needs --but-for"), ("precision", "no metric 'but_for'")]
)
def test_wished_for_in_a_run_without_it(key, says):
    wish = "but_for within 0.1" if key == "choose" else "but_for=0.1"
    with pytest.raises(InputError, match=says):
        go(but_for=False, **{key: wish})


def test_command_tables_and_page(tmp_path, fast_engine, capsys):
    out = str(tmp_path / "out")
    assert (
        main(["run", "usemem", "--policies", POLICIES, "--schedules", "60", "--but-for", "--out", out, "--quiet"]) == 0
    )
    assert "but_for" in capsys.readouterr().out
    assert main(["compare", out, "--metric", "but_for", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["metric"] == "but_for"
    result = oommc.load(out)
    assert "--but-for" in command(result).split()
    assert "made no difference" in result.report(tmp_path / "page.html").read_text()
    assert "but\\_for" in result.report(tmp_path / "page.md").read_text()
