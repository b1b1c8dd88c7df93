"""Every experiment runs, small, as its docstring says."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from scipy import stats

from oommc.policies import groups

EXPERIMENTS = Path(__file__).resolve().parents[1] / "experiments"


@pytest.mark.slow
def test_usemem(tmp_path):
    picture = tmp_path / "usemem.svg"
    command = [sys.executable, EXPERIMENTS / "usemem.py", "--schedules", "300", "--picture", picture]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    assert len(rows) == 8
    needless = {row[0].strip("`"): float(row[2].split()[0]) for row in rows[2:]}
    assert needless["baseline"] > 0.05
    assert needless["patched"] == 0
    assert "<svg" in picture.read_text(encoding="utf-8")


def test_processors():
    """On one processor without preemption few die for nothing, elsewhere one in nine schedules; by the patch nobody."""
    command = [sys.executable, EXPERIMENTS / "processors.py", "--schedules", "1000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()][2:]
    assert [row[:2] for row in rows] == [["1", "none"], ["1", "full"], ["2", "none"], ["2", "full"]]
    needless = [float(row[4].split()[0]) for row in rows]
    assert needless[0] < 0.02 < 0.05 < min(needless[1:])
    assert all(row[5].startswith("0 ") for row in rows)


@pytest.mark.slow
def test_lineage(tmp_path):
    """Each design in each scenario; the patch never kills needlessly, what came before it and 2.6.19 do."""
    picture = tmp_path / "lineage.svg"
    command = [sys.executable, EXPERIMENTS / "lineage.py", "--schedules", "10", "--picture", picture]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    assert lines[0] == ["policy", "usemem", "threaded-hog", "pinned-mm", "lock-chain", "huge-mm"]
    needless = {line[0].strip("`"): [float(cell.split(",")[0]) for cell in line[1:]] for line in lines[2:]}
    assert set(needless) == {*groups["merged"], *groups["2006"]}
    assert needless["patched"] == [0, 0, 0, 0, 0]
    assert needless["baseline"][0] > 0.1
    assert needless["2.6.19"][4] > 1 < needless["2.6.20"][4]
    assert "% hang" in lines[2][4]
    assert "mainline-6" in picture.read_text(encoding="utf-8")


def test_race(tmp_path):
    """What README says of this schedule, and that the picture is there."""
    picture = tmp_path / "race.svg"
    done = subprocess.run(
        [sys.executable, EXPERIMENTS / "race.py", "--picture", picture], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "baseline: 2 kills, 1 needless, 1 premature",
        "serialize-v1: 2 kills, 1 needless, 1 premature",
        "patched: 1 kills, 0 needless, 0 premature",
    ]
    assert "<svg" in picture.read_text(encoding="utf-8")


def dispute(name, schedules, tmp_path):
    """The table of one of the disputes: policy → the means of its columns."""
    picture = tmp_path / "picture.svg"
    command = [sys.executable, EXPERIMENTS / name, "--schedules", str(schedules), "--picture", picture]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "<svg" in picture.read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if line.startswith("|")
    ]
    return {row[0]: [float(cell.split()[0]) for cell in row[1:]] for row in rows[2:]}


def test_earlyoom(tmp_path):
    """Who waits until all threads are gone shoots no innocent;
    who waits for the leader, or not at all, does, unless it reaps.
    """
    collateral = {name: row[1] for name, row in dispute("earlyoom.py", 60, tmp_path).items()}
    none, second, leader, *others = list(collateral.values())[1:]
    assert others == [0, 0, 0]
    assert min(none, second, leader) > 0.2


def test_oomd(tmp_path):
    """A slow hook costs a kill; before the pull request the pending one hid the other slice's."""
    without, before, after = (row[0] for row in dispute("oomd.py", 20, tmp_path).values())
    assert max(without, before) < after


def test_ray(tmp_path):
    """Several at once, without waiting, leave the kernel's killer least to do."""
    kernel = [row[2] for row in dispute("ray.py", 20, tmp_path).values()]
    assert kernel[4] == min(kernel)
    assert kernel[0] == max(kernel)


def test_all_runs_every_experiment_and_the_index_names_it():
    sys.path.insert(0, str(EXPERIMENTS))
    try:
        import all as experiments
    finally:
        sys.path.remove(str(EXPERIMENTS))
    scripts = {path.name for path in EXPERIMENTS.glob("[!_]*.py")} - {"all.py"}
    assert {*experiments.EXPERIMENTS, *experiments.WITH_DATA} == scripts - {
        "advise.py",
        "verify.py",
    }  # they draw nothing
    index = (EXPERIMENTS / "README.md").read_text(encoding="utf-8")
    assert all(f"[{name}](./{name})" in index for name in scripts)


def test_rare():
    """What counting sees too agrees with it; what it can't see is far below what it can say."""
    command = [sys.executable, EXPERIMENTS / "rare.py", "--schedules", "4000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if line.startswith("|")
    ][2:]
    assert [row[1].split("(")[0] for row in rows] == ["patched-timeout"] * 3 + ["mainline-6"]
    low, high = (float(end) for end in rows[0][7].strip("[]").split(","))
    assert low < float(rows[0][4].split()[0]) < high
    assert all(0 < float(row[4].split()[0]) < 1e-5 and row[6] == "0" for row in rows[1:])
    low, high = (float(end) for end in rows[1][4].split(" ", 1)[1].strip("[]").split(","))
    assert low < stats.lognorm(1.0, scale=2e-3).sf(10) < high < 2e-17


DATA = EXPERIMENTS.parents[1] / "shared" / "data"
with_data = pytest.mark.skipif(not DATA.exists(), reason="the real reports are not here")


@pytest.mark.slow
@with_data
def test_fit(tmp_path):
    """The presets have the numbers that it prints."""
    from oommc.scenario.preset import preset

    picture = tmp_path / "fit.svg"
    done = subprocess.run(
        [sys.executable, EXPERIMENTS / "fit.py", "--picture", picture], capture_output=True, text=True, check=True
    )
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    taken = {row[0]: tomllib.loads(f"x = {row[3].partition(' [')[0]}")["x"] for row in rows[2:] if row[3]}
    lab = preset("qemu-6.12")
    assert taken["report, qemu-6.12"] == lab["machine"]["latency"]["report"]
    assert (taken["wake, qemu-6.12"], taken["tail, qemu-6.12"]) == (lab["exit"]["wake"], lab["exit"]["tail"])
    assert taken["report, slow consoles"] == preset("server-serial-console")["machine"]["latency"]["report"]
    for name in ("server", "desktop"):
        assert taken["report, quiet logs"] == preset(name)["machine"]["latency"]["report"]
    assert "<svg" in picture.read_text(encoding="utf-8")


@with_data
def test_cascades(tmp_path):
    """One process that grows costs today's kernel one kill; a herd that grows as fast as was recorded, a cascade."""
    logs = tmp_path / "oom-reports"
    logs.mkdir()
    (logs / "032.log").symlink_to(next((DATA / "oom-reports").glob("032-*.log")))
    picture = tmp_path / "cascades.svg"
    command = [
        sys.executable,
        EXPERIMENTS / "cascades.py",
        "--data",
        tmp_path,
        "--schedules",
        "3",
        "--picture",
        picture,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()[2:]]
    assert rows[0][:3] == ["032", "3 kills in 25.0 s", "boost-5.0 (its own)"]
    assert float(rows[0][3]) < float(rows[0][5]) and rows[0][4] == "100%"
    assert "<svg" in picture.read_text(encoding="utf-8")


def test_advise(tmp_path):
    """A log in which memory isn't what ran out is answered at once."""
    log = tmp_path / "kern.log"
    log.write_text("[   10.0] sh invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0\n")
    command = [sys.executable, EXPERIMENTS / "advise.py", log]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *_, row = done.stdout.splitlines()
    assert row.startswith("| kern.log | ") and row.endswith(" s | The answer |")
