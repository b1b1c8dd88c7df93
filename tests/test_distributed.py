"""Large runs as their users make them: processes killed at any instant, many threads, a Dask cluster."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import oommc
from oommc.engine import Engine
from oommc.errors import RunError

POLICIES = "baseline,patched"
RUN = "import sys; from oommc.cli import main; sys.exit(main())"


def files(out):
    """What must not depend on how a run was made: contents by name."""
    paths = [*out.rglob("*.parquet"), *out.rglob("*.json.gz"), out / "summary.json"]
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.exists()}


def command(out, *more, schedules=6000, code=RUN, **kwargs):
    args = ["run", "usemem", "--policies", POLICIES, "--schedules", str(schedules), "--block", "250"]
    return subprocess.Popen(
        [sys.executable, "-c", code, *args, "--out", str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **kwargs,
    )


def finished(out, *more, **kwargs):
    """The files after a command that comes to its end."""
    process = command(out, "--quiet", *more, **kwargs)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return files(out)


def unbroken(out, *, schedules=6000, records=True):
    """The files of a run in one go, on threads of this process."""
    oommc.run("usemem", POLICIES, schedules, block=250, out=out, records=records)
    return files(out)


@pytest.mark.parametrize("kind", [[], pytest.param(["--no-records"], marks=pytest.mark.slow)])
def test_killed_at_any_instant_and_resumed_gives_the_same_bytes(tmp_path, kind):
    """`kill -9` at instants drawn over start and work, each run going on from the last."""
    expected = unbroken(tmp_path / "whole", records=not kind)
    out, draw, there = tmp_path / "out", random.Random(1), set()
    for _ in range(5):
        process = command(out, "--quiet", "--workers", "2", *kind)
        before, deadline = len(files(out)), time.monotonic() + 20
        while len(files(out)) == before and process.poll() is None and time.monotonic() < deadline and not kind:
            time.sleep(0.01)
        time.sleep(draw.uniform(0, 0.15 if not kind else 1.2))
        process.kill()
        process.communicate()
        blocks = {name: of for name, of in files(out).items() if name.endswith(".parquet")}
        assert blocks.items() <= expected.items() and there <= blocks.keys()
        there |= blocks.keys()
    assert finished(out, *kind) == expected
    assert not list(out.rglob("*.part"))


@pytest.mark.parametrize("kind", [[], ["--no-records"]])
@pytest.mark.parametrize(
    "step",
    [
        "fsync = os.fsync; os.fsync = lambda f: new(f) and nth() and (os.ftruncate(f, 9), die()) or fsync(f)",
        "replace = os.replace; os.replace = lambda a, b: nth() and die() or replace(a, b)",
        "replace = os.replace; os.replace = lambda a, b: (replace(a, b), nth() and die())",
    ],
    ids=["half written", "not yet renamed", "just renamed"],
)
def test_killed_in_the_middle_of_writing(tmp_path, step, kind):
    """By itself, at the fifth file for which it comes to this step."""
    code = "import itertools, os, stat; die = lambda: os.kill(os.getpid(), 9); times = itertools.count(1)\n"
    code += "new = lambda f: stat.S_ISREG(os.fstat(f).st_mode); nth = lambda: next(times) == 5\n"
    code += f"{step}\n{RUN}"
    out, expected = tmp_path / "out", unbroken(tmp_path / "whole", schedules=3000, records=not kind)
    process = command(out, "--quiet", "--workers", "1", *kind, schedules=3000, code=code)
    process.communicate(timeout=120)
    assert process.returncode == -9
    there = {name: of for name, of in files(out).items() if name.endswith(".parquet")}
    assert there.items() <= expected.items() and (there or kind)
    assert bool(list(out.rglob("*.part"))) == ("(replace(a, b)," not in step)
    assert unbroken(out, schedules=3000, records=not kind) == expected
    assert not list(out.rglob("*.part"))


def test_a_limit_on_file_sizes_is_a_full_disk(tmp_path):
    resource = pytest.importorskip("resource")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))

    process = command(tmp_path / "out", preexec_fn=limit)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1 and "File too large; what was finished is kept" in said
    assert "Traceback" not in said and not list((tmp_path / "out").rglob("*.part"))
    assert unbroken(tmp_path / "out") == unbroken(tmp_path / "whole")


def test_two_processes_on_a_directory_never_do_damage(tmp_path):
    expected = unbroken(tmp_path / "whole")
    both = [command(tmp_path / "out") for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes and set(codes) <= {0, 2}
    assert all(
        "another run is writing to this directory" in text for code, text in zip(codes, said, strict=True) if code
    )
    assert files(tmp_path / "out") == expected


def test_many_threads_on_one_engine_give_the_same_bytes():
    """The core keeps nothing between calls: 16 threads on one engine, each its own stretch, then the same."""
    scenario = oommc.Scenario.load("usemem-smp")
    engine = Engine(scenario, [oommc.policies["baseline"], oommc.policies["patched"]], 1)
    expected = engine.run(0, 320)
    got, same = {}, {}
    start = threading.Barrier(16)

    def work(i):
        start.wait()
        got[i] = engine.run(20 * i, 20)
        same[i] = engine.run(0, 20)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.concatenate([got[i] for i in range(16)], axis=1).tobytes() == expected.tobytes()
    assert {of.tobytes() for of in same.values()} == {np.ascontiguousarray(expected[:, :20]).tobytes()}


@pytest.fixture
def dask(tmp_path):
    """Starts `dask scheduler` and `dask worker` processes; ends them."""
    pytest.importorskip("distributed")
    started = []

    def start(*args):
        log = open(tmp_path / f"dask-{len(started)}.log", "w")  # noqa: SIM115
        code = "import sys; from dask.__main__ import main; sys.exit(main())"
        path = os.pathsep.join(
            filter(None, [os.path.dirname(os.path.dirname(oommc.__file__)), os.getenv("PYTHONPATH")])
        )
        started.append(
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    code,
                    *args,
                    "--no-dashboard",
                    "--scheduler-file",
                    str(tmp_path / "s.json"),
                ],
                stdout=log,
                stderr=log,
                cwd=tmp_path,
                env=os.environ | {"PYTHONPATH": path},
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


WORKER = "worker", "--nthreads", "1", "--no-nanny"
SCHEDULER = "scheduler", "--port", "0", "--host", "127.0.0.1"


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def blocks(out):
    return len(list(out.rglob("*.parquet")))


def test_a_cluster_survives_workers_and_its_run_survives_the_scheduler(tmp_path, dask):
    """One worker killed and one added in mid-run; in another the scheduler killed; both end whole."""
    address = str(tmp_path / "s.json")
    scheduler = dask(*SCHEDULER)
    wait_for((tmp_path / "s.json").exists)
    first, _ = dask(*WORKER), dask(*WORKER)
    expected = unbroken(tmp_path / "whole", schedules=10_000)

    out = tmp_path / "out"
    process = command(out, "--cluster", address, schedules=10_000)
    wait_for(lambda: blocks(out) >= 4)
    first.kill()
    dask(*WORKER)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert files(out) == expected

    out = tmp_path / "sums"
    assert finished(out, "--cluster", address, "--no-records") == unbroken(tmp_path / "there", records=False)

    # records come back to a run that keeps its own
    back = oommc.run("usemem", POLICIES, 500, block=100, cluster=address)
    assert back.records().equals(oommc.run("usemem", POLICIES, 500).records())

    out = tmp_path / "interrupted"
    process = command(out, "--cluster", address, schedules=10**7)
    wait_for(lambda: blocks(out) >= 4)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130 and "the same command goes on from there" in said and "Traceback" not in said
    assert files(out).items() <= unbroken(out, schedules=2000).items()

    out = tmp_path / "lost"
    process = command(out, "--cluster", address, schedules=10_000)
    wait_for(lambda: blocks(out) >= 4)
    scheduler.kill()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1 and "the scheduler is lost; what was finished is kept" in said, said
    assert "Traceback" not in said and blocks(out) >= 4
    assert unbroken(out, schedules=10_000) == expected


@pytest.mark.slow
def test_processes_of_this_machine(tmp_path):
    pytest.importorskip("distributed")
    out = tmp_path / "out"
    assert finished(out, "--cluster", "local:2", schedules=1000) == unbroken(tmp_path / "there", schedules=1000)


def test_a_worker_with_another_version_is_told(monkeypatch):
    from oommc.collect import work

    job = work.packed({}, {}, 1, False, None, None)
    monkeypatch.setattr(work, "MODEL_VERSION", -1)
    monkeypatch.setattr(work.pickle, "loads", lambda data: pytest.fail("unpickled before the version was looked at"))
    with pytest.raises(
        RunError, match=r"a worker has oommc .* \(model -1, .*, not .* as the run; install the same on all"
    ):
        work.compute_packed(job, None)


def test_no_worker_left(tmp_path, monkeypatch, capsys):
    """A scheduler without a worker: the run says so, and ends."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("oommc.collect.cluster._LOOK", 0.1)
    monkeypatch.setattr("oommc.collect.cluster.TOLD_AFTER", 0.5)
    monkeypatch.setattr("oommc.collect.cluster.ENDS_AFTER", 3.0)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        pytest.raises(RunError, match=r"no worker for 0 minutes; what was finished is kept"),
    ):
        oommc.run("usemem", POLICIES, 500, out=tmp_path / "out", cluster=client)
    assert "no worker; the run waits for one" in capsys.readouterr().err


def test_a_worker_without_the_users_module(monkeypatch):
    from oommc.collect import work

    job = work.packed({}, {}, 1, False, None, None)

    def lacking(data):
        raise ModuleNotFoundError("No module named 'rules'")

    monkeypatch.setattr(work.pickle, "loads", lacking)
    with pytest.raises(RunError, match="a worker can't load what the run needs: No module named 'rules'; install"):
        work.compute_packed(job, None)


def test_nobody_answers(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("oommc.collect.cluster._PATIENCE", "0.5s")
    with pytest.raises(RunError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"):
        oommc.run("usemem", POLICIES, 500, cluster="tcp://127.0.0.1:1")
