"""The command: what it prints where, and its exit status."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

import oommc
from oommc.cli import main
from oommc.errors import RunError


@pytest.fixture
def out(tmp_path, fast_engine):
    path = tmp_path / "out"
    assert main(["run", "usemem", "--schedules", "2e2", "--out", str(path), "--quiet"]) == 0
    return path


def test_run_prints_table_and_directory(tmp_path, fast_engine, capsys):
    path = tmp_path / "out"
    assert main(["run", "usemem", "usemem-smp", "--schedules", "1_00", "--seed", "7", "--out", str(path)]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[-1] == str(path)
    assert lines[0].startswith("usemem: 100 schedules") and "needless" in lines[1]
    assert [line.split()[0] for line in lines[2:5]] == ["baseline", "serialize-v1", "patched"]
    assert "200 of 200 schedules done" in printed.err
    assert oommc.load(path).manifest.seed == 7


def test_report(out, capsys):
    capsys.readouterr()
    assert main(["report", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}/report/index.html\n"
    assert (out / "report/index.html").exists()


def test_compare(out, capsys):
    capsys.readouterr()
    assert main(["compare", str(out), "--metric", "needless"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "needless" in lines[0] and len(lines) == 2 + 3 + 1 and lines[-1].startswith("* fewer than 30 events")
    assert len({line.rindex("200") for line in lines[2:5]}) == 1
    assert main(["compare", str(out)]) == 0
    assert "ttr_ns in s" in capsys.readouterr().out


def test_compare_says_which_differences_matter(out, capsys):
    for within, told in (("0.01", "yes"), ("5", "no")):
        assert main(["compare", str(out), "--metric", "needless", "--within", within]) == 0
        table = capsys.readouterr().out.splitlines()
        assert table[1].split()[-1] == "matters" and any(line.split()[-1] == told for line in table[2:5])
    capsys.readouterr()
    assert main(["compare", str(out), "--within", "0"]) == 2
    assert capsys.readouterr().err == "oommc: error: within: '0' is not a number above 0, nor METRIC=NUMBER\n"


def test_compare_for_programs_and_papers(out, capsys):
    summary = oommc.load(out).data["scenarios"]["usemem"]
    expected = [{"scenario": "usemem"} | row for row in summary["pairs"] if row["metric"] == "needless"]
    capsys.readouterr()
    assert main(["compare", str(out), "--metric", "needless", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row.pop("within") for row in told} == {0.01} and {row.pop("matters") for row in told} <= {"yes", "open"}
    assert told == expected
    assert main(["compare", str(out), "--metric", "needless", "--csv"]) == 0
    head, *lines = csv.reader(capsys.readouterr().out.splitlines())
    assert head[:7] == ["scenario", "a", "b", "metric", "difference", "low", "high"]
    for line, row in zip(lines, expected, strict=True):
        told = dict(zip(head, line, strict=True))
        assert (told["a"], float(told["low"]), float(told["p_holm"])) == (row["a"], row["ci"][0], row["p_holm"])
    assert main(["compare", str(out), "--latex"]) == 0
    text = capsys.readouterr().out
    assert text.count(r"\begin{tabular}{lrrrrrrrrr}") == text.count(r"\end{table}") == 5
    assert main(["compare", str(out), "--csv", "--json"]) == 2


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "COMMAND"),
        (["rnu"], "'rnu'"),
        (["run", "usemem"], "--out"),
        (
            ["run", "usemem", "--out", "x", "--sched", "3"],
            "unknown option --sched: did you mean --schedules? (see oommc run --help)",
        ),
        (["run", "usemem", "--out", "x", "--polices=all"], "unknown option --polices: did you mean --policies?"),
        (["report", "x", "y"], "'y': one argument too many (see oommc report --help)"),
        (["rnu", "usemem"], "unknown 'rnu': did you mean run?"),
        (["--verson"], "unknown option --verson: did you mean --version?"),
        (["compare", "x", "--metric", ""], "x: no such directory"),
        (["run", "usemem", "--out", "x", "--policies", ""], "policies: at least one name"),
        (["run", "usemem", "--out", "x", "--policy-file", ""], "can't be read"),
        (["run", "usemem", "--out", "x", "--choose", "kills within 1", "--require", ""], "require: ''"),
        (["replay", "usemem", "--policy", "patched", "--schedule", "1", "--plot", ""], "a picture's name ends in"),
        (["run", "usemem", "--out", "x", "--schedules", "many"], "schedules: many is not a whole number"),
        (["run", "usemen", "--out", "x"], "usemem"),
        (["run", "usemem", "--out", "x", "--policies", "patchd"], "patched"),
        (["report", "nowhere"], "nowhere: no such directory"),
        (["compare", "nowhere"], "nowhere: no such directory"),
        (["replay", "usemem", "--policy", "baseline", "--schedule", "-1"], "schedule"),
        (["replay", "usemem", "--policy", "kernel", "--schedule", "1"], "a replay tells one"),
        (["policies", "patchd"], "patched"),
        (["policies", "gatte"], "did you mean gate"),
        (["explore", "raec"], "did you mean race?"),
        (
            ["rare", "usemem", "--policy", "patched", "--where", "kills > 1", "--tilt", "process.usemem.exit.wake="],
            "wake: '' is not a number above 1",
        ),
    ],
)
def test_wrong_use_is_one_line_and_status_2(args, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(args) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.startswith("oommc: error: ")
    assert len(printed.err.splitlines()) == 1 and says in printed.err
    assert os.listdir(tmp_path) == []


def test_an_unknown_metric_names_the_nearest(out, capsys):
    capsys.readouterr()
    assert main(["compare", str(out), "--metric", "needles"]) == 2
    assert "did you mean needless" in capsys.readouterr().err


def test_a_directory_without_records_is_no_comparison(out, capsys):
    shutil.rmtree(out / "blocks")
    assert main(["compare", str(out)]) == 2
    assert "out: no records there yet" in capsys.readouterr().err


def test_sources_that_are_none(out, capsys):
    content = json.loads((out / "run.json").read_text()) | {"sources": {"usemem": 3}}
    (out / "run.json").write_text(json.dumps(content))
    assert main(["report", str(out)]) == 2
    assert "run.json: not the run.json of a result directory" in capsys.readouterr().err


def test_a_scenario_as_a_file_to_begin_with(tmp_path, capsys):
    assert main(["scenarios", "usemem", "--toml"]) == 0
    (tmp_path / "my.toml").write_text(capsys.readouterr().out)
    assert oommc.Scenario.load(tmp_path / "my.toml") == oommc.Scenario.load("usemem")
    assert main(["scenarios", "--toml"]) == 2


def test_a_failed_run_is_status_1(tmp_path, monkeypatch, capsys):
    def fail(*args, **kwargs):
        raise RunError("disk full")

    monkeypatch.setattr("oommc.api.run", fail)
    assert main(["run", "usemem", "--out", str(tmp_path / "x")]) == 1
    assert capsys.readouterr().err == "oommc: error: disk full\n"


def test_schedules_with_cut_sizes_are_told(tmp_path, fast_engine, monkeypatch, capsys):
    run = fast_engine.run

    def cut(self, first, count):
        records = run(self, first, count)
        records["cut"][:, 0] = first == 0
        return records

    monkeypatch.setattr(fast_engine, "run", cut)
    assert main(["run", "usemem", "--schedules", "100", "--out", str(tmp_path / "x"), "--quiet"]) == 0
    assert "warning: usemem: in 1 of 100 schedules the sizes drawn did not fit" in capsys.readouterr().err


@pytest.mark.parametrize("args", [["--help"], ["run", "--help"], ["incident", "--help"]])
def test_help(args, capsys):
    assert main(args) == 0
    assert capsys.readouterr().out.startswith("usage: oommc")


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from oommc.cli import main; main(['--help']); "
        "sys.exit(any(m in sys.modules for m in ('numpy', 'scipy', 'pandas', 'pyarrow', 'jinja2', 'matplotlib')))"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"oommc {oommc.__version__}\n"


def test_policies(capsys):
    assert main(["policies"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(oommc.policies)
    assert main(["policies", "patched(timeout=1s)"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("patched(timeout=1s)\n") and "gate_life" in shown and "Source: " in shown
    assert main(["policies", "patched", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == oommc.policies["patched"].to_dict()
    assert main(["policies", "--json"]) == 0
    assert [entry["name"] for entry in json.loads(capsys.readouterr().out)] == list(oommc.policies)


def test_a_list_is_wrapped_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "90")
    assert main(["policies"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 90
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(oommc.policies)


def test_scenarios(capsys):
    assert main(["scenarios"]) == 0
    assert "usemem" in {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert main(["scenarios", "usemem"]) == 0
    shown = capsys.readouterr().out
    scenario = oommc.Scenario.load("usemem")
    assert shown.startswith("usemem\n") and shown.rstrip().endswith(scenario.to_toml().rstrip())
    assert main(["scenarios", "usemem", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(scenario.to_dict()))
    assert main(["scenarios", "--json"]) == 0
    assert {"name", "about"} == json.loads(capsys.readouterr().out)[0].keys()


def test_replay(capsys):
    assert main(["replay", "usemem", "--policy", "baseline", "--schedule", "3"]) == 0
    text = capsys.readouterr().out
    assert text == oommc.replay("usemem", "baseline", 3).text().rstrip("\n") + "\n"
    assert main(["replay", "usemem", "--policy", "baseline", "--schedule", "3", "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), list)


def test_replay_draws_and_traces_two_policies_side_by_side(tmp_path, capsys):
    args = ["replay", "usemem", "--policy", "baseline,patched", "--schedule", "3"]
    picture, trace = tmp_path / "x.svg", tmp_path / "x.json"
    assert main([*args, "--plot", str(picture)]) == 0
    assert capsys.readouterr().out == f"{picture}\n"
    assert ">baseline<" in picture.read_text() and ">patched<" in picture.read_text()
    assert main([*args, "--perfetto", str(trace)]) == 0
    assert capsys.readouterr().out == f"{trace}\n"
    events = json.loads(trace.read_text())["traceEvents"]
    assert [e["args"]["name"] for e in events if e["name"] == "process_name"] == ["baseline", "patched"]


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (["--plot", "x.gif"], 2, "x.gif: a picture's name ends in .svg, .png or .pdf"),
        (["--plot", "none/x.svg"], 2, "none/x.svg: can't be written: No such file or directory"),
        (["--perfetto", "none/x.json"], 2, "none/x.json: can't be written: No such file or directory"),
        (["--policy", "all", "--plot", "x.svg"], 2, "a replay tells at most 4"),
        (["--text", "--plot", "x.svg"], 2, "not allowed with argument --text"),
    ],
)
def test_pictures_that_cannot_be(args, status, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["replay", "usemem", "--policy", "patched", "--schedule", "3", *args]) == status
    printed = capsys.readouterr()
    assert printed.out == "" and says in printed.err and len(printed.err.splitlines()) == 1
    assert os.listdir(tmp_path) == []


def test_a_reader_that_goes_away_is_no_error():
    # a pipe without a reader
    read, write = os.pipe()
    os.close(read)
    code = "import sys; from oommc.cli import main; sys.exit(main(['policies']))"
    ended = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (0, b"")


def _ended(args, **streams):
    code = f"import sys; from oommc.cli import main; sys.exit(main({args!r}))"
    return subprocess.run([sys.executable, "-c", code], check=False, text=True, **streams)


@pytest.mark.parametrize("args", [["policies"], ["--version"]])
def test_a_full_disk_behind_stdout_is_one_line(args):
    with open("/dev/full", "w") as full:
        ended = _ended(args, stdout=full, stderr=subprocess.PIPE)
    assert (ended.returncode, ended.stderr) == (1, "oommc: error: standard output: No space left on device\n")


def test_a_closed_stdout_is_no_error():
    ended = _ended(["policies"], stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_run_goes_on_where_nobody_can_be_told_how_far_it_is(tmp_path):
    with open("/dev/full", "w") as full:
        ended = _ended(
            ["run", "usemem", "--schedules", "20", "--out", str(tmp_path)], stdout=subprocess.PIPE, stderr=full
        )
    assert ended.returncode == 0 and ended.stdout.endswith(f"{tmp_path}\n")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_keeps_blocks_and_says_how_to_go_on(tmp_path, sent):
    out = tmp_path / "out"
    args = ["run", "usemem", "--schedules", "1e9", "--block", "100", "--out", str(out), "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "oommc", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 60
        while not list(out.rglob("2.parquet")) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(sent)
        printed, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert printed == "" and "the same command goes on from there" in said and "Traceback" not in said
    assert not list(out.rglob("*.part"))
    assert len(oommc.load(out).records(policy="baseline", columns=["kills"])) >= 100


def test_the_package_runs_as_the_command():
    told = subprocess.run([sys.executable, "-m", "oommc", "--version"], capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (0, f"oommc {oommc.__version__}\n")
