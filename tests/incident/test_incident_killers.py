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


def told(text):
    """Of each report: whose, how it ended, the group; of each victim: pid, name, kB, adjustment, why it failed."""
    victims = ("pid", "comm", "rss_kb", "oom_score_adj", "failure")
    return [
        (r.source, r.ended, r.memcg, [tuple(getattr(v, key) for key in victims) for v in (*r.victims, *r.attempts)])
        for r in reports(text)
    ]


EARLYOOM = [
    (
        'sending SIGTERM to process 7 uid 9 "tail": oom_score 156, oom_score_adj 3, badness 8 KiB, VmRSS 4 MiB, cmdline "x"',
        (7, "tail", 4096, 3, None),
        "kill",
    ),
    (
        'sending SIGTERM to process 7 uid 9 "tail": oom_score 156, VmRSS 4 MiB, cmdline "x"\ndryrun, not sending any signal',
        (7, "tail", 4096, None, "dryrun, not sending any signal"),
        "attempt",
    ),
    (
        'sending SIGKILL to process 7 uid 9 "a "b"": badness 156, VmRSS 4 MiB\nprocess 7 cmdline "x y"\n'
        "kill failed: Operation not permitted\nsleeping 1 second",
        (7, 'a "b"', 4096, None, "Operation not permitted"),
        "attempt",
    ),
    (
        "Out of memory! avail: 123 MiB < min: 400 MiB\nKilling process 7 Web Content",
        (7, "Web Content", None, None, None),
        "kill",
    ),
]


@pytest.mark.parametrize(("text", "victim", "ended"), EARLYOOM)
def test_earlyoom_of_all_versions(text, victim, ended):
    assert told(text) == [("earlyoom", ended, None, [victim])]


def test_earlyoom_tells_the_command_on_its_own_line():
    assert one(EARLYOOM[2][0]).attempts[0].cmdline == "x y"


def test_systemd_oomd_by_swap_alone_and_told_twice():
    text = (
        "Swap used (95) / total (100) is more than 90%\nKilled /a/b.scope due to swap used (95) / total (100) being more\n"
        "b.scope: systemd-oomd killed 12 process(es) in this unit.\n"
    )
    assert told(text) == [("systemd-oomd", "kill", "/a/b.scope", [])]
    assert told(text.splitlines()[-1]) == [("systemd-oomd", "kill", "b.scope", [])]
    failed = "Memory pressure for /w is 64.15% > 1.00% for > 30s with reclaim activity\nFailed to kill any cgroup(s) under /w based on pressure\n"
    assert told(failed) == [("systemd-oomd", "no_victim", "/w", [])]


def kubelet(line, number=575):
    return f"I1012 19:34:45.357018    2480 eviction_manager.go:{number}] {line}\n"


def test_kubelet_evicts():
    wanted = '"Eviction manager: must evict pod(s) to reclaim" resourceName="memory"'
    evicted = kubelet('"Eviction manager: pod is evicted successfully" pod="default/db"')
    assert told(kubelet(wanted) + evicted) == [("kubelet", "kill", "default/db", [])]
    assert told(kubelet(wanted.replace("memory", "ephemeral-storage")) + evicted) == []
    failed = kubelet('"Eviction manager: pod failed to evict" err="timeout: x" pod="default/db"')
    assert told(kubelet(wanted) + failed) == [("kubelet", "no_victim", "default/db", [])]
    old = kubelet("eviction manager: must evict pod(s) to reclaim memory")
    assert told(old + kubelet("eviction manager: pod db_x(ab-c) is evicted successfully")) == [
        ("kubelet", "kill", "db_x(ab-c)", [])
    ]
    event = "Warning  Evicted  5m  kubelet  The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container db was using 9Mi"
    assert told(event) == [("kubelet", "kill", "db", [])]


def test_kubelet_tells_of_the_kernel_s_kills():
    event = "53m  Warning  SystemOOM  node/a  System OOM encountered, victim process: java, pid: 77\n"
    assert told(event) == [("kernel", "kill", None, [(77, "java", None, None, None)])]
    kernel = "[  1.5] Memory cgroup out of memory: Killed process 77 (java) total-vm:9kB, anon-rss:4kB\n"
    assert len(told(kernel + event)) == 1
    structured = kubelet(
        '"Got sys oom event" event="&{Pid:77 ProcessName:java TimeOfDeath:2024-05-01 10:00:00 +0000 UTC '
        'ContainerName:/kubepods/pod1 VictimContainerName:/kubepods/pod1/c Constraint:CONSTRAINT_MEMCG}"'
    )
    assert told(structured) == [("kernel", "kill", "/kubepods/pod1", [(77, "java", None, None, None)])]


@pytest.mark.parametrize(
    ("text", "victim"),
    [
        (
            "I lowmemorykiller: Kill 'com.x.y' (123), uid 10100, oom_score_adj 900 to free 8kB rss, 6kB swap; reason: x",
            (123, "com.x.y", 8, 900, None),
        ),
        (
            "<6>[1.5]  (4)[10628:Cam@A]lowmemorykiller: Killing 'a.b' (9), adj 18, score_adj 1000,\n"
            "<6>[1.5]    to free 72kB on behalf of 'Cam@A' (10628) because\n",
            (9, "a.b", 72, 1000, None),
        ),
        (
            "[1.5] lowmemorykiller: Killing 'a' (9) (tgid 9), adj 999,\\x0ato free 72kB on behalf of 'b' (1) because",
            (9, "a", 72, 999, None),
        ),
        ("<4>[ 10.5] send sigkill to 9 (a), adj 15, size 18", (9, "a", 72, 15, None)),
    ],
)
def test_lmkd_and_the_driver_of_all_versions(text, victim):
    assert told(text) == [("lmkd", "kill", None, [victim])]


def test_ray_s_summary_is_for_want_of_better():
    summed = "(raylet) [2023-04-09 07:23:59,445 E 3 3] (raylet) node_manager.cc:3049: 2 Workers (tasks / actors) killed due to memory pressure (OOM), 0 Workers\n"
    each = "Memory on the node (IP: 1, ID: 3) where the task (actor ID: 0, name=A.b, pid=308, memory used=1.0GB) was running was 3.0GB / 4.0GB (0.75)\n"
    assert told(summed) == [("ray", "kill", None, [])]
    assert told(each + each + summed) == [("ray", "kill", None, [(308, "A.b", 1 << 20, None, None)])]


def test_slurmstepd_of_15_08_and_its_own_log():
    text = (
        "slurmstepd: error: Exceeded job memory limit at some point.\n"
        "[2024-05-01T10:00:00.123] [7.batch] error: Detected 1 oom_kill event in StepId=7.batch. Some\n"
    )
    assert told(text) == [("slurmstepd", "kill", "job", []), ("slurmstepd", "kill", "StepId=7.batch", [])]


def test_logs_of_several_hosts_behind_each_other_run_forward():
    """The later host's clock is earlier: that alone doesn't turn a log around."""
    text = (
        "Sep 10 14:59:49 a systemd-oomd[3]: Killed /a.service due to memory pressure for /a being 60.00% > 1.00%\n"
        "Jan 09 14:32:25 b systemd-oomd[7]: oomd attempting to kill 113 with KILL\n"
    )
    assert [r.host for r in reports(text)] == ["a", "b"]
