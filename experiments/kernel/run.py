"""Runs the kernel lab: stock kernels, driven out of memory as scenarios say.

    python experiments/kernel/run.py                        the whole plan (plan.toml): about half an hour on an idle processor
    python experiments/kernel/run.py base hogs4 --seeds 2   some of it
    python experiments/kernel/run.py my.toml --kernel 6.1 --policy oom_kill_allocating_task

Needs Debian 12 (apt-get, dpkg), its package qemu-system-x86, gcc; no root, no KVM. Writes records.csv (the columns of `oommc run`), kills.csv, machine.csv and
the logs to --out; what is there already isn't run again. The kernels are kept in --cache.
"""

import argparse
import csv
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

from lab import guest, kernels, log, machine, plan, records

from oommc.collect.records import COLUMNS
from oommc.errors import InputError, RunError
from oommc.scenario import Scenario

FILES = {
    "records.csv": ("run", "kernel", *COLUMNS),
    "kills.csv": records.KILL_COLUMNS,
    "machine.csv": records.MACHINE_COLUMNS,
}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="*", help="a name in plan.toml, or a scenario file; none: the whole plan")
    parser.add_argument("--out", type=Path, default=plan.HOME / "results")
    parser.add_argument("--seeds", type=int, help="so many each, from 1 (default: the plan's)")
    parser.add_argument("--kernel", choices=kernels.PACKAGES, default="6.12", help="for a scenario file")
    parser.add_argument("--policy", choices=guest.SYSCTLS, default="mainline-6", help="for a scenario file")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "oommc-kernels")
    return parser.parse_args(argv)


def wanted(args: argparse.Namespace) -> tuple[list[plan.Entry], Sequence[int]]:
    """What is to be run, and the seeds. Raises InputError."""
    known = plan.load()
    entries = [_entry(name, known, args) for name in args.scenario] or list(known.entries.values())
    for entry in entries:
        guest.check(entry.scenario)
    if args.seeds is not None and args.seeds < 1:
        raise InputError(f"--seeds: at least 1, not {args.seeds}")
    return entries, known.seeds if args.seeds is None else range(1, args.seeds + 1)


def _entry(name: str, known: plan.Plan, args: argparse.Namespace) -> plan.Entry:
    if not name.endswith(".toml"):
        return known.entry(name)
    scenario = Scenario.load(name)
    return plan.Entry(scenario.name, scenario, args.kernel, args.policy, judged=True)


def run(entry: plan.Entry, seed: int, image: Path, out: Path) -> None:
    """Boot once, keep the logs, and add to the three tables."""
    text = guest.plan(entry.scenario, entry.policy, seed, trace=not entry.judged)
    logs = machine.boot(image, entry.scenario, text)
    keep(entry, seed, logs, out)
    add(entry, seed, logs, out)


def keep(entry: plan.Entry, seed: int, logs: machine.Logs, out: Path) -> None:
    """The logs as the machine gave them, the kernel's first."""
    (out / "logs").mkdir(parents=True, exist_ok=True)
    for port, text in logs._asdict().items():
        with gzip.GzipFile(out / "logs" / f"{entry.name}-{seed}.{port}.gz", "wb", mtime=0) as file:
            file.write(text.encode())


def add(entry: plan.Entry, seed: int, logs: machine.Logs, out: Path) -> None:
    """A row each to records.csv and machine.csv, one a victim to kills.csv."""
    told = log.read(logs, entry.scenario)
    rows = {
        "kills.csv": records.kill_rows(told, entry.name, seed),
        "machine.csv": [records.machine_row(told, entry.name, seed, logs.console)],
        "records.csv": [
            {"run": entry.name, "kernel": entry.kernel}
            | records.record(told, entry.scenario, entry.policy, seed)
        ],
    }
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
    try:
        entries, seeds = wanted(args)
        done = finished(args.out)
        for seed in seeds:
            for entry in entries:
                if (entry.name, seed) not in done:
                    print(f"{entry.name} on {entry.kernel}, seed {seed}", file=sys.stderr, flush=True)
                    run(entry, seed, kernels.fetch(entry.kernel, args.cache), args.out)
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
