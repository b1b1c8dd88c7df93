"""`choice.json`: what a run with `--choose` has come to."""

import json
from collections.abc import Mapping
from pathlib import Path

from oommc.choice.criteria import BROKEN, MET, OPEN, Amount
from oommc.choice.race import Race
from oommc.collect.files import read_regular, write_whole
from oommc.errors import InputError

_NAME = "choice.json"
_LARGEST = 1 << 27  # bytes


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
    write_whole(directory / _NAME, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def read(directory: Path) -> dict | None:
    """The content of a directory's file; None where there is none. InputError for a damaged one."""
    path = directory / _NAME
    try:
        content = json.loads(read_regular(path, _LARGEST))
        known = {key: content[key] for key in ("schema", "choose", "require", "scenarios")}
        _demand(known["schema"], 1)
        _demand(known["choose"], str)
        _demand(known["require"], str, None)
        for race in known["scenarios"].values():
            _check(race)
        return known
    except FileNotFoundError:
        return None
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{path}: not the choice.json of a result directory") from None


def _check(race: dict) -> None:
    """TypeError, ValueError or KeyError if a race isn't such as `_race` makes them."""
    for key in ("level", "within"):
        _demand(race[key], float, int)
    _demand(race["excess"], float, int, None)
    _demand(race["schedules"], int)
    _demand(race["settled"], bool)
    for wish in race["wishes"]:
        _demand(wish["amount"], str)
        _demand(wish["within"], float, int)
        _demand(wish["excess"], float, int, None)
    for limit in race["limits"]:
        _demand(limit["amount"], str)
        _demand(limit["limit"], float, int)
    ends = [(of["amount"], "more") for of in race["wishes"]] + [(of["amount"], "ci") for of in race["limits"]]
    _demand(race["chosen"], None, *race["policies"])
    for policy in race["policies"].values():
        _demand(policy["schedules"], int)
        _demand(policy["mean"], float, int)
        _ends(policy["more"])
        _demand(policy["out_by"], None, *race["policies"])
        _demand(policy["limits"], MET, OPEN, BROKEN)
        for amount, end in ends:
            of = policy["amounts"][amount]
            _demand(of["mean"], float, int)
            _ends(of[end])


def _ends(interval: list | None) -> None:
    low, high = (0, 0) if interval is None else interval
    _demand(low, float, int)
    _demand(high, float, int)


def _demand(value, *right) -> None:
    """TypeError unless `value` is one of `right`, or of one of the types in it; a whole number fits into 64 bits."""
    if (type(value) is int and abs(value) >= 1 << 63) or not any(
        type(value) is of if isinstance(of, type) else value == of for of in right
    ):
        raise TypeError
