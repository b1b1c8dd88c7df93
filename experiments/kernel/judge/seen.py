"""What the kernels did: the lab's tables, run by run."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oommc.errors import InputError


@dataclass(frozen=True)
class Runs:
    """One entry's runs, of the kernel or of the simulator. Arrays: a value a run, the last three (where daemons die,
    the waits too) of the first runs only where the simulator has to tell them one by one; `orders`: the classes of the
    victims.
    """

    kills: np.ndarray
    collateral: np.ndarray
    stall_ns: np.ndarray
    in_flight: np.ndarray
    outage_ns: np.ndarray
    orders: list[tuple[str, ...]]


def table_of(path: Path) -> list[dict[str, str]]:
    """The rows of one of the lab's tables. Raises InputError."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from None


def kernel_runs(results: Path) -> dict[str, Runs]:
    """What the kernels did, by the plan's names."""
    rows, victims = defaultdict(list), defaultdict(list)
    for row in table_of(results / "records.csv"):
        rows[row["run"]].append(row)
    for kill in table_of(results / "kills.csv"):
        victims[kill["run"], kill["seed"]].append(kill)

    def runs(name: str, of: list[dict]) -> Runs:
        def column(key: str) -> np.ndarray:
            return np.array([float(row[key]) for row in of])

        shot = [victims[name, row["schedule"]] for row in of]
        return Runs(
            column("kills"),
            column("collateral"),
            column("daemon_stall_ns"),
            np.array([sum(kill["in_flight"] == "1" for kill in kills) for kills in shot], float),
            np.array([max(map(back, kills)) for kills in shot]) - column("first_oom_ns"),
            [tuple(kill["comm"].rpartition("-")[0] for kill in kills) for kills in shot],
        )

    return {name: runs(name, of) for name, of in rows.items()}


def back(kill: dict[str, str]) -> float:
    """When a victim's memory was back (ns), by its exit_mmap() or the reaper, else by its parent's wait."""
    return float(kill["killed_ns"]) + float(kill["mark_to_back_ns"] or kill["mark_to_gone_ns"])
