"""Policies: data, each one value for every mechanism. Adding one is adding a row.

`registry` maps names to policies in the order of history, `groups` the words that stand for several of them.
"""

from .describe import describe
from .flaws import HANGS, SIMULATED, WINDOWS
from .kernel import DESIGNS, MAINLINE, SYSCTLS
from .knobs import KNOBS
from .mechanisms import MECHANISMS, Mechanism
from .monitor import Monitor
from .notation import parse as _parse
from .policy import Policy
from .proposals import BOUNDS, COMBINATIONS, LATER, PATCHES_2006
from .user_space import KILLERS

_BASELINE, *_AFTER = DESIGNS
_KERNEL = (_BASELINE, *PATCHES_2006, *COMBINATIONS, *_AFTER, *LATER, *SYSCTLS)
_USER_SPACE = tuple(
    MAINLINE.replace(
        name=name, monitor=monitor, about=f"mainline-6 with {name} beside it: {about}", source=source, windows=(), hangs=()
    )
    for name, (monitor, about, source) in KILLERS.items()
)

registry: dict[str, Policy] = {policy.name: policy for policy in (*_KERNEL, *_USER_SPACE, *BOUNDS)}
groups: dict[str, list[str]] = {
    "all": list(registry),
    "kernel": [policy.name for policy in _KERNEL],
    "user-space": [policy.name for policy in _USER_SPACE],
    "merged": [policy.name for policy in DESIGNS],
    "2006": [_BASELINE.name, *(policy.name for policy in PATCHES_2006)],
    "bounds": [policy.name for policy in BOUNDS],
}


def parse(text: str) -> list[Policy]:
    """`"baseline,patched(timeout=1s)"` → policies; a word of `groups` stands for several. Raises InputError."""
    return _parse(text, registry, groups)


__all__ = ["HANGS", "KNOBS", "MECHANISMS", "Monitor", "SIMULATED", "WINDOWS", "Mechanism", "Policy", "describe", "groups", "parse", "registry"]
