"""How much of a report's swap is in use, and by whom.

What the tasks have out (`swapents`) is theirs. What else is in use belongs to no task (tmpfs), or the report doesn't
tell whose it is: then nobody gives it back. A memory cgroup's machine has as much swap as its tasks have out.
"""

from dataclasses import dataclass

from oommc.incident.drafting.classes import TaskClass
from oommc.incident.model import Report


@dataclass(frozen=True)
class Swap:
    """4 KiB pages: all, what is free, and what no task has."""

    size: int
    free: int
    used: int


def swap_of(report: Report, members: list[TaskClass]) -> tuple[Swap, list[TaskClass]]:
    """The report's swap, and the classes with what they have out of it: a share where they have more than is in use."""
    theirs = sum(c.swapped * c.count for c in members)
    if report.constraint == "memcg":
        return Swap(theirs, 0, 0), members
    size = (report.swap_total_kb or 0) // 4
    free = min(size, (report.swap_free_kb or 0) // 4)
    if theirs > size - free:
        members = [c.with_swapped(c.swapped * (size - free) // theirs) for c in members]
        theirs = sum(c.swapped * c.count for c in members)
    return Swap(size, free, size - free - theirs), members


def in_words(report: Report) -> list[str]:
    """What the report tells of swap, and what is made of it."""
    if not report.swap_total_kb or report.constraint == "memcg":
        return []
    told = f"Of {report.swap_total_kb // 1024} MiB of swap {(report.swap_free_kb or 0) // 1024} were free."
    if all(task.swapents is None for task in report.tasks):
        return [f"{told} The report doesn't tell whose the rest is, so nobody gives it back."]
    return [f"{told} What no task has of the rest is taken to stay."]
