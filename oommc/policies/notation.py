"""Policies from a text: `baseline,patched(timeout=1s)`, groups, and sweeps over a numeric mechanism."""

import itertools
import math
import re

from ..errors import InputError
from ..naming import hint
from ..units import whole_number
from .knobs import KNOBS
from .mechanisms import MECHANISMS
from .policy import Policy
from .spelled import spelled
from .table import Mechanism
from .value import NUMERIC, number
from .value import text as value_text

POINTS = 7
"""How many values stand for a range, unless it says: `timeout=0.5s..30s/12`."""
MOST = 1000

_TYPED = "earlyoom"  # the killer whose options are read as its users type them
_NAME = re.compile(r"(?P<name>[^(),]+)(?:\((?P<settings>[^()]*)\))?\s*(?:,|$)")


def parse(text: str, registry: dict[str, Policy], groups: dict[str, list[str]]) -> list[Policy]:
    """`"baseline,patched(timeout=1s)"` → policies, in that order, each once.

    A name of `groups` stands for its members; `patched+earlyoom` is a kernel policy with a killer in user space beside
    it, and `earlyoom -m 5` is what that command does. A numeric setting may be a list (`timeout=1s|5s`) or a range
    (`timeout=0.5s..30s`: POINTS values in geometric progression, `…/N`: N of them); each value, and each combination
    of several, is a policy. Raises InputError for anything else.
    """
    chosen: dict[str, Policy] = {}
    position = 0
    text = text.strip()
    while position < len(text):
        match = _NAME.match(text, position)
        if not match:
            raise InputError(f"policies: can't read {text[position:]!r}; for example baseline,patched(timeout=1s)")
        position = match.end()
        name = match["name"].strip()
        if name in groups and match["settings"] is None:
            chosen |= {member: registry[member] for member in groups[name]}
        elif name in registry or "+" in name or _is_typed(name):
            chosen |= {policy.name: policy for policy in _variants(named(name, registry), match["settings"])}
        else:
            raise InputError(f"policies: no policy {name!r}; {hint(name, [*registry, *groups])}")
    if not chosen:
        raise InputError(f"policies: at least one name; known: {', '.join([*registry, *groups])}")
    return list(chosen.values())


def named(name: str, registry: dict[str, Policy]) -> Policy:
    """A policy by its name; `patched+earlyoom` is earlyoom's killer beside the patched kernel."""
    parts = [part.strip() for part in name.split("+")]
    for part in parts:
        if part not in registry and not _is_typed(part):
            raise InputError(f"policies: no policy {part!r} in {name!r}; {hint(part, registry)}")
    policy, *killers = (spelled(part, registry[_TYPED]) if _is_typed(part) else registry[part] for part in parts)
    for killer in killers:
        policy = policy.beside(killer)
    return policy


def _is_typed(name: str) -> bool:
    return name.startswith(f"{_TYPED} ")


def _variants(policy: Policy, text: str | None) -> list[Policy]:
    """The policy with each combination of the settings' values."""
    values: dict[str, list[str]] = {}
    for item in (text or "").split(","):
        if not item.strip():
            continue
        key, equals, value = (part.strip() for part in item.partition("="))
        if not equals:
            raise InputError(f"policy {policy.name}: {item.strip()!r} is no setting; for example timeout=1s")
        known = MECHANISMS | KNOBS
        if key not in known:
            raise InputError(f"policy {policy.name}: no mechanism {key!r}; {hint(key, known)}")
        values[key] = _values(f"policy {policy.name}: {key}", known[key], value)
    combinations = itertools.islice(itertools.product(*values.values()), MOST + 1)
    variants = [policy.replace(**dict(zip(values, chosen, strict=True))) for chosen in combinations]
    if len(variants) > MOST:
        raise InputError(f"policy {policy.name}: a sweep of more than {MOST} policies")
    return variants


def _values(where: str, mechanism: Mechanism, text: str) -> list[str]:
    """The values of one setting: itself, those of a list, or those of a range."""
    if mechanism.kind not in NUMERIC:
        return [text]
    if "|" in text:
        return [value.strip() for value in text.split("|")]
    if ".." not in text:
        return [text]
    low, _, rest = text.partition("..")
    high, _, points = rest.partition("/")
    try:
        count = whole_number(points, "points", 2, MOST) if points else POINTS
        first, last = (number(mechanism, end.strip()) for end in (low, high))
    except InputError as error:
        raise InputError(f"{where}: {error}; a range is LOW..HIGH or LOW..HIGH/POINTS") from None
    if not (0 < first < last and 2 <= count <= MOST):
        raise InputError(f"{where}: {text!r} is no range: 0 < LOW < HIGH, and 2 to {MOST} points")
    step = (last / first) ** (1 / (count - 1))
    inner = [_round(first * step**k, mechanism.kind) for k in range(1, count - 1)]
    return [value_text(mechanism, end) for end in dict.fromkeys([first, *inner, last])]


def _round(value: float, kind: str) -> float:
    """A count to a whole number, a percentage to two places, anything else to three digits."""
    if kind in ("count", "percent"):
        return round(value, 2 if kind == "percent" else None)
    digits = 10 ** max(0, math.floor(math.log10(value)) - 2)
    return round(value / digits) * digits
