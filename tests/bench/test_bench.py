"""`oommc bench` on a setting so small that its figures mean nothing: what is tested is that it has all of them."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from oommc.bench import against, events, measure, settings, speed, timing, whole
from oommc.bench.floor import Floor
from oommc.bench.goals import goals
from oommc.bench.text import text
from oommc.cli import main
from oommc.engine import Engine
from oommc.policies import parse, registry
from oommc.scenario import Scenario

TINY = settings.Settings(rounds=2, seconds=0.001, sample=1, runs=(10, 20), starts=1)
SHORT = Scenario.load("usemem").replace("horizon", "1 s")
FIGURE = {"min", "median"}


@pytest.fixture(scope="module")
def measured():
    with pytest.MonkeyPatch.context() as patch:  # the twin takes seconds for this many
        patch.setattr(speed, "count", lambda engine, schedules: [[(20_000, 1_000)] for _ in engine.policies])
        return measure.measure(["usemem"], TINY)


def test_json_has_the_documented_shape(measured):
    measured = json.loads(json.dumps(measured))
    assert set(measured) == {
        "schema", "oommc", "model", "machine", "settings", "scenarios", "idle", "horizon", "run", "startup", "goals",
    }  # fmt: skip
    usemem = measured["scenarios"]["usemem"]
    assert set(usemem) == {
        "entities",
        "bare_loop",
        "core",
        "distinct",
        "sixteen_to_one",
        "sixteen_to_two",
        "twin",
        "simpy",
    }
    assert usemem["entities"] == 10  # the hog, eight daemons, kswapd
    assert [len(usemem["core"][n]["policies"]) for n in ("1", "2", "16")] == [1, 2, 16]
    for core in usemem["core"].values():
        assert set(core) == {
            "policies", "schedules", "events", "us_schedule", "policy_schedules_s", "ns_event", "ns_event_complete",
            "of_bare_loop", "complete_of_bare_loop", "two_threads",
        }  # fmt: skip
        assert core["ns_event"].keys() == core["two_threads"]["cpu"].keys() == FIGURE
        assert core["us_schedule"]["median"] == pytest.approx(core["ns_event"]["median"] * core["events"]["mean"] / 1e3)
    assert set(usemem["simpy"]) == {"whole", "until_quiet"}
    assert {of["idle"] for of in measured["idle"]} == {10, 100}
    assert [of["schedules"] for of in measured["run"]] == [10, 20]
    assert all(of["core_s"] + of["records_s"] < of["cpu_s"] for of in measured["run"])
    assert set(measured["startup"]) == {"python", "import", "help", "names"}


def test_every_goal_has_a_line(measured):
    told = text(measured)
    assert all(goal["what"] in told for goal in measured["goals"])
    assert {goal["met"] for goal in measured["goals"] if "oommc run" in goal["what"]} == {None}  # too small to judge


def test_goals_are_judged_by_their_limits(measured):
    def met(what, **change):
        return next(goal["met"] for goal in goals(measured | change) if what in goal["what"])

    assert met("idle", idle=[{"scenario": "s", "idle": 10, "ratio": {"median": 1.5}}])
    assert not met("idle", idle=[{"scenario": "s", "idle": 10, "ratio": {"median": 1.51}}])
    runs = [
        {"schedules": 10**n, "cpu_s": 100.0, "core_s": 95.0, "records_s": 4.5, "resident_mib": 10.0**n}
        for n in (5, 6, 7)
    ]
    assert met("neither core nor records", run=runs)
    assert met("share of time on records", run=runs)
    assert not met("MiB of memory", run=runs)


def test_events_are_the_twins():
    engine = Engine(SHORT, [registry["baseline"], registry["patched"]], 1)
    counts = events.count(engine, 2)
    both = events.together(counts)
    assert both.mean == sum(all_ for of in counts for all_, _ in of) / 2
    assert 0 < both.complete < both.mean and both.error > 0
    # once all have recovered, a second more of daemons that think for 20 ms and keep for 5: eight daemons, two events
    # each 25 ms
    some, more = (
        events.together(events.count(Engine(SHORT.replace("horizon", f"{s} s"), engine.policies, 1), 2)) for s in (3, 4)
    )
    assert (more.mean - some.mean) / 2 == pytest.approx(8 * 2 / 0.025, rel=0.1)
    assert more.complete == some.complete


def test_records_that_differ_are_counted():
    policies = [registry["baseline"], *parse("patched,patched(timeout=30s)")]
    engine = Engine(SHORT, policies, 1)
    differ = (
        engine.run(0, 20)["kills"][0] > 1
    )  # the last two are alike, and like the first where it kills one alone too
    assert 0 < differ.sum() < 20
    assert 1 + differ.mean() <= speed.distinct(engine, 20) <= 2
    assert speed.distinct(Engine(SHORT, policies[1:], 1), 20) == 1


def test_threads_share_what_one_does_alone():
    asked = []
    of = timing.speedup(lambda first, count: asked.append((first, count)), 1_000, 3)
    assert len(of.wall.rounds) == len(of.cpu.rounds) <= 3
    for of in (asked[: len(asked) // 6], asked[-len(asked) // 6 :]):
        ends = [first + count for first, count in sorted(of)]
        assert [first for first, _ in sorted(of)] == [0, *ends[:-1]] and ends[-1] >= 1_000


@pytest.mark.slow
def test_a_scenario_without_an_oom_has_no_complete_figure(monkeypatch, measured):
    monkeypatch.setattr(speed, "count", lambda engine, schedules: [[(20_000, 0)] for _ in engine.policies])
    of = speed.speed(SHORT, Floor(), TINY, lambda what: None)
    assert of["core"]["1"]["ns_event_complete"] is None and "simpy" not in of
    assert "usemem" in text(measured | {"scenarios": {"usemem": of}})


def test_two_benches_are_compared_by_what_the_bare_loop_took(measured, tmp_path):
    before = json.loads(json.dumps(measured))
    of = before["scenarios"]["usemem"]
    of["core"]["2"]["us_schedule"]["median"] *= 6  # a core three times as slow on a machine twice as slow
    for policies in ("1", "16"):
        of["core"][policies]["us_schedule"]["median"] *= 2
    of["bare_loop"]["ns_event"]["median"] *= 2
    path = tmp_path / "before.json"
    path.write_text(json.dumps(before))
    lines = against.against(measured, against.read(path)).splitlines()
    ratios = {line.split()[1]: line.split()[-1] for line in lines if line.startswith("usemem ")}
    assert ratios == {"1": "1.000", "2": "0.333", "16": "1.000"}


@pytest.mark.parametrize("content", [b"{}", b"[1", b"\xff", b"3"])
def test_what_is_no_bench_is_told(content, tmp_path, capsys):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert main(["bench", "--against", str(path)]) == 2
    assert f"{path}: not what oommc bench --json writes" in capsys.readouterr().err


def test_a_wrong_scenario_is_told_before_anything_is_measured(capsys):
    assert main(["bench", "usmem"]) == 2
    assert "usemem" in capsys.readouterr().err


def test_without_simpy_it_says_what_to_install():
    code = "import sys; sys.modules['simpy'] = None; from oommc.cli import main; sys.exit(main(['bench']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["oommc: error: bench: needs SimPy to compare with: pip install 'oommc[bench]'"]


def test_a_meter_loses_nothing_of_what_threads_spend_at_once():
    meter = whole._Meter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(meter.around(lambda n: sum(range(n))), [1_000] * 1_000))
    assert len(meter._spent) == 1_000 and meter.seconds > 0
