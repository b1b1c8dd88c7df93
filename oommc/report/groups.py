"""Policies that did the same on every schedule: told as one."""

from oommc.show.names import label
from oommc.show.numbers import shown
from oommc.stats.content import Pair, ScenarioContent
from oommc.stats.summary import TIME


def groups(of: ScenarioContent) -> dict[str, list[str]]:
    """Each policy that differs from those before it, with those that it is the same as in every metric."""
    # times to recovery have nothing to compare where neither recovered; else that means no schedule in common
    apart = {
        frozenset((row["a"], row["b"]))
        for row in of["pairs"]
        if row["equal"] != 1 and not (row["equal"] is None and row["metric"] == TIME)
    }
    counts = {name: policy["schedules"] for name, policy in of["policies"].items()}
    found: dict[str, list[str]] = {}
    for name in counts:
        same = (one for one in found if counts[one] == counts[name] and frozenset((one, name)) not in apart)
        first = next(same, None)
        if first is None:
            found[name] = []
        else:
            found[first].append(name)
    return found


def labels(of: ScenarioContent) -> dict[str, str]:
    """How each of the policies that differ is named, with those that it stands for."""
    return {first: label([first, *rest]) for first, rest in groups(of).items()}


def alike(of: ScenarioContent) -> list[str]:
    """Which policies did the same, a sentence for each group."""
    several = ([first, *rest] for first, rest in groups(of).items() if rest)
    return [
        f"{', '.join(map(shown, g[:-1]))} and {shown(g[-1])} did the same on every schedule, and are told as one."
        for g in several
    ]


def distinct(of: ScenarioContent) -> list[Pair]:
    """The pairs of policies that differ, one for each pair of groups."""
    firsts = groups(of)
    return [row for row in of["pairs"] if row["a"] in firsts and row["b"] in firsts]
