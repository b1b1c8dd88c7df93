"""A larger limit of the memory cgroup that hit it: how large, and the command that sets it."""

import shlex

from oommc.advise.enough import Enough
from oommc.advise.settings import Setting, available_kb, kernel
from oommc.incident.model import Report
from oommc.units import PAGE

_MOST_TIMES = 4  # a limit so many times as large is no advice: address space isn't need


def larger(report: Report, more: list[Enough]) -> list[Setting]:
    """The limit that would have been enough, where the log tells how far what grew would have gone; none that is many
    times as large, or larger than what the report shows to be available.
    """
    told = next((one for one in more if not one.is_least), None)
    if told is None or (limit := raised(report, told.enough)) is None:
        return []
    room = available_kb(report) if report.zones else None
    more_kb = told.enough * PAGE // 1024
    if limit * 1024 > _MOST_TIMES * (report.memcg_limit_kb or 0) or (room is not None and more_kb > room):
        return []
    name = f"memory.max={limit}M"
    return [Setting(name, kernel(report), raising(report, told.enough), "larger", told.changes, told.stop)]


def raising(report: Report, more: int) -> str | None:
    """The command that raises the group's limit by so many pages; None where no group's limit was hit."""
    limit = raised(report, more)
    if limit is None or not report.memcg:
        return None
    *_, last = report.memcg.split("/")
    if last.endswith((".service", ".slice")):
        return f"systemctl set-property {shlex.quote(last)} MemoryMax={limit}M"
    if "kubepods" in report.memcg:
        return f"kubectl set resources deployment NAME --limits=memory={limit}Mi"
    if (name := last.removeprefix("docker-").removesuffix(".scope")) and "docker" in report.memcg:
        return f"docker update --memory {limit}m --memory-swap -1 {shlex.quote(name[:12])}"
    if "memory+swap" in report.counters:  # the counters of cgroup v1
        return f"echo {limit}M > {shlex.quote(f'/sys/fs/cgroup/memory{report.memcg}/memory.limit_in_bytes')}"
    return f"echo {limit}M > {shlex.quote(f'/sys/fs/cgroup{report.memcg}/memory.max')}"


def raised(report: Report, more: int) -> int | None:
    """The group's limit and so many pages, in MiB; None where no group's limit of memory was hit."""
    if report.constraint != "memcg" or not report.memcg_limit_kb:
        return None
    return -(-(report.memcg_limit_kb + more * PAGE // 1024) // 1024)
