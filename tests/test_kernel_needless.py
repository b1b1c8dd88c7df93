"""Unnecessary kills read off a trace, by the definitions of docs/model.md, and beside the predictions."""

import gzip

import pytest
import run as command
from judge import counted, seen
from judge.predictions import Interval
from lab import guest, machine, needless, plan, records
from lab.log import read

from oommc.errors import InputError

ENTRY = plan.load().entries["hogs4"]
CONSOLE = """\
[    0.000000] lab: start 0
"""
REPORT = """\
[    {t:.6f}] {by} invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0
[    {t:.6f}] Mem-Info:
[    {t:.6f}] Node 0 DMA free:880kB boost:0kB min:132kB low:164kB high:196kB managed:15360kB
[    {t:.6f}] lowmem_reserve[]: 0 190 190 190 190
[    {t:.6f}] Node 0 DMA32 free:1636kB boost:2048kB min:3744kB low:4168kB high:4592kB managed:203012kB
[    {t:.6f}] lowmem_reserve[]: 0 0 0 0 0
[    {t:.6f}] Out of memory: Killed process {pid} ({comm}) total-vm:9kB, anon-rss:{kb}kB, file-rss:0kB, shmem-rss:984kB
"""


def trace(at: float, who: str, what: str) -> str:
    return f"trace  {who}-9 [000] ..... {at:.6f}: {what}\n"


def killed(at: float, by: str, comm: str, pid: int, free: int) -> str:
    """Of a call, 2 ms before the kill at `at`."""
    return (
        trace(at - 0.002, by, f"check: (out_of_memory+0x4/0x520) free={free}")
        + trace(at, by, f"shot: (__oom_kill_process+0x0/0x450) free={free}")
        + trace(at, by, f"mark_victim: pid={pid} comm={comm}")
    )


def logs(kills: list[tuple], events: str) -> machine.Logs:
    """Kills as (at, by, comm, pid, free, pages), and what else happened, in the guest's order."""
    console = CONSOLE + "".join(
        REPORT.format(t=at, by=by, comm=comm, pid=pid, kb=pages * 4) for at, by, comm, pid, _, pages in kills
    )
    head = "start 0 50000\n" + "".join(f"process {comm} {pid}\n" for _, _, comm, pid, _, _ in kills)
    told = "".join(killed(*kill[:5]) for kill in kills) + events
    lines = sorted(told.splitlines(), key=lambda line: float(line.split("..... ")[1].split(":")[0]))
    return machine.Logs(console, head + "\n".join(lines) + "\nstall hog-9 100000000 900000000\nend 30000000000 0\n")


def judged(kills: list[tuple], events: str = "", entry: plan.Entry = ENTRY) -> list[needless.Decision]:
    return needless.decisions(read(logs(kills, events), entry.scenario), entry.scenario)


def test_marks_are_without_the_boost_and_with_what_is_withheld():
    """196/4 + (4592 − 2048)/4 pages; 190 of DMA are nobody's."""
    run = read(logs([(0.2, "hog-0", "hog-0", 7, 600, 8000)], ""), ENTRY.scenario)
    assert needless.Marks.of(run) == needless.Marks(withheld=190, min=33 + 424, low=41 + 530, high=49 + 636)


def test_free_pages_enough_are_stale_by_hand():
    """high + withheld + two that ask (the caller, and hog-9 who waits) are 877."""
    asked = [(0.2, "hog-0", "hog-0", 7, 877, 8000)]
    assert judged(asked)[0].kinds == {"stale", "unnecessary", "unnecessary_low", "unnecessary_min"}
    assert judged([(0.2, "hog-0", "hog-0", 7, 876, 8000)])[0].kinds == {"unnecessary_low", "unnecessary_min"}
    assert judged([(0.2, "hog-9", "hog-0", 7, 876, 8000)])[0].kinds >= {"stale"}  # who waits and calls asks once
    (one,) = judged([(0.2, "hog-0", "hog-0", 7, 600, 8000)])
    assert (one.free, one.owed, one.asked, one.age) == (600, 0, 2, 2_000_000) and not one.kinds


def test_pages_on_their_way_are_impatient_by_hand():
    """Of the hog's 800 pages 100 are back at the second kill, and 190 more than a second later: 700 are owed, and
    with 500 free the last 500 come in time for a patience of three seconds.
    """
    hog, daemon = (0.2, "hog-0", "hog-0", 7, 600, 800), (0.3, "hog-1", "daemon-0", 8, 500, 4000)
    events = trace(0.21, "hog-0", "exit_mmap: (exit_mmap+0x4/0x3b0)")
    events += trace(0.25, "hog-0", "flush: (x) nr=100") + trace(1.5, "hog-0", "flush: (x) nr=190")
    events += trace(2.0, "hog-0", "exit_mmap_end: (__mmput+0x45/0x110 <- exit_mmap)")
    first, second = judged([hog, daemon], events)
    assert not first.kinds and second.owed == 700
    within = {"impatient_3s", "impatient_10s"}
    assert (
        second.kinds
        == {"premature", "impatient", "unnecessary", "unnecessary_low", "unnecessary_min", "needless"} | within
    )


def test_premature_ends_with_the_check_after_the_last_page():
    """The hog is back 1 ms before the killer's call, or 1 ms after it and before the kill."""
    kills = [(0.2, "hog-0", "hog-0", 7, 600, 800), (0.3, "hog-1", "hog-1", 8, 500, 4000)]
    for back, premature in ((0.297, False), (0.299, True)):
        events = trace(0.21, "hog-0", "exit_mmap: (x)") + trace(back, "hog-0", "exit_mmap_end: (x)")
        assert ("premature" in judged(kills, events)[1].kinds) == premature


def test_what_a_reaper_takes_goes_back():
    kills = [(0.2, "hog-0", "hog-0", 7, 600, 800), (0.3, "hog-1", "hog-1", 8, 500, 4000)]
    events = trace(0.21, "oom_reaper", "start_task_reaping: pid=7") + trace(0.22, "oom_reaper", "flush: (x) nr=300")
    assert judged(kills, events)[1].owed == 500
    assert judged(kills, events + trace(0.23, "oom_reaper", "finish_task_reaping: pid=7"))[1].owed == 0


def test_what_cannot_be_judged_is_unseen():
    """Without the probes, and at a group's limit."""
    kills = [(0.2, "hog-0", "hog-0", 7, 600, 800)]
    told = logs(kills, "")
    bare = machine.Logs(told.console, "\n".join(line for line in told.guest.splitlines() if "check" not in line))
    row = records.record(read(bare, ENTRY.scenario), ENTRY.scenario, "mainline-6", 1)
    assert {row[kind] for kind in needless.KINDS} == {records.UNSEEN}
    assert judged(kills, entry=plan.load().entries["memcg"]) is None


def test_a_record_adds_up_its_decisions():
    kills = [(0.2, "hog-0", "hog-0", 7, 600, 800), (0.3, "hog-1", "daemon-0", 8, 877, 4000)]
    run = read(logs(kills, ""), ENTRY.scenario)
    row = records.record(run, ENTRY.scenario, "mainline-6", 1)
    assert {kind: row[kind] for kind in needless.COLUMNS} == {
        "premature": 1, "stale": 1, "impatient": 0, "unnecessary": 1, "needless": 1
    }  # fmt: skip
    of_kills = records.kill_rows(run, ENTRY.scenario, "x", 1)
    assert [(one["free"], one["stale"], one["check_age_ns"]) for one in of_kills] == [
        (600, 0, 2_000_000),
        (877, 1, 2_000_000),
    ]


def test_the_probes_read_the_free_pages():
    lines = guest.plan(ENTRY.scenario, ENTRY.policy, 1).splitlines()
    for name, place in (("check", "out_of_memory"), ("shot", "__oom_kill_process")):
        assert f"write {guest.TRACE}/kprobe_events p:{name} {place} free=@vm_zone_stat:s64" in lines
        assert f"write {guest.TRACE}/events/kprobes/{name}/enable 1" in lines


def test_predictions_come_before_their_runs(tmp_path):
    """Each run of counted.toml has one, and they are read as they were written."""
    told = counted.read(plan.HOME / "predictions-counted.json")
    assert told.keys() == plan.load(plan.HOME / "counted.toml").entries.keys()
    counted.write(told, tmp_path / "told.json")
    assert counted.read(tmp_path / "told.json") == told
    with pytest.raises(InputError, match=r"none.json: can't be read"):
        counted.read(tmp_path / "none.json")


def test_what_lies_outside_is_told():
    def all_of(*triple: float) -> dict[str, Interval]:
        return dict.fromkeys(counted.COLUMNS, Interval(*triple))

    cells = counted.compared(
        {"a": all_of(1, 0.5, 2), "b": all_of(1, 1, 1), "c": all_of(1, 1, 1)},
        {"a": all_of(2, 2, 2), "b": all_of(2, 2, 2)},
    )
    *_, a, b, agree = counted.table(cells).splitlines()
    assert a.startswith("| a | 1.00 [0.50, 2.00] / 2.00 |") and b.startswith("| b | 1.00 [1.00, 1.00] / 2.00 **off** |")
    assert agree.startswith("| agree, of 2 | 1 | 1 |")


def test_stored_logs_give_the_stored_rows(tmp_path):
    """Of each run of counted.toml the first seed's logs are kept, and give what the tables say; README too."""
    results = plan.HOME / "results" / "counted"
    known = plan.load(plan.HOME / "counted.toml").entries
    for name, entry in known.items():
        seed = entry.seeds[0]
        paths = [results / "logs" / f"{name}-{seed}.{port}.gz" for port in machine.Logs._fields]
        texts = [gzip.decompress(path.read_bytes()).decode() for path in paths]
        command.add(entry, seed, machine.Logs(*texts), tmp_path)
    for table, seed in (("records.csv", "schedule"), ("kills.csv", "seed")):
        again, kept = (seen.table_of(place / table) for place in (tmp_path, results))
        assert again == [row for row in kept if row[seed] == "17"]
    cells = counted.compared(counted.read(plan.HOME / "predictions-counted.json"), counted.seen(results))
    off = {column: [name for name, of in cells.items() if of[column].off] for column in counted.COLUMNS}
    assert off == {
        "kills": [], "premature": [], "stale": ["allocating", "hogs4-61"], "impatient": [], "unnecessary": ["hogs4-61"],
        "needless": [],
    }  # fmt: skip
