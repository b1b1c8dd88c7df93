"""Policies: data, each one value for every mechanism. Adding one is adding a row.

`registry` maps names to policies, `groups` the words that stand for several of them.
"""

from .kernel import KERNEL
from .mechanisms import MECHANISMS, Mechanism
from .policy import Policy
from .policy import parse as _parse

registry: dict[str, Policy] = {policy.name: policy for policy in KERNEL}
groups: dict[str, list[str]] = {
    "all": list(registry),
    "kernel": [policy.name for policy in KERNEL],
}


def parse(text: str) -> list[Policy]:
    """`"baseline,patched(timeout=1s)"` → policies; `all` and `kernel` stand for several. Raises InputError."""
    return _parse(text, registry, groups)


__all__ = ["MECHANISMS", "Mechanism", "Policy", "groups", "parse", "registry"]
