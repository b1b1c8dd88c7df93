"""Scenarios: validated, read from TOML tables, and the catalogue of those that come with the package."""

from oommc.scenario.common import Chance
from oommc.scenario.files import catalogue_names
from oommc.scenario.machine import Machine, Node, RateLimit
from oommc.scenario.preset import preset_names
from oommc.scenario.process import Exit, Flags, Lock, Process, Program
from oommc.scenario.scenario import Scenario

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
