"""`choice.json`: what a run with `--choose` has come to."""

from collections.abc import Mapping
from pathlib import Path

from oommc.choice.criteria import BROKEN, MET, OPEN, Amount
from oommc.choice.race import Race
from oommc.collect import beside
from oommc.collect.beside import demand, demand_ends

_NAME = "choice.json"


def told(choose: str, require: str | None, races: Mapping[str, Race]) -> dict:
    """The content of the file (docs/files.md)."""
    scenarios = {name: _race(race) for name, race in races.items()}
    return {"schema": 1, "choose": choose, "require": require, "scenarios": scenarios}


def _race(race: Race) -> dict:
    wishes = [
        {"amount": wish.amount.text, "within": wish.within, "excess": race.excess(wish) if race.chosen else None}
        for wish in race.wishes
    ]
    policies = {}
    for name in race.policies:
        amounts = {wish.amount.text: _amount(race, wish.amount, name) for wish in race.wishes}
        out = race.out.get(name)
        policies[name] = {"schedules": race.run(name), **amounts[race.wishes[0].amount.text], "out_by": out and out.by}
        policies[name] |= {"limits": race.status(name), "amounts": amounts}
        for limit in race.limits:
            of = {"mean": race.mean(limit.amount, name), "ci": list(race.limited(limit.amount, name))}
            amounts[limit.amount.text] = of | amounts.get(limit.amount.text, {})
    return {
        "level": 1 - race.alpha,
        "within": wishes[0]["within"],
        "schedules": race.schedules,
        "chosen": race.chosen,
        "excess": wishes[0]["excess"],
        "settled": race.settled,
        "wishes": wishes,
        "limits": [{"amount": limit.amount.text, "limit": limit.limit} for limit in race.limits],
        "policies": policies,
    }


def _amount(race: Race, amount: Amount, name: str) -> dict:
    more = None if race.chosen in (None, name) else list(race.difference(amount, name))
    return {"mean": race.mean(amount, name), "more": more}


def write(directory: Path, content: dict) -> None:
    beside.write(directory / _NAME, content)


def read(directory: Path) -> dict | None:
    """The content of a directory's file; None where there is none. InputError for a damaged one."""
    return beside.read(directory / _NAME, _known)


def _known(content: dict) -> dict:
    known = {key: content[key] for key in ("schema", "choose", "require", "scenarios")}
    demand(known["schema"], 1)
    demand(known["choose"], str)
    demand(known["require"], str, None)
    for race in known["scenarios"].values():
        _check(race)
    return known


def _check(race: dict) -> None:
    """TypeError, ValueError or KeyError if a race isn't such as `_race` makes them."""
    for key in ("level", "within"):
        demand(race[key], float, int)
    demand(race["excess"], float, int, None)
    demand(race["schedules"], int)
    demand(race["settled"], bool)
    for wish in race["wishes"]:
        demand(wish["amount"], str)
        demand(wish["within"], float, int)
        demand(wish["excess"], float, int, None)
    for limit in race["limits"]:
        demand(limit["amount"], str)
        demand(limit["limit"], float, int)
    ends = [(of["amount"], "more") for of in race["wishes"]] + [(of["amount"], "ci") for of in race["limits"]]
    demand(race["chosen"], None, *race["policies"])
    for policy in race["policies"].values():
        demand(policy["schedules"], int)
        demand(policy["mean"], float, int)
        demand_ends(policy["more"])
        demand(policy["out_by"], None, *race["policies"])
        demand(policy["limits"], MET, OPEN, BROKEN)
        for amount, end in ends:
            of = policy["amounts"][amount]
            demand(of["mean"], float, int)
            demand_ends(of[end])
