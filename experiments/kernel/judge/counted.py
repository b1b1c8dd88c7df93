"""Unnecessary kills: predictions for the runs that count them (counted.toml), beside what the kernels did."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from lab import needless

import oommc
from oommc.errors import InputError
from oommc.policies import parse

from .compare import Cell
from .predictions import DRAWS, Interval
from .seen import table_of

COLUMNS = ("kills", *needless.COLUMNS)
Predictions = dict[str, dict[str, Interval]]  # entry → column


def predict(scenario: oommc.Scenario, name: str, n: int, schedules: int, seed: int) -> dict[str, Interval]:
    """Each column's mean a run, and where the mean over n runs lies in 95 % of cases."""
    [policy] = parse(name)
    rows = oommc.run(scenario, policy, schedules, seed).records()
    rng = np.random.default_rng(1)
    found = {}
    for column in COLUMNS:
        values = rows[column].to_numpy(float)
        means = values[rng.integers(len(values), size=(DRAWS, n))].mean(axis=1)
        found[column] = Interval(float(values.mean()), *map(float, np.quantile(means, [0.025, 0.975])))
    return found


def seen(results: Path) -> dict[str, dict[str, Interval]]:
    """entry → column → the kernel's mean a run, of the runs whose kills could be judged."""
    rows = defaultdict(list)
    for row in table_of(results / "records.csv"):
        if row["unnecessary"] != "-1":
            rows[row["run"]].append(row)

    def mean(of: list[dict[str, str]], column: str) -> Interval:
        value = sum(int(row[column]) for row in of) / len(of)
        return Interval(value, value, value)

    return {name: {column: mean(of, column) for column in COLUMNS} for name, of in rows.items()}


def compared(predicted: Predictions, kernel: Mapping[str, Mapping[str, Interval]]) -> dict[str, dict[str, Cell]]:
    """entry → column → Cell, of the entries that both have."""
    return {
        name: {column: Cell(of[column], kernel[name][column]) for column in COLUMNS}
        for name, of in predicted.items()
        if name in kernel
    }


def table(cells: Mapping[str, Mapping[str, Cell]]) -> str:
    """In Markdown: prediction [interval] / kernel, a run; and in how many cells of each column the two agree."""
    lines = [f"| kills a run | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(str(of[column]) for column in COLUMNS)} |" for name, of in cells.items()]
    agreed = (str(sum(not of[column].off for of in cells.values())) for column in COLUMNS)
    return "\n".join([*lines, f"| agree, of {len(cells)} | {' | '.join(agreed)} |"])


def write(predictions: Predictions, path: Path) -> None:
    """As JSON."""
    told = {name: {column: asdict(one) for column, one in of.items()} for name, of in predictions.items()}
    path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def read(path: Path) -> Predictions:
    """What `write` wrote. Raises InputError."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from None
    return {name: {column: Interval(**one) for column, one in of.items()} for name, of in told.items()}
