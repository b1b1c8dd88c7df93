"""What is finished of a block that isn't: kept, gone on with, and gone when the block is there."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from contextlib import contextmanager

import numpy as np
import pytest
import synthetic
from worlds import clockwork, daemon, hog

import oommc
from oommc.collect import work
from oommc.collect.blocks import Block
from oommc.collect.lock import locked
from oommc.collect.records import whole
from oommc.collect.unfinished import Unfinished
from oommc.engine import Engine
from oommc.policies import parse
from oommc.scenario import Scenario

POLICIES = ("baseline", "patched")
BLOCK = Block("usemem", 3, 300, 100, POLICIES)
LABELS = {("usemem", "baseline"): "a", ("usemem", "patched"): "b"}


class Watched(synthetic.Engine):
    """Notes what it is asked for."""

    def __init__(self):
        super().__init__(Scenario.load("usemem"), parse(",".join(POLICIES)), 1)
        self.ran = []

    def run(self, first, count):
        self.ran += range(first, first + count)
        return super().run(first, count)


def keeper(block, columns):
    return {policy: {name: of.tolist() for name, of in by.items()} for policy, by in columns.items()}


def computed(unfinished=None, stop_at=None, block=BLOCK):
    engine = Watched()
    return engine, work.compute(engine, block, keeper, unfinished, lambda: len(engine.ran) == stop_at)


@pytest.fixture(autouse=True)
def a_schedule_at_a_time(monkeypatch):
    monkeypatch.setattr(work, "_SHORT", 0)
    monkeypatch.setattr(work, "_WORTH", 0)


@pytest.fixture
def unfinished(tmp_path):
    with locked(tmp_path) as token:
        yield Unfinished(LABELS, tmp_path, token)


def test_a_stopped_block_goes_on_and_is_the_same(unfinished):
    with pytest.raises(CancelledError):
        computed(unfinished, stop_at=37)
    assert len(list(unfinished.path.rglob("*.parquet"))) == 2
    engine, done = computed(unfinished)
    assert engine.ran == list(range(337, 400))
    assert done == computed()[1]
    assert not (unfinished.path / "unfinished").exists()


def test_it_is_kept_as_time_goes_on(unfinished, monkeypatch):
    monkeypatch.setattr(work, "KEPT_EVERY", 0)
    monkeypatch.setattr(Unfinished, "drop", lambda self, block: None)
    computed(unfinished, block=BLOCK._replace(count=8))
    assert unfinished.kept(BLOCK)[0] == 8


@pytest.mark.parametrize("how", ["damaged", "of another block", "of another run", "without a policy", "not mine"])
def test_what_does_not_belong_to_it_is_not_gone_on_with(unfinished, how):
    with pytest.raises(CancelledError):
        computed(unfinished, stop_at=37)
    file = next(unfinished.path.rglob("baseline/3.parquet"))
    block = BLOCK
    if how == "damaged":
        data = bytearray(file.read_bytes())
        data[100] ^= 1
        file.write_bytes(data)
        assert not whole(bytes(data))
    elif how == "of another block":
        block = block._replace(n=4, first=400)
        for path in list(unfinished.path.rglob("3.parquet")):
            path.rename(path.with_name("4.parquet"))
    elif how == "of another run":
        unfinished = Unfinished({key: label + "x" for key, label in LABELS.items()}, unfinished.path, unfinished.token)
    elif how == "without a policy":
        file.unlink()
    else:
        unfinished = Unfinished(LABELS, unfinished.path, "another token")
    assert unfinished.kept(block) == (0, {})
    assert computed(unfinished, block=block)[1] == computed(block=block)[1]


def test_without_a_directory_nothing_is_kept():
    nowhere = Unfinished(LABELS, None, None)
    with pytest.raises(CancelledError):
        computed(nowhere, stop_at=37)
    assert nowhere.kept(BLOCK) == (0, {})


ENDLESS = Scenario.load("lock-chain").replace("horizon", "1000000 s")


CHURNS = {"kind": "churn", "start": 0, "think": "1 us", "chunk": 1, "keep": "1 us"}
LATE = {"kind": "grow", "start": "999999 s", "think": "1 s", "chunk": 200, "target": 20000}
AT_WORK = clockwork(daemon(program=CHURNS), hog(rss=0, program=LATE)).replace("horizon", "1000000 s")


@pytest.mark.parametrize(
    ("scenario", "policies"), [(ENDLESS, "baseline"), (ENDLESS, "baseline,serialize-v1,patched"), (AT_WORK, "patched")]
)
def test_a_schedule_that_takes_hours_stops_within_it(scenario, policies):
    engine = Engine(scenario, parse(policies), 1)
    result = []

    def run():
        try:
            engine.run(0, 10_000)
        except CancelledError:
            result.append("stopped")

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.2)
    assert thread.is_alive()
    engine.stop()
    thread.join(10)
    assert result == ["stopped"]


@contextmanager
def ended(process: subprocess.Popen):
    """The process, which doesn't outlive a test that fails."""
    try:
        yield process
    finally:
        process.kill()


@pytest.mark.parametrize(("name", "size"), [("sensitivity", "--points"), ("uncertainty", "--places")])
def test_ctrl_c_ends_a_study_over_ranges(name, size, tmp_path):
    path = tmp_path / "endless.toml"
    path.write_text(ENDLESS.to_toml())
    command = [sys.executable, "-m", "oommc", name, str(path), "--policies", "baseline,patched"]
    more = ["--range", "machine.latency.report.median=1ms..9ms", "--range", "machine.hz=100..1000", size, "16"]
    with ended(subprocess.Popen([*command, *more], stderr=subprocess.PIPE, text=True)) as process:
        while len(os.listdir(f"/proc/{process.pid}/task")) == 1:  # loading still: it simulates in threads of their own
            assert process.poll() is None
            time.sleep(0.1)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130 and told == "oommc: interrupted\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_a_run(tmp_path, number):
    """Its only block takes hours; it says so, keeps what is finished, and leaves no file that counts as a block."""
    path = tmp_path / "endless.toml"
    path.write_text(ENDLESS.to_toml())
    command = [
        sys.executable,
        "-m",
        "oommc",
        "run",
        str(path),
        "--policies",
        "baseline",
        "--out",
        str(tmp_path / "out"),
    ]
    with ended(subprocess.Popen(command, stderr=subprocess.PIPE, text=True)) as process:
        line = process.stderr.readline()
        assert "schedules to do" in line, line
        time.sleep(0.5)
        process.send_signal(number)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert "stopping, what is finished is kept" in told and "the same command goes on" in told
    assert not list(tmp_path.rglob("blocks/**/*.parquet"))


def test_the_twin_stops_between_two_schedules():
    ran = threading.Event()

    def slow(task):
        ran.set()
        return task.rss

    policy = oommc.policies["mainline-6"].replace(name="mine", selector=slow)
    engine = Engine(Scenario.load("usemem"), [policy], 1)
    result = []

    def run():
        try:
            engine.run(0, 100_000)
        except CancelledError:
            result.append("stopped")

    thread = threading.Thread(target=run)
    thread.start()
    assert ran.wait(60)
    engine.stop()
    thread.join(60)
    assert result == ["stopped"]


def test_columns_come_back_as_they_were(unfinished):
    records = synthetic.block("usemem", "baseline", 1, 300, 40)
    unfinished.keep(BLOCK, {policy: synthetic.columns(records) for policy in POLICIES})
    rows, columns = unfinished.kept(BLOCK)
    assert rows == 40
    for policy in POLICIES:
        for name in records.dtype.names:
            assert np.array_equal(columns[policy][name], records[name])
