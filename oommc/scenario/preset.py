"""Machines by name: `[machine] preset = "server-2006"`, whose keys a scenario's own override.

A preset is a TOML file with `about` (what it is, and which data its numbers are from), `machine` as in a scenario, and
`exit`: how a killed thread goes there, for processes that don't say. A name that ends in .toml is a file beside the
scenario. What is read is in full, so a scenario written out depends on no preset.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from oommc import toml
from oommc.naming import hint
from oommc.scenario.keys import Part, Text, key, table
from oommc.scenario.machine import Machine
from oommc.scenario.process import Exit
from oommc.scenario.values import Place, check_part
from oommc.scenario.write import machine_sections, section
from oommc.units import shown

ADVICE = (
    "Its times are processor time: a run stretches them where more threads want a processor than there are, so that "
    "what was measured on a busy machine has to be divided by that (`oommc fit --stretch`). A report isn't stretched "
    'unless preemption = "full". Give sizes a spread, as a machine has it: with constant ones a demand that just '
    "fits, or just doesn't, does so in every schedule."
)
"""What holds for all of them."""

_MACHINES = files("oommc.scenario") / "machines"


@table
class Preset:
    """What a preset's file may say."""

    about: str = key(Text(), "", "What it is, and which data its numbers are from.")
    machine: None = key(Part(Machine), {}, "Keys of a scenario's machine.")
    exit: None = key(Part(Exit), {}, "Keys of an exit, for processes that don't say how a killed thread goes.")


def preset_names() -> list[str]:
    """The machines that come with the package, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in _MACHINES.iterdir() if entry.name.endswith(".toml"))


def preset(name: str, place: Place | None = None) -> dict[str, Any]:
    """The preset's table; `place` is where it is named. Raises InputError."""
    place = place or Place("machines", Path())
    if not isinstance(name, str):
        raise place.error(f"{shown(name)} is not a preset's name")
    if name in preset_names():
        return tomllib.loads((_MACHINES / f"{name}.toml").read_text("utf-8"))
    if not name.endswith(".toml"):
        raise place.error(f"unknown preset {name!r}: {hint(name, preset_names())}")
    within = Place(f"{place}: {name}", place.folder)
    found = toml.read(place.folder / name, str(within))
    if isinstance(machine := found.get("machine"), Mapping) and "preset" in machine:
        raise within.at("machine").at("preset").error("a preset can't name another")
    check_part(Preset, found, within)
    return found


def told(name: str, table: dict[str, Any]) -> str:
    """The preset as text: what it is, and its keys as they stand in a file."""
    parts = machine_sections(table.get("machine", {})) + [("[exit]", table["exit"])] * ("exit" in table)
    text = "\n".join(section(*part) for part in parts).rstrip()
    return "\n\n".join([name, table.get("about", "").strip(), ADVICE, text])


def with_preset(table: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
    """A scenario's table with the preset that its machine names filled in. Raises InputError."""
    machine = table.get("machine") if isinstance(table, Mapping) else None
    if not isinstance(machine, Mapping) or "preset" not in machine:
        return table
    named = preset(machine["preset"], place.at("machine").at("preset"))
    own = {key: value for key, value in machine.items() if key != "preset"}
    filled = {**table, "machine": _over(named.get("machine", {}), own, ("latency",))}
    if isinstance(table.get("process"), list | tuple):
        filled["process"] = [
            {**process, "exit": _over(named.get("exit", {}), process.get("exit", {}))}
            if isinstance(process, Mapping)
            else process
            for process in table["process"]
        ]
    return filled


def _over(base: Any, own: Any, deep: tuple[str, ...] = ()) -> Any:
    """`own`'s keys over those of `base`; tables named in `deep` key by key too. What is no table is left for the
    reader to refuse.
    """
    if not isinstance(base, Mapping) or not isinstance(own, Mapping):
        return own
    return {**base, **own, **{key: _over(base[key], own[key]) for key in deep if key in base and key in own}}
