"""Runs the kernel lab: stock kernels, driven out of memory as scenarios say.

    # the whole plan (plan.toml): about forty minutes on two idle processors
    python experiments/kernel/run.py
    # some of it
    python experiments/kernel/run.py base hogs4 --seeds 2
    python experiments/kernel/run.py my.toml --kernel 6.1 --policy oom_kill_allocating_task
    # the same without MGLRU
    python experiments/kernel/run.py room --seeds 1 --out lru --write /sys/kernel/mm/lru_gen/enabled=0

Needs Debian 12 (apt-get, dpkg), its package qemu-system-x86, gcc; no root, no KVM. Writes records.csv (the columns of
`oommc run`), kills.csv, machine.csv and the logs to --out; what is there already isn't run again. The kernels are kept
in --cache.
"""

import argparse
import csv
import gzip
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import guest, kernels, killer, log, machine, plan, records

from oommc.collect.records import COLUMNS
from oommc.errors import InputError, RunError
from oommc.scenario import Scenario

FILES = {
    "records.csv": ("run", "kernel", *COLUMNS),
    "kills.csv": records.KILL_COLUMNS,
    "machine.csv": records.MACHINE_COLUMNS,
    "signals.csv": records.SIGNAL_COLUMNS,  # of runs with a killer in user space
}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="*", help="a name in the plan, or a scenario file; none: the whole plan")
    parser.add_argument("--plan", type=Path, default=plan.HOME / "plan.toml", help="what to run (default: plan.toml)")
    parser.add_argument("--out", type=Path, default=plan.HOME / "results")
    parser.add_argument("--seeds", type=int, help="so many of each (default: the plan's)")
    parser.add_argument("--kernel", choices=kernels.PACKAGES, help="for a scenario file (default 6.12)")
    parser.add_argument("--policy", choices=guest.SYSCTLS, help="for a scenario file (default mainline-6)")
    parser.add_argument("--clock", choices=machine.CLOCKS, help="for a scenario file (default icount)")
    parser.add_argument("--write", action="append", default=[], metavar="PATH=VALUE", help="set in the guest first")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "oommc-kernels")
    return parser.parse_args(argv)


def wanted(args: argparse.Namespace) -> list[tuple[plan.Entry, int]]:
    """What is to be run, with which seed. Raises InputError."""
    known = plan.load(args.plan)
    entries = [_entry(name, known, args) for name in args.scenario or known.entries]
    for entry in entries:
        guest.check(entry.scenario)
    if args.seeds is not None and args.seeds < 1:
        raise InputError(f"--seeds: at least 1, not {args.seeds}")
    for one in args.write:
        if not one.startswith("/") or "=" not in one:
            raise InputError(f"--write: {one!r} isn't PATH=VALUE with a whole path")
    return sorted(((entry, seed) for entry in entries for seed in entry.seeds[: args.seeds]), key=lambda one: one[1])


def _entry(name: str, known: plan.Plan, args: argparse.Namespace) -> plan.Entry:
    if not name.endswith(".toml"):
        return _planned(known.entry(name), args)
    scenario = Scenario.load(name)
    seeds = tuple(range(1, (args.seeds or 1) + 1))
    return plan.Entry(
        scenario.name, scenario, args.kernel or "6.12", args.policy or "mainline-6", True, seeds, args.clock or "icount"
    )


def _planned(entry: plan.Entry, args: argparse.Namespace) -> plan.Entry:
    """As it stands in the plan, which nothing that was asked for may contradict. Raises InputError."""
    for option in ("kernel", "policy", "clock"):
        asked, planned = getattr(args, option), getattr(entry, option)
        if asked not in (None, planned):
            raise InputError(
                f"--{option} {asked}: plan.toml runs {entry.name} with {planned}; "
                "for another give the scenario as a file"
            )
    if (args.seeds or 0) > len(entry.seeds):
        raise InputError(
            f"--seeds {args.seeds}: plan.toml has {len(entry.seeds)} of {entry.name}; "
            "for more give the scenario as a file"
        )
    return entry


def run(
    entry: plan.Entry,
    seed: int,
    image: Path,
    out: Path,
    writes: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
) -> None:
    """Boot once (with `files` of a killer's), keep the logs, and add to the tables."""
    beside = {"killer": entry.killer, "first": entry.first, "flush": entry.flush}
    text = guest.plan(entry.scenario, entry.policy, seed, trace=not entry.judged, writes=writes, **beside)
    logs = machine.boot(image, entry.scenario, text, entry.clock, files)
    told = log.read(logs, entry.scenario)
    if entry.clock == "host" and told.late and not told.calls:
        raise RunError(f"{entry.name}: the host was too busy, its horizon came before memory ran out; run it again")
    keep(entry, seed, logs, out)
    add(entry, seed, logs, out)


def keep(entry: plan.Entry, seed: int, logs: machine.Logs, out: Path) -> None:
    """The logs as the machine gave them, the kernel's first."""
    (out / "logs").mkdir(parents=True, exist_ok=True)
    for port, text in logs._asdict().items():
        with gzip.GzipFile(out / "logs" / f"{entry.name}-{seed}.{port}.gz", "wb", mtime=0) as file:
            file.write(text.encode())


def add(entry: plan.Entry, seed: int, logs: machine.Logs, out: Path) -> None:
    """A row each to records.csv and machine.csv, one a victim to kills.csv, one a killer's signal to signals.csv."""
    told, cpus = log.read(logs, entry.scenario), machine.processors(entry.scenario, entry.clock)
    rows = {
        "kills.csv": records.kill_rows(told, entry.scenario, entry.name, seed),
        "machine.csv": [records.machine_row(told, entry.name, seed, cpus, logs.console)],
        "records.csv": [
            {"run": entry.name, "kernel": entry.kernel} | records.record(told, entry.scenario, entry.policy, seed)
        ],
    }
    if entry.killer:
        rows["signals.csv"] = records.signal_rows(told, entry.name, seed)
    for name, some in rows.items():
        new = not (out / name).exists()
        with open(out / name, "a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FILES[name], lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerows(some)


def finished(out: Path) -> set[tuple[str, int]]:
    """(run, seed) of what records.csv has."""
    try:
        with open(out / "records.csv", encoding="utf-8", newline="") as file:
            return {(row["run"], int(row["schedule"])) for row in csv.DictReader(file)}
    except FileNotFoundError:
        return set()


def main() -> int:
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the emulator and its directory go too
    try:
        todo, done = wanted(args), finished(args.out)
        for entry, seed in todo:
            if (entry.name, seed) not in done:
                print(f"{entry.name} on {entry.kernel}, seed {seed}", file=sys.stderr, flush=True)
                files = killer.files(entry.killer, args.cache) if entry.killer else None
                run(entry, seed, kernels.fetch(entry.kernel, args.cache), args.out, args.write, files)
    except InputError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
