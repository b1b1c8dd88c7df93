"""The kernel's score of each task, recomputed from the task table, and what becomes of the recorded choice.

From 2.6.36 on all that badness reads stands in the table: rss, swap, page tables, oom_score_adj. (Before, it
weighed virtual size against CPU time and age, which no report tells.) `root` is uid 0 here; the kernel asks for
CAP_SYS_ADMIN. Read in mm/oom_kill.c, oom_badness(), of 2.6.36, 3.7, 3.16, 4.14, 5.9 and 6.12.
"""

from dataclasses import dataclass

from oommc.incident.model import Report, Task
from oommc.policies import Policy
from oommc.policies.eras import design_of, policy_of

_NEVER = -1000


@dataclass(frozen=True)
class Choice:
    """The tasks with the highest score, in the table's order; `recorded`: the one that the kernel chose, and
    `why` another than the score's, in words ("" where it is the score's, or one of equals).
    """

    best: list[Task]
    recorded: Task | None
    why: str

    @property
    def agrees(self) -> bool:
        """Whether the recorded choice has the highest score."""
        return self.recorded is not None and any(t.pid == self.recorded.pid for t in self.best)


def design(report: Report) -> str | None:
    """The design that the report's kernel ran: by its version, else by the columns of its table."""
    return next((known for text in (report.kernel, report.era) if (known := design_of(text or ""))), None)


def policy(report: Report) -> Policy | None:
    """The same as a policy, with the constants of that version."""
    return next((known for text in (report.kernel, report.era) if (known := policy_of(text or ""))), None)


def choice(report: Report) -> Choice | None:
    """What the score says of this report; None if the table or its head is missing, or the kernel scored otherwise."""
    if not report.tasks or report.headless or all(task.oom_score_adj is None for task in report.tasks):
        return None
    total = total_pages(report)
    if total is None and (version(report) < (3, 6) or any((t.oom_score_adj or 0) > 0 for t in report.tasks)):
        return None
    points = scores(report, total or 0)
    most = max(points.values(), default=0)
    best = [task for task in report.tasks if points.get(task.pid) == most]
    if not best or (total is None and len(points) > 1 and any(task.oom_score_adj for task in best)):
        return None  # what lowers a score can't be weighed, and it would have to be
    pids = [report.chosen[0]] if report.chosen else []  # a child may have died instead
    pids += [victim.pid for victim in report.victims[:1]]
    recorded = next((task for pid in pids for task in report.tasks if pid in (task.pid, task.tgid)), None)
    return Choice(best, recorded, _why(report, best, recorded) if pids else "")


def scores(report: Report, total: int) -> dict[int, int]:
    """The score of each task that may be chosen, by pid: pages, adjusted (permille for kernels before 3.6). `total`
    is `total_pages`; with 0 a negative adjustment is left out.
    """
    era, page_kb = version(report), report.page_kb
    points = {}
    for task in report.tasks:
        adj = task.oom_score_adj or 0
        if adj == _NEVER:
            continue
        pages = task.rss + (task.swapents or 0) + (task.page_tables_kb or 0) // page_kb
        root = task.uid == 0
        if era < (3, 6):
            points[task.pid] = max(1, min(1000, pages * 1000 // max(1, total) - 30 * root + adj))
            continue
        if era < (3, 15):
            adj -= 30 * root
        elif era < (4, 17) and root:
            pages -= pages * 3 // 100
        pages += int(adj * total / 1000)
        points[task.pid] = pages if era >= (5, 9) else max(1, pages)
    return points


def version(report: Report) -> tuple[int, int]:
    """(major, minor) of the kernel, as told or as the table's columns betray; Red Hat's 2.6.32 scores as 2.6.36."""
    for text in (report.kernel, report.era):
        if text:
            major, minor = text.split(".")[:2]
            if minor.isdecimal():
                return int(major), int(minor)
    return 6, 0


def total_pages(report: Report) -> int | None:
    """What oom_score_adj is a share of: RAM and swap, or a memory cgroup's limit; None where it isn't told."""
    if report.constraint == "memcg":
        return report.memcg_limit_kb // report.page_kb if report.memcg_limit_kb else None
    managed = [zone.managed_kb for zone in report.zones if zone.managed_kb is not None]
    if managed and len(managed) == len(report.zones):
        ram = sum(managed) // report.page_kb
    elif report.ram_pages is not None:
        ram = report.ram_pages - (report.reserved_pages or 0)
    else:
        return None
    return ram + (report.swap_total_kb or 0) // report.page_kb


def _why(report: Report, best: list[Task], recorded: Task | None) -> str:
    if recorded is None:
        return "it isn't in the table"
    if any(task.pid == recorded.pid for task in best):
        return ""
    if report.constraint in ("cpuset", "mempolicy"):
        return f"the ask was bound to some nodes ({report.constraint}), and the table doesn't tell what is where"
    if report.swap_total_kb and all(task.swapents is None for task in report.tasks):
        return "swapped pages count, and this kernel's table doesn't tell them"
    if report.cut:
        return "the log is cut between the table and the kill, which may be another report's"
    return "the table doesn't tell why; a task that was killed before and reaped is passed over, for one"
