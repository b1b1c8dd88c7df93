"""Loads the package's tables for a build, which has neither NumPy nor the compiled core.

A table's module imports the standard library only, and modules that do so too. It is loaded without running the
`__init__` of the packages that it is in, for that would load everything.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent


def table(module: str) -> ModuleType:
    """A module of the package, by its name in it: `policies.mechanisms`."""
    parents = ["oommc", *module.split(".")[:-1]]
    for package in (".".join(parents[:depth]) for depth in range(1, len(parents) + 1)):
        if package not in sys.modules:
            sys.modules[package] = ModuleType(package)
            sys.modules[package].__path__ = [str(ROOT / package.replace(".", "/"))]
    return importlib.import_module(f"oommc.{module}")
