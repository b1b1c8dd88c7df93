"""A running machine as a report: what the kernel would print if memory ran out now, read from /proc.

Needs no rights and writes nothing. Under `hidepid` other users' processes are missing, as they are from `ps`.
Fields as in proc(5) and Documentation/filesystems/proc.rst.
"""

import re
from pathlib import Path

from oommc.errors import InputError
from oommc.incident.model import Report, Task, Zone
from oommc.incident.reading.cgroups import Cgroups

PAGE_KB = 4
_LOOKED_INTO = 20  # smaps_rollup walks page tables: only those of the largest processes are read
_ZONE = re.compile(r"Node (\d{1,4}), zone +(\w{1,16})", re.ASCII)
_NUMBER = re.compile(r"\d{1,19}", re.ASCII)
_ZONE_KEYS = {"pages free": "free_kb", "min": "min_kb", "low": "low_kb", "high": "high_kb", "boost": "boost_kb"}
_ZONE_KEYS |= {"present": "present_kb", "managed": "managed_kb"}


def read_live(proc: str | Path = "/proc") -> Report:
    """The machine whose /proc this is, and the sys/fs/cgroup beside it.

    Raises InputError if it isn't one, or tells neither memory nor a process.
    """
    root = Path(proc)
    try:
        memory = _kilobytes((root / "meminfo").read_text("utf-8", "replace"))
        zones = _zones((root / "zoneinfo").read_text("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"{error.filename or root}: can't be read: {error.strerror}") from None
    tasks = [task for entry in root.iterdir() if _NUMBER.fullmatch(entry.name) and (task := _task(entry))]
    if not tasks or not zones:
        raise InputError(f"{root}: tells no {'process' if zones else 'memory zone'}; not a /proc of Linux?")
    tasks.sort(key=lambda task: task.pid)
    for task in sorted(tasks, key=lambda task: -task.rss)[:_LOOKED_INTO]:
        task.private_kb = _private(root / str(task.pid))
    groups = Cgroups(root.absolute().parent / "sys/fs/cgroup")
    limits = {}
    for task in tasks:
        if group := groups.of(_text(root / str(task.pid) / "cgroup")):
            task.memcg, limits[group.path] = group.path, group
    cache = memory.get("Active(file)", 0) + memory.get("Inactive(file)", 0)
    return Report(
        "live",
        kernel=_text(root / "sys/kernel/osrelease") or None,
        cpus=len(re.findall(r"^cpu\d", _text(root / "stat"), re.MULTILINE)) or None,
        zones=zones,
        file_pages=cache // PAGE_KB,
        swap_total_kb=memory.get("SwapTotal"),
        swap_free_kb=memory.get("SwapFree"),
        pressure=_pressure(_text(root / "pressure/memory")),
        tasks=tasks,
        memcgs=sorted(limits.values(), key=lambda group: group.path),
    )


def _text(path: Path) -> str:
    """A file that may be missing, or belong to a process that has just gone."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _kilobytes(text: str) -> dict[str, int]:
    return {name: int(kb) for name, kb in re.findall(r"^([\w()]+):\s+(\d{1,19}) kB", text, re.ASCII | re.MULTILINE)}


def _zones(text: str) -> list[Zone]:
    """Zones that have memory; /proc/zoneinfo counts in pages."""
    zones: list[Zone] = []
    for line in text.splitlines():
        if match := _ZONE.match(line):
            zones.append(Zone(f"Node {match[1]} {match[2]}"))
        elif zones:
            name, _, number = line.strip().rpartition(" ")
            key = _ZONE_KEYS.get(name.strip())
            if key and _NUMBER.fullmatch(number) and getattr(zones[-1], key) is None:
                setattr(zones[-1], key, int(number) * PAGE_KB)
    return [zone for zone in zones if zone.managed_kb]


def _task(entry: Path) -> Task | None:
    """A process; None for a kernel's thread, which has no memory, and for one that is gone."""
    text = _text(entry / "status")
    sizes = _kilobytes(text)
    facts = dict(re.findall(r"^(Name|Uid|Threads):\s+(.+)", text, re.MULTILINE))
    adj = _text(entry / "oom_score_adj")
    if not sizes.get("VmRSS") or not facts.keys() >= {"Name", "Uid"}:
        return None
    return Task(
        int(entry.name),
        int(entry.name),
        _whole(facts["Uid"]),
        facts["Name"],
        sizes.get("VmSize", sizes["VmRSS"]) // PAGE_KB,
        sizes["VmRSS"] // PAGE_KB,
        sizes.get("VmSwap", 0) // PAGE_KB,
        oom_score_adj=_whole(adj),
        page_tables_kb=sizes.get("VmPTE", 0),
        threads=_whole(facts.get("Threads", "1")),
    )


def _whole(text: str) -> int:
    """The number that a text begins with, else 0."""
    match = re.match(r"-?\d{1,10}", text, re.ASCII)
    return int(match[0]) if match else 0


def _private(entry: Path) -> int | None:
    """kB that only this process maps: what its death gives back for certain. None where it may not be read."""
    sizes = _kilobytes(_text(entry / "smaps_rollup"))
    return (
        sizes["Private_Clean"] + sizes["Private_Dirty"] if {"Private_Clean", "Private_Dirty"} <= sizes.keys() else None
    )


def _pressure(text: str) -> tuple[float, float] | None:
    """PSI's `some` and `full` averages over 10 s, in percent."""
    found = re.findall(r"^(?:some|full) avg10=(\d{1,3}\.\d{1,2})", text, re.ASCII | re.MULTILINE)
    return (float(found[0]), float(found[1])) if len(found) == 2 else None
