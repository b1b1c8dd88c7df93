"""What a running run says."""

import json

import pytest

from oommc.collect import progress
from oommc.collect.blocks import Block
from oommc.collect.progress import Progress
from oommc.collect.work import Done


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""

    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def done(policy, n, total, squares):
    return Done(Block("s", 0, 0, n, (policy,)), None, {policy: (n, total, squares)})


def test_a_long_run_tells_rate_time_left_and_the_main_metric(clock, capsys):
    told = Progress(1000, mode="plain", workers="2 threads")
    assert capsys.readouterr().err == "oommc: 1,000 schedules to do on 2 threads\n"
    clock.now = 10
    told.watch(done("a", 100, 20, 20))
    told.add(100)
    assert capsys.readouterr().err == ""
    clock.now = 40
    told.watch(done("a", 100, 30, 30))
    told.add(100)
    line = "oommc: 200 of 1,000 schedules done, 5 schedules/s, 3 min left; needless: a 0.25 ± 0.06\n"
    assert capsys.readouterr().err == line
    told.close()
    assert capsys.readouterr().err == "oommc: 200 of 1,000 schedules done in 40.0 s (5 schedules/s)\n"


def test_json_is_an_object_a_line_about_once_a_second(clock, capsys):
    told = Progress(1000, mode="json", workers="2 threads")
    for now in (0.5, 1.2, 1.4):
        clock.now = now
        told.add(100)
    told.close()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["done"]) for line in lines] == [
        ("start", 0),
        ("progress", 200),
        ("end", 300),
    ]
    assert lines[1]["rate"] == pytest.approx(200 / 1.2) and lines[1]["left_s"] == pytest.approx(800 * 1.2 / 200)


@pytest.mark.parametrize("mode", ["quiet", "plain", "json"])
def test_nothing_to_do_or_quiet_says_nothing(mode, capsys):
    told = Progress(0 if mode != "quiet" else 10, mode=mode, workers="")
    told.add(5)
    told.close()
    assert capsys.readouterr().err == ""
