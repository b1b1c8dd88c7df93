"""Small logs of each kind that was once read wrong, beside the repository. Skipped where they are absent."""

import json

import pytest
from incident_texts import SHARED

from oommc.cli import main
from oommc.errors import InputError
from oommc.incident import read_file, scenario_toml
from oommc.incident.cause import cause
from oommc.incident.score import choice
from oommc.incident.text import text

DATA = SHARED / "log-faults"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the logs are not here")


def reports(name):
    (path,) = DATA.glob(f"{name}*.log")
    return list(read_file(path))


def one(name):
    (report,) = reports(name)
    return report


@pytest.mark.parametrize("name", ["k1a", "k1b", "k1c", "k1d", "k1e", "k1f", "k1g", "k1h", "k10", "k6-journalctl"])
def test_prefixes_forms_and_order(name):
    report = one(name)
    assert (report.trigger.comm, report.trigger.pid, report.constraint) == ("hog", 77, "none")
    assert [(t.pid, t.rss, t.comm) for t in report.tasks] == [(77, 90000, "hog"), (78, 100, "sh")][
        : 1 + (name != "k1a")
    ]
    assert [(v.pid, v.comm, v.anon_rss_kb) for v in report.victims] == [(77, "hog", 360000)]


def test_a_relative_stamp_adds_to_the_last_whole_one():
    report = one("k1b")
    assert report.stamp == "May 1 10:00"
    assert report.victims[0].reaped_after_s == pytest.approx(7e-6, abs=1e-6)


def test_earlyoom():
    for name, cmdline, gone in (("k2", None, None), ("k3", "tail /dev/zero", 0.3)):
        report = one(name)
        (victim,) = report.victims
        assert (victim.pid, victim.comm, victim.signal, victim.oom_score) == (7378, "tail", "SIGTERM", 156)
        assert (victim.rss_kb, victim.cmdline, victim.gone_after_s) == (4962 * 1024, cmdline, gone)
        assert "told to end with SIGTERM" in text(report, 1)
    assert one("k2").host == "host-a"
    assert one("k3").victims[0].oom_score_adj == 0


def test_a_failed_kill_is_an_attempt():
    report = one("k4")
    assert (report.victims, report.ended) == ([], "attempt")
    assert report.to_json()["attempts"][0]["failure"] == "Timer expired"
    assert "  attempt   tail (pid 7378), 4962.0 MiB, oom_score 156: Timer expired\n" in text(report, 1)


def test_a_victim_that_could_not_be_reaped():
    report = one("k5")
    assert report.to_json()["victims"][0]["unreaped"] is True
    assert "which the reaper could not reap" in text(report, 1)


def test_two_hosts():
    first, second = reports("k6-two")
    assert (first.host, [t.pid for t in first.tasks], first.victims[0].pid) == ("host-a", [77], 77)
    assert (second.host, [t.pid for t in second.tasks], second.victims[0].pid) == ("host-b", [99], 99)


def test_a_memory_cgroup_that_only_the_trace_tells():
    report = one("k7")
    assert (report.constraint, report.memcg, cause(report).kind) == ("memcg", None, "limit")


def test_causes():
    lowmem, order = cause(one("k9-lowmem")), cause(one("k9-order2"))
    assert (lowmem.kind, order.kind) == ("zone", "order")
    assert "Normal had 3,948 kB free" in lowmem.text and "HighMem, where 1,024 MiB" in lowmem.text
    assert order.numbers["free_kb"] == 202296 and "198 MiB" in order.text and "4 pages" in order.text


def test_a_group_without_a_limit():
    report = one("k11")
    assert (report.memcg_limit_kb, report.memcg_usage_kb, report.to_json()["memcg_limit_kb"]) == (None, 42240, None)
    assert cause(report).kind == "unknown" and "/g has no limit" in cause(report).text
    with pytest.raises(InputError, match="the memory cgroup /g has no limit, so the group isn't what ran out"):
        scenario_toml(report)


def test_a_narrow_wrap():
    report = one("k12")
    assert (report.trigger.comm, report.trigger.pid, report.trigger.order) == ("mkfs.ext4", 397, 0)
    assert report.kernel == "5.7.0-rc6-next-20200518"
    assert [zone.free_kb for zone in report.zones] == [187396]


def test_a_name_with_escapes_is_a_name(capsys):
    assert one("k14").tasks[0].comm == "\x1b[31mred\x1b]0;t\x07"
    (path,) = DATA.glob("k14-*.log")
    assert main(["incident", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["tasks"][0]["comm"] == "\x1b[31mred\x1b]0;t\x07"
    assert main(["incident", str(path)]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["007-2.6.32", "072"])
def test_no_ranking_without_the_head_of_a_table(name):
    (path,) = (SHARED / "oom-reports").glob(f"{name}*.log")
    found = [report for report in read_file(path) if report.headless]
    assert found and all(choice(report) is None for report in found)
    assert "the head of their table is lost" in text(found[0], 1)
