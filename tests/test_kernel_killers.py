"""Debian's killers in the guest, and the simulator's rows beside them: how logs are read and judged."""

import gzip

import numpy as np
import pytest
import run as command
from judge import killers
from judge.predictions import Interval
from judge.seen import table_of
from lab import cpio, guest, machine, plan, records
from lab.killer import KILLERS
from lab.log import read
from run import FILES

from oommc.policies import parse

ENTRIES = plan.load(plan.HOME / "killers.toml").entries
LOGS = machine.Logs(
    """\
[    1.000000] lab: start 1000000000
[    1.250000] mem avail:    20 of   197 MiB (10.00%), swap free:    0 of    0 MiB ( 0.00%)
[    1.250100] low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%
[    1.251000] sending SIGTERM to process 7 uid 0 "hog-0": badness 1100, VmRSS 40 MiB
[    1.300000] process exited after 0.0 seconds
[    1.350000] low memory! at or below SIGKILL limits: mem  5.00%, swap  5.00%
[    1.351000] sending SIGKILL to process 8 uid 0 "daemon-0": badness 900, VmRSS 16 MiB
""",
    """\
start 1000000000 50000
below 1240000000
process hog-0 7
process daemon-0 8
exit 7 1400000000 15
exit 8 1500000000 9
end 3000000000 0
""",
)
MS = 1_000_000


def test_signals_are_read_off_the_killers_lines():
    """They are no calls of the kernel's killer, and no kills of its."""
    scenario = ENTRIES["hogs4-earlyoom"].scenario
    run = read(LOGS, scenario)
    assert not run.kills and not run.calls and run.below == 240 * MS
    rows = records.signal_rows(run, "x", 1)
    assert [(row["comm"], row["role"], row["signal"], row["pages"]) for row in rows] == [
        ("hog-0", "hog", "SIGTERM", 40 * 256), ("daemon-0", "daemon", "SIGKILL", 16 * 256)
    ]  # fmt: skip
    assert [(row["at_ns"], row["gone_ns"]) for row in rows] == [(251 * MS, 400 * MS), (351 * MS, 500 * MS)]
    assert set(rows[0]) == set(FILES["signals.csv"])


def test_a_run_by_hand():
    """The second signal comes while the first's victim is there, 11 ms after the threshold."""
    runs = {metric: [] for metric in killers.METRICS}
    killers._add(runs, [(251 * MS, 400 * MS), (351 * MS, None)], 1, 1, 240 * MS)
    killers._add(runs, [(251 * MS, 300 * MS), (351 * MS, None)], 0, 0, 240 * MS)
    killers._add(runs, [], 4, 0, 0)
    assert runs == {
        "signalled": [2, 2, 0], "kernel": [1, 0, 4], "innocent": [1, 0, 0], "second": [1, 0, 0],
        "wait": [pytest.approx(0.011), pytest.approx(0.011), -1],
    }  # fmt: skip


def test_tables_give_the_same_runs(tmp_path):
    """Written as the command does, and read."""
    entry = ENTRIES["hogs4-earlyoom"]
    command.add(entry, 1, LOGS, tmp_path)
    runs = killers.seen(tmp_path, "hogs4-earlyoom")
    assert runs == {"signalled": [2], "kernel": [0], "innocent": [1], "second": [1], "wait": [pytest.approx(0.011)]}
    told = {"hogs4-earlyoom": dict.fromkeys(killers.METRICS, Interval(1, 1, 1)), "none": {}}
    (line,) = killers.table(told, tmp_path).splitlines()[2:]
    assert line.startswith(
        "| hogs4-earlyoom | 1.00 [1.00, 1.00] / 2.00 **off** | 1.00 [1.00, 1.00] / 0.00 **off** | 1.00 "
    )


def test_the_guest_starts_the_killer_first_or_late():
    for name, first in (("hogs4-earlyoom", "1"), ("hogs4-earlyoom-late", "0")):
        entry = ENTRIES[name]
        lines = guest.plan(entry.scenario, entry.policy, 1, killer=entry.killer, first=entry.first).splitlines()
        assert f"killer {first} 10 /usr/bin/earlyoom" in lines
    assert not any(line.startswith("killer") for line in guest.plan(entry.scenario, entry.policy, 1).splitlines())


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_each_run_has_the_simulators_row(entry):
    (policy,) = parse(killers.policy_of(entry))
    assert policy.name.startswith(f"{entry.policy}+{entry.killer}(skip_at=freed,")
    assert KILLERS[entry.killer].percent == 10


def test_directories_come_before_what_is_in_them():
    assert cpio.parents(["usr/bin/x", "lib64/y", "init"]) == ("lib64", "usr", "usr/bin")


def test_the_mean_of_so_many_runs():
    one = killers.interval([2.0], 3)
    assert (one.mean, one.low, one.high) == (2, 2, 2)
    many = killers.interval(np.arange(10.0), 1)
    assert many.mean == 4.5 and many.low == 0 and many.high == 9


def test_a_second_signal_that_finds_nobody_was_a_kill():
    """The first has killed it; who outlives a failed signal was not killed."""
    failed = "[    1.301000] escalating to SIGKILL after 0.1 seconds\n[    1.302000] kill failed: Inappropriate ioctl\n"
    console = LOGS.console.replace("[    1.300000] process exited after 0.0 seconds\n", failed)
    scenario = ENTRIES["hogs4-earlyoom"].scenario
    assert [one.comm for one in read(machine.Logs(console, LOGS.guest), scenario).signals] == ["hog-0", "daemon-0"]
    lives = LOGS.guest.replace("exit 7 1400000000 15\n", "")
    assert [one.comm for one in read(machine.Logs(console, lives), scenario).signals] == ["daemon-0"]


def test_stored_logs_give_the_stored_rows(tmp_path):
    """Of each run that was made, and README's figures."""
    results = plan.HOME / "results" / "killers"
    for row in table_of(results / "records.csv"):
        name, seed = row["run"], int(row["schedule"])
        paths = [results / "logs" / f"{name}-{seed}.{port}.gz" for port in machine.Logs._fields]
        command.add(
            ENTRIES[name],
            seed,
            machine.Logs(*(gzip.decompress(path.read_bytes()).decode() for path in paths)),
            tmp_path,
        )
    for table in ("records.csv", "kills.csv", "signals.csv"):
        assert table_of(tmp_path / table) == table_of(results / table)
    counts = {
        name: [killers.seen(results, name)[metric] for metric in ("signalled", "kernel", "innocent")]
        for name in ENTRIES
    }
    assert counts == {
        "hogs4-earlyoom": [[3], [1], [0]], "hogs4-earlyoom-late": [[4], [0], [0]], "slow-earlyoom": [[2], [0], [0]]
    }  # fmt: skip
