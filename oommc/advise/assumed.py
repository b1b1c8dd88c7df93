"""What a report doesn't tell and a scenario assumes, all of it drawn anew together."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from oommc.distributions import families
from oommc.sensitivity.sobol import sequence
from oommc.units import duration, format_duration, format_rate, rate

SPAN = 4.0  # each between a fourth of what is assumed and four times as much, evenly in logarithms

Holders = Callable[[dict[str, Any]], list[tuple[dict[str, Any], str]]]
"""Where a scenario's table has it: the tables, and their keys."""


def drawn(table: dict[str, Any], places: int, seed: int) -> Iterator[dict[str, Any]]:
    """The scenario's table (as `Scenario.to_dict` has it, so in full) at so many places, a power of 2, of all that is
    assumed.
    """
    for shares in sequence(len(ASSUMED), places, seed):
        changed = copy.deepcopy(table)
        for holders, share in zip(ASSUMED.values(), shares, strict=True):
            for holder, key in holders(changed):
                holder[key] = _times(holder[key], SPAN ** (2 * float(share) - 1))
        yield changed


def _times(law: Any, factor: float) -> Any:
    """A probability, a rate, a time, or a family's times, so many times as large."""
    if isinstance(law, float | int):
        return min(1.0, law * factor)
    if isinstance(law, str) and law.endswith("/s"):
        return format_rate(max(1, round(rate(law) * factor)))
    if isinstance(law, str):
        return format_duration(max(1, round(duration(law) * factor)))
    quantities = families.quantities(law["dist"])
    return {key: _times(value, factor) if key in quantities else value for key, value in law.items()}


def _thinks(hogs: bool) -> Holders:
    return lambda table: [
        (process["program"], "think")
        for process in table["process"]
        if "think" in process["program"] and (process["role"] == "hog") == hogs
    ]


def _preempts(table: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    preempt = table["machine"]["latency"]["preempt"]
    return [(preempt, "p" if "p" in preempt else "window")]


ASSUMED: dict[str, Holders] = {
    "how fast memory grows": _thinks(True),
    "how often the others ask": _thinks(False),
    "how long a report takes": lambda table: [(table["machine"]["latency"], "report")],
    "how long a victim takes to wake": lambda table: [(process["exit"], "wake") for process in table["process"]],
    "how fast its memory comes back": lambda table: [(table["machine"], "teardown_rate")],
    "how often a killer loses its processor": _preempts,
}
"""In words."""
