"""What each policy costs, by what matters most first: the order in which `choose` prefers.

Hangs and panics, then the time for which innocents can't work, innocents killed, needed or not, needless kills, those
before anybody asked included, and outage.
"""

from typing import cast

from oommc.report.bounds import designs
from oommc.report.groups import labels
from oommc.report.marks import marked
from oommc.stats.content import Mean, PolicyContent, ScenarioContent, mean_of
from oommc.stats.intervals import share

CAPTION = "What it costs per schedule, the most important first"
_NS = 1e9


def rows(of: ScenarioContent) -> list[list[str]]:
    """A row for each policy, the head first; times in s."""
    head = ["policy", "hangs, panics, %", "downtime, s", "innocents killed", "needless kills", "outage, s"]
    return [head, *([label, *_cells(of["policies"][name])] for name, label in labels(of).items())]


def least(policies: dict[str, PolicyContent]) -> str:
    """The design that costs the least."""
    held = designs(policies)
    return min(held, key=lambda name: _cost(held[name]))


def needless(policy: PolicyContent) -> Mean:
    """Needless kills, and those before anybody asked without which nobody would have run short.

    Where there were any of these the ends of both intervals are added, which is wider than need be.
    """
    asked, early = policy["needless"], policy.get("preventive_needless")
    if early is None or not early["total"]:
        return asked
    ends = [asked["ci"], early["ci"]]
    ci = None if None in ends else [sum(end) for end in zip(*cast(list[list[float]], ends), strict=True)]
    most = None if asked["most"] is None or early["most"] is None else asked["most"] + early["most"]
    added = {name: asked[name] + early[name] for name in ("mean", "total", "events")}
    return cast(Mean, {**added, "ci": ci, "most": most})


def _cells(policy: PolicyContent) -> list[str]:
    n = policy["schedules"]
    return [
        marked(_stopped(policy), n, 0.01),
        marked(mean_of(policy, "downtime_ns"), n, _NS),
        marked(mean_of(policy, "collateral"), n),
        marked(needless(policy), n),
        marked(mean_of(policy, "outage_ns"), n, _NS),
    ]


def _cost(policy: PolicyContent) -> tuple[float, ...]:
    means = [mean_of(policy, name)["mean"] for name in ("downtime_ns", "collateral", "outage_ns")]
    return _stopped(policy)["mean"], means[0], means[1], needless(policy)["mean"], means[2]


def _stopped(policy: PolicyContent) -> Mean:
    """Schedules that end in a livelock or a panic."""
    total, n = policy["outcome"]["livelock"] + policy["outcome"]["panic"], policy["schedules"]
    ci, events = share(total, n)
    return {"mean": total / n, "ci": ci and list(ci), "total": total, "events": events, "most": 1.0}
