"""What a machine's two logs say: the kernel's own reports, and the guest's account of who waited and who went."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from oommc import incident
from oommc.scenario import Scenario

from . import guest
from .machine import Logs

_TRACE = re.compile(r"^\s*(.+)-(\d+)\s+\[\d+\]\s+\S+\s+(\d+\.\d+): (\w+): (.*)$")
_START = re.compile(r"^\[\s*(\d+\.\d+)\] lab: start (\d+)$", re.MULTILINE)
_SWITCH = re.compile(r"prev_comm=(.*) prev_pid=.* next_comm=(.*) next_pid=")
_S = 1_000_000_000
_BUNDLE = 8  # MMU_GATHER_BUNDLE (include/asm-generic/tlb.h)


@dataclass
class Kill:
    """A victim. Times in ns since the start; `decision` counts the reports, and a whole group can be one.

    `checked`: the killer's call, `free`: pages then free, at the kill, `marked`: the kernel's mark, `exiting`:
    exit_mmap() begins, `flushes`: when how many pages went back, `freed`: all are back, `gone`: its parent's wait.
    None if the logs don't say.
    """

    comm: str
    role: str
    decision: int
    killed: int
    pages: int | None
    by: str | None
    marked: int | None = None
    exiting: int | None = None
    freed: int | None = None
    gone: int | None = None
    checked: int | None = None
    free: int | None = None
    flushes: list[tuple[int, int]] = field(default_factory=list)

    @property
    def back(self) -> int | None:
        """When its memory was back, as far as anything says so."""
        return self.freed if self.freed is not None else self.gone

    def held(self, at: int) -> int:
        """How many of its pages (anonymous ones, at the kill) are still to come back at that time."""
        if self.back is not None and self.back <= at:
            return 0
        return max(0, (self.pages or 0) - sum(pages for when, pages in self.flushes if when <= at))


@dataclass
class Signal:
    """What a killer in user space sent to who then died (the last, if it sent more), in ns since the start.

    `gone`: its parent's wait; `pages`: its rss.
    """

    comm: str
    role: str
    name: str
    at: int
    pages: int
    gone: int | None = None


@dataclass
class Lump:
    """What `who` unmaps in exit_mmap() before any of it goes back (struct mmu_gather), in ns since the start: when that
    began, when its first batch went back, and its last. `batches`: pages.
    """

    who: str
    begun: int
    first: int
    last: int
    batches: list[int]


@dataclass
class Run:
    """One run: times in ns since the start, stalls as (who, start, end), passes of reclaim with what they got.

    `signals`: what a killer in user space sent, `below`: when no more memory was available than its threshold.
    """

    kills: list[Kill] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    reports: list[incident.Report] = field(default_factory=list)
    stalls: list[tuple[str, int, int]] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    passes: list[tuple[str, int, int, int]] = field(default_factory=list)
    lumps: list[Lump] = field(default_factory=list)
    turns: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # on a processor, if that was recorded
    quick_ns: int = 0
    quick_pages: int = 0
    free_pages: int = 0
    reaped: int = 0
    end: int | None = None
    signals: list[Signal] = field(default_factory=list)
    below: int | None = None
    late: bool = False
    panic: bool = False

    def decisions(self) -> list[list[Kill]]:
        """The kills of each decision, in order."""
        found: dict[int, list[Kill]] = {}
        for kill in self.kills:
            found.setdefault(kill.decision, []).append(kill)
        return list(found.values())

    def rivals(self, who: str, start: int, end: int) -> float:
        """How many others were stalled from `start` to `end` (ns), on average over time: a thread that waits for memory
        runs through reclaim again and again, and takes the processor from `who`.
        """
        others = sum(max(0, min(b, end) - max(a, start)) for other, a, b in self.stalls if other != who)
        return others / (end - start) if end > start else 0.0

    def used(self, who: str, start: int, end: int) -> int:
        """How long `who` had a processor from `start` to `end` (ns); where that wasn't recorded, all the time."""
        if not self.turns:
            return end - start
        return sum(max(0, min(b, end) - max(a, start)) for a, b in self.turns.get(who, ()))

    def in_flight(self, kill: Kill) -> bool:
        """Whether the memory of a victim of an earlier decision was still out when this one was shot."""
        before = (other for other in self.kills if other.decision < kill.decision)
        return any(other.back is None or other.back > kill.killed for other in before)


def read(logs: Logs, scenario: Scenario) -> Run:
    """The run that two logs tell of. Raises ValueError if the guest never started."""
    run = Run(panic="Kernel panic - not syncing: Out of memory" in logs.console)
    stamp = _START.search(logs.console)
    if not stamp:
        raise ValueError("the kernel's log has no start")
    start, printk = int(stamp[2]), int(float(stamp[1]) * _S)  # one instant on both clocks
    pids: dict[int, str] = {}
    gone: dict[str, int] = {}
    trace: list[tuple[str, int, str, str]] = []
    for word, rest in _lines(logs.guest):
        match word, rest.split():
            case "start", [at, free]:
                run.free_pages = int(free)
            case "process", [name, pid]:
                pids[int(pid)] = name
            case "below", [at]:
                run.below = int(at) - start
            case "quick", [_, pages, ns]:
                run.quick_pages += int(pages)
                run.quick_ns += int(ns)
            case "stall", [name, at, length]:
                begin = int(at) - start
                run.stalls.append((name, begin, begin + int(length)))
            case "waiting", [name]:
                run.waiting.add(name)
            case "exit", [pid, at, _] if int(pid) in pids:
                gone[pids[int(pid)]] = int(at) - start
            case "end", [at, late]:
                run.end, run.late = int(at) - start, late == "1"
            case "trace", _:
                if event := _TRACE.match(rest):
                    trace.append((event[1].strip(), int(float(event[3]) * _S) - start, event[4], event[5]))
    _take_reports(run, logs.console, scenario, printk)
    _take_trace(run, trace, pids, scenario)
    for kill in run.kills:
        kill.gone = gone.get(kill.comm)
    for signal in run.signals:
        signal.gone = gone.get(signal.comm)
    run.signals = [signal for signal in run.signals if signal.gone is not None]
    return run


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        yield word, rest


def _take_reports(run: Run, console: str, scenario: Scenario, printk: int) -> None:
    for report in incident.read(console.splitlines()):
        at = int((report.t_s or 0) * _S) - printk
        if run.end is not None and at > run.end:
            continue  # it came while the guest was telling its story
        if report.source != "kernel":
            sent = [*report.victims, *report.attempts]  # earlyoom 1.7's second signal to who is gone fails
            run.signals += [_signal(victim, scenario, printk) for victim in sent]
            continue
        run.reports.append(report)
        run.calls.append(at)
        for victim in report.victims:
            pages = None if victim.anon_rss_kb is None else victim.anon_rss_kb // 4
            role = guest.role(scenario, victim.comm) or "other"
            killed = int(victim.t_s * _S) - printk
            run.kills.append(Kill(victim.comm, role, len(run.calls), killed, pages, report.trigger.comm))
    run.reaped = sum(victim.reaped_t_s is not None for report in run.reports for victim in report.victims)


def _signal(victim: incident.Victim, scenario: Scenario, printk: int) -> Signal:
    role, at = guest.role(scenario, victim.comm) or "other", int(victim.t_s * _S) - printk
    return Signal(victim.comm, role, victim.signal, at, (victim.rss_kb or 0) // 4)


def _take_trace(run: Run, trace: list, pids: dict[int, str], scenario: Scenario) -> None:
    """A victim's mark, its exit_mmap(), the reaper's end; and every pass of direct reclaim, where it was recorded."""
    users = _mm_users(scenario)
    checked: dict[str, int] = {}
    shot: dict[str, int] = {}
    reaped: str | None = None
    begun: dict[str, int] = {}
    turn: dict[str, int] = {}
    unmapping: dict[str, int] = {}  # since when: exit_mmap(), or the last batch that went back
    for comm, at, what, rest in trace:
        if what == "sched_switch":
            was, now = _SWITCH.search(rest).groups()
            if was in turn:
                run.turns.setdefault(was, []).append((turn.pop(was), at))
            turn[now] = at
            continue
        told = re.search(r"pid=(\d+)", rest)
        whose = pids.get(int(told[1])) if told else None
        if what == "check":
            checked[comm] = at
        elif what == "shot":
            shot[comm] = int(rest.rpartition("=")[2])
        elif what == "start_task_reaping":
            reaped = whose
        elif re.fullmatch(r"mm_vmscan_(direct|memcg)_reclaim_begin", what):
            begun[comm] = at
        elif re.fullmatch(r"mm_vmscan_(direct|memcg)_reclaim_end", what) and comm in begun:
            run.passes.append((comm, begun.pop(comm), at, int(rest.rpartition("=")[2])))
        elif what == "exit_mmap":
            unmapping[comm] = at
        elif what == "exit_mmap_end":
            unmapping.pop(comm, None)
        elif what == "flush" and comm in unmapping:
            _take_flush(run.lumps, unmapping, comm, at, int(rest.rpartition("=")[2]))
        for kill in run.kills:
            if what == "mark_victim" and whose == kill.comm and kill.marked is None:
                kill.marked, kill.checked, kill.free = at, checked.get(comm), shot.get(comm)
            elif kill.marked is None:
                continue
            elif what == "flush" and (
                kill.comm == reaped if comm == "oom_reaper" else comm in users[kill.comm] and comm in unmapping
            ):
                kill.flushes.append((at, int(rest.rpartition("=")[2])))
            elif what == "exit_mmap" and comm in users[kill.comm] and kill.exiting is None:
                kill.exiting = at
            elif kill.freed is None and (
                (what == "exit_mmap_end" and comm in users[kill.comm])
                or (what == "finish_task_reaping" and whose == kill.comm)
            ):
                kill.freed = at


def _take_flush(lumps: list[Lump], unmapping: dict[str, int], comm: str, at: int, pages: int) -> None:
    """One batch goes back. The first of a lump is the small one inside of the mmu_gather itself."""
    if pages <= _BUNDLE:
        lumps.append(Lump(comm, unmapping[comm], at, at, []))
    if lumps:
        lumps[-1].last = at
        lumps[-1].batches.append(pages)
    unmapping[comm] = at


def _mm_users(scenario: Scenario) -> dict[str, set[str]]:
    """Whose exit can give a victim's memory back: its own, and its sharers'."""
    users = {name: {name} for p in scenario.processes for name in guest.names(p)}
    for p in scenario.processes:
        if p.shares_mm_with:
            owner = next(q for q in scenario.processes if q.name == p.shares_mm_with)
            for j, name in enumerate(guest.names(p)):
                users[guest.names(owner)[j % owner.count]].add(name)
                users[name].add(guest.names(owner)[j % owner.count])
    return users
