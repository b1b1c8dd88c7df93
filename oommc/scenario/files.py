"""Scenarios by name: those that come with the package, and files."""

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from oommc import toml
from oommc.errors import InputError
from oommc.naming import hint

_CATALOGUE = files("oommc.scenario") / "catalogue"


def catalogue_names() -> list[str]:
    """The scenarios that come with the package, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in _CATALOGUE.iterdir() if entry.name.endswith(".toml"))


def load(source: str | Path) -> tuple[dict[str, Any], str | Path]:
    """The table of a catalogue name or a file, and what messages call it. Raises InputError."""
    if source in catalogue_names():
        name = f"{source}.toml"
        return toml.parse((_CATALOGUE / name).read_text("utf-8"), name), name
    if "\0" not in str(source) and not os.path.lexists(source):
        close = hint(str(source), catalogue_names())
        raise InputError(f"{source}: no such file, nor a scenario of the catalogue: {close}")
    return toml.read(source), source
