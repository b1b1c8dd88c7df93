"""A request that was bound to some nodes: who is bound with it, and what each node holds.

The report names the nodes (mems_allowed, nodemask), not who else is bound to them. Those that it names are: who
asked, who was killed, who grew. The others may use all nodes, and are taken to lie elsewhere as far as they fit.
"""

from collections.abc import Iterable

from oommc.errors import InputError
from oommc.incident.drafting.classes import TaskClass
from oommc.incident.drafting.sizes import CANNOT, Node
from oommc.incident.model import Report
from oommc.incident.zones import allowed_nodes, node

_BINDINGS = ("cpuset", "mempolicy")


def bound_to(report: Report) -> list[int]:
    """The nodes, by place among the report's; empty where it isn't bound, or not to some of those that it tells."""
    if report.constraint not in _BINDINGS:
        return []
    told = list(dict.fromkeys(node(zone) for zone in report.zones))
    allowed = allowed_nodes(report) or set()
    places = [at for at, number in enumerate(told) if number in allowed]
    return places if len(places) < len(told) else []


def is_bound(report: Report, c: TaskClass, grower: TaskClass) -> bool:
    """Whether the class is one that the report names, or what grew."""
    named = {report.trigger.pid, *(victim.pid for victim in report.victims)}
    return c.name == grower.name or bool(named & c.pids)


def node_order(places: list[int], count: int, bound: bool) -> list[int]:
    """The nodes of a class, in the order in which it uses them: its own, or the others first."""
    return places if bound else [at for at in range(count) if at not in places] + places


def held(machine: list[Node], caches: list[int], places: list[int], sizes: Iterable[tuple[int, bool]]) -> list[int]:
    """Pages that each node's processes hold; `sizes`: of each class, and whether it is bound. Raises InputError."""
    rooms = [n.memory - cache - n.begin_free for n, cache in zip(machine, caches, strict=True)]
    left = list(rooms)
    for pages, bound in sorted(sizes, key=lambda of: not of[1]):
        for at in node_order(places, len(machine), bound):
            taken = max(0, min(pages, left[at]))
            left[at] -= taken
            pages -= taken
        if pages:
            raise InputError(f"{CANNOT}who asked, died or grew holds more than the nodes that the ask was bound to")
    return [room - rest for room, rest in zip(rooms, left, strict=True)]
