"""Scenarios by name: those that come with the package, and files."""

import os
from importlib.resources import files
from pathlib import Path

from oommc import toml
from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario.model import Scenario
from oommc.scenario.read import from_dict, from_toml

_CATALOGUE = files("oommc.scenario") / "catalogue"


def catalogue_names() -> list[str]:
    """The scenarios that come with the package, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in _CATALOGUE.iterdir() if entry.name.endswith(".toml"))


def load(source: str | Path) -> Scenario:
    """The scenario of a catalogue name or a file; a name of the catalogue means that one. Raises
    InputError.
    """
    if source in catalogue_names():
        return from_toml((_CATALOGUE / f"{source}.toml").read_text("utf-8"), f"{source}.toml")
    if "\0" not in str(source) and not os.path.lexists(source):
        close = hint(str(source), catalogue_names())
        raise InputError(f"{source}: no such file, nor a scenario of the catalogue: {close}")
    return from_dict(toml.read(source), source)
