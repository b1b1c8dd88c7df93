"""What the log leaves open, and how it may have been: who grew, whether others did, too, and what came after a kill.

A log of many kills tells how fast memory filled up again: what the victims held, but for the last, in the time from
the first kill to the last. Processes of the name that died most grow as fast as that, or, where fewer of them stood in
the table than died, new ones take their places. The kernel with memory.oom.group kills all of a group at once.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from oommc.advise.incident import Incident
from oommc.errors import InputError
from oommc.incident.drafting.bound import bound_to
from oommc.incident.drafting.classes import TaskClass, classes
from oommc.incident.drafting.scenario import draft
from oommc.incident.model import Report, Victim
from oommc.scenario import Scenario
from oommc.units import duration, format_duration, size

Draft = tuple[str, dict[str, Any], int | None]
"""What is tried, in words, its scenario's table, and who is taken to have grown (a pid, None: as drafted)."""

AGAIN = "-again"
"""What the name of a class ends with whose processes take the places of killed ones."""

_CASCADE = 3  # kills
_ASKS = 2_000  # of all together
_SPARE_S = 30
_SMALLEST_CHUNK = 32  # pages


def must_be_whole(report: Report) -> None:
    """Raises InputError where a scenario would leave out what decides who dies."""
    if report.headless or report.cut:
        raise InputError("lines of the report are missing around its table of tasks")
    if report.constraint in ("cpuset", "mempolicy") and report.zones and not bound_to(report):
        raise InputError("the ask was bound to some nodes, and the report doesn't tell to which")


def drafts(incident: Incident) -> Iterator[Draft]:
    """What is tried, the likeliest first. Raises InputError."""
    report = incident.first
    grown, others = classes(report)
    table = _together(report, draft(report).table)
    died = [c for victim in incident.victims if (c := of_victim(report, [grown, *others], victim))]
    if cascade := _cascade(incident, table, [grown, *others], died):
        yield *cascade, None
    yield f"{grown.comm} grew", table, None
    largest = max((grown, *others), key=lambda c: c.rss)
    asked = [c for c in others if report.trigger.pid in c.pids]
    for one in dict.fromkeys(c for c in (*died[:1], *asked, largest) if c != grown and c.count == 1):
        (pid,) = one.pids
        try:
            other = _together(report, draft(report, grower=pid).table)
        except InputError:  # too small to make room
            continue
        yield f"{one.comm} grew", other, pid
    if too := [c.name for c in dict.fromkeys(died) if c != grown]:
        program = _process(table, grown.name)["program"]
        processes = [p | {"program": program} if p["name"] in too else p for p in table["process"]]
        yield "all that died grew", table | {"process": processes}, None


def _cascade(
    incident: Incident, table: dict[str, Any], members: list[TaskClass], died: list[TaskClass]
) -> tuple[str, dict[str, Any]] | None:
    """Those of the name that died most grow together, as fast as the log tells; None where it tells no such thing."""
    span = incident.span_s
    if incident.first.group_kill or len(died) < _CASCADE or not span:
        return None
    ((comm, kills),) = Counter(c.comm for c in died).most_common(1)
    own = {c.name: c for c in members if c.comm == comm and c.oom_score_adj > -1000}
    if not own:
        return None
    idle = {"kind": "idle"}
    still = [p | {"program": idle} if p["role"] == "hog" else p for p in table["process"]]
    sizes = [size(_process(table, c.name)["rss"]) for c in died]  # as the scenario has them
    again, count = sum(sizes[:-1]), sum(c.count for c in own.values())
    rate = again / span  # pages a second, of all together
    horizon = round((2 * span + _SPARE_S) * 10**9)
    changed = table | {"horizon": format_duration(max(duration(table["horizon"]), horizon))}
    more = _free(table) + again + sizes[-1] // 2  # until the last of them, and not one more
    chunk = max(_SMALLEST_CHUNK, more // _ASKS)
    if count > 2 * kills:
        more //= count - kills // 2  # some is lost with those that die
        processes = [
            p | {"program": _growing(size(p["rss"]) + more, count * p["threads"] * chunk / rate, chunk)}
            if p["name"] in own
            else p
            for p in still
        ]
        return f"all {comm} grew, as fast as the kills gave room", changed | {"process": processes}
    each = again // max(1, len(sizes) - 1)
    taker = _process(table, next(iter(own)))
    program = _growing(each, chunk * span / max(1, each), chunk)
    program["start"] = {"dist": "uniform", "low": "0 s", "high": format_duration(round(span * 10**9))}
    fresh = taker | {"name": taker["name"] + AGAIN, "count": len(died), "rss": "1 pages", "program": program}
    return f"{comm} grew, and others took its place", changed | {"process": [*still, fresh]}


def _free(table: dict[str, Any]) -> int:
    """Pages above min at the beginning."""
    nodes = table["machine"]["node"]
    free = sum(size(n["memory"]) - size(n["reserved"]) - size(n["page_cache"]) - size(n["min"]) for n in nodes)
    return max(0, free - sum(size(p["rss"]) * p["count"] for p in table["process"]))


def _growing(target: int, think_s: float, chunk: int) -> dict[str, Any]:
    think = {"dist": "exponential", "mean": format_duration(max(1000, round(think_s * 10**9)))}
    program = {"kind": "grow", "start": "0 s", "think": think, "chunk": f"{chunk} pages"}
    return program | {"target": f"{max(1, target)} pages", "hold": "forever"}


def _process(table: dict[str, Any], name: str) -> dict[str, Any]:
    return next(p for p in table["process"] if p["name"] == name)


def _together(report: Report, table: dict[str, Any]) -> dict[str, Any]:
    """Where the group died as a whole: a machine with room, and in it the group, with memory.oom.group."""
    return Scenario.from_dict(table).replace_all(grouped(table)).to_dict() if report.group_kill else table


def grouped(table: dict[str, Any]) -> dict[str, Any]:
    """What makes of a group's machine a group with memory.oom.group, of a machine with room: values by path."""
    (node,) = table["machine"]["node"]
    memory = size(node["memory"])
    limit = {"name": "group", "limit": f"{memory - size(node['reserved'])} pages", "oom_group": True}
    members = {f"process.{process['name']}.memcg": "group" for process in table["process"]}
    return {"machine.node.0.memory": f"{2 * memory} pages", "memcg": [limit], **members}


def of_victim(report: Report, members: list[TaskClass], victim: Victim) -> TaskClass | None:
    """The class of a victim: by its pid, or its thread group's, else by its name."""
    tgids = {task.pid: task.tgid for task in report.tasks}
    pids = {victim.pid, tgids.get(victim.pid)}
    by_pid = (c for c in members if any(pid in pids or tgids[pid] in pids for pid in c.pids))
    by_name = (c for c in members if c.comm == victim.comm)
    return next(by_pid, None) or next(by_name, None)
