"""Each scenario's speed: the core under one, two and sixteen policies, beside the bare loop, the twin and SimPy."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from statistics import fmean
from typing import Any

from oommc.bench import simpy_usemem as simpy_model
from oommc.bench import timing
from oommc.bench.events import Events, count, together
from oommc.bench.floor import WAYS, Floor
from oommc.bench.settings import Settings
from oommc.engine import Engine
from oommc.policies import Policy, groups, registry
from oommc.scenario import Scenario
from oommc.twin import simulate

PAIR = ("baseline", "patched")
SEED = 1
SETS: dict[str, tuple[Policy, ...]] = {
    "1": (registry[PAIR[0]],),
    "2": tuple(registry[name] for name in PAIR),
    "16": tuple(registry[name] for name in groups["kernel"][:16]),
}
"""The sets of policies, by how many they are; the sixteen are the first of the group `kernel`."""

_LONGER = 4  # times the schedules for a round of threads, of which each takes milliseconds to begin


def speed(scenario: Scenario, floor: Floor, settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """The entry of `scenarios` in the bench's JSON (docs/performance.md)."""
    engines = {name: Engine(scenario, policies, SEED) for name, policies in SETS.items()}
    every = engines["16"]
    entities = sum(process.n_threads for process in every.packed.processes) + len(every.packed.nodes)
    tell(f"{scenario.name}: events of {settings.sample} schedules, by the twin")
    counts = dict(zip([policy.name for policy in every.policies], count(every, settings.sample), strict=True))
    events = {name: together([counts[policy.name] for policy in policies]) for name, policies in SETS.items()}

    tell(f"{scenario.name}: {settings.rounds} rounds")
    schedules = {name: timing.enough(partial(engine.run, 0), settings.seconds) for name, engine in engines.items()}
    loops = timing.enough(lambda n: floor.run(WAYS[0], entities, n), settings.seconds)
    contestants: dict[str, Callable[[], object]] = {way: partial(floor.run, way, entities, loops) for way in WAYS}
    contestants |= {name: partial(engine.run, 0, schedules[name]) for name, engine in engines.items()}
    contestants["pair"] = lambda: engines["2"].run(0, schedules["16"])
    contestants["twin"] = lambda: simulate(every.packed, registry[PAIR[0]], SEED, 0)
    models = _simpy(settings) if scenario == Scenario.load(simpy_model.SCENARIO) else {}
    contestants |= {name: partial(model, number) for name, (model, number) in models.items()}
    taken = timing.rounds(contestants, settings.rounds)

    way = min(WAYS, key=lambda way: taken[way].median)
    bare = taken[way].times(1e9 / loops)
    result = {
        "entities": entities,
        "bare_loop": {"way": way, "ns_event": bare.to_dict()},
        "core": {
            name: _core(engine, schedules[name], taken[name], events[name], bare, settings)
            for name, engine in engines.items()
        },
        "distinct": distinct(every, schedules["16"]),
        "sixteen_to_one": taken["16"].times(schedules["1"] / schedules["16"]).over(taken["1"]).to_dict(),
        "sixteen_to_two": taken["16"].over(taken["pair"]).to_dict(),
        "twin": {"ns_event": taken["twin"].times(1e9 / counts[PAIR[0]][0][0]).to_dict()},
    }
    if models:
        result["simpy"] = {
            name: _beside(taken[name].times(1 / number), schedules, taken) for name, (_, number) in models.items()
        }
    return result


def distinct(engine: Engine, schedules: int) -> float:
    """Mean number of different records that a schedule has under the engine's policies.

    Runs that end differently can't be one and the same, so at least so many have to be made.
    """
    whole = engine.run(0, schedules)
    return fmean(len({record.tobytes() for record in of}) for of in whole.T)


def _core(
    engine: Engine, schedules: int, taken: timing.Figure, events: Events, bare: timing.Figure, settings: Settings
) -> dict[str, Any]:
    a_schedule = taken.times(1 / schedules)
    ns_event = a_schedule.times(1e9 / events.mean)
    complete = a_schedule.times(1e9 / events.complete) if events.complete else None  # no OOM, so nothing to come up to
    threads = timing.speedup(engine.run, _LONGER * schedules, settings.rounds)
    return {
        "policies": [policy.name for policy in engine.policies],
        "schedules": schedules,
        "events": asdict(events),
        "us_schedule": a_schedule.times(1e6).to_dict(),
        "policy_schedules_s": len(engine.policies) / a_schedule.median,
        "ns_event": ns_event.to_dict(),
        "of_bare_loop": ns_event.over(bare).to_dict(),
        "ns_event_complete": complete and complete.to_dict(),
        "complete_of_bare_loop": complete and complete.over(bare).to_dict(),
        "two_threads": threads.wall.to_dict() | {"cpu": threads.cpu.to_dict(), "processors_free": threads.free},
    }


def _beside(model: timing.Figure, schedules: dict[str, int], taken: dict[str, timing.Figure]) -> dict[str, Any]:
    """A SimPy model's seconds per schedule under `PAIR`, and the core's policy-schedules a second over its own."""
    ratios = {
        f"core_{name}": model.times(len(SETS[name]) / len(PAIR) * number).over(taken[name]).to_dict()
        for name, number in schedules.items()
    }
    return {"ms_policy_schedule": model.times(1e3 / len(PAIR)).to_dict(), **ratios}


def _simpy(settings: Settings) -> dict[str, tuple[Callable[[int], None], int]]:
    """The SimPy model under `PAIR`, to the horizon and until nothing can happen any more, and how many schedules."""

    def model(whole: bool) -> Callable[[int], None]:
        def run(schedules: int) -> None:
            for schedule in range(schedules):
                for policy in PAIR:
                    simpy_model.simulate(policy, SEED, schedule, whole=whole)

        return run

    models = {"whole": model(True), "until_quiet": model(False)}
    return {name: (run, timing.enough(run, settings.seconds)) for name, run in models.items()}
