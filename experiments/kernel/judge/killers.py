"""Killers in user space: what the simulator's rows do, and what Debian's programs did in the same scenario."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from lab import killer, plan

import oommc
from oommc.policies import parse

from .compare import Cell
from .predictions import DRAWS, Interval
from .seen import table_of
from .translate import predicted_policy

METRICS = {
    "signalled": "signalled",
    "kernel": "killed by the kernel",
    "innocent": "innocents killed",
    "second": "signals while a victim was dying",
    "wait": "threshold to first signal, s",
}
Runs = dict[str, list[float]]
"""metric → a value a run; -1: no signal, so no wait."""


def policy_of(entry: plan.Entry) -> str:
    """The simulator's: the kernel's row in this guest, and the killer's beside it."""
    kernel = predicted_policy(entry.policy).partition("(")
    row = killer.KILLERS[entry.killer].row.partition("(")
    return f"{kernel[0]}+{row[0]}({kernel[2][:-1]},{row[2]}"


def told(entry: plan.Entry, scenario: oommc.Scenario, replays: int, seed: int) -> Runs:
    """Schedules of the simulator, one by one."""
    [policy] = parse(policy_of(entry))
    roles = {p.name: p.role for p in entry.scenario.processes}
    percent = killer.KILLERS[entry.killer].percent
    memory = sum(node.memory for node in scenario.machine.nodes)
    high = sum(node.high for node in scenario.machine.nodes)
    runs: Runs = defaultdict(list)
    for schedule in range(replays):
        story = oommc.replay(scenario, policy, schedule, seed)
        kills = [event for event in story.events if event["what"] == "kill"]
        backs = {victim.name: victim.returned_ns for victim in story.victims}
        signals = [(event["t_ns"], backs.get(event["who"])) for event in kills if event["user_space"]]
        below = next((s.t_ns for s in story.samples if (s.free - high) * 100 <= percent * memory), 0)
        victims = [event["who"].partition(".")[0].rpartition("-") for event in kills]
        innocent = sum(roles.get(left or right) != "hog" for left, _, right in victims)
        _add(runs, signals, len(kills) - len(signals), innocent, below)
    return runs


def seen(results: Path, name: str) -> Runs:
    """What the program and the kernel did in the runs of that name."""
    signals, kills = table_of(results / "signals.csv"), table_of(results / "kills.csv")
    runs: Runs = defaultdict(list)
    for row in table_of(results / "records.csv"):
        if row["run"] != name:
            continue
        mine = [one for one in signals if (one["run"], one["seed"]) == (name, row["schedule"])]
        kernel = [one for one in kills if (one["run"], one["seed"]) == (name, row["schedule"])]
        sent = [(int(one["at_ns"]), int(one["gone_ns"])) for one in mine]
        dead = {one["comm"]: one["role"] for one in mine + kernel}
        below = int(mine[0]["below_ns"] or 0) if mine else 0
        _add(runs, sent, len({one["comm"] for one in kernel}), sum(role != "hog" for role in dead.values()), below)
    return runs


def _add(runs: Runs, signals: list[tuple[int, int | None]], kernel: int, innocent: int, below: int) -> None:
    """A run: signals as (when, when its victim's memory was back or it was gone)."""
    second = sum(any(gone is None or gone > at for _, gone in signals[:i]) for i, (at, _) in enumerate(signals))
    wait = (signals[0][0] - below) / 1e9 if signals else -1.0
    values = (len(signals), kernel, innocent, second, wait)
    for metric, value in zip(METRICS, values, strict=True):
        runs[metric].append(float(value))


def interval(values: Iterable[float], n: int) -> Interval:
    """The mean, and where means of n runs lie in 95 % of cases."""
    of = np.array(list(values))
    means = of[np.random.default_rng(1).integers(len(of), size=(DRAWS, n))].mean(axis=1)
    return Interval(float(of.mean()), *map(float, np.quantile(means, [0.025, 0.975])))


def table(predicted: dict[str, dict[str, Interval]], results: Path) -> str:
    """In Markdown: prediction [interval] / the program, a run."""
    lines = [f"| run | {' | '.join(METRICS.values())} |", "|---" * (len(METRICS) + 1) + "|"]
    for name, of in predicted.items():
        if runs := seen(results, name):
            means = {metric: float(np.mean(values)) for metric, values in runs.items()}
            cells = [str(Cell(of[metric], Interval(*3 * (means[metric],)))) for metric in METRICS]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
