"""One value of a scenario changed, through the same reading and checks as a file."""

from typing import Any

from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario.model import Scenario
from oommc.scenario.read import from_dict
from oommc.scenario.write import to_dict


def replace(scenario: Scenario, path: str, value: Any) -> Scenario:
    """The scenario with `value` at the dotted path. Raises InputError."""
    table = to_dict(scenario)
    where, rest = table, path
    while True:
        if isinstance(where, list):
            where, rest = _entry(where, rest, f"{scenario.name}: {path}")
            if not rest:
                raise InputError(f"{scenario.name}: {path}: names a whole table: add a key of it")
            continue
        if not isinstance(where, dict):
            raise InputError(
                f"{scenario.name}: {path}: there are no keys below {path.removesuffix('.' + rest)}"
            )
        key, _, rest = rest.partition(".")
        if not rest:
            where[key] = value
            return from_dict(table, scenario.name)
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
