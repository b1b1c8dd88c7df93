"""A report as text: who asked, what the memory looked like, who was large, who died."""

from oommc.incident import score
from oommc.incident.cause import cause
from oommc.incident.model import Memcg, Report, Task, Victim

_LARGEST = 10
_ENDINGS = {
    "kill": "a kill",
    "attempt": "a kill that failed: nobody died",
    "no_victim": "nobody was killed",
    "panic": "panic",
    "truncated": "the log doesn't say: the report is cut",
}


def text(report: Report, number: int) -> str:
    """Some lines about one report; `number` is its place in the log."""
    system = f", Linux {report.kernel}" if report.kernel else ""
    when = f" at {report.t_s:.6f} s" if report.t_s is not None else f" at {report.stamp}" if report.stamp else ""
    host = f" on {report.host}" if report.host else ""
    lines = [f"report {number}: {report.source}{system}{host}{when}", *_facts(report)]
    if report.zones:
        lines += _table(
            [("zone", "free kB", "min", "low", "high")]
            + [(z.zone, *map(_or_unknown, (z.free_kb, z.min_kb, z.low_kb, z.high_kb))) for z in report.zones]
        )
    if report.tasks:
        lines += _tasks(report)
    return "\n".join(lines) + "\n"


def _facts(report: Report) -> list[str]:
    asked, lines = report.trigger, []
    if found := cause(report):
        lines.append(("cause", f"{found.kind}: {found.text}"))
    if asked.comm or asked.pid is not None:
        order = "" if asked.order is None else f" for 2**{asked.order} pages" if asked.order >= 0 else " by SysRq-f"
        lines.append(
            (
                "asked",
                f"{asked.comm or '?'} (pid {_or_unknown(asked.pid)}){order}"
                + (f", gfp_mask {asked.gfp}" if asked.gfp else ""),
            )
        )
    if (bound := _bound(report)) and not report.is_live:
        lines.append(("bound to", bound))
    lines += [("limited", _limited(report, group)) for group in report.memcgs]
    if report.swap_total_kb:
        lines.append(("swap", f"{_or_unknown(report.swap_free_kb)} of {report.swap_total_kb} kB free"))
    if choice := score.choice(report):
        lines.append(("by score", _chosen(choice)))
    lines += [("killed", _killed(victim)) for victim in report.victims]
    lines += [("attempt", f"{_killed(victim)}: {victim.failure}") for victim in report.attempts]
    if report.pressure:
        lines.append(("pressure", f"some {report.pressure[0]:g} %, full {report.pressure[1]:g} % of the last 10 s"))
    if report.ended:
        lines.append(("ended", _ENDINGS[report.ended]))
    return [f"  {name:<10}{text}" for name, text in lines]


def _bound(report: Report) -> str:
    parts = [] if report.constraint == "none" else [report.constraint or "(not told)"]
    if report.constraint is None and report.source != "kernel":
        parts = []
    if report.memcg:
        parts.append(report.memcg)
    if report.memcg_limit_kb is not None:
        parts.append(f"{report.memcg_usage_kb} of {report.memcg_limit_kb} kB used")
    elif report.memcg_usage_kb is not None:
        parts.append(f"{report.memcg_usage_kb} kB used, no limit")
    if report.cpuset not in (None, "/") and report.constraint != "memcg":
        parts.append(f"cpuset {report.cpuset}")
    if report.constraint in ("cpuset", "mempolicy"):
        parts += [f"nodes {nodes}" for nodes in (report.nodemask or report.mems_allowed,) if nodes]
    return ", ".join(parts)


def _limited(report: Report, group: Memcg) -> str:
    members = [task for task in report.tasks if task.memcg == group.path]
    held = sum(task.rss for task in members) * report.page_kb / 1024
    together = ", killed together (memory.oom.group)" if group.oom_group else ""
    tasks = "1 task" if len(members) == 1 else f"{len(members)} tasks"
    return f"{group.path} to {group.limit_kb / 1024:.1f} MiB: {tasks} with {held:.1f} MiB rss{together}"


def _chosen(choice: score.Choice) -> str:
    first = choice.recorded if choice.recorded and choice.agrees else choice.best[0]
    text = f"{first.comm} (pid {first.pid})"
    if len(choice.best) > 1:
        text += f", the highest with {len(choice.best) - 1} more"
    return f"{text}; the kernel chose another: {choice.why}" if choice.why else text


def _killed(victim: Victim) -> str:
    parts = [f"{victim.comm or '?'} (pid {victim.pid})"]
    if victim.signal and victim.signal != "SIGKILL":
        parts.append(f"told to end with {victim.signal}")
    if victim.anon_rss_kb is not None:
        parts.append(f"{victim.anon_rss_kb / 1024:.1f} MiB anonymous")
    elif victim.rss_kb is not None:
        parts.append(f"{victim.rss_kb / 1024:.1f} MiB")
    if victim.oom_score is not None:
        parts.append(f"oom_score {victim.oom_score}")
    if victim.t_s is not None:
        parts.append(f"at {victim.t_s:.6f} s")
    if victim.unreaped:
        parts.append("which the reaper could not reap")
    elif victim.gone_after_s is not None:
        parts.append(f"gone after {victim.gone_after_s} s")
    elif victim.reaped_t_s is not None:
        parts.append(f"reaped at {victim.reaped_t_s:.6f} s")
    return ", ".join(parts)


def _tasks(report: Report) -> list[str]:
    def mib(pages: int) -> str:
        return f"{pages * report.page_kb / 1024:.1f}"

    def row(task: Task) -> tuple[str, ...]:
        mark = "killed" if report.victim(task.pid) else "asked" if task.pid == report.trigger.pid else ""
        adj = task.oom_adj if task.oom_score_adj is None else task.oom_score_adj
        return (
            task.comm,
            str(task.pid),
            str(task.uid),
            mib(task.rss),
            mib(task.total_vm),
            _or_unknown(adj),
            mark,
        )

    largest = report.tasks if report.headless else sorted(report.tasks, key=lambda t: -t.rss)
    shown = largest[:_LARGEST]
    tasks = "1 task" if len(largest) == 1 else f"{len(largest)} tasks"
    total = f"  {tasks} with {mib(sum(t.rss for t in largest))} MiB rss together"
    if report.headless:
        total += f"; the head of their table is lost, and larger ones may have stood there. The first {len(shown)}:"
    elif len(largest) > len(shown):
        total += f"; the {len(shown)} largest:"
    head = ("name", "pid", "uid", "rss MiB", "virtual MiB", "adj", "")
    return [total, *_table([head, *map(row, shown)])]


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=False)]
    return [
        "    "
        + "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=False))]
        ).rstrip()
        for row in rows
    ]


def _or_unknown(value: int | None) -> str:
    return "?" if value is None else str(value)
