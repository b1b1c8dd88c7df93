"""Values of a scenario changed, through the same reading and checks as a file."""

from collections.abc import Mapping
from typing import Any

from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario.model import Scenario
from oommc.scenario.read import from_dict
from oommc.scenario.write import to_dict


def replace(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with each value at its dotted path, read and checked once. Raises InputError."""
    table = to_dict(scenario)
    for path, value in changes.items():
        _put(table, path, value, f"{scenario.name}: {path}")
    return from_dict(table, scenario.name)


def _put(table: dict[str, Any], path: str, value: Any, told: str) -> None:
    where, rest = table, path
    while True:
        if isinstance(where, list):
            where, rest = _entry(where, rest, told)
            if not rest:
                raise InputError(f"{told}: names a whole table: add a key of it")
            continue
        if not isinstance(where, dict):
            raise InputError(f"{told}: there are no keys below {path.removesuffix('.' + rest)}")
        key, _, rest = rest.partition(".")
        if not rest:
            where[key] = value
            return
        where = where.setdefault(key, {})


def _entry(entries: list[Any], rest: str, told: str) -> tuple[Any, str]:
    """The entry that a path begins with, by its name (which may itself hold dots) or number; and the rest of
    it.
    """
    named = {str(entry["name"]) if isinstance(entry, dict) and "name" in entry else str(i): entry
             for i, entry in enumerate(entries)}  # fmt: skip
    numbered = {str(i): entry for i, entry in enumerate(entries)}
    for names in (named, numbered):
        found = [name for name in names if rest == name or rest.startswith(f"{name}.")]
        if found:
            name = max(found, key=len)
            return names[name], rest[len(name) + 1 :]
    first = rest.partition(".")[0]
    raise InputError(f"{told}: unknown {first!r}: {hint(first, named)}")
