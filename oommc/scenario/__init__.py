"""Scenarios: validated, read from TOML tables, and the catalogue of those that come with the package."""

from oommc.scenario.files import catalogue_names
from oommc.scenario.model import (
    Chance,
    Exit,
    Flags,
    Lock,
    Machine,
    Node,
    Process,
    Program,
    RateLimit,
    Scenario,
)
from oommc.scenario.preset import preset_names

__all__ = [
    "Chance",
    "Exit",
    "Flags",
    "Lock",
    "Machine",
    "Node",
    "Process",
    "Program",
    "RateLimit",
    "Scenario",
    "catalogue_names",
    "preset_names",
]
