"""Values of a scenario changed in its table, to be read and checked like a file's."""

from collections.abc import Mapping
from typing import Any

from oommc.scenario.model import ScenarioFile
from oommc.scenario.paths import place, stands
from oommc.scenario.write import to_dict


def replaced(scenario: ScenarioFile, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The scenario's table with each value at its dotted path. Raises InputError where a path leads nowhere.

    A range goes with the value that it is of: another distribution may have other parameters.
    """
    table = to_dict(scenario)
    for path, value in changes.items():
        if path == "machine.preset":  # the whole machine: each of its keys would go before the preset's
            table["machine"] = {}
        where, key = place(table, path, f"{scenario.name}: {path}")
        where[key] = value
    for path, _ in scenario.ranges:
        if not stands(table, path):
            table["range"].pop(path, None)
    return table
