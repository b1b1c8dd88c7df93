"""Policies, packed into the core's structs: a mechanism's value is a number there, and so is a killer's knob."""

from collections.abc import Sequence

import numpy as np

from ..policies import KNOBS, Monitor, Policy
from ..policies.mechanisms import MECHANISMS
from ..policies.table import OFF
from ..policies.value import NUMERIC, hundredths
from ..scenario.common import SWAP_CLUSTER_MAX
from ._core import CODES, DTYPES, KNOB_CODES
from .rows import CERTAIN, rows


def pack_policies(policies: Sequence[Policy]) -> np.ndarray:
    """Policies as the core takes them, one row each."""
    return rows("policies", map(_policy, policies))


_FIELDS = DTYPES["policies"].names
_PLAIN = [
    name
    for name, of in MECHANISMS.items()
    if name in _FIELDS and (of.kind in NUMERIC or set(of.values) == {"yes", "no"})
]


def _policy(policy: Policy) -> dict:
    plain = {name: getattr(policy, name) for name in _PLAIN}
    return (
        {name: value == "yes" if isinstance(value, str) else value for name, value in plain.items()}
        | {
            "progress": {"cluster": SWAP_CLUSTER_MAX, "any": 1}[policy.progress],
            "before_gate": "before_gate" in policy.recheck,
            "under_gate": "under_gate" in policy.recheck,
            "after_selection": "after_selection" in policy.recheck,
            "test_memdie": policy.gate_test == "memdie",
            "gate_opens_on_skip": policy.gate_opens == "skip",
            "memcg_binds": policy.memcg != "ignored",
            "memcg_lock": policy.memcg == "lock",
            "memcg_group": policy.scope == "memcg_group",
            "abort_on_memdie": "memdie" in policy.abort_on,
            "abort_on_exiting": "exiting" in policy.abort_on,
            "abort_on_victim_mm": "victim_mm" in policy.abort_on,
            "leaders": policy.scan == "leaders",
            "mmless_skipped": policy.mmless == "skipped",
            "loopers_reserves": policy.loopers == "reserves",
            "drains_after_progress": "after_progress" in policy.drain,
            "drains_for_last_try": "last_try" in policy.drain,
            "rebalance_blind": policy.rebalance == "blind",
            "starved_reclaims": policy.starved == "reclaims",
            "spares_exiting": policy.exiting_victim == "marked",
            "timeout": policy.timeout if policy.on_timeout == "next" else 0,
            "overdue": policy.timeout if policy.on_timeout != "next" else 0,
            "overdue_panics": policy.on_timeout == "panic",
            "panic": policy.on_no_victim == "panic",
            "monitor": _monitor(policy.monitor),
            "victim": policy.victim.address if policy.victim else 0,
            "victim_data": policy.victim.user_data if policy.victim else 0,
        }
        | {mechanism: codes[getattr(policy, mechanism)] for mechanism, codes in CODES.items()}
    )


def _monitor(monitor: Monitor | None) -> tuple[int, ...]:
    """A killer in user space in the order of its struct's fields; nothing but zeros for none."""
    fields = DTYPES["policies"]["monitor"].names
    if monitor is None:
        return (0,) * len(fields)
    row = {
        "on": 1,
        "stalls": monitor.rules == "stalls",
        "by_cgroup": monitor.pressure_of == "cgroup",
        "spares": monitor.perceptible == "spared",
        "enough": monitor.at_once == "enough",
        "reread": monitor.reread == "yes",
        "reap": monitor.reap == "yes",
        "stall": hundredths(monitor.stall) * ((CERTAIN - 1) // 10_000),
    }
    for name, knob in KNOBS.items():
        value = getattr(monitor, name)
        if name in row or knob.kind == "choice" and name not in KNOB_CODES:
            continue
        if name in KNOB_CODES:
            row[name] = KNOB_CODES[name][value]
        elif knob.kind == "percent":
            row[name] = OFF if value == OFF else hundredths(value)
        else:
            row[name] = value
    return tuple(int(row[field]) for field in fields)
