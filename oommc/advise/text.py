"""The advice as text: sentences and rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scipy import stats

from oommc.advise.assumed import ASSUMED
from oommc.advise.enough import Enough
from oommc.advise.incident import Incident
from oommc.advise.measure import Runs
from oommc.advise.part import Cell, Part
from oommc.advise.reproduced import Reproduced
from oommc.advise.settings import AS_IT_WAS, Setting
from oommc.choice.criteria import BAD, TIMES
from oommc.errors import InputError
from oommc.incident.drafting.scenario import Draft
from oommc.incident.drafting.sizes import CANNOT, NO_LIMIT
from oommc.incident.model import Report
from oommc.show.numbers import number, of_schedules, places_for, seconds, seconds_between, shown

ANSWER = "The answer"
NOTHING = "Change nothing: no setting tested is clearly better."
_WORDS = {  # of an amount: in a sentence, and at the head of a column
    "livelock + panic": ("the share of schedules that hang or panic", "hangs or panics"),
    "downtime": ("how long daemons can't work", "downtime"),
    "collateral": ("the number of kills of others", "others killed"),
    "needless + preventive_needless": ("the number of needless kills", "for nothing"),
    "outage": ("how long memory is short", "short of memory"),
}
_ELSE = "If what was assumed is wrong"
_NAMED = 5
_SURE = 0.95


def title(incident: Incident, logs: Sequence[str]) -> str:
    """What the page is called: whose log, and how many died."""
    name = Path(logs[-1]).name if logs[-1] != "-" else "standard input"
    died = len(incident.victims)
    return f"{shown(name, 80)}: {died} kill{'s' * (died != 1)}" + (
        f" on {incident.first.host}" if incident.first.host else ""
    )


def happened(title: str, incident: Incident, cause: str) -> Part:
    """What ran out, and who was killed, how often, over how long."""
    names = Counter(victim.comm or f"pid {victim.pid}" for victim in incident.victims)
    kills = ", ".join(f"{shown(name, 20)} ({n})" if n > 1 else shown(name, 20) for name, n in names.most_common(_NAMED))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    span = f" in {incident.span_s:.2g} s" if incident.span_s is not None else ""
    count = f"{len(incident.victims)} kill" + "s" * (len(incident.victims) != 1)
    return Part(title, (cause, f"{count}{span}: {kills}{more}." if kills else "The log names nobody who was killed."))


def unbuilt(error: InputError, log: str) -> Part:
    """Why nothing is simulated, and the command that helps."""
    told = str(error).removeprefix(CANNOT)
    option = "--ram" if "how large" in told else "--limit" if told.endswith(NO_LIMIT) else None
    if option:
        words = f"Nothing is recommended yet: {told}. Say it with {option}."
        return Part(ANSWER, (words,), commands=(f"oommc advise {log} {option} SIZE",))
    words = f"Nothing is recommended: {told}. The kernel's own log may have more:"
    return Part(ANSWER, (words,), commands=("journalctl -k --since -2h",))


def beside_the_log(same: Reproduced, kernel: str) -> Part:
    """Whether the simulation does what the log tells."""
    tried = f"Tried: {', '.join(same.tried)}."
    if same.agrees:
        return Part("The simulation does what the log tells", (f"{same}. {kernel}",), more=(tried,))
    none = "No setting is recommended: what isn't reproduced can't tell which setting helps."
    return Part("The simulation doesn't do what the log tells", (f"{same}.", none, f"{kernel} {tried}"))


def chosen(advice: dict) -> str:
    """The best setting where it is surely better than as it was, else that."""
    surely = any(AS_IT_WAS not in wish["left"] for wish in advice["wishes"])
    return advice["chosen"] if surely else AS_IT_WAS


def recommended(advice: dict, offered: Sequence[Setting]) -> dict[str, Any] | None:
    """The setting to take, how, and why; None where none is clearly better than as it was."""
    name = chosen(advice)
    if name == AS_IT_WAS:
        return None
    setting = next(setting for setting in offered if setting.name == name)
    amount = next(wish["amount"] for wish in advice["wishes"] if AS_IT_WAS not in wish["left"])
    after, before = (_value(amount, advice["policies"][of]["amounts"][amount]["mean"]) for of in (name, AS_IT_WAS))
    why = f"{_WORDS.get(amount, (amount, ''))[0]} falls from {before} to {after} on average"
    return {"setting": name, "command": setting.command, "why": why}


def spared(offered: Sequence[Setting], runs: Runs) -> dict[str, Any] | None:
    """The setting with which nobody dies, surely, on a condition that is told; None where there is none."""
    for setting in offered:
        if setting.given and not runs.somebody_dies(setting.name)[0]:
            died, of = runs.somebody_dies(AS_IT_WAS)
            if _interval(died, of)[0] > _interval(0, of)[1]:
                told = f"nobody would have died, if {setting.given}; as it was somebody died in {died / of:.0%} of all"
                return {"setting": setting.name, "command": setting.command, "why": told}
    return None


def answer(recommendation: dict[str, Any] | None, why_not: str | None) -> Part:
    """The answer in two sentences, and the command that applies it."""
    if recommendation is None:
        return Part(ANSWER, (why_not or NOTHING,))
    command = recommendation["command"]
    told = f"Take: {shown(recommendation['setting'], 80)}. With it {recommendation['why']}."
    return Part(ANSWER, (told,), commands=(command,) if command else ())


def first(recommendation: dict[str, Any] | None, schedules: int) -> str:
    """An answer of few schedules, and that more come."""
    told = f"take {recommendation['setting']}" if recommendation else "no setting is clearly better yet"
    return f"a first answer, of {of_schedules(schedules)}: {told}"


def outcome(
    best: str,
    advice: dict,
    deaths: Mapping[str, tuple[int, int]],
    victim: str | None,
    alike: Mapping[str, list[str]],
) -> Part:
    """What each setting would have done; `best`: what is recommended; `deaths`: of the recorded victim,
    and of how many.
    """
    amounts = list(dict.fromkeys(wish["amount"] for wish in advice["wishes"]))
    head = ["setting", *(_WORDS.get(amount, ("", amount))[1] for amount in amounts)]
    rows = []
    for name, of in advice["policies"].items():
        told = [of["amounts"][amount] for amount in amounts]
        cells = [_cell(amount, one["mean"], one["ci"]) for amount, one in zip(amounts, told, strict=True)]
        rows.append([Cell(f"{shown(name, 40)}{' ←' if name == best else ''}"), *cells])
    words = []
    if victim is not None:
        head.append(f"{shown(victim, 20)} dies")
        for row, setting in zip(rows, advice["policies"], strict=True):
            row.append(_share(*deaths[setting]))
        words += saved(advice, deaths, victim)
    words += [
        f"The same {name if name == AS_IT_WAS else f'as {name}'} on every schedule: {', '.join(rest)}."
        for name, rest in alike.items()
        if rest
    ]
    words.append(f"Means of {of_schedules(advice['schedules'])}.")
    words.append("In brackets: intervals that hold together, 95 %.")
    return Part("What would have happened", tuple(words), tuple(map(tuple, ([Cell(of) for of in head], *rows))))


def saved(advice: dict, deaths: Mapping[str, tuple[int, int]], victim: str) -> list[str]:
    """Which settings would have saved the recorded victim, surely, and at no price that is worse: in fewer schedules
    than as it was, the intervals apart. Nothing where there is none.
    """
    least = _interval(*deaths[AS_IT_WAS])[0]
    worst = advice["wishes"][0]["amount"]
    lost = {name: of["amounts"][worst]["mean"] for name, of in advice["policies"].items()}
    better = [name for name, of in deaths.items() if _interval(*of)[1] < least and lost[name] <= lost[AS_IT_WAS]]
    return [f"{shown(victim, 40)} dies less often with {', '.join(better)}."] if better else []


def nothing(report: Report, more: Sequence[Enough]) -> str:
    """That nothing is to be changed, and how much more memory would have been enough."""
    return f"{NOTHING} {_room(report, more[0])}" if more else NOTHING


def room(report: Report, more: Sequence[Enough], command: str | None = None) -> Part:
    """How much more memory, or how much larger a limit, would have been enough; `command` sets it."""
    high = "memory.high isn't simulated, so it is neither recommended nor ruled out."
    none = "It can't be told: how far what grew would have gone the log doesn't tell."
    words = " ".join(_room(report, one) for one in more) or none
    return Part(
        "How much memory would have been enough",
        (words,),
        commands=(command,) if command and not more[0].is_least else (),
        more=(high,),
    )


def _room(report: Report, one: Enough) -> str:
    of = "limit" if report.constraint == "memcg" else "memory"
    if one.is_least:
        return f"It takes {one.size} more {of} at least, that is if {one.stop}."
    short = f" ({one.too_little} isn't enough)" if one.too_little else ""
    return f"With {one.size} more {of} nobody would have died, if {one.stop}{short}."


def spares(name: str, places: Sequence[Runs]) -> Part:
    """On how many of the machines nobody dies with the setting."""
    calm = sum(not of.somebody_dies(name)[0] for of in places)
    told = f"With {name} nobody dies on {calm} of {len(places)} machines with all of it drawn anew together."
    return Part(_ELSE, (f"Assumed: {', '.join(ASSUMED)}. {told}",))


def survives(best: str, pooled: dict, places: Sequence[dict], assumed: Sequence[str], span: float) -> Part:
    """Whether the answer stays where all that is assumed is drawn anew together, over all such machines and at each."""
    others = Counter(chosen(of) for of in places if chosen(of) != best and best not in of["wishes"][-1]["left"])
    told = (
        f"On {len(places)} machines with all of it drawn anew together, each from 1/{span:g} to {span:g} times as "
        f"much, {of_schedules(pooled['schedules'])} in all: "
    )
    now = chosen(pooled)
    if now == best:
        told += "the answer is the same"
    elif best in pooled["wishes"][-1]["left"]:
        told += f"{now} can't be told from it"
    else:
        told += "no setting is clearly better any more" if now == AS_IT_WAS else f"{now} is better"
    if others:
        told += f"; alone, {sum(others.values())} of them say otherwise ({', '.join(others)})"
    return Part(_ELSE, (f"Assumed: {', '.join(assumed)}. {told}.",))


def basis(draft: Draft) -> Part:
    """What the answer rests on."""
    return Part("What it rests on", more=tuple(draft.notes[1:]))


def _value(amount: str, mean: float) -> str:
    if amount in TIMES:
        return seconds(mean)
    return f"{mean:.3g}" if mean < 1000 else number(mean)


def _cell(amount: str, mean: float, ci: Sequence[float | None]) -> Cell:
    if amount in TIMES:
        return Cell(seconds(mean), seconds_between([*ci]) if None not in ci else "")
    low, high = ci
    if low is None or high is None or high <= low:
        return Cell(_value(amount, mean))
    if set(amount.split(" + ")) <= set(BAD):
        high = min(1.0, high)  # a schedule ends in one way
    places = places_for((high - low) / 2)
    return Cell(_value(amount, mean), f"[{number(max(0.0, low), places)}, {number(high, places)}]")


def _share(count: int, of: int) -> Cell:
    """With its Wilson interval."""
    low, high = _interval(count, of)
    return Cell(f"{count / of:.0%}", f"[{low:.0%}, {high:.0%}]")


def _interval(count: int, of: int) -> tuple[float, float]:
    low, high = stats.binomtest(count, of).proportion_ci(_SURE, method="wilson")
    return float(low), float(high)
