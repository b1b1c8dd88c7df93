"""How time grows: with idle processes, and with the horizon where a schedule hangs."""

from collections.abc import Callable, Sequence
from typing import Any

from oommc.bench import timing
from oommc.bench.settings import Settings
from oommc.bench.speed import PAIR, SEED
from oommc.engine import Engine
from oommc.policies import parse
from oommc.scenario import Scenario

TENFOLD = 10
IDLE = (10, 100)  # and ten times as many
HANGS = (
    ("threaded-hog", "patched-try4"),
    ("lock-chain", "patched-try2"),
    ("lock-chain", "patched"),
    ("lock-chain", "baseline"),
)
"""Where time is spent in hangs: the first hangs in every schedule, the others in about three of ten."""


def idle_processes(settings: Settings, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """usemem under `PAIR`, with idle processes of one page each."""
    tell("ten times as many idle processes")
    usemem = Scenario.load("usemem")
    return [
        {"scenario": usemem.name, "policies": list(PAIR), "idle": few}
        | _tenfold(_crowd(usemem, few), _crowd(usemem, TENFOLD * few), PAIR, settings)
        for few in IDLE
    ]


def longer_horizons(settings: Settings, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Schedules that hang, over ten times the horizon."""
    tell("ten times the horizon")
    results = []
    for name, policy in HANGS:
        scenario = Scenario.load(name)
        longer = scenario.replace("horizon", f"{TENFOLD * scenario.horizon} ns")
        results.append({"scenario": name, "policy": policy} | _tenfold(scenario, longer, [policy], settings))
    return results


def _crowd(scenario: Scenario, idle: int) -> Scenario:
    content = scenario.to_dict()
    crowd = {"name": "idle", "role": "batch", "count": idle, "rss": "1 pages", "program": {"kind": "idle"}}
    return Scenario.from_dict(content | {"process": [*content["process"], crowd]})


def _tenfold(scenario: Scenario, tenfold: Scenario, policies: Sequence[str], settings: Settings) -> dict[str, Any]:
    few, many = (Engine(each, parse(",".join(policies)), SEED) for each in (scenario, tenfold))
    schedules = timing.enough(lambda n: few.run(0, n), settings.seconds)
    taken = timing.rounds(
        {"few": lambda: few.run(0, schedules), "many": lambda: many.run(0, schedules)}, settings.rounds
    )
    return {"schedules": schedules, "ratio": taken["many"].over(taken["few"]).to_dict()}
