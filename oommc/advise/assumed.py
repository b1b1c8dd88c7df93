"""What a report doesn't tell and a scenario assumes, halved and doubled."""

import copy
from collections.abc import Iterator
from typing import Any

from oommc.units import duration, format_duration


def varied(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was changed, in words, and the scenario's table with it."""
    for what, laws in (("report time", _report), ("time a victim takes to wake", _wakes), ("time between the grower's asks", _thinks)):
        for word, twice in (("halved", -1), ("doubled", 1)):
            changed = copy.deepcopy(table)
            for law, key in laws(changed):
                time = duration(law[key])
                law[key] = format_duration(time * 2 if twice > 0 else max(1, time // 2))
            yield f"{what} {word}", changed


def _report(table: dict) -> list[tuple[dict, str]]:
    return [(table["machine"]["latency"]["report"], "median")]


def _wakes(table: dict) -> list[tuple[dict, str]]:
    return [(process["exit"]["wake"], "median") for process in table["process"]]


def _thinks(table: dict) -> list[tuple[dict, str]]:
    return [(process["program"]["think"], "mean") for process in table["process"] if process["role"] == "hog"]
