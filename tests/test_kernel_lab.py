"""The kernel lab without an emulator: its archive, its plan, its parser on stored logs, and the comparison."""

import csv
import gzip
import re
import shutil

import numpy as np
import pytest
import reality
import run as command
from lab import cpio, guest, kernels, machine, plan, records
from lab.log import Kill, Run, read

from oommc.collect.records import COLUMNS
from oommc.errors import InputError

RESULTS = plan.HOME / "results"
KNOWN = plan.load()
MS = 1_000_000


def stored(name: str, seed: int = 1) -> machine.Logs:
    return machine.Logs(*(gzip.open(RESULTS / "logs" / f"{name}-{seed}.{port}.gz", "rt").read() for port in machine.Logs._fields))


def rows_of(name: str) -> list[dict[str, str]]:
    with open(RESULTS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def entries(archive: bytes):
    """(name, mode, content) of a newc archive, read as the kernel's init/initramfs.c does."""
    at = 0
    while True:
        assert archive[at : at + 6] == b"070701" and at % 4 == 0
        fields = [int(archive[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = archive[at + 110 : at + 110 + length]
        assert name.endswith(b"\0")
        start = (at + 110 + length + 3) & ~3
        if name == b"TRAILER!!!\0":
            return
        yield name[:-1].decode(), mode, archive[start : start + size]
        at = (start + size + 3) & ~3


def test_archive_holds_what_was_given_at_aligned_places():
    archive = cpio.archive({"init": b"abcde", "plan": b""}, ("dev",))
    assert list(entries(archive)) == [("dev", 0o040755, b""), ("init", 0o100755, b"abcde"), ("plan", 0o100755, b"")]
    assert archive == cpio.archive({"init": b"abcde", "plan": b""}, ("dev",))


@pytest.mark.parametrize("name", KNOWN.entries)
def test_every_planned_run_can_be_told_to_the_guest(name):
    entry = KNOWN.entries[name]
    lines = guest.plan(entry.scenario, entry.policy, 7, trace=not entry.judged).splitlines()
    made = [line.split()[1] for line in lines if line.startswith("process ")]
    assert made == [one for p in entry.scenario.processes for one in guest.names(p)]
    assert lines[0].split() == ["run", "7", str(entry.scenario.horizon), str(entry.scenario.settle)]
    assert ("write /proc/sys/vm/oom_kill_allocating_task 1" in lines) == (name == "allocating")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("process.hog.name", "a-long-long-name", "process.a-long-long-name.name: a name has at most 11"),
        ("process.hog.threads", 17, "process.hog.threads: at most 16"),
        ("process.hog.exit.pin", {"p": 0.5, "delay": "1 s"}, "process.hog.exit: only `block`"),
        ("process.hog.exit.block", {"p": 0.5, "delay": "1 s"}, "process.hog.exit.block: a victim is frozen for good"),
        ("process.hog.flags", {"order": 3}, "process.hog.flags: asks are page faults"),
        ("process.hog.count", 64, "process: there are at most 64"),
    ],
)
def test_what_a_kernel_cannot_be_told_is_refused(key, value, told):
    with pytest.raises(InputError, match=told):
        guest.check(KNOWN.entries["base"].scenario.replace(key, value))


def test_policies_that_no_stock_kernel_has_are_refused():
    with pytest.raises(InputError, match="policy: 'patched'"):
        guest.plan(KNOWN.entries["base"].scenario, "patched", 1)
    with pytest.raises(InputError, match="kernel: '2.6'"):
        kernels.fetch("2.6", plan.HOME)


@pytest.mark.parametrize(
    ("argv", "told"),
    [(["bse"], "bse: not in plan.toml: did you mean base"), (["base", "--seeds", "0"], "--seeds: at least 1"), (["x.toml"], "x.toml: no such file")],
)
def test_bad_input_is_one_line_and_status_2(argv, told, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.argv", ["run.py", *argv, "--out", str(tmp_path)])
    monkeypatch.setattr(plan, "load", lambda: KNOWN)
    assert command.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.match(f"run.py: {told}", line)


def test_stored_logs_give_the_stored_rows(tmp_path):
    """What the tables say of the runs whose logs are kept is what the parser reads off the logs."""
    kept = {path.name.removesuffix("-1.guest.gz") for path in RESULTS.glob("logs/*-1.guest.gz")}
    assert len(kept) >= 10
    for name in sorted(kept):
        command.add(KNOWN.entries[name], 1, stored(name), tmp_path)
    for table in command.FILES:
        seed = "schedule" if table == "records.csv" else "seed"
        with open(tmp_path / table, encoding="utf-8", newline="") as file:
            again = list(csv.DictReader(file))
        of_kept = [row for row in rows_of(table) if row["run"] in kept and row[seed] == "1"]
        assert sorted(map(str, again)) == sorted(map(str, of_kept))


def test_records_have_the_columns_of_a_run():
    entry = KNOWN.entries["hogs4"]
    row = records.record(read(stored("hogs4"), entry.scenario), entry.scenario, entry.policy, 1)
    assert tuple(row) == COLUMNS
    assert (row["kills"], row["collateral"], row["outcome"]) == (4, 0, "recovered")
    assert row["unnecessary"] == records.UNSEEN


def test_a_frozen_victim_is_back_when_the_reaper_is_done():
    run = read(stored("frozen"), KNOWN.entries["frozen"].scenario)
    ice = run.kills[0]
    assert ice.comm == "ice-0" and ice.exiting is None and ice.gone is None
    assert 2_000 * MS < ice.freed - ice.marked < 2_500 * MS and run.reaped == 1


def test_a_whole_group_is_one_decision():
    run = read(stored("memcg-group"), KNOWN.entries["memcg-group"].scenario)
    assert len(run.decisions()) == 1 and len(run.kills) == 3
    assert not any(run.in_flight(kill) for kill in run.kills)


def test_logs_without_a_start_are_no_run():
    with pytest.raises(ValueError, match="no start"):
        read(machine.Logs("", ""), KNOWN.entries["base"].scenario)


def kill(decision: int, killed: int, freed: int | None, role: str = "hog", gone: int | None = None) -> Kill:
    return Kill(f"hog-{decision}", role, decision, killed * MS, 100, None, freed=freed and freed * MS, gone=gone and gone * MS)


def test_kills_in_flight_by_hand():
    """The second comes while the first dies, the third after both are back; one that never comes back is in flight for ever."""
    run = Run([kill(1, 0, 50), kill(2, 40, 60), kill(3, 60, None), kill(4, 900, 950)])
    assert [run.in_flight(one) for one in run.kills] == [False, True, False, True]
    run = Run([kill(1, 0, None, gone=30), kill(2, 40, 60)])
    assert not run.in_flight(run.kills[1])


def test_episodes_by_hand():
    """The first lasts until the waiter has its page; the second call comes within the settling time; the third doesn't."""
    run = Run(
        kills=[kill(1, 12, 50), kill(2, 160, 200), kill(3, 402, 410)],
        calls=[10 * MS, 150 * MS, 400 * MS],
        stalls=[("daemon-0", 5 * MS, 70 * MS), ("daemon-0", 220 * MS, 240 * MS)],
    )
    assert records.episodes(run, 100 * MS) == [(10 * MS, 200 * MS), (400 * MS, 410 * MS)]


def test_work_is_shared_with_those_who_wait():
    """10 ms alone and half of the next 10 with one other; with two others a third of 6 ms; its own stall isn't another's."""
    run = Run(stalls=[("a", 10 * MS, 20 * MS)])
    assert run.work("hog", 0, 20 * MS) == 15 * MS
    run = Run(stalls=[("a", 0, 6 * MS), ("b", 0, 6 * MS), ("hog", 0, 6 * MS)])
    assert run.work("hog", 0, 6 * MS) == 2 * MS


def test_parameters_come_from_the_calibration_alone(tmp_path):
    for table in command.FILES:
        rows = rows_of(table)
        for row in rows:
            if KNOWN.entries[row["run"]].judged:
                row |= {key: "123456789" for key, value in row.items() if value.isdigit() and key not in ("seed", "schedule")}
        with open(tmp_path / table, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    assert reality.calibrate(tmp_path, KNOWN) == reality.calibrate(RESULTS, KNOWN)


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(InputError, match="machine.csv: can't be read: No such file"):
        reality.calibrate(tmp_path, KNOWN)


def test_the_plan_parts_calibration_and_judgement():
    judged = {entry.scenario.name for entry in KNOWN.entries.values() if entry.judged}
    others = {entry.scenario.name for entry in KNOWN.entries.values() if not entry.judged}
    assert len(judged) >= 10 and not judged & others
    assert {entry.kernel for entry in KNOWN.entries.values() if not entry.judged} == set(kernels.PACKAGES)


def runs(kills, in_flight, outage) -> reality.Runs:
    values = [np.array(one, float) for one in (kills, [0] * len(kills), outage, in_flight, outage)]
    return reality.Runs(*values, [("hog",)] * len(kills))


def test_comparison_by_hand():
    """A share is of all kills together, an outage a ratio of means, and a kernel that kills twice as often is off."""
    model = {"base": runs([1, 1], [0, 0], [100, 100]), "two": runs([2, 2], [1, 1], [300, 300])}
    kernel = {"base": runs([1], [0], [50]), "two": runs([4, 4], [1, 3], [150, 150])}
    cells = reality.compared(kernel, model)["two"]
    assert (cells["in_flight"].predicted, cells["in_flight"].seen) == (0.5, 0.5)
    assert (cells["outage"].predicted, cells["outage"].seen, cells["outage"].off) == (3, 3, False)
    assert (cells["kills"].low, cells["kills"].high, cells["kills"].off) == (2, 2, True)


def test_judged_runs_get_the_machine_of_their_kernel():
    machines = reality.calibrate(RESULTS, KNOWN)
    for name in ("base-up-61", "sharers", "memcg"):
        entry = KNOWN.entries[name]
        scenario = reality.predicted_scenario(entry, machines[entry.kernel])
        assert scenario.name == entry.name and scenario.machine.nodes[0].reserved == machines[entry.kernel].reserved
        assert scenario.processes[-1].rss.median() == machines[entry.kernel].used


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which(machine.QEMU), reason="needs qemu-system-x86")
@pytest.mark.skipif(not shutil.which("apt-get"), reason="needs Debian's kernel")
def test_the_same_seed_gives_the_same_logs(tmp_path):
    """Boots twice, and once with another seed."""
    entry = KNOWN.entries["base"]
    image = kernels.fetch(entry.kernel, tmp_path)
    first, again, other = (machine.boot(image, entry.scenario, guest.plan(entry.scenario, entry.policy, seed)) for seed in (1, 1, 2))
    assert first == again != other
    run = read(first, entry.scenario)
    assert [one.comm for one in run.kills] == ["hog-0"]
