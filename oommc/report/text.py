"""A summary as text: the table for the terminal, and the answers in sentences."""

import math
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any

from oommc.columns import COLUMNS, TOLD, foremost
from oommc.report.bounds import designs
from oommc.report.groups import alike, labels
from oommc.report.margin import NO, Margins
from oommc.report.marks import footnotes, marked
from oommc.report.toll import needless, rows
from oommc.show.numbers import number, of_schedules, places_for, processes, seconds, shown, with_interval
from oommc.show.table import aligned
from oommc.stats.content import Content, Mean, Pair, PolicyContent, ScenarioContent, mean_of
from oommc.stats.summary import TIME

_KILLS = foremost(TOLD)

CERTAIN = "simulation error at the scenario's values"
"""What an interval is about; not what isn't known of the machine."""

_SURE = 0.02
"""Nobody is said to have shot no innocent where so many per schedule aren't excluded."""

_EXCESS = "Excess: kills more than the oracle needs on the same schedule, where both recovered."


def meanings(names: Collection[str]) -> list[str]:
    """What each count means, and the time to recovery, in the words of someone who doesn't know the simulator."""
    held = [column for column in COLUMNS if column.name in (*names, TIME)]
    return [*(f"{column.heading}: {column.meaning}" for column in held), _EXCESS]


def text(summary: Content) -> str:
    """Per scenario: kills per schedule with 95 % intervals, and time to recovery, of each policy."""
    return "\n\n".join(_scenario(name, of) for name, of in summary["scenarios"].items())


def _scenario(name: str, of: ScenarioContent) -> str:
    kills = [metric for metric in _KILLS if all(metric in policy for policy in of["policies"].values())]
    head = ["policy", *kills, "ttr median", "ttr p95", "not recovered"]
    costs = rows(of)
    table = [
        [
            label,
            *(marked(mean, v["schedules"]) for mean in map(partial(mean_of, v), kills)),
            recovered_in(v, "median"),
            recovered_in(v, "p95"),
            f"{v['ttr_s']['censored']:,}",
        ]
        for policy, label in labels(of).items()
        for v in [of["policies"][policy]]
    ]
    title = f"{shown(name)}: {of_schedules(of['schedules'])}, counts per schedule [95 % interval: {CERTAIN}]"
    notes = [*footnotes(cell for row in (*costs, *table) for cell in row), *alike(of)]
    return "\n".join([title, aligned(costs), "", aligned([head, *table]), *notes])


def recovered_in(policy: PolicyContent, quantile: str) -> str:
    """A quantile ("median", "p95", "p99") of a policy's times to recovery;
    "no OOM" where there was nothing to recover from.
    """
    return "no OOM" if policy["outcome"]["no_oom"] == policy["schedules"] else seconds(_quantile(policy, quantile))


def _quantile(policy: PolicyContent, name: str) -> float | None:
    times: Mapping[str, Any] = policy["ttr_s"]
    return times[name]


def verdict(policies: dict[str, PolicyContent]) -> str:
    """Who kills the fewest and the most for nothing, in one sentence; `policies`: entries of a summary."""
    policies = designs(policies)
    means = {name: needless(policy)["mean"] for name, policy in policies.items()}
    least, most = min(means, key=lambda name: means[name]), max(means, key=lambda name: means[name])
    if not any(policy["kills"]["total"] for policy in policies.values()):
        return "Nobody was shot."
    if means[most] == 0:
        if not all(_none(needless(policy)) for policy in policies.values()):
            return f"No needless kill of an innocent process was seen; {_open(policies.values())}."
        who = "No policy" if len(means) > 1 else f"{shown(least)} never"
        return f"{who} shot an innocent process needlessly."
    if means[least] == means[most]:
        return f"{shown(most) if len(means) == 1 else 'Each policy'} shot {_rate(means[most])}."
    spared = "no innocent process needlessly" if means[least] == 0 else _rate(means[least])
    if means[least] == 0 and not _none(needless(policies[least])):
        spared += f" that was seen ({_open([policies[least]])})"
    others = sum(mean == means[least] for mean in means.values()) - 1
    whom = shown(least) + (f" (and {others} more)" if others else "")
    return f"{whom} shot {spared}; {shown(most)} shot {_rate(means[most])}."


def _none(kills: Mean) -> bool:
    """Whether a policy without a needless kill is surely nearly one."""
    return kills["ci"] is not None and kills["ci"][1] < _SURE


def _open(policies: Iterable[PolicyContent]) -> str:
    """How many needless kills policies without one may have."""
    ends = [math.inf if (ci := needless(policy)["ci"]) is None else ci[1] for policy in policies]
    if max(ends) == math.inf:
        return "one schedule excludes nothing"
    return f"up to {number(max(ends))} per schedule can't be excluded"


def _rate(mean: float) -> str:
    """A rate of needless kills as people say it."""
    if mean < 0.095:
        return f"one innocent process needlessly in every {1 / mean:,.0f} schedules"
    return f"{100 * mean:,.0f} innocent processes needlessly in every 100 schedules"


def policy_answer(name: str, policy: PolicyContent) -> str:
    """What a policy did, in one sentence or two; `policy` is its entry in the summary."""
    unnecessary, idle = policy["unnecessary"], policy["needless"]
    if not policy["kills"]["total"]:
        return f"{shown(name)} shot nothing." + _recovery(policy)
    if not unnecessary["total"]:
        text = f"{shown(name)} shot {processes(policy['kills']['total'])}, none of them unnecessarily"
    else:
        places = places_for((idle["ci"][1] - idle["ci"][0]) / 2) if idle["ci"] else None
        text = (
            f"{shown(name)} shot {processes(policy['kills']['total'])}, {unnecessary['total']:,} of them "
            f"unnecessarily and {idle['total']:,} needlessly: "
            f"{number(idle['mean'], places)} needless kills per schedule"
        )
    if idle["ci"]:
        places = places_for((idle["ci"][1] - idle["ci"][0]) / 2)
        low, high = (number(end, places) for end in idle["ci"])
        text += (
            f" (95 % interval {low} to {high})" if unnecessary["total"] else f" (needless: at most {high} per schedule)"
        )
    return text + "." + _early(policy) + _recovery(policy)


def _early(policy: PolicyContent) -> str:
    """What a killer did before anybody asked."""
    count = needless(policy)["total"] - policy["needless"]["total"]
    return f" {count:,} of them died before anybody asked, and nobody would have run short." if count else ""


def _recovery(policy: PolicyContent) -> str:
    times, outcome = policy["ttr_s"], policy["outcome"]
    had_oom = policy["schedules"] - outcome["no_oom"]
    if not had_oom:
        return " No schedule ran out of memory."
    if times["median"] is None:
        return f" Fewer than half of the {had_oom:,} out-of-memory situations were over within the horizon."
    text = f" Half of the out-of-memory situations were over within {seconds(times['median'])}"
    if times["censored"]:
        return text + f"; {times['censored']:,} of {had_oom:,} were not over within the horizon."
    return text + "."


def pair_answer(pair: Pair, margins: Margins) -> str:
    """How two policies differ in needless kills or `ttr_ns`, in one sentence; `pair`: a summary's row."""
    a, b = shown(pair["a"]), shown(pair["b"])
    difference, ci = pair["difference"], pair["ci"]
    timed = pair["metric"] == "ttr_ns"
    what = "time to recovery" if timed else "needless kills"
    scale, unit = (1.0, "per schedule") if not timed else (1e9, "s") if abs(difference or 0) >= 1e9 else (1e6, "ms")
    if difference is None or not pair["paired"]:
        where = "no schedule in which both recovered" if timed else "no schedule in common"
        return f"{a} and {b} have {where}."
    if pair["equal"] == 1:
        return f"{a} and {b} have the same {what} in every schedule."
    if ci is None or ci[0] <= 0 <= ci[1]:
        seen = f"{with_interval(difference, ci, scale)} {unit}"
        return f"Between {a} and {b} no difference in {what} is certain ({seen})."
    less, more = (b, a) if difference > 0 else (a, b)
    amount = with_interval(abs(difference), sorted(map(abs, ci)), scale)
    small = f" It is no more than what matters ({margins.words(pair['metric'])})." if margins.judged(pair) == NO else ""
    if timed:
        return f"Where both recovered, {less} did so {amount} {unit} sooner than {more} on average.{small}"
    return f"On the same schedules {less} has {amount} fewer needless kills per schedule than {more}.{small}"
