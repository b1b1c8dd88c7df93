"""A scenario, packed into the core's structs. The twin reads the same packed inputs, row by row."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np

from .. import distributions
from ..distributions import Distribution
from ..scenario import Scenario
from ..scenario.keys import Choice, Drawn, Forever, Kind, Probability
from ..scenario.tree import tree
from ._core import DTYPES
from .crowd import alike
from .layout import STRUCTS
from .rows import fields, probability, rows


@dataclass(frozen=True, eq=False)
class Packed:
    """The arrays, one structured row each, and the quantile functions that their numbers refer to."""

    arrays: dict[str, np.ndarray]
    knots: np.ndarray
    quantiles: list[distributions.Quantile]

    @cached_property
    def machine(self) -> SimpleNamespace:
        return self._rows("machine")[0]

    @cached_property
    def nodes(self) -> list[SimpleNamespace]:
        return self._rows("nodes")

    @cached_property
    def classes(self) -> list[SimpleNamespace]:
        return self._rows("classes")

    @cached_property
    def processes(self) -> list[SimpleNamespace]:
        return self._rows("processes")

    @cached_property
    def mms(self) -> list[SimpleNamespace]:
        return self._rows("mms")

    @cached_property
    def memcgs(self) -> list[SimpleNamespace]:
        return self._rows("memcgs")

    def _rows(self, name: str) -> list[SimpleNamespace]:
        """The rows of an array with Python's own integers, for the twin."""
        rows = self.arrays[name]
        return [SimpleNamespace(**{field: row[field].tolist() for field in fields(rows.dtype)}) for row in rows]


class _Quantiles:
    """Numbers distributions as they come."""

    def __init__(self) -> None:
        self.numbers: dict[Distribution, int] = {}

    def __call__(self, distribution: Distribution) -> int:
        return self.numbers.setdefault(distribution, len(self.numbers))

    def compiled(self) -> list[distributions.Quantile]:
        return [distributions.compile(distribution) for distribution in self.numbers]


def pack(scenario: Scenario) -> Packed:
    """The scenario as the core takes it."""
    number = _Quantiles()
    classes = [_row("classes", number, process, scenario) for process in scenario.processes]
    processes = _siblings(list(_processes(scenario)))
    packed = {
        "machine": [_row("machine", number, scenario)],
        "nodes": [_row("nodes", number, node) for node in scenario.machine.nodes],
        "classes": classes,
        "processes": processes,
        "memcgs": [_row("memcgs", number, branch.group, branch) for branch in tree(scenario)],
    }
    quantiles = number.compiled()
    packed["mms"] = _mms(scenario, processes, classes, quantiles)
    arrays = {name: rows(name, array) for name, array in packed.items()}
    arrays["quantiles"], arrays["segments"], knots = _tables(quantiles)
    return Packed(arrays, knots, quantiles)


def _row(array: str, number: _Quantiles, described: Any, *within: Any) -> dict[str, Any]:
    """The fields of a struct; `within`: what its computed ones are told beside what it describes."""
    struct = STRUCTS[array]
    row = {taken.name: _number(taken.kind, taken.value(described), number) for taken in struct.taken()}
    for name, function in struct.computed.functions.items():
        value = function(described, *within)
        row[name] = number(value) if isinstance(value, Distribution) else value
    return row


def _number(kind: Kind, value: Any, number: _Quantiles) -> int:
    """A key's value as the core takes it: -1 for what is drawn and never comes, 0 for a quantity that isn't given."""
    match kind:
        case Drawn() | Forever():
            return -1 if value is None else number(value)
        case Probability():
            return probability(value)
        case Choice(options, codes):
            return codes[options.index(value)]
        case _:
            return value or 0


def _processes(scenario: Scenario) -> Iterable[dict]:
    """Every thread group, in task-list order. Instance j belongs to instance j mod count of the class it names."""
    first = {}
    instances = 0
    for process in scenario.processes:
        first[process.name] = instances
        instances += process.count
    counts = {process.name: process.count for process in scenario.processes}
    shares = {process.name: process.shares_mm_with for process in scenario.processes}

    def instance(name: str, j: int) -> int:
        return first[name] + j % counts[name]

    def owner(name: str, j: int) -> int:
        while (shared := shares[name]) is not None:
            j, name = j % counts[shared], shared
        return instance(name, j)

    owners = sorted({owner(process.name, j) for process in scenario.processes for j in range(process.count)})
    mm = {process: i for i, process in enumerate(owners)}
    threads = 0
    for number, process in enumerate(scenario.processes):
        for j in range(process.count):
            yield {
                "cls": number,
                "mm": mm[owner(process.name, j)],
                "parent": instance(process.parent, j) if process.parent else -1,
                "first_thread": threads,
                "n_threads": process.threads,
            }
            threads += process.threads


def _siblings(processes: list[dict]) -> list[dict]:
    """The same with each one's children as a list: `eldest`, and from child to child `sibling`, in task-list order."""
    for process in processes:
        process["eldest"] = process["sibling"] = -1
    for i, process in reversed(list(enumerate(processes))):
        if process["parent"] >= 0:
            parent = processes[process["parent"]]
            process["sibling"], parent["eldest"] = parent["eldest"], i
    return processes


def _mms(
    scenario: Scenario, processes: list[dict], classes: list[dict], quantiles: list[distributions.Quantile]
) -> list[dict]:
    """By number. Where there is swap reclaim takes from everybody, so nobody sleeps."""
    mms: dict[int, dict] = {}
    for i, process in enumerate(processes):
        cls = classes[process["cls"]]
        mm = mms.setdefault(process["mm"], {"owner": i, "users": 0, "churned": False, "alike": 0})
        mm["users"] += process["n_threads"]
        mm["churned"] |= not (cls["grows"] or cls["idle"])
    numbered = [mms[number] for number in sorted(mms)]
    if scenario.machine.swap.size == 0:
        for mm, number in zip(numbered, alike(numbered, processes, classes, quantiles), strict=True):
            mm["alike"] = number
    return numbered


def _tables(quantiles: list[distributions.Quantile]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    places, segments, knots = [], [], []
    offset = first = 0
    for quantile in quantiles:
        part = np.zeros(len(quantile.start), DTYPES["segments"])
        for field in part.dtype.names:
            part[field] = getattr(quantile, field)
        part["table"] += offset
        places.append({"first": first, "segments": len(part)})
        segments.append(part)
        knots.append(quantile.knots)
        first += len(part)
        offset += len(quantile.knots)
    return rows("quantiles", places), np.concatenate(segments), np.concatenate([*knots, np.zeros(1, np.int64)])
