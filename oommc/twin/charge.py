"""Charging up the tree of control groups (mm/memcontrol.c, try_charge(); mm/page_counter.c, page_counter_try_charge()).

A page is charged to its mm's group and to every group that this lies in. The first of these, from the mm's own up, that
has no room refuses it: reclaim, the OOM path and the scan are then that group's.
"""

from collections.abc import Iterator

from .world import Memcg


def line(group: Memcg | None) -> Iterator[Memcg]:
    """A group and those that it lies in, upwards."""
    while group:
        yield group
        group = group.above


def lies_in(group: Memcg | None, domain: Memcg) -> bool:
    """Whether a group is this one or lies in it (mem_cgroup_is_descendant())."""
    return any(other is domain for other in line(group))


def related(a: Memcg | None, b: Memcg | None) -> bool:
    """Whether one of two groups lies in the other."""
    return a is not None and b is not None and (lies_in(a, b) or lies_in(b, a))


def room(group: Memcg) -> int:
    """Pages that may still be charged to a group."""
    return min(other.margin() for other in line(group))


def refuses(group: Memcg | None, pages: int) -> Memcg | None:
    """Who has no room for so many pages more, if somebody hasn't (mem_over_limit)."""
    return next((other for other in line(group) if other.margin() < pages), None)


def dies_whole(group: Memcg | None, domain: Memcg | None) -> Memcg | None:
    """The highest group with memory.oom.group between a victim's and the domain, that of the machine is none
    (mem_cgroup_get_oom_group(), 4.19 on).
    """
    highest = None
    for other in line(group):
        highest = other if other.oom_group else highest
        if other is domain:
            break
    return highest
