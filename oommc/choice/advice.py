"""A recommendation under a user's own requirements and preferences, and how sure it is.

Everything said of one scenario holds together with probability 95 %: each bound gets an equal share of the rest
(Bonferroni), for all policies, requirements and pairs, so that choosing by the same records breaks nothing.
"""

import math
from collections.abc import Sequence

from oommc.choice.compared import Compared, compared
from oommc.choice.criteria import BROKEN, MET, OPEN, Amount, Limit, Wish
from oommc.choice.front import membership
from oommc.collect.interface import Records
from oommc.scenario import Scenario

FRONT = ("livelock", "downtime", "collateral")
"""What a policy on the Pareto front isn't beaten in."""
LEVEL = 0.95


def advise(
    store: Records, scenario: Scenario, policies: Sequence[str], limits: Sequence[Limit], wishes: Sequence[Wish]
) -> dict:
    """Of the policies that surely meet all `limits`, the one with the least of what `wishes` name, in their order.

    A policy is passed over for a wish if it surely has more than the one with the least, by more than `within`;
    the next wish decides among those that are left. Returns tables of numbers and texts as JSON knows them: see
    docs/files.md. InputError if there are no records.
    """
    front = tuple(Amount(name, ((name, 1.0),)) for name in FRONT)
    amounts = list(dict.fromkeys((*(limit.amount for limit in limits), *(wish.amount for wish in wishes), *front)))
    data = compared(store, scenario, policies, amounts, FRONT)
    names = data.policies
    statements = 2 * len(names) * len(amounts) + len(amounts) * len(names) * (len(names) - 1)
    delta = (1 - LEVEL) / statements
    status = {name: _status(data, name, limits, delta) for name in names}
    left = [name for name in names if status[name] == MET]
    steps = []
    for wish in wishes if left else ():
        field = left
        least = min(field, key=lambda name: data.mean(wish.amount, name))
        left = [p for p in field if p == least or -data.exceeds(wish.amount, least, p, delta) <= wish.within]
        steps.append((wish, field, left))
    chosen = min(left, key=lambda p: [data.mean(w.amount, p) for w in reversed(wishes)]) if left else None
    on_front = membership(data.batches)
    return {
        "schedules": data.n,
        "level": LEVEL,
        "chosen": chosen,
        "limits": [_told(limit, delta) | {"supposed": data.supposed(limit.amount)} for limit in limits],
        "wishes": [
            {
                "amount": wish.amount.text,
                "within": wish.within,
                "left": list(left),
                "supposed": data.supposed(wish.amount),
                "more_than_least": _finite(max(_excess(data, wish.amount, chosen, p, delta) for p in field)),
            }
            for wish, field, left in steps
        ],
        "policies": {
            name: {
                "limits": status[name],
                "front": None if on_front is None else float(on_front[at]),
                "amounts": {amount.text: _amount(data, amount, name, chosen, delta) for amount in amounts},
            }
            for at, name in enumerate(names)
        },
        "alike": data.alike,
        "left_out": data.left_out,
    }


def _status(data: Compared, policy: str, limits: Sequence[Limit], delta: float) -> str:
    if any(data.below(limit.amount, policy, delta) >= limit.limit for limit in limits):
        return BROKEN
    return MET if all(data.above(limit.amount, policy, delta) < limit.limit for limit in limits) else OPEN


def _told(limit: Limit, delta: float) -> dict:
    """`schedules`: how many without a case it takes to be sure of a share's limit."""
    share = limit.amount.is_share and limit.limit < 1
    need = math.ceil(math.log(delta) / math.log1p(-limit.limit)) if share else None
    return {"amount": limit.amount.text, "limit": limit.limit, "schedules": need}


def _amount(data: Compared, amount: Amount, policy: str, chosen: str | None, delta: float) -> dict:
    """The mean of one policy, and between what it exceeds the chosen one's by."""
    ends = [_finite(data.below(amount, policy, delta)), _finite(data.above(amount, policy, delta))]
    told = {"mean": data.mean(amount, policy), "ci": ends}
    if chosen is None or policy == chosen:
        return told
    more = [-data.exceeds(amount, chosen, policy, delta), data.exceeds(amount, policy, chosen, delta)]
    return told | {"more": [_finite(end) for end in more]}


def _excess(data: Compared, amount: Amount, a: str | None, b: str, delta: float) -> float:
    assert a is not None  # where a wish was left to decide, one is chosen
    return 0.0 if a == b else data.exceeds(amount, a, b, delta)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None  # NumPy's prints as np.float64(…)
