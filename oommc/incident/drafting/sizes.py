"""How large the machine of a report was, and how what it held fits into it some time before.

The zones of a node are put together, with their marks: the simulator has nodes. What zones kept for asks of
their own kind (DMA) is then there for all.
"""

import math
from dataclasses import dataclass

from oommc.errors import InputError
from oommc.incident.drafting.classes import TaskClass
from oommc.incident.model import Report, Zone
from oommc.units import format_size

CANNOT = "no scenario can be built from this report: "
NO_LIMIT = "it doesn't tell the memory cgroup's limit"
_KERNEL_SHARE = 64  # a kernel needs at least this part of memory, whatever the sum of rss says
_GROUP_MARKS = (1, 2, 3)
# The grower begins with headroom of half of what it had at the report, but between these parts of memory.
_MOST_HEADROOM, _LEAST_HEADROOM = 32, 256


@dataclass(frozen=True)
class Node:
    """A memory node at the time of the report, in 4 KiB pages."""

    memory: int
    free: int
    marks: tuple[int, int, int]
    headroom_share: int

    @property
    def begin_free(self) -> int:
        """Free pages when the simulation begins."""
        return max(self.free, self.marks[2] + self.memory // self.headroom_share)


def nodes(report: Report, hog: TaskClass) -> list[Node]:
    """The memory nodes, each of all its zones."""
    by_node: dict[str, list[Zone]] = {}
    for zone in report.zones:
        words = zone.zone.split()
        by_node.setdefault(words[1] if words[0] == "Node" else "", []).append(zone)
    if not by_node:
        raise InputError(f"{CANNOT}it tells neither memory zones nor a memory cgroup's limit")
    found = []
    for zones in by_node.values():
        sizes = _told(zones, "managed_kb") or _told(zones, "present_kb")
        if sizes:
            memory = sum(sizes) // 4
        elif len(by_node) == 1 and report.ram_pages:
            memory = (report.ram_pages - (report.reserved_pages or 0)) * report.page_kb // 4
        else:
            raise InputError(f"{CANNOT}it doesn't tell how large the memory is")
        free = sum(zone.free_kb or 0 for zone in zones) // 4
        least, low, high = (sum(_told(zones, key) or (0,)) // 4 for key in ("min_kb", "low_kb", "high_kb"))
        if memory <= free:
            raise InputError(f"{CANNOT}it tells more free memory than memory")
        found.append(
            Node(
                memory,
                free,
                (least, low, high) if 0 < least < low < high else _marks(memory),
                _headroom_share(memory, hog),
            )
        )
    return found


def _headroom_share(memory: int, hog: TaskClass) -> int:
    return max(_MOST_HEADROOM, min(_LEAST_HEADROOM, 2 * memory // hog.rss))


def _told(zones: list[Zone], key: str) -> list[int] | None:
    values = [getattr(zone, key) for zone in zones]
    return None if None in values or not sum(values) else values


def _marks(memory: int) -> tuple[int, int, int]:
    """The kernel's formula: min_free_kbytes = 4·sqrt(kB of memory)."""
    low = max(128, math.isqrt(16 * memory * 4)) // 4
    return low, low * 5 // 4, low * 3 // 2


def group_node(report: Report, hog: TaskClass) -> Node:
    """The machine that stands for a memory cgroup."""
    if report.is_unlimited:
        raise InputError(
            f"{CANNOT}the memory cgroup {report.memcg or ''} has no limit, so the group isn't what ran out"
        )
    if not report.memcg_limit_kb:
        raise InputError(f"{CANNOT}{NO_LIMIT}")
    memory = report.memcg_limit_kb // 4
    free = max(0, memory - (report.memcg_usage_kb or 0) // 4)
    return Node(memory, free, _GROUP_MARKS, _headroom_share(memory, hog))


def fit(
    hog: TaskClass, others: list[TaskClass], machine: list[Node], cache: int
) -> tuple[TaskClass, list[TaskClass], list[str]]:
    """The classes with the sizes they begin with, and what was done to them."""
    notes = []
    memory, free = sum(n.memory for n in machine), sum(n.free for n in machine)
    begin_free = sum(n.begin_free for n in machine)
    available = memory - memory // _KERNEL_SHARE - cache
    rest = sum(c.rss * c.count for c in others)
    if (total := hog.rss + rest) > available - free:
        share = max(0, available - free) / total
        notes.append(
            f"All rss are the report's times {share:.3f}: their sum is {format_size(total)}, more than "
            "there was. Shared pages count in each process."
        )
        hog, others = hog.scaled(share), [c.scaled(share) for c in others]
        rest = sum(c.rss * c.count for c in others)
    grown = hog.rss
    hog = hog.of_size(max(1, grown - (begin_free - free)))
    notes.append(
        f"{hog.name} had {format_size(grown)} at the report. It begins with {format_size(hog.rss)}, so that "
        f"{format_size(begin_free)} are free, and grows into the incident."
    )
    if rest and hog.rss + rest > available - begin_free:
        share = max(0, available - begin_free - hog.rss) / rest
        notes.append(f"The others have {share:.3f} of that: {hog.name} alone is too small to make room.")
        others = [c.scaled(share) for c in others]
    if hog.rss + sum(c.rss * c.count for c in others) > memory - begin_free - cache:
        raise InputError(f"{CANNOT}its {format_size(memory)} of memory are too small to stand above HIGH")
    return hog, others, notes
