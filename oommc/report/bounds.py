"""Policies that no kernel could have: they bound the others, and nobody's verdict is about them."""

from collections.abc import Mapping
from typing import TypeVar

from oommc.policies import groups

Entry = TypeVar("Entry")


def designs(policies: Mapping[str, Entry]) -> dict[str, Entry]:
    """Those of `policies` (by name) that aren't bounds; all of them if there is no other."""
    held = {name: entry for name, entry in policies.items() if name not in groups["bounds"]}
    return held or dict(policies)
