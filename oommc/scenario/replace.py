"""Values of a scenario changed, through the same reading and checks as a file."""

from collections.abc import Mapping
from typing import Any

from oommc.scenario.model import Scenario
from oommc.scenario.paths import place, stands
from oommc.scenario.read import from_dict
from oommc.scenario.write import to_dict


def replace(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with each value at its dotted path, read and checked once. Raises InputError.

    A range goes with the value that it is of: another distribution may have other parameters.
    """
    table = to_dict(scenario)
    for path, value in changes.items():
        if (
            path == "machine.preset"
        ):  # the whole machine: each of its keys stands in the table, and would go before the preset's
            table["machine"] = {}
        where, key = place(table, path, f"{scenario.name}: {path}")
        where[key] = value
    for path, _ in scenario.ranges:
        if not stands(table, path):
            table["range"].pop(path, None)
    return from_dict(table, scenario.name)
