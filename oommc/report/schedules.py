"""Which schedules a page tells: a typical and the worst of each kind that matters.

A needless kill of the policy with the most of them, beside the policy with the fewest; a hang, beside the
policy that hangs least. Where nothing goes wrong, a recovery of ordinary length.
"""

from dataclasses import dataclass

import numpy as np

from oommc.engine import MODEL_VERSION, OUTCOMES
from oommc.errors import InputError
from oommc.policies import Monitor, Policy
from oommc.report.bounds import designs
from oommc.scenario import Scenario
from oommc.stats.content import PolicyContent

_LOOKED_AT = 200_000  # schedules; enough for a typical one, and memory stays small
_COLUMNS = ("schedule", "needless", "outcome", "first_oom_ns", "ttr_ns", "censored")
_HANG_NS = 1_000_000_000  # of a hang told: the rest is more of the same


@dataclass(frozen=True)
class Chosen:
    """`title` says why this schedule; the first of `policies` is the one it was chosen for."""

    title: str
    schedule: int
    policies: tuple[str, ...]


def choose(result, scenario: str, policies: dict[str, PolicyContent], most: int) -> list[Chosen]:
    """At most `most` schedules of a scenario; `policies`: their entries in the summary."""
    policies = designs(policies)
    hangs = {name: v["outcome"]["livelock"] / v["schedules"] for name, v in policies.items()}
    needless = {name: v["needless"]["mean"] for name, v in policies.items()}
    mean_s = {name: v["ttr_s"]["rmst"] or 0.0 for name, v in policies.items()}

    def pair(of: dict, then: dict) -> tuple[str, ...]:
        worst, best = max(of, key=lambda name: of[name]), min(of, key=lambda name: (of[name], then[name]))
        return (worst,) if worst == best else (worst, best)

    chosen: list[Chosen] = []
    if max(needless.values()) > 0:
        names = pair(needless, mean_s)
        rows = _rows(result, scenario, names[0])
        some = np.flatnonzero(rows["needless"] > 0)
        if some.size:
            chosen.append(Chosen("A typical needless kill", _middle(rows, some), names))
            worst = some[np.lexsort((rows["ttr_ns"][some], rows["needless"][some]))[-1]]
            chosen.append(Chosen("The most needless kills in one schedule", int(rows["schedule"][worst]), names))
    if max(hangs.values()) > 0:
        names = pair(hangs, needless)
        rows = _rows(result, scenario, names[0])
        some = np.flatnonzero(rows["outcome"] == OUTCOMES.index("livelock"))
        if some.size:
            at = some[np.argsort(rows["first_oom_ns"][some], kind="stable")[some.size // 2]]
            chosen.insert(1, Chosen("A typical hang", int(rows["schedule"][at]), names))
    if not chosen:
        first = next(iter(policies))
        rows = _rows(result, scenario, first)
        some = np.flatnonzero(rows["first_oom_ns"] >= 0)
        if some.size:
            chosen.append(Chosen("A typical recovery", _middle(rows, some), (first,)))
    told: dict[int, Chosen] = {}
    for one in chosen:
        told.setdefault(one.schedule, one)
    return list(told.values())[:most]


def stories(result, scenario: str, chosen: Chosen) -> list:
    """The stories of a chosen schedule, told as far as something happens.

    None can be told of another model, of a scenario whose data files are no longer there, nor under a policy whose
    victim function is the user's own, which no result keeps.
    """
    from oommc.trace import replay

    if result.manifest.model != MODEL_VERSION:
        return []
    known = {name: result.manifest.policies[name] for name in chosen.policies}
    try:
        told = Scenario.from_dict(result.manifest.scenarios[scenario])
        ruling = {name: _policy(item) for name, item in known.items() if "victim" not in item}
    except (InputError, KeyError, TypeError, AttributeError):
        return []
    records = [_record(result, scenario, name, chosen.schedule) for name in ruling]
    until = max(map(_end, records), default=0)
    return [
        replay(
            told,
            policy,
            chosen.schedule,
            result.manifest.seed,
            until,
            record,
        )
        for policy, record in zip(ruling.values(), records, strict=True)
        if record is not None
    ]


def _rows(result, scenario: str, policy: str) -> dict[str, np.ndarray]:
    held: list[dict] = []
    seen = 0
    for block in result.blocks(scenario, policy, _COLUMNS):
        held.append(block)
        seen += len(block["schedule"])
        if seen >= _LOOKED_AT:
            break
    return {name: np.concatenate([block[name] for block in held] or [np.empty(0, np.int64)]) for name in _COLUMNS}


def _middle(rows: dict, some: np.ndarray) -> int:
    """The schedule whose time to recovery is the median one."""
    order = np.argsort(rows["ttr_ns"][some], kind="stable")
    return int(rows["schedule"][some[order[some.size // 2]]])


def _record(result, scenario: str, policy: str, schedule: int) -> dict | None:
    for block in result.blocks(scenario, policy, (*_COLUMNS, "kills")):
        at = np.flatnonzero(block["schedule"] == schedule)
        if at.size:
            record = {name: int(column[at[0]]) for name, column in block.items()}
            return record | {"outcome": OUTCOMES[record["outcome"]]}
    return None


def _end(record: dict | None) -> int:
    """ns up to which a schedule is told, a little more than is shown."""
    if record is None or record["first_oom_ns"] < 0:
        return 0
    length = min(record["ttr_ns"], _HANG_NS) if record["censored"] else record["ttr_ns"]
    return record["first_oom_ns"] + length + length // 4


def _policy(item: dict) -> Policy:
    texts = {key: item[key] for key in ("name", "about", "source")}
    monitor = Monitor(**item["monitor"]) if "monitor" in item else None
    return Policy(**texts, **item["mechanisms"], monitor=monitor)
