"""A patch's runs beside the same seeds' runs without it, and beside what the simulator says of two policies."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import oommc
from oommc.policies import parse

from .predictions import DRAWS
from .seen import back, table_of
from .simulate import simulated

METRICS = {
    "kills": "kills",
    "collateral": "daemons killed",
    "unnecessary": "unnecessary kills",
    "needless": "needless kills",
    "hung": "runs that hang",
    "outage": "first call to last memory back, s",
    "stall": "daemons' waits, s",
}
Table = dict[str, np.ndarray]
"""metric → a value a run (of the simulator's outages and waits: the first runs only)."""


def seen(results: Path, name: str, seeds: Sequence[int]) -> Table:
    """What the kernel did in the runs of that name, in the seeds' order."""
    rows = {int(row["schedule"]): row for row in table_of(results / "records.csv") if row["run"] == name}
    shot: dict[int, list[dict]] = {seed: [] for seed in seeds}
    for kill in table_of(results / "kills.csv"):
        if kill["run"] == name and int(kill["seed"]) in shot:
            shot[int(kill["seed"])].append(kill)

    def outage(seed: int) -> float:
        if any(not kill["mark_to_back_ns"] and not kill["mark_to_gone_ns"] for kill in shot[seed]):
            return float(rows[seed]["outage_ns"]) / 1e9  # up to the run's end
        return (max(map(back, shot[seed])) - int(rows[seed]["first_oom_ns"])) / 1e9 if shot[seed] else 0.0

    columns = ("kills", "collateral", "unnecessary", "needless")
    table = {column: [float(rows[seed][column]) for seed in seeds] for column in columns}
    table["hung"] = [float(rows[seed]["outcome"] not in ("recovered", "no_oom")) for seed in seeds]
    table["outage"] = [outage(seed) for seed in seeds]
    table["stall"] = [float(rows[seed]["daemon_stall_ns"]) / 1e9 for seed in seeds]
    return {metric: np.array(values) for metric, values in table.items()}


def told(scenario: oommc.Scenario, name: str, schedules: int, replays: int, seed: int) -> Table:
    """The simulator's schedules of a policy."""
    [policy] = parse(name)
    rows = oommc.run(scenario, policy, schedules, seed).records()
    runs = simulated(scenario, name, schedules, replays, seed)
    table = {metric: rows[metric].to_numpy(float) for metric in ("kills", "collateral", "unnecessary", "needless")}
    table["hung"] = (~rows["outcome"].isin(["recovered", "no_oom"])).to_numpy(float)
    return table | {"outage": runs.outage_ns / 1e9, "stall": runs.stall_ns / 1e9}


def interval(differences: np.ndarray) -> tuple[float, float] | None:
    """Of the mean of paired differences, 95 %, by Student's t; None for a single pair."""
    from scipy.special import stdtrit

    n = len(differences)
    if n < 2:
        return None
    half = float(stdtrit(n - 1, 0.975)) * differences.std(ddof=1) / np.sqrt(n)
    return differences.mean() - half, differences.mean() + half


def foretold(differences: np.ndarray, n: int) -> tuple[float, float]:
    """Where the mean of n such differences lies in 95 % of cases."""
    picked = np.random.default_rng(1).integers(len(differences), size=(DRAWS, n))
    low, high = np.quantile(differences[picked].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def report(without: Table, having: Table, model: tuple[Table, Table] | None = None) -> str:
    """In Markdown, a line a metric: both means, the mean difference with its interval, and the simulator's."""
    n = len(without["kills"])
    head = ["", "without", "with", "difference [95 %]"] + ["simulator: without", "with", "difference [95 %]"] * bool(
        model
    )
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for metric, words in METRICS.items():
        difference = having[metric] - without[metric]
        cells = [words, *_means(without, having, metric), _told(difference.mean(), interval(difference))]
        if model:
            cut = min(len(table[metric]) for table in model)
            expected = model[1][metric][:cut] - model[0][metric][:cut]
            cells += [*_means(*model, metric), _told(expected.mean(), foretold(expected, n))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _means(a: Table, b: Table, metric: str) -> list[str]:
    return [f"{table[metric].mean():.2f}" for table in (a, b)]


def _told(mean: float, ends: tuple[float, float] | None) -> str:
    return f"{mean:+.2f}" + (f" [{ends[0]:+.2f}, {ends[1]:+.2f}]" if ends else "")
