"""The kernel's reports of every era, from invented texts."""

import io
import itertools
import textwrap
import tracemalloc

import pytest
from incident_texts import ERA_2_6_32, HEADLESS_2_6_16, KILL_2_6_16, MEMCG_3_7, MODERN

from oommc.errors import InputError
from oommc.incident import Zone, read, read_file

OLD_KEYS = ["source", "kernel", "t_s", "trigger", "constraint", "memcg", "nodes", "page_cache_kb", "swap_total_kb"]
OLD_KEYS += ["swap_free_kb", "tasks", "memcgs", "ended"]


def reports(text):
    return list(read(text.splitlines(keepends=True)))


def one(text):
    (report,) = reports(text)
    return report


def test_2_6_16_without_name_or_table():
    report = one(HEADLESS_2_6_16 + KILL_2_6_16)
    told = report.to_json()
    assert {key: told[key] for key in OLD_KEYS} == {
        "source": "kernel",
        "kernel": None,
        "t_s": None,
        "trigger": {"comm": None, "pid": None, "gfp": "0x201d2", "order": 0},
        "constraint": "none",
        "memcg": None,
        "nodes": [
            {"zone": "DMA", "free_kb": 2000, "min_kb": 80, "low_kb": 100, "high_kb": 120, "boost_kb": None},
            {"zone": "Normal", "free_kb": 3600, "min_kb": 2800, "low_kb": 3500, "high_kb": 4200, "boost_kb": None},
        ],
        "page_cache_kb": None,
        "swap_total_kb": 0,
        "swap_free_kb": 0,
        "tasks": [],
        "memcgs": [],
        "ended": "kill",
    }
    assert [(v["pid"], v["comm"], v["anon_rss_kb"]) for v in told["victims"]] == [(711, "render", None)]
    assert report.chosen == (700, "sh")
    assert [zone.present_kb for zone in report.zones] == [16384, 507904]  # from wrapped lines
    assert (report.ram_pages, report.reserved_pages, report.cpus, report.swap_total_kb) == (
        131072,
        4000,
        2,
        0,
    )


def test_2_6_16_report_without_a_kill_means_that_one_was_under_way():
    first, second, third = reports(
        HEADLESS_2_6_16 + KILL_2_6_16 + HEADLESS_2_6_16 + HEADLESS_2_6_16.partition("12 pages shared")[0]
    )
    assert (first.ended, second.ended, third.ended) == ("kill", "no_victim", "truncated")


def test_2_6_32():
    report = one(ERA_2_6_32)
    assert report.kernel == "2.6.32-99.el6.x86_64"
    assert (report.t_s, report.stamp) == (None, "Jan 03 10:00:00")
    assert report.trigger.pid == 1500
    assert report.cpus == 4
    assert (report.file_pages, report.swap_free_kb, report.swap_total_kb) == (300, 100, 204800)
    assert [(t.comm, t.uid, t.total_vm, t.rss, t.oom_adj, t.oom_score_adj) for t in report.tasks] == [
        ("udevd", 0, 2700, 100, -17, -1000),
        ("httpd", 48, 53000, 900, 0, 0),
        ("java", 500, 1000000, 200000, 0, 0),
    ]
    assert [(v.pid, v.comm, v.anon_rss_kb) for v in report.victims] == [(1600, "java", 799000)]


def test_memcg_3_7():
    report = one(MEMCG_3_7)
    assert (report.constraint, report.memcg, report.memcg_limit_kb) == ("memcg", "/A", 102400)
    assert report.trigger.gfp == "0xd0"
    assert [t.comm for t in report.tasks] == ["tmux: server", "eater"]
    victim = report.victims[0]
    assert (victim.pid, victim.t_s, victim.reaped_t_s) == (2000, 50.10004, 50.2)
    assert report.printing_s == pytest.approx(0.00004)


def test_6_8():
    report = one(MODERN)
    assert (report.kernel, report.t_s, report.constraint) == ("6.8.0-rc1+", 100.5, "none")
    assert (report.trigger.comm, report.trigger.pid, report.trigger.order) == ("cc1", 3000, 0)
    assert report.trigger.gfp == "0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO)"
    assert report.zones[1] == Zone("Node 0 Normal", 59000, 59100, 74000, 88000, 4100000, 4000000, 8)
    assert [t.comm for t in report.tasks] == ["systemd-journal", "(sd-pam)", "cc1", "ld"]
    assert (report.tasks[3].rss, report.tasks[3].swapents, report.tasks[0].oom_score_adj) == (790000, 5, -250)
    assert (report.victims[0].t_s, report.victims[0].reaped_t_s) == (100.501, 100.601)


@pytest.mark.parametrize("width", [72, 78])
def test_mail_wrapping_quoting_and_hard_blanks_change_nothing(width):
    wrapped = []
    for line in MODERN.splitlines():
        if "Comm:" not in line:  # a blank in front of a continuation is lost in mail, like here
            wrapped += textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
        else:
            wrapped.append(line)
    mail = "\n".join("> " + line.replace(" ", "\xa0") for line in wrapped)
    assert [r.to_json() for r in reports(mail)] == [r.to_json() for r in reports(MODERN)]


def test_a_terminal_breaks_inside_words():
    lines = [
        "[    1.000001] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_ad",
        "j name",
        "[    1.000002] [   1122]     0  1122   179935   130854 ",
        "1097728        0             0 stre",
        "ss",
        "[    1.000003] ",
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom",
        "_memcg=/te",
        "st,task_m",
        "emcg=/test,task=stress,pid=1122,uid=0",
    ]
    report = one("\n".join(lines))
    assert [t.comm for t in report.tasks] == ["stress"]
    assert (report.tasks[0].rss, report.tasks[0].oom_score_adj) == (130854, 0)
    assert (report.constraint, report.memcg) == ("memcg", "/test")


def test_name_on_the_line_before():
    report = one(
        "Creating journal: [   35.419377] mkfs.ext4 invoked\noom-killer: gfp_mask=0x1(A|B), order=3,\noom_score_adj=0\n"
    )
    assert (report.trigger.comm, report.trigger.order, report.t_s) == ("mkfs.ext4", 3, 35.419377)


def test_lost_head_and_lost_header():
    rows = ERA_2_6_32.splitlines()[16:]
    report = one("\n".join(rows))
    assert [t.comm for t in report.tasks] == ["udevd", "httpd", "java"]
    assert report.tasks[0].oom_score_adj == -1000
    assert report.ended == "kill"
    newer = one(
        "[ 1262]     0 1262  1280029  1262242  1262089      153         0 10272768        0           200 a b\n"
    )
    assert (newer.tasks[0].comm, newer.tasks[0].rss, newer.tasks[0].oom_score_adj) == ("a b", 1262242, 200)
    oldest = one("[ 1262]     0 1262  1280029  1262242   1    -17 init\n")
    assert (oldest.tasks[0].oom_adj, oldest.tasks[0].oom_score_adj) == (-17, None)


def test_head_without_end_before_the_next_report():
    first, second = reports(MODERN.partition("<6>[  100.500016]")[0] + MODERN)
    assert (first.ended, len(first.tasks)) == ("truncated", 4)
    assert (second.ended, len(second.tasks)) == ("kill", 4)


def test_kills_without_reports_are_reports_of_their_own():
    """The kernel limits how often it prints a report, not how often it tells a kill."""
    kill = (
        "Memory cgroup out of memory: Kill process 41 (py) score 68 or sacrifice child\nKilled process {} (py) "
        "total-vm:9kB, anon-rss:4kB, file-rss:3kB\n"
    )
    assert [[v.pid for v in r.victims] for r in reports(kill.format(42) + kill.format(43))] == [[42], [43]]
    line = "Out of memory: Killed process {} (b) total-vm:9kB, anon-rss:4kB\n"
    assert [[v.pid for v in r.victims] for r in reports(line.format(1) + line.format(1) + line.format(2))] == [[1], [2]]


def test_sharers_of_2_6_are_one_kill():
    text = "Out of Memory: Killed process 7 (a).\nOut of Memory: Killed process 8 (a).\n"
    assert [v.pid for v in one(text).victims] == [7, 8]


def test_group_kill():
    line = "[   {}] Memory cgroup out of memory: Killed process {} (m) total-vm:9kB, anon-rss:4kB\n"
    text = (
        line.format("1.000000", 5)
        + "[    1.000001] Tasks in /g are going to be killed due to memory.oom.group set\n"
        + line.format("1.000002", 6)
        + line.format("1.000003", 5)
        + line.format("1.000004", 7)
        + line.format("90.000000", 8)
    )
    group, alone = reports(text)
    assert [v.pid for v in group.victims] == [5, 6, 7]
    assert [v.pid for v in alone.victims] == [8]


@pytest.mark.parametrize(
    ("line", "ended"),
    [
        ("Out of memory and no killable processes...", "no_victim"),
        ("Kernel panic - not syncing: Out of memory and no killable processes...", "panic"),
        ("Kernel panic - not syncing: System is deadlocked on memory", "panic"),
        ("Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled", "panic"),
        ("Kernel panic - not syncing: Fatal exception", "truncated"),
    ],
)
def test_other_ends(line, ended):
    assert one(MODERN.partition("<6>[  100.500016]")[0] + f"<6>[  100.7] {line}\n").ended == ended


@pytest.mark.parametrize(
    ("said", "constraint"),
    [("CONSTRAINT_CPUSET", "cpuset"), ("CONSTRAINT_MEMORY_POLICY", "mempolicy"), ("CONSTRAINT_MOON", "moon")],
)
def test_constraints(said, constraint):
    assert one(MODERN.replace("CONSTRAINT_NONE", said)).constraint == constraint


def test_victims_with_odd_names():
    for name in ("(sd-pam)", "IPDL Background", "tmux: server", "a) total", "1"):
        report = one(
            f"Out of memory (oom_kill_allocating_task): Killed process 9 ({name}) total-vm:1kB, anon-rss:2kB\n"
        )
        assert (report.victims[0].comm, report.victims[0].anon_rss_kb) == (name, 2)


def test_64_kib_pages_are_recognized():
    text = (
        "[  1.0] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
        "[  1.0] [ 7]     0  7 100 50 0 0 0 a\n[  1.0] Out of memory: Killed process 7 (a) total-vm:6400kB\n"
    )
    assert one(text).page_kb == 64
    assert one(MODERN).page_kb == 4


def test_a_memory_dump_after_the_kill_is_not_the_report_s():
    report = one(MODERN + "<4>[  101.0] Mem-Info:\n<4>[  101.0] Node 1 Normal free:1kB min:1kB low:1kB high:1kB\n")
    assert [zone.zone for zone in report.zones] == ["Node 0 DMA", "Node 0 Normal"]


def test_late_reaper_lines_find_their_victim():
    reaper = MODERN.splitlines(keepends=True)[-1]
    first, _ = reports(MODERN.replace(reaper, "") + MODERN.replace("3001", "4001").replace(reaper, "") + reaper)
    assert first.victims[0].reaped_t_s == 100.601


def test_reports_come_one_at_a_time():
    def endless():
        for number in itertools.count(100):
            yield from MODERN.replace("[  10", f"[{number}10").splitlines(keepends=True)
            yield from ["nothing to see here\n"] * 1000

    many = read(endless())
    assert [next(many).trigger.comm for _ in range(30)] == ["cc1"] * 30


def test_an_ordinary_log_has_no_reports():
    log = [
        "Jan 03 10:00:00 box sshd[12]: Accepted key for root from 10.0.0.1 port 22\n",
        "[    0.000000] Memory: 4000000K/4100000K available\n",
        "[    1.0] e1000: page allocation failure: order:5, mode:0x1\n",
        "[    1.0] Node 0 DMA free:1kB min:1kB\n",
    ]
    assert list(read(log * 50)) == []


def test_files(tmp_path, monkeypatch):
    log = tmp_path / "log"
    log.write_bytes(b"\xff\xfe garbage \xe2\n" + MODERN.encode())
    assert [r.kernel for r in read_file(log)] == ["6.8.0-rc1+"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(log.read_bytes())))
    assert [r.kernel for r in read_file("-")] == ["6.8.0-rc1+"]
    for bad in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match=f"^{bad}: can't be read: "):
            list(read_file(bad))


def test_a_name_may_be_a_number():
    header = "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name\n"
    report = one(header + "[ 7]     0  7     6000     1300      17        0             0 42\n")
    assert (report.tasks[0].comm, report.tasks[0].oom_score_adj) == ("42", 0)


def test_a_line_without_end_takes_no_memory(tmp_path):
    """It's read in pieces; what follows it is still found."""
    path = tmp_path / "log"
    path.write_text("x" * 40_000_000 + "\n" + MODERN)
    tracemalloc.start()
    try:
        (report,) = read_file(path)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert report.victims[0].comm == "ld"
