"""What the machine of an incident could use, each a single change to how it was, with the command that applies it."""

import re
import shlex
from dataclasses import dataclass, field
from typing import Any

from oommc.advise.tried import grouped, of_victim
from oommc.incident.drafting.classes import TaskClass, classes
from oommc.incident.drafting.scenario import draft
from oommc.incident.model import Report
from oommc.incident.score import design, policy
from oommc.policies import Policy, groups, registry
from oommc.policies.eras import first_version
from oommc.scenario import Scenario

AS_IT_WAS = "as it was"
_NEWEST = "mainline-6"
_ADJ = {"never": {"oom_score_adj": -1000, "oom_adj": -17}, "first": {"oom_score_adj": 500, "oom_adj": 8}}
_SYSCTLS = (  # the first design that has it (2.6.18 is a 2.6.17 of this list), and its mechanism
    ("vm.oom_kill_allocating_task=1", "zone-lock-2.6.24", {"selector": "allocating_task"}),
    ("vm.panic_on_oom=1", "2.6.19", {"panic_on_oom": "yes"}),
)
# name, killer, its knobs, the command, and the first kernel with what it reads: MemAvailable came with 3.14, pressure
# (PSI) with 4.20
_OOMD = "systemctl enable --now systemd-oomd"
_LIMITED = (
    "systemctl set-property system.slice ManagedOOMMemoryPressure=kill ManagedOOMMemoryPressureLimit=30% && "
    f"printf '[OOM]\\nDefaultMemoryPressureDurationSec=10s\\n' > /etc/systemd/oomd.conf && {_OOMD}"
)
_KILLERS: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
    ("earlyoom", "earlyoom", {}, "earlyoom", "rcu-scan-3.16"),
    ("earlyoom -m 5", "earlyoom", {"mem_term": 5, "mem_kill": 2.5}, "earlyoom -m 5", "rcu-scan-3.16"),
    ("earlyoom -m 20", "earlyoom", {"mem_term": 20, "mem_kill": 10}, "earlyoom -m 20", "rcu-scan-3.16"),
    ("systemd-oomd", "systemd-oomd", {}, _OOMD, "boost-5.0"),
    (
        "systemd-oomd, limit 30 % for 10 s",
        "systemd-oomd",
        {"pressure_limit": 30, "pressure_for": "10 s"},
        _LIMITED,
        "boost-5.0",
    ),
)
_GROUP = "lockless-reaper-4.19"  # memory.oom.group


@dataclass(frozen=True)
class Setting:
    """`name`: what the user sets, `command`: how. `variant` names the scenario with the `changes`, values by dotted
    path; "" is the incident's own. `given`: what has to be so for it to do what it did, in words.
    """

    name: str
    policy: Policy
    command: str | None = None
    variant: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    given: str = ""

    def applied(self, scenario: Scenario) -> Scenario:
        """The scenario with the setting's changes."""
        scenario = scenario.replace_all(self.changes)
        return scenario.replace("name", f"{scenario.name}-{self.variant}") if self.variant else scenario


def kernel(report: Report) -> Policy:
    """The policy that the report's kernel ran; of today's where nothing tells."""
    return policy(report) or registry[_NEWEST]


def victim(report: Report, grower: int | None = None) -> TaskClass | None:
    """The class of the first victim that stands in the table; None where none does."""
    grown, others = classes(report, grower)
    return next((one for v in report.victims if (one := of_victim(report, [grown, *others], v))), None)


def settings(report: Report, grower: int | None = None) -> list[Setting]:
    """As it was, and then each single change, most ordinary first.

    Nothing that the owner has protected is made more likely to die, and what grew is never hidden. Where a memory
    cgroup's limit was hit neither the sysctls nor a killer that watches the whole machine act; where more memory was
    available than a killer waits for, it doesn't either.
    """
    now, merged = kernel(report), groups["merged"]
    at = merged.index(design(report) or _NEWEST)
    found = [Setting(AS_IT_WAS, now), *_adjustments(report, grower, at >= merged.index("badness-2.6.36"))]
    if report.constraint == "memcg":
        found += [_together(report, now, grower)] if at >= merged.index(_GROUP) and not report.group_kill else []
        return found + _kernels(now, at)
    found += [
        Setting(name, now.replace(**change), f"sysctl -w {name}")
        for name, since, change in _SYSCTLS
        if at >= merged.index(since)
    ]
    for name, killer, knobs, command, since in _KILLERS:
        beside = registry[killer].replace(**knobs)
        if at >= merged.index(since) and _acts(report, beside):
            seen = now.beside(beside).replace(name=f"{now.name}+{name}")
            found.append(Setting(name, seen, command))
    return found + _kernels(now, at)


def _adjustments(report: Report, grower: int | None, scored: bool) -> list[Setting]:
    """The recorded victim never, unless it is what grew; the largest other process first, unless it is protected."""
    now, adj = kernel(report), "oom_score_adj" if scored else "oom_adj"
    grown, others = classes(report, grower)
    died, found = victim(report, grower), []
    if died is not None and died != grown:
        found.append((died, "never", "protected"))
    rest = [c for c in (grown, *others) if c != died and 0 <= c.oom_score_adj < _ADJ["first"]["oom_score_adj"]]
    if rest:
        found.append((max(rest, key=lambda c: c.rss), "first", "sacrificed"))
    return [
        Setting(
            f"{adj}={_ADJ[how][adj]} for {of.comm}",
            now,
            _adjusting(of.comm, adj, _ADJ[how][adj]),
            variant,
            {f"process.{of.name}.{key}": value for key, value in _ADJ[how].items()},
        )
        for of, how, variant in found
    ]


def _adjusting(comm: str, key: str, value: int) -> str:
    return f"for p in $(pgrep -x {shlex.quote(re.escape(comm))}); do echo {value} > /proc/$p/{key}; done"


def _kernels(now: Policy, at: int) -> list[Setting]:
    """Each later design of the kernel."""
    return [
        Setting(f"Linux {first_version(name)} or later", registry[name], f"boot Linux {first_version(name)} or later")
        for name in groups["merged"][at + 1 :]
        if name != now.name
    ]


def _acts(report: Report, policy: Policy) -> bool:
    """Whether it acts by what the report says was available. Where a killer goes by pressure, too, no report tells;
    neither where sizes aren't told.
    """
    killer = policy.monitor
    if killer is None or killer.pressure != "none" or not report.ram_kb:
        return True
    short = available_kb(report) * 100 <= max(killer.mem_term, killer.mem_kill) * report.ram_kb
    swap = max(killer.swap_term, killer.swap_kill) * (report.swap_total_kb or 0)
    return short and (report.swap_free_kb or 0) * 100 <= swap


def available_kb(report: Report) -> int:
    """MemAvailable as mm/page_alloc.c, si_mem_available(), 4.6, counts it."""
    cache = (report.file_pages or 0) * report.page_kb
    low = sum(zone.low_kb or 0 for zone in report.zones)
    free = sum((zone.free_kb or 0) - (zone.high_kb or 0) for zone in report.zones)
    return max(0, free + cache - min(cache // 2, low))


def _together(report: Report, now: Policy, grower: int | None) -> Setting:
    """memory.oom.group: the group's machine becomes a group of a machine with room,
    so that there is one to be killed together.
    """
    table = draft(report, grower=grower).table
    return Setting(
        "memory.oom.group=1",
        now,
        f"echo 1 > {shlex.quote(f'/sys/fs/cgroup{report.memcg}/memory.oom.group')}" if report.memcg else None,
        "together",
        grouped(table),
    )
