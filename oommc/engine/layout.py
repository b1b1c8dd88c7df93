"""The fields of the core's structs that a scenario fills: keys that the core takes as they are, and what is `computed`.

The build writes the structs from it (`pyx/generate_scenario.py`), `pack` the rows. So it imports no more than the keys'
description does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from ..scenario import keys as kinds
from ..scenario.cgroup import Cgroup
from ..scenario.machine import Node
from ..scenario.model import ScenarioFile
from ..scenario.process import Process
from .computed import Computed, for_class, for_group, for_machine, for_node

NOT_NUMBERS = kinds.Text | kinds.Numbers | kinds.Ranges | kinds.Tables


@dataclass(frozen=True)
class Taken:
    """A key's field in a struct; `path`: that of the key's value from the dataclass of the struct on."""

    name: str
    path: str
    kind: kinds.Kind
    meaning: str

    def value(self, described: Any) -> Any:
        """What the key holds."""
        return attrgetter(self.path)(described)


@dataclass(frozen=True)
class Struct:
    """One of the core's structs: what `described` has in it, and what is computed."""

    name: str
    described: type
    computed: Computed

    def taken(self) -> Iterator[Taken]:
        """Its fields that are keys."""
        return _taken(self.described, "", "")


def _taken(described: type, prefix: str, within: str) -> Iterator[Taken]:
    for key in kinds.keys(described):
        if key.core is False or isinstance(key.kind, NOT_NUMBERS):
            continue
        own = key.field if key.core is True else key.core
        name, path = "_".join(part for part in (prefix, own) if part), f"{within}{key.field}"
        if isinstance(key.kind, kinds.Table):
            yield from _taken(key.kind.of, name, f"{path}.")
        else:
            yield Taken(name, path, key.kind, key.meaning)


STRUCTS = {
    "machine": Struct("MachineSpec", ScenarioFile, for_machine),
    "nodes": Struct("NodeSpec", Node, for_node),
    "classes": Struct("ClassSpec", Process, for_class),
    "memcgs": Struct("MemcgSpec", Cgroup, for_group),
}
"""By the name of their array."""
