"""Monte Carlo of the Linux OOM killer: unnecessary kills and time to recovery under every policy.

Everything here is loaded when it is first used, so that `import oommc` and `oommc --help` stay quick.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oommc.policies.catalogue import Package

    policies: Package

_HOMES = {
    "InputError": "oommc.errors",
    "RunError": "oommc.errors",
    "Scenario": "oommc.scenario",
    "Result": "oommc.result",
    "check": "oommc.checked",
    "fit": "oommc.fitting",
    "load": "oommc.api",
    "load_policies": "oommc.policies",
    "victim_function": "oommc.policies",
    "get_include": "oommc.engine",
    "merge": "oommc.api",
    "run": "oommc.api",
    "replay": "oommc.api",
    "uncertainty": "oommc.api",
}
_ROOMS = {"distributions", "policies"}
"""Packages that are names, too: `oommc.policies["patched"]`, `oommc.policies.parse`."""
__all__ = [*_HOMES, "policies"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("oommc.collect.manifest").version()
    if name in _ROOMS:
        return importlib.import_module(f"oommc.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'oommc' has no attribute {name!r}")
    globals()[name] = value = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS, "__version__"})
