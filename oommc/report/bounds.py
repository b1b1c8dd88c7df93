"""Policies that no kernel could have: they bound the others, and nobody's verdict is about them."""

from collections.abc import Mapping
from typing import TypeVar

from oommc.policies import contenders

Entry = TypeVar("Entry")


def designs(policies: Mapping[str, Entry]) -> dict[str, Entry]:
    """Those of `policies` (by name) that aren't bounds; all of them if there is no other."""
    return {name: policies[name] for name in contenders(policies)}
