"""A live machine, from a /proc of our own."""

import json

import pytest

from oommc.cli import main
from oommc.errors import InputError
from oommc.incident import read_live, to_scenario
from oommc.units import size

ZONEINFO = """\
Node 0, zone      DMA
  per-node stats
      nr_free_pages 7
  pages free     3840
        boost    0
        min      8
        low      10
        high     12
        present  3998
        managed  3840
  pagesets
    cpu: 0
              high:  0
Node 0, zone   Normal
  pages free     100000
        boost    16
        min      4000
        low      5000
        high     6000
        present  500000
        managed  480000
Node 0, zone  Movable
  pages free     0
        min      0
        present  0
        managed  0
"""


@pytest.fixture
def proc(tmp_path):
    """Two processors, 1.9 GB, swap, a kernel thread, a database that shares most of its memory, and a shell."""
    root = tmp_path / "proc"

    def write(name, text):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    meminfo = "MemTotal: 1935360 kB\nActive(file): 40000 kB\nInactive(file): 24000 kB\n"
    write("meminfo", meminfo + "SwapTotal: 204800 kB\nSwapFree: 102400 kB\n")
    write("zoneinfo", ZONEINFO)
    write("stat", "cpu  1 2 3\ncpu0 1 2\ncpu1 1 2\nintr 5\n")
    write("sys/kernel/osrelease", "6.12.1-test\n")
    write("pressure/memory", "some avg10=1.50 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.25 avg60=0.00 total=0\n")
    write("2/status", "Name:\tkthreadd\nUid:\t0\t0\nThreads:\t1\n")
    database = "Name:\tpost gres\nUid:\t70\t70\nVmSize:\t 900000 kB\nVmRSS:\t 800000 kB\nVmPTE:\t 400 kB\n"
    write("300/status", database + "VmSwap:\t 4000 kB\nThreads:\t7\n")
    write("300/oom_score_adj", "-900\n")
    write("300/smaps_rollup", "Rss: 800000 kB\nPrivate_Clean: 1000 kB\nPrivate_Dirty: 99000 kB\n")
    for pid in range(400, 440):
        write(f"{pid}/status", f"Name:\tsh\nUid:\t1000\nVmSize:\t9000 kB\nVmRSS:\t{2000 + pid} kB\nThreads:\t1\n")
        write(f"{pid}/oom_score_adj", "0\n")
    (root / "500").mkdir()  # gone while it was looked at
    return root


def test_what_is_read(proc):
    report = read_live(proc)
    assert (report.source, report.kernel, report.cpus, report.ended) == ("live", "6.12.1-test", 2, None)
    assert [(z.zone, z.free_kb, z.min_kb, z.high_kb, z.boost_kb) for z in report.zones] == [
        ("Node 0 DMA", 15360, 32, 48, 0),
        ("Node 0 Normal", 400000, 16000, 24000, 64),
    ]
    assert (report.file_pages, report.swap_total_kb, report.swap_free_kb) == (16000, 204800, 102400)
    assert report.pressure == (1.5, 0.25)
    assert [task.pid for task in report.tasks] == [300, *range(400, 440)]
    database = report.tasks[0]
    assert (database.comm, database.uid, database.threads, database.oom_score_adj) == ("post gres", 70, 7, -900)
    assert (database.total_vm, database.rss, database.swapents) == (225000, 200000, 1000)
    assert (database.page_tables_kb, database.private_kb) == (400, 100000)


def test_a_scenario_that_runs_into_the_oom(proc):
    import oommc

    table = to_scenario(read_live(proc))
    scenario = oommc.Scenario.from_dict(table)
    assert (scenario.processes[0].name, scenario.processes[0].role) == ("post-gres", "hog")
    assert {p.role for p in scenario.processes[1:]} == {"daemon"}
    assert sum(p.count for p in scenario.processes) == 41
    assert scenario.processes[0].threads == 7
    assert size(table["process"][0]["rss"]) == 200000  # it has all that it had, and grows from there
    assert size(table["machine"]["swap"]["size"]) == 51200
    assert size(table["process"][0]["swapped"]) == 1000
    assert size(table["machine"]["swap"]["used"]) == 25600 - 1000
    outcomes = oommc.run(scenario, "mainline-6", 3).data["scenarios"][scenario.name]["policies"]["mainline-6"]
    assert outcomes["outcome"]["no_oom"] == 0


def test_what_a_kill_gives_back_is_said(proc, tmp_path, capsys):
    assert main(["incident", "--live", str(proc), "-o", str(tmp_path / "x.toml")]) == 0
    text = (tmp_path / "x.toml").read_text()
    assert "upper bound" in text
    assert "# Of post gres's 781 MiB only 97 are its own alone." in text
    assert "What if this machine, under Linux 6.12.1-test, ran out of memory now" in text


def test_words_and_json(proc, capsys):
    assert main(["incident", "--live", str(proc)]) == 0
    out = capsys.readouterr().out
    assert "report 1: live, Linux 6.12.1-test\n" in out
    assert "pressure  some 1.5 %, full 0.25 % of the last 10 s\n" in out
    assert "ended" not in out
    assert main(["incident", "--live", str(proc), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["source"], told["ended"], len(told["tasks"])) == ("live", None, 41)


def cgroups(proc, version):
    """A service with a limit and its kill-together, a scope below a limited slice, the rest without limits."""
    root = proc.parent / "sys/fs/cgroup"
    if version == 1:
        limits = {"": 1 << 63, "svc": 900 << 20, "u.slice": 64 << 20, "u.slice/s": (1 << 63) - 4096}
        for path, limit in limits.items():
            (root / "memory" / path).mkdir(parents=True)
            (root / "memory" / path / "memory.limit_in_bytes").write_text(f"{limit}\n")
        line = "9:cpu,cpuacct:/x\n4:memory:{}\n0::/else\n"
    else:
        for path, limit in {"svc": 900 << 20, "u.slice": 64 << 20, "u.slice/s": "max"}.items():
            (root / path).mkdir(parents=True)
            (root / path / "memory.max").write_text(f"{limit}\n")
            (root / path / "memory.oom.group").write_text(f"{int(path == 'svc')}\n")
        (root / "cgroup.controllers").write_text("memory\n")
        line = "0::{}\n"
    for pid, path in {300: "/svc", 400: "/u.slice/s", 401: "/u.slice/s", 402: "/../above", 403: "/"}.items():
        (proc / str(pid) / "cgroup").write_text(line.format(path))


@pytest.mark.parametrize("version", [1, 2])
def test_control_groups_with_a_limit(proc, capsys, version):
    import oommc

    cgroups(proc, version)
    report = read_live(proc)
    assert [(m.path, m.limit_kb, m.oom_group) for m in report.memcgs] == [
        ("/svc", 900 << 10, version == 2),
        ("/u.slice", 64 << 10, False),
    ]
    assert {task.pid: task.memcg for task in report.tasks if task.memcg} == {
        300: "/svc",
        400: "/u.slice",
        401: "/u.slice",
    }
    table = to_scenario(report)
    scenario = oommc.Scenario.from_dict(table)
    assert {m.name: (m.limit * 4, m.oom_group) for m in scenario.memcgs} == {
        "/svc": (900 << 10, version == 2),
        "/u.slice": (64 << 10, False),
    }
    assert {p.memcg: p.count for p in scenario.processes if p.memcg} == {"/svc": 1, "/u.slice": 2}
    assert sum(p.count for p in scenario.processes) == 41
    assert main(["incident", "--live", str(proc)]) == 0
    said = capsys.readouterr().out
    assert "limited   /svc to 900.0 MiB: 1 task with 781.2 MiB rss" in said
    assert ("memory.oom.group" in said) == (version == 2)


def test_a_limit_below_what_its_members_hold(proc):
    """Shared pages count in each of them; the scenario is still one that can be run."""
    import oommc

    cgroups(proc, 2)
    (proc.parent / "sys/fs/cgroup/svc/memory.max").write_text("1048576\n")
    scenario = oommc.Scenario.from_dict(to_scenario(read_live(proc)))
    limits = {m.name: m.limit for m in scenario.memcgs}
    assert limits["/svc"] == next(p.rss.maximum() for p in scenario.processes if p.memcg == "/svc")


def test_wrong_use(proc, tmp_path, capsys):
    for words, message in (
        ([], "incident: either LOG or --live"),
        (["x.log", "--live", str(proc)], "incident: either LOG or --live"),
        (["--live", str(proc), "--report", "1"], "incident: --report is for a log; --live has one report"),
        (["--live", str(tmp_path / "no")], f"{tmp_path}/no/meminfo: can't be read: No such file or directory"),
    ):
        assert main(["incident", *words]) == 2
        assert capsys.readouterr().err == f"oommc: error: {message}\n"
    (proc / "zoneinfo").write_text("")
    with pytest.raises(InputError, match="tells no memory zone"):
        read_live(proc)


def test_this_machine():
    """Whatever runs here, it can be read, and nothing of it makes the reader fail."""
    report = read_live()
    assert any(task.comm for task in report.tasks)
    to_scenario(report)
