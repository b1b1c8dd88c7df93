"""Policies, packed into the core's structs: a mechanism's value is a number there, and so is a killer's knob."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..policies import KNOBS, MECHANISMS, Mechanism, Monitor, Policy
from ..policies.table import OFF
from ..policies.value import hundredths
from ._core import DTYPES
from .rows import fields, rows


def pack_policies(policies: Sequence[Policy]) -> np.ndarray:
    """Policies as the core takes them, one row each."""
    return rows("policies", map(_policy, policies))


def _policy(policy: Policy) -> dict:
    return _numbers(policy.mechanisms(), MECHANISMS) | {
        "function": policy.victim.address if policy.victim else 0,
        "function_data": policy.victim.user_data if policy.victim else 0,
        "monitor": _monitor(policy.monitor),
    }


def _monitor(monitor: Monitor | None) -> tuple[int, ...]:
    """A killer in user space in the order of its struct's fields; nothing but zeros for none."""
    names = fields(DTYPES["policies"]["monitor"])
    row = {"on": 1} | _numbers(monitor.knobs(), KNOBS) if monitor else dict.fromkeys(names, 0)
    return tuple(row[field] for field in names)


def _numbers(values: Mapping, table: Mapping[str, Mechanism]) -> dict[str, int]:
    return {name: _number(table[name], value) for name, value in values.items()}


def _number(mechanism: Mechanism, value) -> int:
    if mechanism.kind == "choice":
        return mechanism.codes[value]
    if mechanism.kind == "set":
        return sum(mechanism.codes[chosen] for chosen in value)
    if mechanism.kind == "percent":
        return OFF if value == OFF else hundredths(value)
    return value
