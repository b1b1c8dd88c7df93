"""A run in which policies race: blocks are computed for those that are still in it, look by look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from oommc.choice.criteria import Amount, Limit, Wish, columns, values
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
    wishes: Sequence[Wish],
    limits: Sequence[Limit],
    **place,
) -> Outcome:
    """Runs `asked`, whose `schedules` is the most that a policy gets; `finish` gets each scenario's race too.

    A race ends when one is chosen that grants all `wishes` under all `limits` (`oommc.choice.race`), or none can be.
    Bounds that no kernel could be don't race. `place`: where, as `collect` takes it. InputError for an amount without a
    known largest value, and whatever `collect` raises.
    """
    names = contenders(policies)
    bound: list[Wish | Limit] = [*wishes, *limits]
    amounts = list(dict.fromkeys(of.amount for of in bound))
    races = {
        name: Race(names, wishes, limits, {amount: _most(amount, world) for amount in amounts})
        for name, world in scenarios.items()
    }

    def over(race: Race) -> bool:
        return race.schedules == asked.schedules or (race.schedules > 0 and (race.settled or not race.active))

    outcome: Outcome | None = None
    for name, world in scenarios.items():
        race = races[name]
        for stop in looks(asked.schedules):

            def look(manifest: Manifest, name=name, world=world, race=race, stop=stop) -> Outcome | None:
                race.look(_values(store.reader(manifest), name, race, asked.block, stop, world))
                return finish(manifest, races) if all(map(over, races.values())) else None

            still = {policy: policies[policy] for policy in race.active}
            outcome = collect({name: world}, still, replace(asked, schedules=stop), store, look, **place)
            if over(race):
                break
    assert outcome is not None  # there is a scenario, and a look
    return outcome


def _most(amount: Amount, scenario: Scenario) -> float:
    most = amount.most(scenario)
    if most is None:
        raise InputError(f"choose: {amount.text}: no largest value is known, which a guarantee needs")
    return most


def _values(store, scenario: str, race: Race, size: int, stop: int, world: Scenario) -> dict[Amount, np.ndarray]:
    """The schedules from those that the race has seen to `stop`:
    of each amount float64 of shape (active policies, schedules).
    """
    names = list(dict.fromkeys(name for amount in race.most for name in amount.names))
    wanted = list(dict.fromkeys(column for name in names for column in columns(name)))
    blocks = []
    for n in range(race.schedules // size, -(-stop // size)):
        cut = slice(max(0, race.schedules - n * size), length(n, size, stop))
        rows = []
        for policy in race.active:
            held = {key: of[cut] for key, of in store.block(scenario, policy, n, wanted).items()}
            rows.append([values(name, held) for name in names])
        blocks.append(np.array(rows))
    whole = dict(zip(names, np.concatenate(blocks, axis=2).swapaxes(0, 1), strict=True))
    return {amount: amount.of(whole) for amount in race.most}
