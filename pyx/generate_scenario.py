"""Writes the structs that hold a scenario's keys, from the keys' description and what the engine computes of them.

The description is spread over a few modules that import each other. They are loaded without running the `__init__` of
the packages that they are in, which would load NumPy.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent


def described(module: str) -> ModuleType:
    """A module of the package, by its name in it."""
    for package in ("oommc", "oommc.scenario", "oommc.engine"):
        if package not in sys.modules:
            sys.modules[package] = ModuleType(package)
            sys.modules[package].__path__ = [str(ROOT / package.replace(".", "/"))]
    return importlib.import_module(f"oommc.{module}")


def structs() -> str:
    """The text of `keys.pxi`."""
    parts = [f"cdef enum:\n    MAX_NODES = {described('scenario.common').MAX_NODES}\n"]
    for struct in described("engine.layout").STRUCTS.values():
        fields = [f"    int64_t {taken.name}  # {taken.path}: {taken.meaning}" for taken in struct.taken()]
        for name, function in struct.computed.functions.items():
            length = struct.computed.lengths.get(name)
            fields.append(f"    int64_t {name}{f'[{length}]' if length else ''}  # {function.__doc__}")
        parts.append("\n".join([f"cdef struct {struct.name}:", *fields, ""]))
    return "\n".join(parts)
