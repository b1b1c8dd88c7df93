"""Runs that end by precision: where depends on the rule and on the schedules, and on nothing else."""

import json

import pytest

import oommc
from oommc.cli import main
from oommc.collect import run as collect_run
from oommc.errors import InputError
from oommc.report.page import command
from oommc.stats import precision

pytestmark = pytest.mark.usefixtures("fast_engine")

WANTED = ["needless=0.018", "needless:baseline-patched=10%"]
LOOKS = [1_000, 2_000, 4_000]  # `worked_out` says why
ENDS = LOOKS[-1]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def go(out, policies="baseline,patched", **more):
    return oommc.run("usemem", policies, **({"precision": WANTED, "out": out, "block": 1_500, "workers": 1} | more))


def data(out):
    return json.loads((out / "summary.json").read_bytes())


def worked_out():
    """The looks by what docs/files.md says of them, from plain runs of as many schedules."""
    counts, looks = [round(1_000 * 2 ** (k / 8)) for k in range(81)], [1_000]
    while True:
        plain = oommc.run("usemem", "baseline,patched", looks[-1])
        alone, pair = plain.summary().loc["usemem", "needless"], plain.compare("needless").iloc[0]
        excess = max(
            ((alone["high"] - alone["low"]) / 2 / 0.018).max(),
            (pair["high"] - pair["low"]) / 2 / (0.1 * abs(pair["difference"])),
        )
        if excess <= 1:
            return looks
        least = min(2 * looks[-1], looks[-1] * excess**2)
        looks.append(next(count for count in counts if count > looks[-1] and count >= least))


def test_the_looks_are_those_that_the_docs_name():
    assert worked_out() == LOOKS


def test_it_ends_at_the_first_look_that_is_precise(out):
    result = go(out)
    state = {"targets": WANTED, "most": 10**6, "level": 0.95, "next": None, "stopped_at": ENDS}
    assert data(out)["precision"] == state | {"looks": LOOKS}
    assert json.loads((out / "run.json").read_text())["precision"] == data(out)["precision"]
    assert result.ended() == f"precision {', '.join(WANTED)} reached at {ENDS:,} schedules"
    assert len(result.records(policy="patched")) == ENDS
    before = go(None, schedules=2_000)
    for of, reached in ((result, True), (before, False)):
        row = of.summary().loc["usemem", "needless", "baseline"]
        assert ((row["high"] - row["low"]) / 2 <= 0.018) == reached


def test_neither_workers_nor_blocks_nor_the_place_move_the_end(out, tmp_path):
    go(out)
    for name, how in (("a", {"block": 700, "workers": 3}), ("b", {"block": 20_000})):
        go(tmp_path / name, **how)
        assert (tmp_path / name / "summary.json").read_bytes() == (out / "summary.json").read_bytes()
    assert go(None).data == data(out)
    assert go(tmp_path / "sums", records=False, block=700).data["precision"] == data(out)["precision"]


@pytest.mark.parametrize(("records", "at"), [(True, 1), (True, 3), (False, 2)])
def test_nor_do_interruptions(out, tmp_path, monkeypatch, records, at):
    """Interrupted again and again: after every `at` blocks, and while a look is taken."""
    go(tmp_path / "unbroken", records=records)
    settle, standing, calls = collect_run._settle, precision.Rule.standing, []

    def interrupting(function, every):
        def call(*args):
            calls.append(function)
            done = function(*args)
            if calls.count(function) % every == 0:
                raise KeyboardInterrupt
            return done

        return call

    interruptions = 0
    with monkeypatch.context() as patched:
        patched.setattr(collect_run, "_settle", interrupting(settle, at))
        patched.setattr(precision.Rule, "standing", interrupting(standing, 2))
        while True:
            try:
                go(out, records=records)
                break
            except KeyboardInterrupt:
                interruptions += 1
    assert interruptions >= 2
    for name in ("summary.json", "run.json"):
        assert (out / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()


def test_the_same_command_computes_nothing_again(out):
    go(out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    go(out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")} == before
    damaged = out / "blocks/usemem/patched/1.parquet"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-9])
    go(out)
    assert damaged.read_bytes() == whole


def test_what_is_out_of_reach_ends_at_the_most(out):
    result = go(out, schedules=1_500, precision="needless=0.001")
    assert result.data["precision"]["stopped_at"] is None and result.data["precision"]["looks"] == [1_000, 1_500]
    assert result.ended().startswith("precision not reached with at most 1,500 schedules: needless=0.001 stands at 0.2")
    assert go(out, schedules=1_500, precision="needless=0.001").data == result.data


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"precision": "needless=0.02"},
            "holds a run with precision needless=0.018, .*, not one with precision needless=0.02 and",
        ),
        ({"precision": None}, "not one without precision; name another directory"),
        ({"schedules": 50_000}, "at most 50000 schedules"),
        (
            {"policies": "baseline,patched,serialize-v1"},
            "of policy baseline, patched, not baseline, patched, serialize-v1",
        ),
    ],
)
def test_a_directory_goes_on_with_its_own_rule_only(out, change, says):
    go(out, schedules=1_000)
    before = (out / "run.json").read_bytes()
    with pytest.raises(InputError, match=says):
        go(out, **({"schedules": 1_000} | change))
    assert (out / "run.json").read_bytes() == before


def test_nor_may_a_run_without_become_one_with_it(out):
    go(out, precision=None, schedules=100)
    with pytest.raises(InputError, match="holds a run without precision, not one with precision"):
        go(out)


def test_not_with_others_schedules(out, tmp_path):
    with pytest.raises(InputError, match="precision: not with shard"):
        go(out, shard="1/2")
    with pytest.raises(InputError, match="precision: not with choose"):
        go(out, choose="needless within 0.1")
    assert not out.exists()
    go(out, schedules=1_000)
    with pytest.raises(InputError, match="out: a run with precision"):
        oommc.merge([out], tmp_path / "merged")


def test_a_directory_from_before_there_was_precision(out):
    oommc.run("usemem", "baseline", 100, out=out)
    run = json.loads((out / "run.json").read_text())
    del run["precision"]
    (out / "run.json").write_text(json.dumps(run))
    assert oommc.load(out).ended() == "" and "precision" not in oommc.load(out).data


def test_a_directory_of_the_rule_before_this_one(out):
    """It looked at doubled counts and had a level of 96.26 %: it can be read, and not gone on with."""
    go(out, schedules=1_000)
    run = json.loads((out / "run.json").read_text())
    del run["precision"]["next"]
    (out / "run.json").write_text(json.dumps(run | {"precision": run["precision"] | {"level": 0.9626}}))
    wider, now = oommc.load(out).summary(), go(None, schedules=1_000).summary()
    assert (wider["high"] - wider["low"]).loc["usemem", "needless", "baseline"] > (now["high"] - now["low"]).loc[
        "usemem", "needless", "baseline"
    ]
    with pytest.raises(InputError, match="holds a run with another version's rule of precision"):
        go(out, schedules=1_000)


@pytest.mark.parametrize("damaged", ["needless=0.01", {"targets": WANTED}])
def test_a_rule_that_cannot_be_read_is_one_line(out, damaged):
    oommc.run("usemem", "baseline", 100, out=out)
    run = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(run | {"precision": damaged}))
    with pytest.raises(InputError, match=r"run.json: not the run.json of a result directory"):
        oommc.load(out)


def test_what_is_told_on_the_way(out, capsys):
    go(out, progress=True)
    first, *looks, last = capsys.readouterr().err.splitlines()
    assert first == "oommc: 1,000 schedules to do on 1 thread"
    assert [line.partition(" schedules ")[0] for line in looks] == [
        f"oommc: after {count}" for count in ("1,000", "2,000")
    ]
    assert "needless=0.018 stands at 0.2" in looks[0] and "(usemem, baseline); probably " in looks[0]
    assert "schedules more, about " in looks[0] and " done in " in last
    done, total = last.removeprefix("oommc: ").split(" schedules")[0].split(" of ")
    assert done == total


def test_looks_for_programs(out, capsys):
    go(out, progress="json")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    looks = [line for line in lines if line["event"] == "look"]
    assert len(looks) == 2 and all(line["total"] > line["done"] and line["left_s"] > 0 for line in looks)
    assert looks[0]["why"].startswith("after 1,000 schedules needless=0.018 stands at")


def test_command(out, capsys):
    args = ["run", "usemem", "--policies", "baseline,patched", "--quiet", "--out", str(out)]
    given = [f"--precision={target}" for target in WANTED]
    assert main([*args, *given]) == 0
    assert capsys.readouterr().out.startswith(f"precision {', '.join(WANTED)} reached at {ENDS:,} schedules\n\nusemem")
    again = command(oommc.load(out))
    assert " ".join(given) in again and "--schedules 1000000" in again


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--precision", "needles=1"], "no metric 'needles'; did you mean needless?"),
        (["--precision", "needless=x"], "'x' is not a half-width above 0"),
        (["--precision", "needless:baseline-oracle=1"], "not A-B, two policies of this run: baseline, patched"),
        (["--precision", "needless=1", "--shard", "1/2"], "precision: not with shard"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(given, says, out, capsys):
    assert main(["run", "usemem", "--policies", "baseline,patched", *given, "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert says in told and told.count("\n") == 1 and not out.exists()
