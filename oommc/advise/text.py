"""The advice as text: sentences and rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from scipy import stats

from oommc.advise.incident import Incident
from oommc.advise.part import Part
from oommc.advise.reproduced import Reproduced
from oommc.advise.settings import AS_IT_WAS, Setting
from oommc.choice import text as choice_text
from oommc.errors import InputError
from oommc.incident.drafting.scenario import Draft
from oommc.show.numbers import number, of_schedules, shown

ANSWER = "The answer"
NOTHING = "Change nothing: no setting tested is clearly better."
_WORDS = {
    "livelock + panic": "the share of schedules that hang or panic",
    "collateral": "the number of kills of others",
    "kills": "the number of kills",
    "ttr": "the time to recovery",
}
_NAMED = 5
_SURE = 0.95


def happened(title: str, incident: Incident, cause: str) -> Part:
    """What ran out, and who was killed, how often, over how long."""
    names = Counter(victim.comm or f"pid {victim.pid}" for victim in incident.victims)
    kills = ", ".join(f"{shown(name, 20)} ({n})" if n > 1 else shown(name, 20) for name, n in names.most_common(_NAMED))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    span = f" in {incident.span_s:.2g} s" if incident.span_s is not None else ""
    count = f"{len(incident.victims)} kill" + "s" * (len(incident.victims) != 1)
    return Part(title, (cause, f"{count}{span}: {kills}{more}." if kills else "The log names nobody who was killed."))


def unbuilt(error: InputError) -> str:
    """Why nothing is simulated, and what helps."""
    told = str(error)
    hint = " Say it with --limit." if "limit" in told else " Say it with --ram." if "how large" in told else ""
    return f"Nothing is recommended: {told}.{hint}"


def beside_the_log(same: Reproduced, kernel: str) -> Part:
    """Whether the simulation does what the log tells."""
    tried = f"Tried: {', '.join(same.tried)}."
    if same.agrees:
        return Part("The simulation does what the log tells", (f"{same}. {kernel} {tried}",))
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
    command = next(setting.command for setting in offered if setting.name == name)
    amount = next(wish["amount"] for wish in advice["wishes"] if AS_IT_WAS not in wish["left"])
    after, before = (advice["policies"][of]["amounts"][amount]["mean"] for of in (name, AS_IT_WAS))
    unit = " s" if amount == "ttr" else ""
    why = f"{_WORDS.get(amount, amount)} falls from {number(before)}{unit} to {number(after)}{unit} on average"
    return {"setting": name, "command": command, "why": why}


def outcome(
    advice: dict,
    deaths: Mapping[str, tuple[int, int]],
    victim: str | None,
    alike: Mapping[str, list[str]],
) -> Part:
    """What each setting would have done; `deaths`: of the recorded victim, and of how many."""
    head, *rows = choice_text.advice_rows(advice | {"chosen": chosen(advice)})
    head[0] = "setting"
    if victim is not None:
        head.append(f"{shown(victim, 20)} dies")
        for row, setting in zip(rows, advice["policies"], strict=True):
            row.append(_share(*deaths[setting]))
    words = []
    if victim is not None:
        words.append(saved(advice, deaths, victim))
    words += [f"The same as {name} on every schedule: {', '.join(rest)}." for name, rest in alike.items() if rest]
    words.append(f"Means of {of_schedules(advice['schedules'])} [intervals that hold together]; ttr in s.")
    return Part("What would have happened", tuple(words), tuple(map(tuple, [head, *rows])))


def saved(advice: dict, deaths: Mapping[str, tuple[int, int]], victim: str) -> str:
    """Which settings would have saved the recorded victim, surely:
    in fewer schedules than as it was, the intervals apart.
    """
    (_, before), *others = deaths.items()
    least = _interval(*before)[0]
    lost = {name: of["amounts"]["livelock + panic"]["mean"] for name, of in advice["policies"].items()}
    better = [
        f"{name} ({_share(*of)}" + (f", but the machine hangs or panics in {lost[name]:.0%})" if lost[name] else ")")
        for name, of in others
        if _interval(*of)[1] < least
    ]
    told = f"As it was {shown(victim, 40)} dies in {_share(*before)} of the schedules"
    return f"{told}; less often with {', '.join(better)}." if better else f"{told}; no setting surely saves it."


def sensitivity(recommended: str, varied: Mapping[str, dict]) -> Part:
    """Whether the recommendation stays where an assumed parameter is half or twice as large."""
    rows = [("assumed parameter", "recommended", "stays")]
    rows += [
        (what, chosen(of), "yes" if chosen(of) == recommended else _moved(recommended, of))
        for what, of in varied.items()
    ]
    schedules = next(iter(varied.values()))["schedules"]
    return Part(f"If what was assumed is wrong ({of_schedules(schedules)} each)", rows=tuple(rows))


def answer(recommendation: dict[str, Any] | None, why_not: str | None) -> str:
    """The answer in two sentences, and the command that applies it."""
    if recommendation is None:
        return why_not or NOTHING
    told = f"Take: {shown(recommendation['setting'], 80)}. With it {recommendation['why']}."
    return f"{told} To apply it: {recommendation['command']}" if recommendation["command"] else told


def _moved(recommended: str, advice: dict) -> str:
    """Whether the other one is surely better, or can't be told from it."""
    return "can't be told apart" if all(recommended in wish["left"] for wish in advice["wishes"]) else "no"


def basis(draft: Draft) -> Part:
    """What the answer rests on."""
    beyond = "More memory, or a larger limit, isn't tested: how far the grower would have gone the log doesn't tell."
    return Part("What it rests on", (*draft.notes[1:], beyond))


def _share(count: int, of: int) -> str:
    """With its Wilson interval."""
    low, high = _interval(count, of)
    return f"{count / of:.0%} [{low:.0%}, {high:.0%}]"


def _interval(count: int, of: int) -> tuple[float, float]:
    low, high = stats.binomtest(count, of).proportion_ci(_SURE, method="wilson")
    return float(low), float(high)
