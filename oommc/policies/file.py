"""Policies of the user's own from a TOML file: `[policy.NAME]`, a `base`, then what differs."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import toml
from ..errors import InputError
from ..naming import hint
from ..units import shown
from . import victim
from .knobs import KNOBS
from .mechanisms import MECHANISMS
from .notation import named
from .policy import Policy

_WORDS = ("base", "about", "source")


def read(path: str | Path, registry: dict[str, Policy], groups: Iterable[str]) -> dict[str, Policy]:
    """Name → policy, in the file's order. A base may be one of `registry` or one that stands earlier in the file,
    none is named as one of `groups`.

    A `selector` with a colon, "rules.py:score", is a victim function: the file's, relative to this one. Nothing is
    run: `Policy.loaded` does that. Raises InputError, naming file and key.
    """
    content, path = toml.read(path), Path(path)
    for key in content:
        if key != "policy":
            raise InputError(f"{path}: {key}: a policy file holds [policy.NAME] tables only")
    tables = content.get("policy")
    if not isinstance(tables, dict) or not tables:
        raise InputError(f"{path}: no [policy.NAME] table")
    made: dict[str, Policy] = {}
    for name, table in tables.items():
        if name in groups:
            raise InputError(f"{path}: policy.{name}: a group of policies has that name")
        made[name] = _policy(path, name, table, registry | made)
    return made


def options(policies: Iterable[dict]) -> list[str]:
    """What a command needs so that it knows these policies (as `Policy.to_dict` tells them) by name."""
    return [f"--policy-file={file}" for file in dict.fromkeys(policy.get("file") for policy in policies) if file]


def warning(options: Iterable[str]) -> str:
    """What to say beside a printed command with these `options`; nothing where none reads a policy file."""
    files = ", ".join(option.removeprefix("--policy-file=") for option in options)
    more = (
        "a policy file that run.json names; its Python files run with the command, so look first if they aren't yours"
    )
    return files and f"{files}: {more}"


def _policy(path: Path, name: str, table: Any, known: dict[str, Policy]) -> Policy:
    where = f"{path}: policy.{' '.join(name.split())}"
    if name in known:
        raise InputError(f"{where}: there is a policy of that name already")
    if not name.isprintable() or not name.strip() or set(name) & set("(),|+") or name != name.strip():
        raise InputError(f"{where}: a name is one line without , | + ( )")
    if not isinstance(table, dict):
        raise InputError(f'{where}: a table, [policy.{name}], with base = "patched" and what differs')
    for key, value in table.items():
        known_keys = [*MECHANISMS, *KNOBS, *_WORDS]
        if key not in known_keys:
            raise InputError(f"{where}.{key}: no mechanism {key!r}; {hint(key, known_keys)}")
        if key in _WORDS and not isinstance(value, str):
            raise InputError(f"{where}.{key}: a text, not {shown(value)}")
    base = table.get("base")
    if base is None or (base not in known and "+" not in base):
        asked = "missing" if base is None else f"no policy {base!r}; {hint(base, known)}"
        raise InputError(f'{where}.base: {asked}; base = "patched", for example')
    try:
        parent = named(base, known)
    except InputError as error:
        raise InputError(f"{where}.base: {str(error).partition(': ')[2]}") from None
    changes = {key: value for key, value in table.items() if key != "base"}
    selector = changes.get("selector")
    if isinstance(selector, str) and ":" in selector:
        changes["selector"] = victim.named(selector, f"{where}.selector", path.parent)
    try:
        return parent.replace(name=name, file=str(path), **({"about": f"{path.name}: {base} with changes"} | changes))
    except InputError as error:
        raise InputError(f"{where}: {str(error).partition(': ')[2]}") from None
