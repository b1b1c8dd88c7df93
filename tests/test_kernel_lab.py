"""The kernel lab without an emulator: its archive, its plan, its parser on stored logs, and the comparison."""

import csv
import gzip
import re
import shutil
from types import SimpleNamespace

import numpy as np
import parts
import pytest
import run as command
from judge import calibrate, compare, predictions, seen, simulate, translate
from judge.zones import zones
from lab import cpio, guest, kernels, machine, plan, records
from lab.log import Kill, Run, read

import oommc
from oommc.collect.records import COLUMNS
from oommc.errors import InputError

RESULTS = plan.HOME / "results"
TABLES = ("records.csv", "kills.csv", "machine.csv")
KNOWN = plan.load()
MS = 1_000_000


def stored(name: str, seed: int | None = None) -> machine.Logs:
    """The logs that are kept of a run: its first seed's."""
    seed = seed or KNOWN.entries[name].seeds[0]
    return machine.Logs(
        *(gzip.open(RESULTS / "logs" / f"{name}-{seed}.{port}.gz", "rt").read() for port in machine.Logs._fields)
    )


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


def test_what_else_is_written_comes_before_the_processes():
    entry = KNOWN.entries["base"]
    lines = guest.plan(entry.scenario, entry.policy, 1, writes=["/sys/kernel/mm/lru_gen/enabled=0"]).splitlines()
    at = lines.index("write /sys/kernel/mm/lru_gen/enabled 0")
    assert all(line.startswith("write ") for line in lines[1:at]) and lines[-1].startswith("process ")


def test_processors_that_work_at_once(monkeypatch):
    monkeypatch.setattr(machine.os, "cpu_count", lambda: 2)
    four = KNOWN.entries["hogs8-smp"].scenario
    assert [machine.processors(four, clock) for clock in machine.CLOCKS] == [1, 2]
    assert machine.processors(four.replace("machine.cpus", 1), "host") == 1


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
    with pytest.raises(InputError, match=r"kernel: '2.6'"):
        kernels.fetch("2.6", plan.HOME)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["bse"], "bse: not in plan.toml: did you mean base"),
        (["base", "--seeds", "0"], "--seeds: at least 1"),
        (["x.toml"], "x.toml: no such file"),
        (["base", "--write", "vm.min_free_kbytes=1"], "--write: 'vm.min_free_kbytes=1' isn't PATH=VALUE"),
        (
            ["hogs4-61", "--policy", "oom_kill_allocating_task"],
            "--policy oom_kill_allocating_task: plan.toml runs hogs4-61 with mainline-6; for",
        ),
        (["base", "--kernel", "6.1"], "--kernel 6.1: plan.toml runs base with 6.12; for"),
        (["base", "--seeds", "9"], "--seeds 9: plan.toml has 4 of base; for"),
    ],
)
def test_bad_input_is_one_line_and_status_2(argv, told, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.argv", ["run.py", *argv, "--out", str(tmp_path)])
    monkeypatch.setattr(plan, "load", lambda path: KNOWN)
    assert command.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.match(f"run.py: {told}", line)


def test_stored_logs_give_the_stored_rows(tmp_path, monkeypatch):
    """What the tables say of the runs whose logs are kept is what the parser reads off the logs."""
    monkeypatch.setattr(machine.os, "cpu_count", lambda: 2)  # of the host that they were made on
    files = [path.name.removesuffix(".guest.gz").rpartition("-") for path in RESULTS.glob("logs/*.guest.gz")]
    kept = {(name, seed) for name, _, seed in files}
    assert {name for name, _ in kept} == set(KNOWN.entries)
    for name, seed in sorted(kept):
        command.add(KNOWN.entries[name], int(seed), stored(name, int(seed)), tmp_path)
    for table in TABLES:
        seed = "schedule" if table == "records.csv" else "seed"
        with open(tmp_path / table, encoding="utf-8", newline="") as file:
            again = list(csv.DictReader(file))
        of_kept = [row for row in rows_of(table) if (row["run"], row[seed]) in kept]
        assert sorted(map(str, again)) == sorted(map(str, of_kept))


def test_records_have_the_columns_of_a_run():
    entry = KNOWN.entries["hogs4"]
    row = records.record(read(stored("hogs4"), entry.scenario), entry.scenario, entry.policy, entry.seeds[0])
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
    return Kill(
        f"hog-{decision}", role, decision, killed * MS, 100, None, freed=freed and freed * MS, gone=gone and gone * MS
    )


def test_kills_in_flight_by_hand():
    """The second comes while the first dies, the third after both are back;
    one that never comes back is in flight for ever.
    """
    run = Run([kill(1, 0, 50), kill(2, 40, 60), kill(3, 60, None), kill(4, 900, 950)])
    assert [run.in_flight(one) for one in run.kills] == [False, True, False, True]
    run = Run([kill(1, 0, None, gone=30), kill(2, 40, 60)])
    assert not run.in_flight(run.kills[1])


def test_episodes_by_hand():
    """The first lasts until the waiter has its page; the second call comes within the settling time;
    the third doesn't.
    """
    run = Run(
        kills=[kill(1, 12, 50), kill(2, 160, 200), kill(3, 402, 410)],
        calls=[10 * MS, 150 * MS, 400 * MS],
        stalls=[("daemon-0", 5 * MS, 70 * MS), ("daemon-0", 220 * MS, 240 * MS)],
    )
    assert records.episodes(run, 100 * MS) == [(10 * MS, 200 * MS), (400 * MS, 410 * MS)]


def test_rivals_are_the_others_who_wait():
    """One other in half of the time, and two in a tenth; its own stall isn't another's."""
    run = Run(stalls=[("a", 10 * MS, 30 * MS), ("b", 0, 2 * MS), ("hog", 0, 20 * MS)])
    assert run.rivals("hog", 0, 20 * MS) == pytest.approx(0.6)
    assert run.rivals("hog", 5 * MS, 5 * MS) == 0


def test_times_are_a_processors_where_it_is_known_who_runs():
    """Of the ask from 10 to 40 ms two passes are the daemon's, of 2 ms each, and 1 ms between them; 17 ms are the
    hog's. The lump of 517 pages is unmapped in 3 of 5 ms, and all but the last batch goes back in 1 of 2.
    """
    turns = [(9, "hog-0", "daemon-0"), (12, "daemon-0", "hog-0"), (29, "hog-0", "daemon-0"), (32, "daemon-0", "hog-0")]
    turns += [
        (41, "hog-0", "daemon-0"),
        (43, "daemon-0", "hog-0"),
        (46, "hog-0", "daemon-0"),
        (47, "daemon-0", "hog-0"),
    ]
    told = [
        (at, was, f"sched_switch: prev_comm={was} prev_pid=7 prev_prio=120 prev_state=R ==> next_comm={now} next_pid=8")
        for at, was, now in turns
    ]
    reclaim = [
        (10.5, "begin: order=0"),
        (29.5, "end: nr_reclaimed=0"),
        (30, "begin: order=0"),
        (31.5, "end: nr_reclaimed=0"),
    ]
    told += [(at, "daemon-0", f"mm_vmscan_direct_reclaim_{what}") for at, what in reclaim]
    told += [(40, "hog-0", "exit_mmap: (x)"), (45, "hog-0", "flush: (x) nr=7"), (47, "hog-0", "flush: (x) nr=510")]
    lines = [f"trace  {who}-9 [000] ..... {at / 1e3:.6f}: {what}" for at, who, what in sorted(told)]
    plan_ = ["start 0 1000", "process hog-0 9", "stall daemon-0 10000000 30000000"]
    run = read(
        machine.Logs("[    0.000000] lab: start 0\n", "\n".join([*plan_, *lines, "end 9 0"])),
        KNOWN.entries["base"].scenario,
    )
    assert run.used("daemon-0", 10 * MS, 40 * MS) == 5 * MS
    row = records.machine_row(run, "x", 1, 1, "")
    assert (row["passes"], row["pass_ns"]) == (2, 5 * MS // 2)
    assert (row["lump_pages"], row["unmap_ns"], row["flush_ns"]) == (517, 3 * MS, round(MS / 7 * 517))


def test_where_nothing_says_who_runs_all_time_counts():
    assert Run().used("hog-0", 5 * MS, 7 * MS) == 2 * MS
    row = records.machine_row(Run(passes=[("hog-0", 0, ms * MS, 0) for ms in (9, 2, 40, 1, 3)]), "x", 1, 1, "")
    assert row["pass_ns"] == 2 * MS


def test_lumps_by_hand():
    """Two lumps of 1,027 pages, of which the second was interrupted, and the rest;
    who isn't in exit_mmap() gives none back.
    """
    flushes = [
        (1000, "exit_mmap", "(x)"),
        (1400, "flush", "(x) nr=7"),
        (1401, "flush", "(x) nr=510"),
        (1501, "flush", "(x) nr=510"),
    ]
    flushes += [
        (2000, "flush", "(x) nr=7"),
        (2001, "flush", "(x) nr=510"),
        (2901, "flush", "(x) nr=510"),
        (3000, "flush", "(x) nr=3"),
    ]
    flushes += [(3001, "exit_mmap_end", "(x)"), (3010, "flush", "(x) nr=4")]
    trace = "".join(f"trace  hog-0-9 [000] ..... {us / 1e6:.6f}: {what}: {rest}\n" for us, what, rest in flushes)
    logs = machine.Logs("[    0.000000] lab: start 0\n", f"start 0 1000\nprocess hog-0 9\n{trace}end 4000000 0\n")
    run = read(logs, KNOWN.entries["base"].scenario)
    assert [(one.begun, one.first, one.last, one.batches) for one in run.lumps] == [
        (1_000_000, 1_400_000, 1_501_000, [7, 510, 510]),
        (1_501_000, 2_000_000, 2_901_000, [7, 510, 510]),
        (2_901_000, 3_000_000, 3_000_000, [3]),
    ]
    row = records.machine_row(run, "x", 1, 1, "")
    assert (row["lump_pages"], row["unmap_ns"]) == (1027, 400_000)
    assert row["flush_ns"] == round(101_000 / 517 * 1027)


def test_parameters_come_from_the_calibration_alone(tmp_path):
    for table in TABLES:
        rows = rows_of(table)
        for row in rows:
            if KNOWN.entries[row["run"]].judged:
                row |= {
                    key: "123456789"
                    for key, value in row.items()
                    if value.isdigit() and key not in ("seed", "schedule")
                }
        with open(tmp_path / table, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    assert calibrate.calibrate(tmp_path, KNOWN) == calibrate.calibrate(RESULTS, KNOWN)


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(InputError, match=r"machine.csv: can't be read: No such file"):
        calibrate.calibrate(tmp_path, KNOWN)


def test_the_plan_parts_calibration_and_judgement():
    judged = {entry.scenario.name for entry in KNOWN.entries.values() if entry.judged}
    others = {entry.scenario.name for entry in KNOWN.entries.values() if not entry.judged}
    assert len(judged) >= 10 and not judged & others
    settings = {entry.setting for entry in KNOWN.entries.values() if not entry.judged}
    assert settings == {(kernel, clock) for kernel in kernels.PACKAGES for clock in machine.CLOCKS}
    assert settings == {entry.setting for entry in KNOWN.entries.values() if entry.judged}


def test_waits_that_a_kill_ends_are_nobodys_by_hand():
    """3 and 2 ms; the 40 of `daemon-1` end with its life, and hogs aren't asked."""
    waits = [(5, "daemon-1", 3), (9, "daemon", 2), (60, "daemon-1", 40), (70, "hog", 50)]
    events = [{"t_ns": t * MS, "what": "granted", "who": who, "waited": ms * MS} for t, who, ms in waits]
    story = SimpleNamespace(
        victims=[SimpleNamespace(name="daemon-1", killed_ns=60 * MS)], events=events, end_ns=70 * MS
    )
    assert simulate.waited(story, lambda who: who.startswith("daemon")) == 5 * MS


def test_why_kills_come_in_bursts_where_every_caller_kills_itself():
    """On one processor nobody goes on while another prints, so nobody is refused, and the kernel's share of kills in
    flight is one that was predicted.
    """
    known = KNOWN.entries["allocating"]
    scenario = translate.predicted_scenario(known, calibrate.calibrate(RESULTS, KNOWN)[known.setting])
    assert oommc.run(scenario, known.policy, 100, 1).records()["refused"].mean() < 0.2
    of = seen.kernel_runs(RESULTS)["allocating"]
    predicted = predictions.read(plan.HOME / "predictions.json")["allocating"].metrics["in_flight"]
    assert predicted.low > 0.8 and predicted.low <= of.in_flight.sum() / of.kills.sum() <= predicted.high


def runs(kills, in_flight, outage) -> seen.Runs:
    values = [np.array(one, float) for one in (kills, [0] * len(kills), outage, in_flight, outage)]
    return seen.Runs(*values, [("hog",)] * len(kills))


def compared(kernel: dict[str, seen.Runs], model: dict[str, seen.Runs], clock: str, name: str):
    """A run's cells, of predictions of as many runs as the kernel had."""
    base = model[predictions.BASE[clock]]
    told = {one: predictions.predict(runs, base, len(kernel[one].kills)) for one, runs in model.items()}
    return compare.compared(kernel, told, dict.fromkeys(model, clock))[name]


def test_comparison_by_hand():
    """A share is of all kills together, an outage a ratio of means, and a kernel that kills twice as often is off."""
    model = {"base": runs([1, 1], [0, 0], [100, 100]), "two": runs([2, 2], [1, 1], [300, 300])}
    kernel = {"base": runs([1], [0], [50]), "two": runs([4, 4], [1, 3], [150, 150])}
    cells = compared(kernel, model, "icount", "two")
    assert (cells["in_flight"].predicted.mean, cells["in_flight"].seen.mean) == (0.5, 0.5)
    assert (cells["outage"].predicted.mean, cells["outage"].seen.mean, cells["outage"].off) == (3, 3, False)
    assert (cells["kills"].predicted.low, cells["kills"].predicted.high, cells["kills"].off) == (2, 2, True)
    assert not cells["outage_s"].within(0.99) and cells["outage_s"].within(1)  # 300 and 150 ns


def test_where_no_two_runs_are_alike_intervals_have_to_meet():
    """The kernel's runs have 2 or 4 times base's outage, 3 on average; the simulator's 2 in each."""
    model = {"base-smp": runs([1], [0], [100]), "two": runs([2], [0], [200])}
    kernel = {"base-smp": runs([1, 1], [0, 0], [50, 50]), "two": runs([2, 2], [0, 0], [100, 200])}
    cell = compared(kernel, model, "host", "two")["outage"]
    assert (cell.predicted.mean, cell.seen.mean, cell.seen.low, cell.seen.high, cell.off) == (2, 3, 2, 4, False)
    kernel["two"] = runs([2, 2], [0, 0], [150, 200])
    assert compared(kernel, model, "host", "two")["outage"].off


def test_predictions_are_read_as_they_were_written(tmp_path):
    one = runs([1, 2], [0, 1], [100, 150])
    told = {"base": predictions.predict(one, one, 2)}
    predictions.write(told, tmp_path / "told.json")
    assert predictions.read(tmp_path / "told.json") == told
    with pytest.raises(InputError, match=r"none.json: can't be read"):
        predictions.read(tmp_path / "none.json")


def test_the_verdict_names_who_is_off():
    """A count lies outside of its interval, or a time beyond its tolerance."""
    model = {"base": runs([1], [0], [100]), "two": runs([2], [0], [200])}
    kernel = {"base": runs([1], [0], [100]), "two": runs([4], [0], [300])}
    cells = {name: compared(kernel, model, "icount", name) for name in model}
    assert compare.verdict(cells, ["base", "two"]).splitlines() == [
        "kills: 1 of 2. Not: two.",
        "daemons killed: 2 of 2.",
        "kills while an earlier victim was dying: 2 of 2.",
        "outage within 12 %: 1 of 2. Not: two.",
        "daemons' waits within 15 %: 1 of 2. Not: two.",
    ]
    kernel["two"] = runs([2], [0], [200])
    assert "Not" not in compare.verdict({"two": compared(kernel, model, "icount", "two")}, ["two"])


def test_zones_are_the_kernels():
    """Of the first report of `hogs4`: min 424 and 33 pages, lowmem_reserve[] 190; within 4 %."""
    machine_of = calibrate.calibrate(RESULTS, KNOWN)["6.12", "icount"]
    dma32, dma = zones(65536 - machine_of.reserved, machine_of.late)
    assert [dma32.min, dma.min, dma.reserved] == pytest.approx([424, 33, 190], rel=0.04)
    assert dma32.high - dma32.low == dma32.low - dma32.min == dma32.min // 4


def test_the_guests_shared_page_delays_the_bit():
    assert translate.predicted_policy("mainline-6") == "mainline-6(skip_at=freed)"
    assert translate.predicted_policy("mainline-6(reserves=none)") == "mainline-6(skip_at=freed,reserves=none)"


def test_judged_runs_get_the_machine_of_their_kernel_and_clock():
    machines = calibrate.calibrate(RESULTS, KNOWN)
    for name, cpus in (("base-61", 1), ("sharers", 1), ("hogs8-smp", 2), ("hogs4-smp-61", 2)):
        entry = KNOWN.entries[name]
        parameters = machines[entry.setting]
        scenario = translate.predicted_scenario(entry, parameters)
        managed = sum(node.memory for node in scenario.machine.nodes)
        assert scenario.name == entry.name and managed == entry.scenario.machine.nodes[0].memory - parameters.reserved
        assert scenario.processes[-1].rss.median() == parameters.used
        assert scenario.machine.cpus == cpus
        assert scenario.machine.gather.size == parameters.lump in range(9_500, 10_000)  # MAX_GATHER_BATCH_COUNT


def test_hogs_run_apart_only_beside_each_other():
    machines = calibrate.calibrate(RESULTS, KNOWN)

    def hog(name: str):
        entry = KNOWN.entries[name]
        return next(
            p.program for p in translate.predicted_scenario(entry, machines[entry.setting]).processes if p.name == "hog"
        )

    assert [hog(name).steady for name in ("base", "hogs4", "threads", "slow")] == [False, True, True, False]
    assert [hog(name).busy for name in ("base", "hogs4", "slow")] == [True, True, False]


def test_parts_of_an_outage_by_hand():
    """Two kills, at 10 and 30 ms: 2 ms to exit_mmap() and 5 in it, 13 until the next; then 1 and 4.

    The simulator's the same.
    """
    columns = ("killed_ns", "mark_to_exit_ns", "exit_mmap_ns", "mark_to_back_ns")
    kills = [dict(zip(columns, (str(ms * MS) for ms in row), strict=True)) for row in ((10, 2, 5, 7), (30, 1, 4, 5))]
    events = [
        (1, "oom"),
        (10, "kill"),
        (12, "exit_mmap"),
        (17, "cleaned out"),
        (30, "kill"),
        (31, "exit_mmap"),
        (35, "cleaned out"),
    ]
    expected = [(2, 5, 13), (1, 4, None)]
    assert (
        list(parts.seen(kills))
        == list(parts.told([{"t_ns": ms * MS, "what": what} for ms, what in events]))
        == expected
    )
    assert list(parts.seen([])) == list(parts.told([])) == []
    assert parts.row("x", expected, expected[:1]) == "| x (2) | 2.0 / 1.5 ± 0.5 | 5.0 / 4.5 ± 0.5 | 13.0 / 13.0 |"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which(machine.QEMU), reason="needs qemu-system-x86")
@pytest.mark.skipif(not shutil.which("apt-get"), reason="needs Debian's kernel")
def test_the_same_seed_gives_the_same_logs(tmp_path):
    """Boots twice, and once with another seed."""
    entry = KNOWN.entries["base"]
    image = kernels.fetch(entry.kernel, tmp_path)
    first, again, other = (
        machine.boot(image, entry.scenario, guest.plan(entry.scenario, entry.policy, seed)) for seed in (1, 1, 2)
    )
    assert first == again != other
    run = read(first, entry.scenario)
    assert [one.comm for one in run.kills] == ["hog-0"]
