"""The groups of a scenario in the order of their tree, as the engine numbers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from oommc.scenario.cgroup import Cgroup

if TYPE_CHECKING:
    from oommc.scenario.model import ScenarioFile


class Branch(NamedTuple):
    """A group, and its place in the tree by number: of the group that it lies in (-1: none), and of the first behind it
    that doesn't lie in it; `line`: the group and those that it lies in.
    """

    group: Cgroup
    parent: int
    end: int
    line: tuple[Cgroup, ...]


def tree(scenario: ScenarioFile) -> tuple[Branch, ...]:
    """All groups of a scenario, each before those that lie in it, otherwise in their order. Memcgs are flat."""
    if scenario.memcgs:
        flat = (Cgroup(m.name, m.limit, None, 0, 0, None, m.oom_group) for m in scenario.memcgs)
        return tuple(Branch(group, -1, number + 1, (group,)) for number, group in enumerate(flat))
    names = [group.name for group in scenario.cgroups]
    inside: dict[str | None, list[Cgroup]] = {}
    for group in scenario.cgroups:
        inside.setdefault(_above(group.name, names), []).append(group)
    found: list[Branch] = []

    def grow(above: str | None, parent: int) -> None:
        for group in inside.get(above, []):
            number = len(found)
            around = found[parent].line if parent >= 0 else ()
            found.append(Branch(group, parent, number, (group, *around)))
            grow(group.name, number)
            found[number] = found[number]._replace(end=len(found))

    grow(None, -1)
    return tuple(found)


def _above(name: str, names: list[str]) -> str | None:
    """The name of the group in which one of this name lies, if there is one."""
    return max((other for other in names if name.startswith(f"{other}/")), key=len, default=None)
