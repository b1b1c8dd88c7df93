"""The tasks of a report as a handful of process classes.

A table of a thousand rows makes a scenario nobody can read. Large tasks stay on their own, since who is
killed is decided among them, and so does the one that asked; the small ones are put together, by name
first, and what is still too much by what protects it. A class has the mean of its tasks as constant sizes,
so that the sum is the report's: drawn sizes would at times not fit into a machine that was full.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from oommc.incident.model import Report, Task

_ALONE = 16  # at most so many tasks on their own ...
_ALONE_SHARE = 100  # ... each with at least the 100th part of all rss
_NAMED = 16  # classes of small tasks by name; the rest is put together
_OOM_DISABLE = -17


@dataclass(frozen=True)
class TaskClass:
    """`count` processes of `threads` threads; `rss`, `total_vm`, `swapped`: 4 KiB pages each; `comm` is the table's."""

    name: str
    comm: str
    count: int
    threads: int
    uid: int
    rss: int
    total_vm: int
    oom_adj: int
    oom_score_adj: int
    memcg: str | None
    pids: frozenset[int]
    swapped: int

    @classmethod
    def of(cls, name: str, processes: list["_Process"], page_kb: int) -> Self:
        """The class of these processes."""

        def mean(values: Iterable[int]) -> int:
            values = list(values)
            return round(sum(values) / len(values))

        largest = max(processes, key=lambda p: p.task.rss).task
        rss = max(1, mean(p.task.rss for p in processes) * page_kb // 4)
        adj, score_adj = _adjustments(largest)
        return cls(
            name,
            _name(processes),
            len(processes),
            max(p.threads for p in processes),
            max(largest.uid, 0),
            rss,
            max(rss, mean(p.task.total_vm for p in processes) * page_kb // 4),
            adj,
            score_adj,
            largest.memcg,
            frozenset(p.task.pid for p in processes),
            mean(p.task.swapents or 0 for p in processes) * page_kb // 4,
        )

    def of_size(self, rss: int) -> Self:
        """The same with another rss."""
        return replace(self, rss=rss)

    def with_swapped(self, pages: int) -> Self:
        """The same with so much out in swap."""
        return replace(self, swapped=pages)

    def scaled(self, share: float) -> Self:
        """The same with a share of its rss, but no process without any."""
        return self.of_size(max(1, int(self.rss * share)))


@dataclass(frozen=True)
class _Process:
    task: Task
    threads: int


def classes(report: Report, grower: int | None = None) -> tuple[TaskClass, list[TaskClass]]:
    """The process that is taken to have grown, and the other processes, largest first.

    The report says who asked last and who was killed, not who grew. The larger of those is it; but where both
    are dwarfs beside the largest task (a sacrificed child, a protected giant), the giant is. `grower`: the pid of
    one that is taken instead.
    """
    processes = sorted(_processes(report.tasks), key=lambda p: -p.task.rss)
    named = {v.pid for v in report.victims} | {report.trigger.pid}
    suspects = [p for p in processes if p.task.pid in named and p.task.rss * 10 >= processes[0].task.rss]
    hog = next((p for p in processes if p.task.pid == grower), (suspects or processes)[0])
    processes.remove(hog)
    floor = sum(p.task.rss for p in processes) // _ALONE_SHARE
    alone = [
        p for i, p in enumerate(processes) if (i < _ALONE and p.task.rss > floor) or p.task.pid == report.trigger.pid
    ]
    groups = [[p] for p in alone] + _grouped([p for p in processes if p not in alone])
    names = _Names()
    grown = TaskClass.of(names.take(hog.task.comm), [hog], report.page_kb)
    others = [TaskClass.of(names.take(_name(group)), group, report.page_kb) for group in groups]
    return grown, sorted(others, key=lambda c: -c.rss * c.count)


def _processes(tasks: list[Task]) -> list[_Process]:
    """One for each thread group: older kernels list every thread, each with the rss of the whole."""
    groups: dict[int, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.tgid, []).append(task)
    return [_Process(max(group, key=lambda t: t.rss), max(len(group), group[0].threads)) for group in groups.values()]


def _grouped(processes: list[_Process]) -> list[list[_Process]]:
    by_name: dict[tuple, list[_Process]] = {}
    for p in processes:
        by_name.setdefault((p.task.comm, p.task.uid == 0, *_adjustments(p.task), p.task.memcg), []).append(p)
    groups = sorted(by_name.values(), key=lambda g: -sum(p.task.rss for p in g))
    rest: dict[tuple, list[_Process]] = {}
    for p in (p for group in groups[_NAMED:] for p in group):
        rest.setdefault((p.task.uid == 0, _adjustments(p.task)[0] == _OOM_DISABLE, p.task.memcg), []).append(p)
    return groups[:_NAMED] + list(rest.values())


def _name(group: list[_Process]) -> str:
    """What they are all called, else `others`."""
    names = {p.task.comm for p in group}
    return names.pop() if len(names) == 1 else "others"


class _Names:
    """Class names: no blanks, no dots, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, comm: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", comm).strip("-") or "task"
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain}-{number}"
        self._taken.add(name)
        return name


def _adjustments(task: Task) -> tuple[int, int]:
    """`oom_adj` and `oom_score_adj`, whichever the table has; the other as 2.6.36 converts it, so that a
    protected task is protected under the policies of every era."""
    adj, score_adj = task.oom_adj, task.oom_score_adj
    if score_adj is None:
        score_adj = 1000 if adj == 15 else int((adj or 0) * 1000 / 17)
    if adj is None:
        adj = _OOM_DISABLE if score_adj <= -1000 else max(-16, int(score_adj * 17 / 1000))
    return max(_OOM_DISABLE, min(15, adj)), max(-1000, min(1000, score_adj))
