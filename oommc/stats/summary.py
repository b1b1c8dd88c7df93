"""`summary.json` and the tables made of it.

Deterministic: sorted keys, no dates; None (null) where there is nothing to say, never NaN.
"""

import json
from collections.abc import Mapping

from oommc.collect.records import METRICS
from oommc.engine import OUTCOMES
from oommc.stats import intervals, survival
from oommc.stats.sketch import Times
from oommc.stats.sums import tallied
from oommc.stats.tally import AFTER_RECOVERY, PairTally, PolicyTally, Tally

ORACLE = "oracle"
TIME = "ttr_ns"  # a metric of pairs only: alone it may be censored, and `ttr_s` describes it


def summarize(store, policies: list[str], horizons: Mapping[str, int]) -> dict:
    """The summary of everything in a store, as FILES' `summary.json`; `horizons` maps scenarios to ns.

    Further keys: `schedules` of each policy and pair (`schedules` of a scenario is the most any policy has),
    `cut` of a scenario, and in a pair `better`, `equal`, `worse` (shares of schedules in which a has less
    than b, as much, more: each metric is something to have less of) and, for `ttr_ns`, `logrank_p`. With the policy
    `oracle` in the run the others have `excess`, which is a comparison and so no column of a record.
    """
    scenarios = {}
    for name, horizon in horizons.items():
        tally, times = tallied(store, name, policies)
        if tally.policies:
            scenarios[name] = _scenario(tally, times, horizon / 1e9)
    return {"schema": 1, "scenarios": scenarios}


def to_json(summary: dict) -> bytes:
    return (json.dumps(summary, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def _scenario(tally: Tally, times: Mapping[str, Times], horizon_s: float) -> dict:
    return {
        "schedules": max(policy.moments.n for policy in tally.policies.values()),
        "cut": max(policy.cut for policy in tally.policies.values()),
        "policies": {
            name: _policy(policy, times[name], horizon_s) | _excess(name, tally)
            for name, policy in tally.policies.items()
        },
        "pairs": [
            row
            for (a, b), pair in tally.pairs.items()
            for row in (*_pairs(a, b, pair, METRICS), *_times(a, b, tally, times))
        ],
        "assertion": {
            name: {metric: _total(policy, metric) for metric in ("kills", "premature")}
            for name, policy in tally.policies.items()
        },
    }


def _total(policy: PolicyTally, metric: str) -> int:
    return int(policy.moments.total[METRICS.index(metric)])


def _policy(tally: PolicyTally, times: Times, horizon_s: float) -> dict:
    metrics = {
        name: {
            "mean": intervals.mean(tally.moments, at),
            "ci": _list(intervals.mean_interval(tally.moments, at)),
            "total": int(tally.moments.total[at]),
        }
        for at, name in enumerate(METRICS)
    }
    curve = survival.kaplan_meier(*times)
    return metrics | {
        "schedules": tally.moments.n,
        "outcome": dict(zip(OUTCOMES, tally.outcomes.tolist(), strict=True)),
        "ttr_s": {
            "median": curve.quantile(0.5),
            "p95": curve.quantile(0.95),
            "p99": curve.quantile(0.99),
            "rmst": curve.restricted_mean(horizon_s),
            "censored": int(times.count[times.censored].sum()),
        },
    }


def _excess(name: str, tally: Tally) -> dict:
    """Kills beyond those of the oracle, over the schedules in which both recovered; nothing without an oracle."""
    at = AFTER_RECOVERY.index("kills")
    pair = None if name == ORACLE else tally.recovered.get((name, ORACLE))
    if pair is None and (ORACLE, name) in tally.recovered:
        pair = tally.recovered[ORACLE, name].flipped()
    if pair is None:
        return {}
    interval = intervals.difference_interval(pair.a, pair.b, pair.difference, at)
    excess = {"mean": intervals.mean(pair.difference, at), "ci": _list(interval)}
    return {"excess": excess | {"total": int(pair.difference.total[at]), "schedules": pair.difference.n}}


def _pairs(a: str, b: str, pair: PairTally, metrics) -> list[dict]:
    n = pair.difference.n
    return [
        {
            "a": a,
            "b": b,
            "metric": metric,
            "difference": intervals.mean(pair.difference, at),
            "ci": _list(intervals.difference_interval(pair.a, pair.b, pair.difference, at)),
            "p": intervals.difference_p(pair.difference, at),
            "paired": True,
            "variance_ratio": intervals.variance_ratio(pair.a, pair.b, pair.difference, at),
            "schedules": n,
            "better": int(pair.less[at]) / n if n else None,
            "equal": (n - int(pair.less[at]) - int(pair.more[at])) / n if n else None,
            "worse": int(pair.more[at]) / n if n else None,
        }
        for at, metric in enumerate(metrics)
    ]


def _times(a: str, b: str, tally: Tally, times: Mapping[str, Times]) -> list[dict]:
    p = survival.logrank_p(times[a], times[b])
    return [row | {"logrank_p": p} for row in _pairs(a, b, tally.recovered[a, b], [TIME])]


def _list(interval: intervals.Interval) -> list[float] | None:
    return None if interval is None else list(interval)
