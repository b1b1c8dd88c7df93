"""What ran out, and why: the cause of an incident, with the numbers that show it.

`memory` ran out as a whole, or on the `nodes` that the ask was bound to, or a group's `limit` was hit; for these it
matters who is killed. It doesn't where the `zone` that the ask needs is empty and others aren't, where no block of the
ask's `order` is free, where the `kernel` itself holds most of memory, where nobody may be killed (`no_killable`), or
where somebody asked for the kill (`sysrq`). `unknown`: the log doesn't say, or says that there was enough.
"""

from dataclasses import dataclass
from typing import Any

from oommc.incident import score, zones
from oommc.incident.model import Report, Zone

_ENOUGH = 10  # a tenth of memory free, in zones that the ask may use, isn't out of memory
_MUCH = 10  # a tenth of memory is worth a word
_FAR_ABOVE = 4  # times the high marks isn't, either, where the size of memory isn't told
_BOUND = {"cpuset": "a cpuset", "mempolicy": "a memory policy"}


@dataclass(frozen=True)
class Cause:
    """One of the kinds above, one or two sentences, and the numbers in them (kB, pages of the ask, names)."""

    kind: str
    text: str
    numbers: dict[str, Any]


def cause(report: Report) -> Cause | None:
    """The cause of this incident; None for a live machine, where there was none."""
    if report.is_live:
        return None
    rules = _OF_KERNELS if report.source == "kernel" else _OF_KILLERS
    return next(found for rule in rules if (found := rule(report)))


def entry(report: Report) -> dict[str, Any]:
    """The entry of `oommc incident LOG --json`, but for the overview."""
    found = cause(report)
    kind, text, numbers = (found.kind, found.text, found.numbers) if found else (None, None, None)
    return report.to_json() | {"cause": kind, "cause_text": text, "cause_numbers": numbers}


def size(kb: float) -> str:
    """`3,948 kB`, `198 MiB`, `15.7 GiB`."""
    if kb < 10 * 1024:
        return f"{kb:,.0f} kB"
    return f"{kb / 1024:,.0f} MiB" if kb < 10 * 1024 * 1024 else f"{kb / 1024 / 1024:,.1f} GiB"


def _sysrq(report: Report) -> Cause | None:
    if not report.sysrq:
        return None
    text = "Somebody asked for this kill (SysRq-f): memory had not run out."
    return Cause("sysrq", text, {"order": report.trigger.order, "free_kb": _free_kb(report.zones)})


def _nobody_in_group(report: Report) -> Cause | None:
    if report.constraint != "memcg" or not report.no_killable or report.victims:
        return None
    return _nobody(report)


def _limit(report: Report) -> Cause | None:
    if report.constraint != "memcg":
        return None
    group = f"The memory cgroup {report.memcg}" if report.memcg else "A memory cgroup"
    if report.is_unlimited:
        return Cause("unknown", f"{group} has no limit: it isn't what ran out.", {"usage_kb": report.memcg_usage_kb})
    told = [(what, usage, limit) for what, (usage, limit) in report.counters.items() if limit is not None]
    if not told:
        return Cause("limit", f"{group} reached its limit, which the log doesn't tell.", {})
    what, usage, limit = max(told, key=lambda of: of[1] / max(1, of[2]))
    of = "" if what == "memory" else f" of {what}"
    text = f"{group} reached its limit{of}: {size(usage)} of {size(limit)} used."
    return Cause("limit", text, {"of": what, "usage_kb": usage, "limit_kb": limit})


def _zone(report: Report) -> Cause | None:
    usable, others = zones.parted(report)
    spare = sum(max(0, zones.free_kb(z) - zones.high_kb(z)) for z in others)
    if not usable or any(zones.gives_page(report, z) for z in usable):
        return None
    if spare <= sum(map(zones.high_kb, usable)):
        return None
    top = usable[-1]
    numbers = {"usable": [_marks(report, z) for z in usable], "others": [_marks(report, z) for z in others]}
    text = (
        f"{top.zone} had {size(zones.free_kb(top))} free, under its minimum of {size(zones.min_kb(top))}. The ask "
        f"({report.trigger.gfp}) can't use {_names(others)}, where {size(_free_kb(others))} were free."
    )
    return Cause("zone", text, numbers)


def _order(report: Report) -> Cause | None:
    order = report.trigger.order or 0
    if order < 1:
        return None
    above = [z for z in zones.parted(report)[0] if zones.gives_page(report, z)]
    if not above or any(zones.gives_block(report, z, score.version(report)) for z in above):
        return None
    held = [zones.blocks_kb(report, z) for z in above]
    blocks = None if None in held else sum(kb or 0 for kb in held)
    there = "none of it in" if blocks in (None, 0) else f"only {size(blocks)} of it in"
    text = (
        f"{size(_free_kb(above))} were free in {_names(above)}, but {there} blocks of {1 << order} pages "
        f"({size(report.page_kb << order)}), which the ask needs in one piece."
    )
    numbers = {
        "order": order,
        "free_kb": _free_kb(above),
        "in_blocks_kb": blocks,
        "usable": [_marks(report, z) for z in above],
    }
    return Cause("order", text, numbers)


def _kernel(report: Report) -> Cause | None:
    numbers = shares(report)
    if numbers is None or numbers["rest_kb"] * 2 <= numbers["ram_kb"]:
        return None
    ram, rest = numbers["ram_kb"], numbers["rest_kb"]
    parts = [
        f"{name} {size(numbers[key])}"
        for name, key in (("slab", "slab_kb"), ("kernel stacks", "kernel_stack_kb"), ("huge pages", "hugetlb_kb"))
        if numbers[key]
    ]
    text = (
        f"Of {size(ram)} of memory {size(rest)} ({100 * rest // ram} %) are neither the tasks', page cache nor free"
        + (f": {', '.join(parts)}" if parts else "")
        + ". No kill gives that back."
    )
    return Cause("kernel", text, numbers)


def _nobody(report: Report) -> Cause | None:
    if not report.no_killable:
        return None
    never = sum(task.oom_score_adj == -1000 for task in report.tasks)
    text = "Nobody may be killed"
    if report.tasks:
        text += f": of the {len(report.tasks)} tasks in the table {never} have oom_score_adj -1000"
    return Cause("no_killable", f"{text}.", {"tasks": len(report.tasks), "protected": never})


def _nodes(report: Report) -> Cause | None:
    allowed, there = zones.allowed_nodes(report), {zones.node(z) for z in report.zones}
    elsewhere = [z for z in report.zones if allowed is not None and zones.node(z) not in allowed]
    if report.constraint not in _BOUND and not elsewhere:
        return None
    by = _BOUND.get(report.constraint or "", "its mems_allowed")
    if report.constraint == "cpuset" and report.cpuset:
        by = f"the cpuset {report.cpuset}"
    which = "some nodes" if not allowed else f"node {min(allowed)}" if len(allowed) == 1 else f"nodes {sorted(allowed)}"
    text = f"The ask is bound to {which} by {by}, and there memory ran out"
    if elsewhere:
        text += f"; elsewhere {size(_free_kb(elsewhere))} are free"
    numbers = {
        "allowed": sorted(allowed) if allowed else None,
        "nodes": sorted(there) or None,
        "usable": [_marks(report, z) for z in zones.parted(report)[0]],
        "free_elsewhere_kb": _free_kb(elsewhere) if elsewhere else None,
    }
    return Cause("nodes", f"{text}.", numbers)


def _enough(report: Report) -> Cause | None:
    usable, ram = zones.parted(report)[0], report.ram_kb
    free, marks = _free_kb(usable), sum(map(zones.high_kb, usable))
    if (report.trigger.order or 0) > 0 or free * _ENOUGH < (ram or marks * _ENOUGH * _FAR_ABOVE) or not free:
        return None
    of = f"{size(free)} of {size(ram)}" if ram else size(free)
    text = f"{of} were free in zones that the ask may use, far above their marks: memory had not run out there."
    return Cause("unknown", text, {"free_kb": free, "ram_kb": ram})


def _memory(report: Report) -> Cause | None:
    usable = zones.parted(report)[0]
    if not usable:
        return None
    free, low = _free_kb(usable), sum(map(zones.min_kb, usable))
    cache = None if report.file_pages is None else report.file_pages * report.page_kb
    numbers = {
        "free_kb": free,
        "min_kb": low,
        "ram_kb": report.ram_kb,
        "page_cache_kb": cache,
        "swap_free_kb": report.swap_free_kb,
        "swap_total_kb": report.swap_total_kb,
        "usable": [_marks(report, z) for z in usable],
    }
    of = f" of {size(report.ram_kb)}" if report.ram_kb else ""
    text = f"Memory ran out: {size(free)}{of} free where the marks are {size(low)}"
    text += "" if cache is None else f", {size(cache)} of page cache"
    if report.swap_total_kb and report.swap_free_kb is not None:
        text += f", {size(report.swap_free_kb)} of {size(report.swap_total_kb)} of swap free"
    elif report.swap_total_kb == 0:
        text += ", no swap"
    numbers["nobodys_kb"] = nobodys = _nobodys_kb(report)
    if nobodys and nobodys * _MUCH > (report.ram_kb or 0):
        text += (
            f"; at least {size(nobodys)} are shared memory that no task maps, as in a tmpfs, which no kill gives back"
        )
    return Cause("memory", f"{text}.", numbers)


def _nobodys_kb(report: Report) -> int | None:
    """Shared memory that can't be the tasks': even with what they share counted for each, they have less."""
    held, shared = shares(report), report.pages.get("shmem")
    if held is None or shared is None or not report.tasks or report.headless or report.cut:
        return None
    mapped = sum(task.rss for task in report.tasks) * report.page_kb
    return max(0, min(shared * report.page_kb, held["tasks_kb"] - mapped))


def _untold(report: Report) -> Cause:
    return Cause("unknown", "The log doesn't say what ran out: it has no memory report.", {})


def _available(report: Report) -> Cause | None:
    if report.mem_kb is None:
        return None
    free, total = report.mem_kb
    text = f"{report.source} acted with {size(free)} of {size(total)} of memory available"
    if report.swap_total_kb:
        text += f", {size(report.swap_free_kb or 0)} of {size(report.swap_total_kb)} of swap free"
    numbers: dict[str, Any] = {"available_kb": free, "ram_kb": total}
    numbers |= {"swap_free_kb": report.swap_free_kb, "swap_total_kb": report.swap_total_kb}
    return Cause("memory", f"{text}.", numbers)


def _killers_own(report: Report) -> Cause:
    on = f" on {report.reason}" if report.reason else ""
    numbers = {"reason": report.reason} if report.reason else {}
    return Cause("unknown", f"{report.source} acted{on}; the log doesn't tell how much memory was left.", numbers)


_OF_KERNELS = (*(_sysrq, _nobody_in_group, _limit, _zone, _order, _kernel, _nobody, _nodes, _enough, _memory, _untold),)
_OF_KILLERS = (_limit, _available, _killers_own)


def shares(report: Report) -> dict[str, int] | None:
    """Where memory is, in kB: the tasks' (with page tables), page cache, free, the rest; None where it isn't told."""
    ram, pages, page_kb = report.ram_kb, report.pages, report.page_kb
    lists = ("active_anon", "inactive_anon", "isolated_anon", "unevictable")
    if not ram or "free" not in pages or not pages.keys() & {"active_anon", "Active"}:
        return None

    def kb(*names: str) -> int:
        return sum(pages.get(name, 0) for name in names) * page_kb

    tasks = kb(*lists, "pagetables", "Active", "inactive")  # before 2.6.28 the lists hold the page cache, too
    cache, free = kb("active_file", "inactive_file", "isolated_file"), kb("free")
    return {
        "ram_kb": ram,
        "tasks_kb": tasks,
        "page_cache_kb": cache,
        "free_kb": free,
        "slab_kb": kb("slab", "slab_reclaimable", "slab_unreclaimable"),
        "kernel_stack_kb": report.kernel_stack_kb or 0,
        "page_tables_kb": kb("pagetables"),
        "hugetlb_kb": report.hugetlb_kb or 0,
        "rest_kb": max(0, ram - tasks - cache - free),
    }


def _free_kb(some: list[Zone]) -> int:
    return sum(map(zones.free_kb, some))


def _names(some: list[Zone]) -> str:
    names = [zone.zone for zone in some]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _marks(report: Report, zone: Zone) -> dict[str, Any]:
    return {
        "zone": zone.zone,
        "free_kb": zone.free_kb,
        "min_kb": zone.min_kb,
        "kept_kb": zones.kept_kb(report, zone),
        "blocks": zone.blocks,
    }
