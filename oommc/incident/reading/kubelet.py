"""What the kubelet logs of pods that it evicts for want of memory, and of the kernel's kills that it has seen.

Lines as Kubernetes prints them, 1.8 to 1.34: pkg/kubelet/eviction/eviction_manager.go, synchronize() and evictPod()
(structured since 1.20), helpers.go there, evictionMessage(), and pkg/kubelet/oom/oom_watcher_linux.go, Start().
"""

import re

from oommc.incident.model import Report, Victim
from oommc.incident.reading.journal import Journal
from oommc.incident.reading.records import Record
from oommc.incident.reading.rules import Rules

_POD = r"(?:pod=\"?|pod )(?P<pod>[\w./()-]{1,320})"
_OF_POD = r"\"?[Ee]viction manager: pod "
_CONSTRAINTS = {"CONSTRAINT_NONE": "none", "CONSTRAINT_MEMCG": "memcg"}

_rules = Rules()


class KubeletReader:
    """Takes records one by one and keeps the journal's reports of the kubelet."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._wanted = ""  # the resource that pods are evicted for

    def take(self, record: Record) -> None:
        """Add what this record says, if it is the kubelet's."""
        _rules.apply(self, record)

    @_rules.on(
        r"\"?[Ee]viction manager: (?:attempting to reclaim|must evict pod\(s\) to reclaim)\"?"
        r"(?: resourceName=\"?| )(?P<what>[\w.-]{1,64})"
    )
    def _short(self, match: re.Match, record: Record) -> None:
        self._wanted = match["what"]

    @_rules.on(rf"{_OF_POD}(?:is evicted successfully\"? {_POD}|(?P<of_old>\S{{1,320}}) is evicted successfully)")
    def _evicted(self, match: re.Match, record: Record) -> None:
        self._evicts(match["pod"] or match["of_old"], record, killed=True)

    @_rules.on(rf"{_OF_POD}(?:failed to evict\"? (?:err=.{{1,400}}? )?{_POD}|(?P<of_old>\S{{1,320}}) failed to evict)")
    def _not_evicted(self, match: re.Match, record: Record) -> None:
        self._evicts(match["pod"] or match["of_old"], record, killed=False)

    def _evicts(self, pod: str, record: Record, killed: bool) -> None:
        if self._wanted == "memory":
            self._unit(pod, record, killed)

    def _unit(self, pod: str | None, record: Record, killed: bool) -> None:
        report = self._journal.begin("kubelet", record)
        report.memcg, report.killed_unit, report.no_victim = pod, killed, not killed

    @_rules.on(
        r"(?:\(combined from similar events\): )?The node was low on resource: memory\."
        r"(?:.{0,200}?[Cc]ontainer (?P<name>[\w.-]{1,253}) was using)?"
    )
    def _event(self, match: re.Match, record: Record) -> None:
        self._unit(match["name"], record, killed=True)

    @_rules.on(
        r"(?:\(combined from similar events\): )?System OOM encountered, victim process: (?P<comm>.{1,64}?), "
        r"pid: (?P<pid>\d{1,10})",
        r"\"?Got sys oom event\"? event=\"?&\{Pid:(?P<pid>\d{1,10}) ProcessName:(?P<comm>.{1,64}?) "
        r"TimeOfDeath:(?P<rest>.*)",
    )
    def _kernels(self, match: re.Match, record: Record) -> None:
        """A kill of the kernel, which the kubelet tells again; the kernel's own report may be elsewhere."""
        pid = int(match["pid"])
        if self._journal.victim(pid, lambda report: report.source == "kernel"):
            return
        report: Report = self._journal.begin("kernel", record)
        report.victims.append(Victim(pid, match["comm"], record.t_s, wall_s=record.stamp.wall_s))
        rest = match.groupdict().get("rest") or ""
        if told := re.search(r"Constraint:(\w{1,40})", rest, re.ASCII):
            report.constraint = _CONSTRAINTS.get(told[1])
        if report.constraint == "memcg" and (group := re.search(r" ContainerName:(/\S{1,512})", rest)):
            report.memcg = group[1]
