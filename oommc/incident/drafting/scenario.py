"""A report as a scenario: the machine as it was some time before, so that the simulation runs into the
incident.

What a report tells is taken as told: sizes, marks, tasks, protections. What it cannot tell (who grew and
how fast, how long dying takes) is assumed, and every assumption is a comment in the TOML text.

* What tasks, page cache and free pages leave of a node's memory is `reserved`: kernel, slab, tmpfs.
* The grower starts smaller than it was by what lifts the machine above HIGH, with headroom to grow into.
* A memory cgroup becomes a machine of the size of its limit. It has no watermarks, so they are next to
  nothing.
"""

from dataclasses import dataclass
from typing import Any

from oommc.errors import InputError
from oommc.incident.drafting.bound import bound_to, held, is_bound, node_order
from oommc.incident.drafting.classes import TaskClass, classes
from oommc.incident.drafting.era import preset_of
from oommc.incident.drafting.sizes import CANNOT, Node, fit, group_node, nodes
from oommc.incident.drafting.swap import swap_of
from oommc.incident.drafting.text import PROGRAMS, TOP, about, comments, given_back, left_out, machine_note
from oommc.incident.model import Report
from oommc.units import format_duration, format_rate, format_size

_SECOND = 1_000_000_000
_HORIZON = 30 * _SECOND
_SWAP_RATE = 25_600  # pages/s: 100 MiB/s, a disk's
_ASKS_TO_OOM = 500
_SMALLEST_CHUNK = 32
_CHURNING = 8  # of the others, the largest that stand alone and the one that asked are at work; the rest idles


@dataclass(frozen=True)
class Draft:
    """A scenario's table, what to say at its top, and what to say beside a key (by its path)."""

    table: dict[str, Any]
    notes: list[str]
    comments: dict[tuple[str, ...], str]


def to_scenario(report: Report, name: str | None = None) -> dict[str, Any]:
    """The scenario of this incident, as the table of a scenario file.

    Raises InputError if the report has no task table, or tells neither zones nor a memory cgroup's limit.
    """
    return draft(report, name).table


def scenario_toml(report: Report, name: str | None = None) -> str:
    """The same as a TOML text, with a comment wherever something is assumed. Raises InputError, too."""
    from oommc.incident.drafting.toml import dumps

    made = draft(report, name)
    return dumps(made.table, made.notes, made.comments)


def draft(report: Report, name: str | None = None, grower: int | None = None) -> Draft:
    """The scenario and its comments; `grower` as of `classes`. Raises InputError as `to_scenario` does."""
    if not report.tasks:
        raise InputError(f"{CANNOT}it has no task table")
    hog, others = classes(report, grower)
    machine = [group_node(report, hog)] if report.constraint == "memcg" else nodes(report, hog)
    memory, begin_free = sum(n.memory for n in machine), sum(n.begin_free for n in machine)
    cache = 0 if report.constraint == "memcg" else (report.file_pages or 0) * report.page_kb // 4
    hog, others, sizes = fit(hog, others, machine, cache)
    places, caches = bound_to(report), [cache * n.memory // memory for n in machine]
    if places:
        sizes_by = [(c.rss * c.count, is_bound(report, c, hog)) for c in (hog, *others)]
        helds = held(machine, caches, places, sizes_by)
    else:
        all_held = hog.rss + sum(c.rss * c.count for c in others)
        helds = [all_held * n.memory // memory for n in machine]
    at_work = [c.name for c in others if c.count == 1][:_CHURNING]
    incident = about(report, hog.name)
    swap, members = swap_of(report, [hog, *others])
    table = {
        "schema": 1,
        "name": name or f"incident-{hog.name}",
        "about": incident,
        "horizon": format_duration(_HORIZON + 2 * swap.free * _SECOND // _SWAP_RATE),
        "patience": "10 s",
        "settle": "100 ms",
        "machine": {
            "preset": preset_of(report)[0],
            **({"cpus": report.cpus} if report.cpus else {}),
            "swap": {
                "size": format_size(swap.size),
                "rate": format_rate(_SWAP_RATE),
                **({"used": format_size(swap.used)} if swap.used else {}),
            },
            "node": [_node_table(*of) for of in zip(machine, helds, caches, strict=True)],
            **({"latency": {"report": _printing(report.printing_s)}} if report.printing_s is not None else {}),
        },
        **({"memcg": groups} if (groups := _memcgs(report, members)) else {}),
        "process": [
            (
                _process_table(c, "hog", _growth(memory + swap.size, begin_free))
                if c.name == hog.name
                else _process_table(c, "daemon", _work(c.name in at_work or report.trigger.pid in c.pids))
            )
            | (_nodes(report, places, len(machine), is_bound(report, c, hog)) if places else {})
            for c in _as_listed(report, members)
        ],
    }
    return Draft(
        table, [TOP, machine_note(report), PROGRAMS, *sizes, *given_back(report), *left_out(report)], comments(report)
    )


def _nodes(report: Report, places: list[int], count: int, bound: bool) -> dict[str, Any]:
    return {"nodes": node_order(places, count, bound), "binding": report.constraint}


def _as_listed(report: Report, members: list[TaskClass]) -> list[TaskClass]:
    """In the table's order, which is the task list's: of equals it decides who dies."""
    place = {task.pid: at for at, task in enumerate(report.tasks)}
    return sorted(members, key=lambda c: min(place[pid] for pid in c.pids))


def _node_table(node: Node, held: int, cache: int) -> dict[str, Any]:
    return {
        "memory": format_size(node.memory),
        "reserved": format_size(max(0, node.memory - held - cache - node.begin_free)),
        "page_cache": format_size(cache),
        **{key: format_size(mark) for key, mark in zip(("min", "low", "high"), node.marks, strict=False)},
    }


def _process_table(c: TaskClass, role: str, program: dict[str, Any]) -> dict[str, Any]:
    adjustments = {"oom_adj": c.oom_adj, "oom_score_adj": c.oom_score_adj}
    return {
        "name": c.name,
        "role": role,
        "count": c.count,
        "threads": c.threads,
        "rss": format_size(c.rss),
        "total_vm": c.total_vm,
        "uid": c.uid,
        **{key: value for key, value in adjustments.items() if value},
        **({"swapped": format_size(c.swapped)} if c.swapped else {}),
        **({"memcg": c.memcg} if c.memcg else {}),
        "program": program,
    }


def _memcgs(report: Report, members: list[TaskClass]) -> list[dict[str, Any]]:
    """The groups with a limit; at least what their members begin with, since shared pages count in each of them."""

    def held(path: str) -> int:
        return sum(c.rss * c.count for c in members if c.memcg == path)

    return [
        {"name": m.path, "limit": format_size(max(1, m.limit_kb // 4, held(m.path))), "oom_group": m.oom_group}
        for m in report.memcgs
    ]


def _printing(seconds: float) -> dict[str, Any]:
    return {"dist": "lognormal", "median": f"{max(1, round(seconds * 1e6))} us", "sigma": 0.8}


def _growth(most: int, begin_free: int) -> dict[str, Any]:
    return {
        "kind": "grow",
        "start": "0 s",
        "think": {"dist": "exponential", "mean": "2 ms"},
        "chunk": format_size(max(_SMALLEST_CHUNK, begin_free // _ASKS_TO_OOM)),
        "target": format_size(most),
        "hold": "forever",
    }


def _work(churns: bool) -> dict[str, Any]:
    if not churns:
        return {"kind": "idle"}
    return {
        "kind": "churn",
        "start": {"dist": "uniform", "low": "0 s", "high": "40 ms"},
        "think": {"dist": "exponential", "mean": "20 ms"},
        "chunk": "128 KiB",
        "keep": {"dist": "exponential", "mean": "5 ms"},
    }
