"""How much of a number is chance in the schedules, and how much is not knowing the machine."""

from collections.abc import Mapping, Sequence
from typing import Any

from oommc.report.groups import labels
from oommc.report.marks import mark
from oommc.show.numbers import number, shown, with_interval
from oommc.show.table import aligned
from oommc.stats.content import PolicyContent, ScenarioContent, mean_of

METRIC = "needless"
"""What a report begins with."""

HEAD = ("policy", "needless kills, as assumed", "over 95 % of the machines", "variance: chance", "the machine")

Found = Mapping[str, Any]


def rows(found: Found, of: ScenarioContent) -> list[list[str]]:
    """A row for each policy, HEAD first: the mean with the simulation's error, and what not knowing the machine adds.

    `found`: of the scenario, as `oommc.sensitivity.kept` reads it.
    """
    return [list(HEAD), *([label, *_cells(name, found, of["policies"][name])] for name, label in labels(of).items())]


def caption(found: Found) -> str:
    """What the rows say."""
    return (
        f"Needless kills per schedule: simulation error, and not knowing the machine "
        f"({found['places']:,} machines in the scenario's ranges, {found['schedules']:,} schedules on each)"
    )


def beside(result, name: str, of: ScenarioContent) -> str:
    """The same for a terminal, of one scenario of a `Result`."""
    found = result.uncertainty.get(name)
    if found is None:
        return missing(result.manifest.scenarios[name].get("range", {}))
    table = aligned(rows(found, of))
    return "\n".join([f"{shown(name)}: {caption(found)}", table, *sentences(found, against_first(of))])


def against_first(of: ScenarioContent) -> list[tuple[str, str]]:
    """The pairs that are told: each policy and the first."""
    first, *others = labels(of)
    return [(other, first) for other in others]


def _cells(name: str, found: Found, policy: PolicyContent) -> list[str]:
    mean, of = mean_of(policy, METRIC), found["metrics"][METRIC]["policies"].get(name)
    value = with_interval(mean["mean"], mean["ci"], 1.0, policy["schedules"]) + mark(mean)
    if of is None:  # of a command that had other policies in the same directory
        return [value, "–", "–", "–"]
    share = of["share"]
    return [
        value,
        spread(of),
        *(("–", "–") if share is None else (f"{1 - share:.0%}", f"{share:.0%}")),
    ]


def spread(of: Mapping[str, Any]) -> str:
    """Between what 95 % of the places' means lie, in words."""
    if of["most"] == of["least"] == 0:
        return "none on any"
    return "no more than chance" if of["spread"] is None else "{} to {}".format(*map(number, of["spread"]))


def sentences(found: Found, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """For each of the `pairs` of policies: on how many machines one surely has fewer needless kills."""
    said = []
    for row in found["metrics"][METRIC]["pairs"]:
        for a, b, less, more in ((row["a"], row["b"], "less", "more"), (row["b"], row["a"], "more", "less")):
            if (a, b) in pairs:
                said.append(
                    f"On {_share(row[less])} of the machines {shown(a)} surely has fewer needless kills than "
                    f"{shown(b)}, on {_share(row[more])} surely more."
                )
    return said


def _share(of: float) -> str:
    return "none" if of == 0 else "all" if of == 1 else f"{of:.0%}" if of >= 0.01 else f"{of:.1%}"


def missing(ranges: Mapping[str, str]) -> str:
    """What a report without such a pass has to say; `ranges`: those that the scenario declares."""
    if not ranges:
        return (
            "All intervals hold the simulation's error at the scenario's assumed values. It has no [range], so nothing "
            "tells how far these values may be off."
        )
    count = "one value" if len(ranges) == 1 else f"{len(ranges)} values"
    return (
        f"All intervals hold the simulation's error at the scenario's assumed values. Its [range] leaves {count} open: "
        "the same command with --over-ranges tells how far that moves the numbers."
    )
