"""`summary.json` and the tables made of it.

Deterministic: sorted keys, no dates; None (null) where there is nothing to say, never NaN.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from oommc.columns import OUTCOMES
from oommc.stats import intervals, survival
from oommc.stats.content import Compared, Content, Excess, Pair, PolicyContent, ScenarioContent
from oommc.stats.excess import ORACLE
from oommc.stats.sketch import Times
from oommc.stats.tally import AFTER_RECOVERY, MEASURED, PairTally, PolicyTally, Summable, Tally

QUANTILES = {"median": 0.5, "p95": 0.95, "p99": 0.99}
Ends = Mapping[str, float | None]
"""The largest value in one schedule, by metric; None where none is known."""
TIME = "ttr_ns"  # a metric of pairs only: alone it may be censored, and `ttr_s` describes it


def summarize(
    store: Summable,
    policies: list[str],
    horizons: Mapping[str, int],
    level: float = intervals.LEVEL,
    metrics: Sequence[str] = MEASURED,
    most: Mapping[str, Ends] | None = None,
) -> Content:
    """The summary of everything in a store, as FILES' `summary.json`; `horizons` maps scenarios to ns.

    `level` is that of each interval; `metrics`: what the store measures; `most`: by scenario and metric the largest
    value in one schedule (`oommc.stats.tally.ends`), by default not known.

    Further keys: `schedules` of each policy and pair (`schedules` of a scenario is the most any policy has),
    `cut` of a scenario, and in a pair `better`, `equal`, `worse` (shares of schedules in which a has less
    than b, as much, more: each metric is something to have less of), `p_holm` (p corrected for all pairs of the
    scenario and metric) and, for `ttr_ns`, `logrank_p`. Policies without a common schedule have `paired` false and
    the difference of their means. With the policy `oracle` in the run the others have `excess`, which is a comparison
    and so no column of a record.
    """
    scenarios = {}
    for name, horizon in horizons.items():
        tally, times = store.tallied(name, policies)
        if tally.policies:
            ends = (most or {}).get(name, {})
            scenarios[name] = _scenario(tally, times, horizon / 1e9, level, metrics, ends)
    return {"schema": 1, "scenarios": scenarios}


def to_json(summary: Content) -> bytes:
    return (json.dumps(summary, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def _scenario(
    tally: Tally, times: Mapping[str, Times], horizon_s: float, level: float, metrics: Sequence[str], most: Ends
) -> ScenarioContent:
    return {
        "schedules": max(policy.moments.n for policy in tally.policies.values()),
        "cut": max(policy.cut for policy in tally.policies.values()),
        "policies": {
            name: _policy(policy, times[name], horizon_s, level, metrics, most, _excess(name, tally, level, most))
            for name, policy in tally.policies.items()
        },
        "pairs": _corrected(
            [
                row
                for (a, b), pair in tally.pairs.items()
                for row in (*_pairs(a, b, pair, tally, level, metrics, most), *_times(a, b, tally, times, level, most))
            ]
        ),
        "assertion": {
            name: {"kills": _total(policy, "kills"), "premature": _total(policy, "premature")}
            for name, policy in tally.policies.items()
        },
    }


def _total(policy: PolicyTally, metric: str) -> int:
    return int(policy.moments.total[MEASURED.index(metric)])


def _policy(
    tally: PolicyTally,
    times: Times,
    horizon_s: float,
    level: float,
    metrics: Sequence[str],
    most: Ends,
    excess: Excess | None,
) -> PolicyContent:
    means = {
        name: {
            "mean": intervals.mean(tally.moments, at),
            "ci": _list(intervals.mean_interval(tally.moments, at, most.get(name), level)),
            "total": int(tally.moments.total[at]),
            "events": intervals.events(tally.moments, at),
            "most": most.get(name),
        }
        for at, name in enumerate(metrics)
    }
    curve = survival.kaplan_meier(*times)
    rest = {
        "schedules": tally.moments.n,
        "outcome": dict(zip(OUTCOMES, tally.outcomes.tolist(), strict=True)),
        "ttr_s": {
            **{name: curve.quantile(q) for name, q in QUANTILES.items()},
            **{f"{name}_ci": _list(curve.quantile_interval(q, level)) for name, q in QUANTILES.items()},
            "rmst": curve.restricted_mean(horizon_s),
            "rmst_ci": _list(curve.restricted_mean_interval(horizon_s, level)),
            "rmst_events": curve.restricted_mean_events(horizon_s),
            "censored": int(times.count[times.censored].sum()),
        },
    }
    return cast(PolicyContent, means | rest | ({} if excess is None else {"excess": excess}))


def _excess(name: str, tally: Tally, level: float, most: Ends) -> Excess | None:
    """Kills beyond those of the oracle, over the schedules in which both recovered; None without an oracle."""
    at = AFTER_RECOVERY.index("kills")
    pair = None if name == ORACLE else tally.recovered.get((name, ORACLE))
    if pair is None and (ORACLE, name) in tally.recovered:
        pair = tally.recovered[ORACLE, name].flipped()
    if pair is None:
        return None
    return {
        "mean": intervals.mean(pair.difference, at),
        "ci": _list(intervals.difference_interval(pair, at, most.get("kills"), level)),
        "total": int(pair.difference.total[at]),
        "events": intervals.events(pair.difference, at),
        "schedules": pair.difference.n,
    }


def _pairs(
    a: str, b: str, pair: PairTally, tally: Tally, level: float, metrics: Sequence[str], most: Ends
) -> list[Compared]:
    ends = [(at, metric, most.get(metric)) for at, metric in enumerate(metrics)]
    if pair.difference.n:
        return [_paired(a, b, pair, metric, at, end, level) for at, metric, end in ends]
    of_a, of_b = (tally.policies[name].moments for name in (a, b))
    return [_apart(a, b, metric, *intervals.unpaired(of_a, of_b, at, end, level), end) for at, metric, end in ends]


def _paired(a: str, b: str, pair: PairTally, metric: str, at: int, most: float | None, level: float) -> Compared:
    n, less, more = pair.difference.n, int(pair.less[at]), int(pair.more[at])
    return {
        "a": a,
        "b": b,
        "metric": metric,
        "difference": intervals.mean(pair.difference, at),
        "ci": _list(intervals.difference_interval(pair, at, most, level)),
        "p": intervals.difference_p(pair, at, most),
        "events": intervals.events(pair.difference, at),
        "most": most,
        "paired": True,
        "variance_ratio": intervals.variance_ratio(pair, at),
        "schedules": n,
        "better": less / n,
        "equal": (n - less - more) / n,
        "worse": more / n,
    }


def _apart(
    a: str,
    b: str,
    metric: str,
    difference: float | None = None,
    interval: Sequence[float] | None = None,
    p: float | None = None,
    most: float | None = None,
) -> Compared:
    """Policies that have no schedule in common (of `ttr_ns`: none in which both recovered)."""
    return {
        "a": a,
        "b": b,
        "metric": metric,
        "difference": difference,
        "ci": _list(interval),
        "p": p,
        "events": None,
        "most": most,
        "paired": False,
        "schedules": 0,
        "variance_ratio": None,
        "better": None,
        "equal": None,
        "worse": None,
    }


def _times(a: str, b: str, tally: Tally, times: Mapping[str, Times], level: float, most: Ends) -> list[Compared]:
    pair, logrank = tally.recovered[a, b], survival.logrank_p(times[a], times[b])
    at = AFTER_RECOVERY.index(TIME)
    row = (
        _paired(a, b, pair, TIME, at, most.get(TIME), level)
        if pair.difference.n
        else _apart(a, b, TIME, most=most.get(TIME))
    )
    row["logrank_p"] = logrank
    return [row]


def _corrected(rows: list[Compared]) -> list[Pair]:
    """With Holm's p over all pairs that are compared by the same metric."""
    corrected = {
        metric: iter(intervals.holm([row["p"] for row in rows if row["metric"] == metric]))
        for metric in dict.fromkeys(row["metric"] for row in rows)
    }
    return [{**row, "p_holm": next(corrected[row["metric"]])} for row in rows]


def _list(interval: Sequence[Any] | None) -> list[Any] | None:
    return None if interval is None else list(interval)
