"""What a report doesn't tell and a scenario assumes, halved and doubled."""

import copy
from collections.abc import Iterator
from typing import Any

from oommc.distributions import families
from oommc.units import duration, format_duration


def varied(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was changed, in words, and the scenario's table (as `Scenario.to_dict` has it, so in full) with it."""
    for what, places in (
        ("report time", _report),
        ("time a victim takes to wake", _wakes),
        ("time between the grower's asks", _thinks),
    ):
        for word, halves in (("halved", 1), ("doubled", 4)):
            changed = copy.deepcopy(table)
            for holder, key in places(changed):
                holder[key] = _stretched(holder[key], halves)
            yield f"{what} {word}", changed


def _stretched(law: Any, halves: int) -> Any:
    """A time, or a family's times, so many halves as long."""
    if isinstance(law, str):
        return format_duration(max(1, duration(law) * halves // 2))
    quantities = families.quantities(law["dist"])
    return {key: _stretched(value, halves) if key in quantities else value for key, value in law.items()}


def _report(table: dict) -> list[tuple[dict, str]]:
    return [(table["machine"]["latency"], "report")]


def _wakes(table: dict) -> list[tuple[dict, str]]:
    return [(process["exit"], "wake") for process in table["process"]]


def _thinks(table: dict) -> list[tuple[dict, str]]:
    return [(process["program"], "think") for process in table["process"] if process["role"] == "hog"]
