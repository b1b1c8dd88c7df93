"""What a scenario has in all: the bounds of what can be counted in one schedule of it."""

from collections.abc import Callable

from oommc.columns import BY_NAME
from oommc.scenario.model import ScenarioFile
from oommc.scenario.process import Process


def _threads(processes: list[Process]) -> int:
    return sum(process.count * process.threads for process in processes)


def _mms(scenario: ScenarioFile) -> int:
    """An mm is condemned once."""
    return sum(process.count for process in scenario.processes if process.shares_mm_with is None)


def _innocents(scenario: ScenarioFile) -> int:
    """Processes that aren't the hog; one may share an mm with it."""
    return sum(process.count for process in scenario.processes if process.role != "hog")


def _memory(scenario: ScenarioFile) -> int:
    """Pages of all nodes, and of the swap device."""
    return sum(node.memory for node in scenario.machine.nodes) + scenario.machine.swap.size


TOTALS: dict[str, Callable[[ScenarioFile], float]] = {
    "1": lambda s: 1,
    "mms": _mms,
    "innocents": _innocents,
    "horizon": lambda s: s.horizon,
    "threads × horizon": lambda s: _threads(list(s.processes)) * s.horizon,
    "threads of innocents × horizon": lambda s: _threads([p for p in s.processes if p.role != "hog"]) * s.horizon,
    "threads of daemons × horizon": lambda s: _threads([p for p in s.processes if p.role == "daemon"]) * s.horizon,
    "1 + horizon / settle": lambda s: 1 + s.horizon / s.settle,
    "mms × (memory + swap)": lambda s: _mms(s) * _memory(s),
}
"""By the name that a column's `most` gives: counts, pages or ns."""


def largest(column: str, scenario: ScenarioFile) -> float | None:
    """The largest value of a column in one schedule; None where the scenario's structure gives none."""
    bound = BY_NAME[column].most
    return None if bound is None else TOTALS[bound](scenario)
