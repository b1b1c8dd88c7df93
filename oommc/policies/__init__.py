"""Policies: data, each one value for every mechanism. Adding one is adding a row.

`registry` maps names to policies in the order of history, `groups` the words that stand for several of them. The
package is that mapping, too: `oommc.policies["patched"]`.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from .catalogue import Package, Registry, UnknownPolicyError
from .file import read as _read
from .flaws import HANGS, SIMULATED, WINDOWS
from .kernel import DESIGNS, MAINLINE, SYSCTLS
from .knobs import KNOBS
from .mechanisms import MECHANISMS
from .monitor import Monitor
from .notation import parse as _parse
from .policy import Policy
from .proposals import BOUNDS, COMBINATIONS, LATER, PATCHES_2006
from .table import Mechanism
from .user_space import KILLERS
from .victim import VictimFunction, victim_function

_BASELINE, *_AFTER = DESIGNS
_KERNEL = (_BASELINE, *PATCHES_2006, *COMBINATIONS, *_AFTER, *LATER, *SYSCTLS)
_USER_SPACE = tuple(
    MAINLINE.replace(
        name=name,
        monitor=monitor,
        about=f"mainline-6 with {name} beside it: {about}",
        source=source,
        windows=(),
        hangs=(),
    )
    for name, (monitor, about, source) in KILLERS.items()
)

registry = Registry({policy.name: policy for policy in (*_KERNEL, *_USER_SPACE, *BOUNDS)})
groups: dict[str, list[str]] = {
    "all": list(registry),
    "kernel": [policy.name for policy in _KERNEL],
    "user-space": [policy.name for policy in _USER_SPACE],
    "merged": [policy.name for policy in DESIGNS],
    "2006": [_BASELINE.name, *(policy.name for policy in PATCHES_2006)],
    "bounds": [policy.name for policy in BOUNDS],
}


def parse(text: str, own: Mapping[str, Policy] | None = None) -> list[Policy]:
    """`"baseline,patched(timeout=1s)"` → policies; a word of `groups` stands for several. Raises InputError.

    `own`: policies of the user's by name, known beside those of the registry.
    """
    return _parse(text, registry | dict(own or {}), groups)


def contenders(names: Iterable[str]) -> list[str]:
    """Those of `names` that a kernel could have, without the bounds; all of them if there is no other."""
    names = list(names)
    return [name for name in names if name not in groups["bounds"]] or names


def load_policies(path: str | Path) -> dict[str, Policy]:
    """The policies of a file of `[policy.NAME]` tables (docs/files.md); runs the files of their victim functions.
    Raises InputError.
    """
    return {name: policy.loaded() for name, policy in named_policies(path).items()}


def named_policies(path: str | Path) -> dict[str, Policy]:
    """The same, but runs nothing: each is as it is told, and `Policy.loaded` as it is used. Raises InputError."""
    return _read(path, registry, groups)


__all__ = [
    "HANGS",
    "KNOBS",
    "MECHANISMS",
    "SIMULATED",
    "WINDOWS",
    "Mechanism",
    "Monitor",
    "Policy",
    "UnknownPolicyError",
    "VictimFunction",
    "contenders",
    "groups",
    "load_policies",
    "named_policies",
    "parse",
    "registry",
    "victim_function",
]

sys.modules[__name__].__class__ = Package
