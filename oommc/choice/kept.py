"""`choice.json`: what a run with `--choose` has come to."""

import json
from collections.abc import Mapping
from pathlib import Path

from oommc.choice.criteria import Amount
from oommc.choice.race import Race
from oommc.collect.files import write_whole
from oommc.errors import InputError

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
        policies[name] = {"schedules": race.run(name), **amounts[wishes[0]["amount"]], "out_by": out and out.by}
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
    write_whole(directory / _NAME, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def read(directory: Path) -> dict | None:
    """The content of a directory's file; None where there is none. InputError for a damaged one."""
    path = directory / _NAME
    try:
        content = json.loads(path.read_bytes())
        known = {key: content[key] for key in ("schema", "choose", "require", "scenarios")}
        for race in known["scenarios"].values():
            _ = race["wishes"], race["limits"]
        return known
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the choice.json of a result directory: {error}") from None
