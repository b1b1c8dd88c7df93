"""From a table of TOML to what a `Scenario` holds, or to one clear line about what is wrong with it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from oommc.scenario.check import check
from oommc.scenario.derived import with_defaults, with_marks, with_preemption
from oommc.scenario.model import SCHEMA, ScenarioFile
from oommc.scenario.preset import with_preset
from oommc.scenario.values import Place, read_table
from oommc.units import shown

S = TypeVar("S", bound=ScenarioFile)


def read(made: type[S], table: Mapping[str, Any], source: str | Path) -> S:
    """A table as `tomllib` returns it, as `made`. Raises InputError with the path of the key that is wrong.

    `source` names it in messages and is where data files stand beside.
    """
    place = Place(str(source), Path(source).parent)
    if isinstance(table, Mapping) and table.get("schema", SCHEMA) != SCHEMA:
        raise place.at("schema").error(f"{shown(table['schema'])} is not known: this version reads schema {SCHEMA}")
    given = read_table(made, with_preset(table, place), place)
    machine = with_preemption(replace(given.machine, nodes=with_marks(given.machine.nodes)))
    processes = tuple(with_defaults(process, len(machine.nodes)) for process in given.processes)
    scenario = replace(given, machine=machine, processes=processes)
    check(scenario, [process.rss for process in given.processes], place)
    return scenario
