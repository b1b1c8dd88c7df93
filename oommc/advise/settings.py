"""What the machine of an incident could use, each a single change to how it was."""

from dataclasses import dataclass, field
from typing import Any

from oommc.incident.drafting.classes import TaskClass, classes
from oommc.incident.drafting.scenario import to_scenario
from oommc.incident.model import Report
from oommc.incident.score import design, policy
from oommc.policies import Policy, groups, registry
from oommc.scenario import Scenario
from oommc.units import size

_NEWEST = "mainline-6"
_ADJ = {"never": {"oom_score_adj": -1000, "oom_adj": -17}, "first": {"oom_score_adj": 500, "oom_adj": 8}}
_SYSCTLS = (  # the first design that has it (2.6.18 is a 2.6.17 of this list), and its mechanism
    ("vm.oom_kill_allocating_task=1", "zone-lock-2.6.24", {"selector": "allocating_task"}),
    ("vm.panic_on_oom=1", "2.6.19", {"panic_on_oom": "yes"}),
)
# name, killer, its knobs, and the first kernel with what it reads: MemAvailable came with 3.14, pressure (PSI) with
# 4.20
_KILLERS: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("earlyoom", "earlyoom", {}, "rcu-scan-3.16"),
    ("earlyoom -m 5", "earlyoom", {"mem_term": 5, "mem_kill": 2.5}, "rcu-scan-3.16"),
    ("earlyoom -m 20", "earlyoom", {"mem_term": 20, "mem_kill": 10}, "rcu-scan-3.16"),
    ("systemd-oomd", "systemd-oomd", {}, "boost-5.0"),
    ("systemd-oomd, limit 30 % for 10 s", "systemd-oomd", {"pressure_limit": 30, "pressure_for": "10 s"}, "boost-5.0"),
)
_GROUP = "lockless-reaper-4.19"  # memory.oom.group


@dataclass(frozen=True)
class Setting:
    """`name`: what the user sets. `variant` names the scenario with the `changes`, values by dotted path; "" is the
    incident's own.
    """

    name: str
    policy: Policy
    variant: str = ""
    changes: dict[str, Any] = field(default_factory=dict)

    def applied(self, scenario: Scenario) -> Scenario:
        """The scenario with the setting's changes."""
        for path, value in self.changes.items():
            scenario = scenario.replace(path, value)
        return scenario.replace("name", f"{scenario.name}-{self.variant}") if self.variant else scenario


def kernel(report: Report) -> Policy:
    """The policy that the report's kernel ran; of today's where nothing tells."""
    return policy(report) or registry[_NEWEST]


def victim(report: Report) -> TaskClass | None:
    """The class of the first victim that stands in the table; None where none does."""
    grown, others = classes(report)
    tgids = {task.pid: task.tgid for task in report.tasks}
    for killed in report.victims:
        pids = {killed.pid, tgids.get(killed.pid)}
        for one in (grown, *others):
            if any(tgids[pid] in pids or pid in pids for pid in one.pids):
                return one
    return None


def settings(report: Report) -> list[Setting]:
    """As it was, and then each single change, most ordinary first.

    Where a memory cgroup's limit was hit neither the sysctls nor a killer that watches the whole machine act.
    """
    now, merged = kernel(report), groups["merged"]
    at = merged.index(design(report) or _NEWEST)
    found = [Setting("as it was", now)]
    grown, others = classes(report)
    protected = victim(report)
    largest = max((c for c in (grown, *others) if c != protected), key=lambda c: c.rss, default=None)
    for of, how, variant in ((protected, "never", "protected"), (largest, "first", "sacrificed")):
        if of is not None:
            adj = "oom_score_adj" if at >= merged.index("badness-2.6.36") else "oom_adj"
            changes = {f"process.{of.name}.{key}": value for key, value in _ADJ[how].items()}
            found.append(Setting(f"{adj}={_ADJ[how][adj]} for {of.name}", now, variant, changes))
    if report.constraint == "memcg":
        return found + ([_together(report, now)] if at >= merged.index(_GROUP) else [])
    found += [Setting(name, now.replace(**change)) for name, since, change in _SYSCTLS if at >= merged.index(since)]
    return found + [
        Setting(name, now.beside(registry[killer].replace(**knobs)).replace(name=f"{now.name}+{name}"))
        for name, killer, knobs, since in _KILLERS
        if at >= merged.index(since)
    ]


def _together(report: Report, now: Policy) -> Setting:
    """memory.oom.group: the group's machine becomes a group of a machine with room,
    so that there is one to be killed together.
    """
    table = to_scenario(report)
    (node,) = table["machine"]["node"]
    memory = size(node["memory"])
    limit = {"name": "group", "limit": f"{memory - size(node['reserved'])} pages", "oom_group": True}
    members = {f"process.{process['name']}.memcg": "group" for process in table["process"]}
    return Setting(
        "memory.oom.group=1",
        now,
        "together",
        {"machine.node.0.memory": f"{2 * memory} pages", "memcg": [limit], **members},
    )
