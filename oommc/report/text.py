"""A result on the terminal."""

from oommc.engine import BUT_FOR
from oommc.report import choosing
from oommc.report.words import recovered_in
from oommc.show.numbers import of_schedules, shown, with_interval
from oommc.show.table import aligned

_KILLS = ("kills", "unnecessary", "needless", BUT_FOR, "premature")


def overview(summary: dict) -> str:
    """Per scenario: kills a schedule with 95 % intervals, and time to recovery, of each policy."""
    return "\n\n".join(_scenario(name, of) for name, of in summary["scenarios"].items())


def _scenario(name: str, of: dict) -> str:
    kills = [metric for metric in _KILLS if all(metric in policy for policy in of["policies"].values())]
    head = ["policy", *kills, "ttr median", "ttr p95", "not recovered"]
    rows = [
        [
            shown(policy, 40),
            *(with_interval(v[metric]["mean"], v[metric]["ci"], 1.0, v["schedules"]) for metric in kills),
            recovered_in(v, "median"),
            recovered_in(v, "p95"),
            f"{v['ttr_s']['censored']:,}",
        ]
        for policy, v in of["policies"].items()
    ]
    title = f"{shown(name)}: {of_schedules(of['schedules'])}, counts a schedule [95 % interval]"
    return f"{title}\n{aligned([head, *rows])}"


def chosen(advice: dict) -> str:
    """Per scenario: the recommendation, and all policies by what was asked for."""
    return "\n\n".join(
        f"{shown(name)}: {of_schedules(of['schedules'])}, means a schedule [intervals that hold together]\n"
        f"{aligned(choosing.advice_rows(of))}\n" + " ".join(choosing.advice_sentences(of) + _left_out(of))
        for name, of in advice.items()
    )


def _left_out(advice: dict) -> list[str]:
    named = [f"{shown(policy, 40)} ({count:,})" for policy, count in advice["left_out"].items()]
    return [f"Left out, for they have fewer schedules or others: {', '.join(named)}."] if named else []


def raced(race: dict) -> str:
    """Per scenario: whom a run with --choose has chosen."""
    return "\n\n".join(
        f"{aligned(choosing.race_rows(of))}\n{choosing.race_sentence(name, race, of)}"
        for name, of in race["scenarios"].items()
    )


def found(found) -> str:
    """Schedules that meet a condition (an `oommc.trace.search.Found`), a row each, ending in the command that replays
    it.
    """
    of = f"{found.matching:,} of {of_schedules(found.schedules)}"
    title = f"{shown(found.scenario)}, {shown(found.policy, 40)}: {of}"
    if not found.rows:
        return title
    rows = [list(found.rows[0]), *([str(value) for value in row.values()] for row in found.rows)]
    commands = ["", *(found.command(row) for row in found.rows)]
    lines = [f"{line}  {end}".rstrip() for line, end in zip(aligned(rows).splitlines(), commands, strict=True)]
    return "\n".join([title, *lines])


def rare(rare) -> str:
    """The probability of a rare event (an `oommc.rare.Rare`)."""
    low, high = rare.interval
    return (
        f"{shown(rare.scenario)}, {shown(rare.policy, 40)}: {rare.where}: {rare.probability:.3g} a schedule "
        f"[{low:.2g}, {high:.2g}]\n{rare.hits:,} hits in {of_schedules(rare.schedules)}, tilted; worth "
        f"{rare.effective:,.0f} of equal weight"
    )
