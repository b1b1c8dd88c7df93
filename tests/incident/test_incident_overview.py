"""All reports of a log together."""

import pytest
from incident_texts import MODERN, SHARED

from oommc.cli import main
from oommc.incident import read, read_file
from oommc.incident.overview import Overview


def overview(reports):
    made = Overview()
    for report in reports:
        made.add(report)
    return made


def later(text, seconds):
    return text.replace("[  100.", f"[  {100 + seconds}.").replace("3001", f"{3001 + seconds}")


def test_a_cascade():
    made = overview(read((MODERN + later(MODERN, 20) + later(MODERN, 91)).splitlines()))
    told = made.to_json()
    assert (told["reports"], told["kills"], told["attempts"]) == (3, 3, 0)
    assert told["span_s"] == pytest.approx(91)
    assert told["kill_times_s"] == pytest.approx([0, 20, 91])
    assert told["reaped_after_s"]["median"] == pytest.approx(0.1)
    assert (told["asked"], told["killed"], told["causes"]) == ({"cc1": 3}, {"ld": 3}, {"memory": 3})
    assert made.text().startswith("all 3 reports: 3 kills in 91 s\n  killed    ld (3)\n  asked     cc1 (3)\n")


def test_by_the_wall_clock_where_there_is_no_other():
    line = "May  1 10:00:{} a kernel: Out of memory: Killed process {} (b) total-vm:9kB, anon-rss:4kB"
    assert overview(read([line.format("00", 7), line.format("12", 8)])).span_s == 12
    backwards = overview(read([line.format("00", 7), "x", line.format("12", 8), line.format("05", 9)]))
    assert (backwards.span_s, backwards.kills) == (None, 3)


def test_the_command_tells_it_last(tmp_path, capsys):
    path = tmp_path / "log"
    path.write_text(MODERN + later(MODERN, 20))
    assert main(["incident", str(path)]) == 0
    assert "\nall 2 reports: 2 kills in 20 s\n" in capsys.readouterr().out
    assert main(["incident", str(path), "--report", "1"]) == 0
    assert "all 2 reports" not in capsys.readouterr().out


@pytest.mark.skipif(not SHARED.parts, reason="the real reports are not here")
def test_a_real_one():
    (path,) = (SHARED / "oom-reports").glob("007-*.log")
    made = overview(read_file(path))
    assert made.kills == 20 and made.span_s == pytest.approx(91, abs=1)
