"""From a table or a text of TOML to a `Scenario`, or to one clear line about what is wrong with it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from oommc import toml
from oommc.scenario.check import check
from oommc.scenario.derived import with_defaults, with_marks
from oommc.scenario.keys import Place
from oommc.scenario.model import Scenario
from oommc.scenario.preset import with_preset
from oommc.scenario.schema import FILE, SCHEMA
from oommc.units import shown


def from_toml(text: str, source: str | Path = "scenario") -> Scenario:
    """The scenario of a TOML text; `source` names it in messages and is where data files stand beside."""
    return from_dict(toml.parse(text, str(source)), source)


def from_dict(table: Mapping[str, Any], source: str | Path = "scenario") -> Scenario:
    """The scenario of a table as `tomllib` returns it. Raises InputError with the path of the key that is
    wrong.
    """
    place = Place(str(source), Path(source).parent)
    if isinstance(table, Mapping) and table.get("schema", SCHEMA) != SCHEMA:
        raise place.at("schema").error(f"{shown(table['schema'])} is not known: this version reads schema {SCHEMA}")
    fields = FILE.read(with_preset(table, place), place)
    del fields["schema"]
    machine = replace(fields["machine"], nodes=with_marks(fields["machine"].nodes))
    processes = tuple(with_defaults(process, len(machine.nodes)) for process in fields["processes"])
    given = [process.rss for process in fields["processes"]]
    scenario = Scenario(**fields | {"machine": machine, "processes": processes})
    check(scenario, given, place)
    return scenario
