"""A run in which policies race: blocks are computed for those that are still in it, look by look."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from oommc.choice.criteria import Wish, columns, values
from oommc.choice.race import Race, looks
from oommc.collect.blocks import length
from oommc.collect.manifest import Manifest
from oommc.collect.run import Outcome, collect
from oommc.errors import InputError
from oommc.policies import contenders
from oommc.scenario import Scenario


def contest(
    scenarios: Mapping[str, Scenario],
    policies: Mapping[str, object],
    asked: Manifest,
    store,
    finish: Callable[[Manifest, dict[str, Race]], Outcome],
    wish: Wish,
    **place,
) -> Outcome:
    """Runs `asked`, whose `schedules` is the most that a policy gets; `finish` gets each scenario's race too.

    A race ends when one is chosen within `wish.within` of the best. Bounds that no kernel could be don't race.
    `place`: where, as `collect` takes it. InputError for a wish without a known largest value, and whatever
    `collect` raises.
    """
    names = contenders(policies)
    races = {name: Race(names, _most(wish, world), wish.within) for name, world in scenarios.items()}

    def over(race: Race) -> bool:
        return race.schedules == asked.schedules or (race.schedules > 0 and race.settled)

    outcome = None
    for name, world in scenarios.items():
        race = races[name]
        for stop in looks(asked.schedules):

            def look(manifest: Manifest, name=name, world=world, race=race, stop=stop) -> Outcome | None:
                race.look(_values(store, name, race, asked.block, stop, wish, world))
                return finish(manifest, races) if all(map(over, races.values())) else None

            still = {policy: policies[policy] for policy in race.active}
            outcome = collect({name: world}, still, replace(asked, schedules=stop), store, look, **place)
            if over(race):
                break
    return outcome


def _most(wish: Wish, scenario: Scenario) -> float:
    most = wish.amount.most(scenario)
    if most is None:
        raise InputError(f"choose: {wish.amount.text}: no largest value is known, which a guarantee needs")
    return most


def _values(store, scenario: str, race: Race, size: int, stop: int, wish: Wish, world: Scenario) -> np.ndarray:
    """The schedules from those that the race has seen to `stop`: float64 of shape (active policies, schedules)."""
    wanted = list(dict.fromkeys(column for name in wish.amount.names for column in columns(name)))
    blocks = []
    for n in range(race.schedules // size, -(-stop // size)):
        cut = slice(max(0, race.schedules - n * size), length(n, size, stop))
        rows = []
        for policy in race.active:
            held = {key: of[cut] for key, of in store.block(scenario, policy, n, wanted).items()}
            rows.append(wish.amount.of({c: values(c, held, world.horizon) for c in wish.amount.names}))
        blocks.append(np.stack(rows))
    return np.concatenate(blocks, axis=1)
