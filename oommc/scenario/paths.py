"""Dotted paths of a scenario's TOML: `machine.node.0.memory`, `process.usemem.exit.wake.median`."""

from typing import Any

from oommc.errors import InputError
from oommc.naming import hint

_DEEPEST = 50


def stands(table: dict[str, Any], path: str) -> bool:
    """Whether a path leads to one value, and not to a table or nowhere."""
    try:
        where, key = place(table, path, "", make=False)
    except InputError:
        return False
    return key in where and not isinstance(where[key], dict | list)


def place(table: dict[str, Any], path: str, told: str, make: bool = True) -> tuple[dict[str, Any], str]:
    """The table that a path's last key belongs to, made where there is none if `make`, and that key.

    A list's entry is named by its name or number. InputError, beginning with `told`, where a path leads nowhere.
    """
    if path.count(".") > _DEEPEST:
        raise InputError(f"{told[:100]}: a path of more than {_DEEPEST} keys")
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
            return where, key
        where = where.setdefault(key, {}) if make else where.get(key, {})


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
