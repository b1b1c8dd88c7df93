"""What killers in user space log besides earlyoom and systemd-oomd, and the newer lines of these."""

import pytest

from oommc.incident import read
from oommc.incident.cause import cause


def reports(text):
    return list(read(text.splitlines()))


def one(text):
    (report,) = reports(text)
    return report


def test_systemd_oomd_marks_before_it_kills():
    marked = (
        "May 01 10:00:00 a systemd-oomd[7]: Marked /x.slice/b.service for killing due to memory used (900) / total (1000) "
        "and swap used (95) / total (100) being more than 90.00%\n"
    )
    report = one(marked + "May 01 10:00:01 a systemd-oomd[7]: Killed /x.slice/b.service due to memory used (900)\n")
    assert (report.source, report.memcg, report.ended) == ("systemd-oomd", "/x.slice/b.service", "kill")
    pressure = (
        "Marked /y.slice for killing due to memory pressure for / being 60.00% > 50.00% for > 20s with reclaim activity"
    )
    assert one(pressure).memcg == "/y.slice"


def test_nohang():
    text = """\
May 01 10:00:00 a nohang[7]: Process with highest badness (found in 26 ms):
May 01 10:00:00 a nohang[7]:   PID: 3127, Name: tail, badness: 799
May 01 10:00:00 a nohang[7]:   MemAvailable [100 MiB, 2.0 %] <= soft_threshold_min_mem [500 MiB, 10.0 %]
May 01 10:00:00 a nohang[7]: Implementing a corrective action:
May 01 10:00:00 a nohang[7]:   Sending SIGTERM to the victim
May 01 10:00:00 a nohang[7]: OK; total response time: 12ms
May 01 10:00:00 a nohang[7]: The victim died in 0.25s
"""
    report = one(text)
    (victim,) = report.victims
    assert (report.source, victim.pid, victim.comm, victim.signal) == ("nohang", 3127, "tail", "SIGTERM")
    assert (victim.oom_score, victim.gone_after_s) == (799, 0.25)
    assert cause(report).numbers["available_kb"] == 100 * 1024
    refused = one(text.replace("died in 0.25s", "doesn't respond on corrective action in 3.0s"))
    assert (refused.ended, len(refused.attempts)) == ("attempt", 1)


@pytest.mark.parametrize(
    "line",
    [
        "05-01 10:00:00.123   500   500 I lowmemorykiller: Kill 'com.x.y' (123), uid 10100, oom_adj 900 to free 2048kB rss, 64kB swap; reason: low watermark",
        "lowmemorykiller: Kill 'com.x.y' (123), uid 10100, oom_adj 900 to free 2048kB",
        "<4>[   10.5] lowmemorykiller: Killing 'com.x.y' (123), adj 900, to free 2048kB on behalf of 'kswapd0' (56)",
    ],
)
def test_lmkd(line):
    report = one(line + "\nlowmemorykiller: Process 123 was reaped in 12ms\n")
    (victim,) = report.victims
    assert (report.source, victim.pid, victim.comm, victim.oom_score_adj) == ("lmkd", 123, "com.x.y", 900)
    assert (victim.rss_kb, victim.gone_after_s) == (2048, 0.012)


def test_ray():
    text = (
        "ray.exceptions.OutOfMemoryError: Task was killed due to the node running low on memory.\n"
        "Memory on the node (IP: 10.0.0.1, ID: ab) where the task (task ID: f8, name=work, pid=606, memory used=3.50GB) was "
        "running was 51.25GB / 54.00GB (0.949), which exceeds the memory usage threshold of 0.94. Ray killed this worker.\n"
    )
    report = one(text)
    (victim,) = report.victims
    assert (report.source, victim.pid, victim.comm, victim.rss_kb) == ("ray", 606, "work", 3.5 * 1024 * 1024)
    assert report.mem_kb == (2.75 * 1024 * 1024, 54 * 1024 * 1024)
    assert cause(report).kind == "memory"


def test_slurmstepd():
    found = reports(
        "slurmstepd: error: Detected 1 oom_kill event in StepId=7.1. Some of the step tasks have been OOM Killed.\n"
        "slurmstepd: error: Detected 2 oom-kill event(s) in StepId=8.batch cgroup. Some of your processes may have been "
        "killed by the cgroup out-of-memory handler.\n"
        "slurmstepd: error: StepId=9.batch exceeded memory limit (734003200 > 524288000), being killed\n"
    )
    assert [r.memcg for r in found] == ["StepId=7.1", "StepId=8.batch", "StepId=9.batch"]
    assert [r.ended for r in found] == ["kill"] * 3
    assert [cause(r).kind for r in found] == ["limit"] * 3
    assert cause(found[2]).numbers == {"of": "memory", "usage_kb": 716800, "limit_kb": 512000}


def test_victims_of_the_summary_alone():
    """The line "Killed process" is lost; "oom-kill:" tells whom it was."""
    line = "[  1.5] oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null),cpuset=my set,mems_allowed=0-1,global_oom,task_memcg=/,task=a b,pid=7,uid=5\n"
    report = one(line)
    assert [(v.pid, v.comm, v.uid, v.t_s) for v in report.victims] == [(7, "a b", 5, 1.5)]
    assert (report.cpuset, report.mems_allowed, report.ended) == ("my set", "0-1", "kill")
    other = one(line + "[  1.6] Out of memory: Killed process 8 (c) total-vm:9kB, anon-rss:4kB\n")
    assert [(v.pid, v.comm) for v in other.victims] == [(8, "c")]
