"""A run of the kernel in the columns of `oommc run`, and what can be seen besides."""

import re
from statistics import mean, median

from oommc.collect.records import COLUMNS
from oommc.scenario import Scenario

from . import guest, needless
from .log import Kill, Run

UNSEEN = -1
"""Where the kernel doesn't tell: how often the killer was called in vain, how long daemons were down …"""

KILL_COLUMNS = (
    "run", "seed", "decision", "comm", "role", "by", "pages", "killed_ns", "in_flight",
    "mark_to_exit_ns", "exit_mmap_ns", "mark_to_back_ns", "mark_to_gone_ns", "rivals",
    "free", "owed", "asked", "check_age_ns", *needless.COLUMNS,
)  # fmt: skip
MACHINE_COLUMNS = (
    "run", "seed", "cpus", "free_start_pages", "quick_pages", "quick_ns", "passes", "pass_ns",
    "failed_passes_before_kill", "lump_pages", "unmap_ns", "flush_ns", "report_ns", "free_pages", "pcp_pages",
    "boost_pages", "min_pages", "low_pages", "high_pages", "reserved_pages", "hog_pages",
)  # fmt: skip
SIGNAL_COLUMNS = ("run", "seed", "comm", "role", "signal", "pages", "below_ns", "at_ns", "gone_ns")


def record(run: Run, scenario: Scenario, policy: str, seed: int) -> dict[str, int | str]:
    """One row in the columns of `oommc run`; `schedule` is the seed. What can't be seen is UNSEEN."""
    row: dict[str, int | str] = dict.fromkeys(COLUMNS, UNSEEN)
    row |= {"schedule": seed, "policy": policy, "outcome": "no_oom", "kills": len(run.kills), "cut": 0}
    row["collateral"] = sum(kill.role != "hog" for kill in run.kills)
    row["lost_pages"] = sum(kill.pages or 0 for kill in run.kills)
    row["reaped"] = run.reaped
    daemons = {name for p in scenario.processes if p.role == "daemon" for name in guest.names(p)}
    waits = [end - start for who, start, end in run.stalls if who in daemons]
    row |= {"daemon_stall_ns": sum(waits), "daemon_stall_max_ns": max(waits, default=0)}
    spans = episodes(run, scenario.settle)
    if spans:
        row |= {"first_oom_ns": spans[0][0], "ttr_ns": spans[0][1] - spans[0][0], "censored": 0}
        row |= {"outage_ns": sum(end - start for start, end in spans), "outcome": "recovered"}
        if run.late and (run.waiting or spans[-1][1] >= run.end):
            row |= {"outcome": "livelock" if run.waiting else "unsettled", "censored": int(len(spans) == 1)}
    row["episodes"] = len(spans)
    if run.panic:
        row["outcome"] = "panic"
    judged = needless.decisions(run, scenario) if run.kills else []
    if judged is not None:
        row |= {kind: sum(kind in one.kinds for one in judged) for kind in needless.KINDS}
    return row


def episodes(run: Run, settle: int) -> list[tuple[int, int]]:
    """From a call of the killer until its victim's memory is back and whoever waited meanwhile has got its page; what
    begins within `settle` (ns) of the last end is the same episode.
    """
    spans: list[tuple[int, int]] = []
    waits = sorted((start, end) for _, start, end in run.stalls)
    for number, begin in enumerate(run.calls, 1):
        backs = [_back(kill, run) for kill in run.kills if kill.decision == number]
        end = max(backs, default=begin)
        for wait_from, wait_to in waits:
            if wait_from < end and wait_to > begin:
                end = max(end, wait_to)
        if spans and begin <= spans[-1][1] + settle:
            spans[-1] = spans[-1][0], max(spans[-1][1], end)
        else:
            spans.append((begin, end))
    return spans


def _back(kill: Kill, run: Run) -> int:
    return kill.back if kill.back is not None else run.end if run.end is not None else kill.killed


def kill_rows(run: Run, scenario: Scenario, name: str, seed: int) -> list[dict]:
    """A row a victim (KILL_COLUMNS); what isn't known is empty.

    `rivals`: others who waited, from its mark to its exit_mmap(). The last columns are a decision's (needless.py).
    """
    judged = {id(one.kill): one for one in needless.decisions(run, scenario) or []}

    def since(kill: Kill, at: int | None) -> int | None:
        return None if at is None or kill.marked is None else at - kill.marked

    def rivals(kill: Kill) -> str | None:
        if kill.marked is None or kill.exiting is None:
            return None
        return f"{run.rivals(kill.comm, kill.marked, kill.exiting):.2f}"

    def judgement(kill: Kill) -> dict:
        if not (one := judged.get(id(kill))):
            return {}
        row = {"free": one.free, "owed": one.owed, "asked": one.asked, "check_age_ns": one.age}
        return row | {kind: int(kind in one.kinds) for kind in needless.COLUMNS}

    return [
        {
            "run": name, "seed": seed, "decision": kill.decision, "comm": kill.comm, "role": kill.role, "by": kill.by,
            "pages": kill.pages, "killed_ns": kill.killed, "in_flight": int(run.in_flight(kill)),
            "mark_to_exit_ns": since(kill, kill.exiting),
            "exit_mmap_ns": None if None in (kill.freed, kill.exiting) else kill.freed - kill.exiting,
            "mark_to_back_ns": since(kill, kill.freed),
            "mark_to_gone_ns": since(kill, kill.gone),
            "rivals": rivals(kill),
            **judgement(kill),
        }
        for kill in run.kills
    ]  # fmt: skip


def signal_rows(run: Run, name: str, seed: int) -> list[dict]:
    """A row a signal of a killer in user space (SIGNAL_COLUMNS); `below`: when memory was first at its threshold."""
    return [
        {"run": name, "seed": seed, "comm": one.comm, "role": one.role, "signal": one.name, "pages": one.pages}
        | {"below_ns": run.below, "at_ns": one.at, "gone_ns": one.gone}
        for one in run.signals
    ]


def machine_row(run: Run, name: str, seed: int, cpus: int, console: str) -> dict:
    """What the simulator calls the machine (MACHINE_COLUMNS), as the run shows it; sizes at the first report,
    `hog_pages` all hogs'. `quick`: asks that weren't stalled. Times of quick asks, of a pass, of unmapping and of
    giving back a lump are a processor's.
    """
    row: dict = dict.fromkeys(MACHINE_COLUMNS)
    row |= {"run": name, "seed": seed, "cpus": cpus, "free_start_pages": run.free_pages}
    row |= {"quick_pages": run.quick_pages, "quick_ns": run.quick_ns}
    if run.passes:
        row |= {"passes": len(run.passes), "pass_ns": _pass_ns(run)}
        if run.calls and run.kills:
            row["failed_passes_before_kill"] = sum(
                got == 0 and end <= run.kills[0].killed for _, _, end, got in run.passes
            )
    row |= _lump(run)
    printed = [report.printing_s for report in run.reports if report.printing_s is not None]
    if printed:
        row["report_ns"] = int(median(printed) * 1e9)
    first = next((report for report in run.reports if report.zones), None)
    if first:
        row["reserved_pages"] = first.reserved_pages
        row["hog_pages"] = " ".join(str(task.rss) for task in first.tasks if task.comm.startswith("hog-"))
        for column in ("free", "min", "low", "high"):
            row[f"{column}_pages"] = sum(getattr(zone, f"{column}_kb") or 0 for zone in first.zones) // 4
        row["pcp_pages"] = sum(map(int, re.findall(r" free_pcp:(\d+) free_cma:", console)[:1]))
        report = console.partition("Mem-Info:")[2].partition("pages RAM")[0]
        row["boost_pages"] = sum(map(int, re.findall(r" boost:(\d+)kB", report))) // 4
    return row


def _pass_ns(run: Run) -> int:
    """What stalled asks used, a pass: with what the allocator does between two of them; if no ask was stalled, what
    passes used. Where nothing says who ran, the lower quartile of the passes, for few of those are interrupted.
    """
    if not run.turns:
        lengths = sorted(end - start for _, start, end, _ in run.passes)
        return lengths[len(lengths) // 4]
    used = passes = 0
    for who, start, end in run.stalls:
        inside = sum(who == other and start <= a and b <= end for other, a, b, _ in run.passes)
        if inside:
            used, passes = used + run.used(who, start, end), passes + inside
    return round(used / passes if passes else mean(run.used(who, start, end) for who, start, end, _ in run.passes))


def _lump(run: Run) -> dict[str, int]:
    """The largest lumps' pages, the time to unmap one,
    and to give one back at the usual pace between two batches; where nothing says who ran, the shortest.
    """
    most = max((sum(lump.batches) for lump in run.lumps), default=0)
    full = [lump for lump in run.lumps if sum(lump.batches) == most]
    if not full:
        return {}
    unmapping = [run.used(lump.who, lump.begun, lump.first) for lump in full]
    paces = [run.used(lump.who, lump.first, lump.last) / sum(lump.batches[:-1]) for lump in full]
    usual = median if run.turns else min
    return {"lump_pages": most, "unmap_ns": round(usual(unmapping)), "flush_ns": round(usual(paces) * most)}
