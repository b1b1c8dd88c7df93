"""The advice as text: sentences and rows."""

from collections.abc import Mapping

from scipy import stats

from oommc.advise.part import Part
from oommc.choice import text as choice_text
from oommc.incident.drafting.scenario import Draft
from oommc.show.numbers import of_schedules, shown

_SURE = 0.95


def outcome(advice: dict, deaths: Mapping[str, tuple[int, int]], victim: str | None) -> Part:
    """What each setting would have done, and the recommendation; `deaths`: of the recorded victim, and of how many."""
    head, *rows = choice_text.advice_rows(advice)
    head[0] = "setting"
    if victim is not None:
        head.append(f"{shown(victim, 20)} dies")
        for row, setting in zip(rows, advice["policies"], strict=True):
            row.append(_share(*deaths[setting]))
    title = (
        f"What would have happened: {of_schedules(advice['schedules'])}, means [intervals that hold together]; ttr in s"
    )
    words = [" ".join(choice_text.advice_sentences(advice))]
    if victim is not None:
        words.append(saved(advice, deaths, victim))
    return Part(title, tuple(words), tuple(map(tuple, [head, *rows])))


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


def sensitivity(chosen: str, varied: Mapping[str, dict]) -> Part:
    """Whether the recommendation stays where an assumed parameter is half or twice as large."""
    rows = [("assumed parameter", "recommended", "stays")]
    rows += [
        (what, of["chosen"], "yes" if of["chosen"] == chosen else _moved(chosen, of)) for what, of in varied.items()
    ]
    schedules = next(iter(varied.values()))["schedules"]
    return Part(f"If what was assumed is wrong ({of_schedules(schedules)} each)", rows=tuple(rows))


def answer(advice: dict, varied: Mapping[str, dict]) -> str:
    """The recommendation and its certainty, in two sentences."""
    stays = sum(of["chosen"] == advice["chosen"] for of in varied.values())
    return (
        f"Take: {shown(advice['chosen'], 80)}. "
        f"It stays the recommendation in {stays} of {len(varied)} cases in which something "
        "assumed is half or twice as large."
    )


def _moved(chosen: str, advice: dict) -> str:
    """Whether the other one is surely better, or can't be told from it."""
    return "can't be told apart" if all(chosen in wish["left"] for wish in advice["wishes"]) else "no"


def basis(draft: Draft) -> Part:
    """What the answer rests on."""
    return Part("What it rests on", tuple(draft.notes[1:]))


def _share(count: int, of: int) -> str:
    """With its Wilson interval."""
    low, high = _interval(count, of)
    return f"{count / of:.0%} [{low:.0%}, {high:.0%}]"


def _interval(count: int, of: int) -> tuple[float, float]:
    low, high = stats.binomtest(count, of).proportion_ci(_SURE, method="wilson")
    return float(low), float(high)
