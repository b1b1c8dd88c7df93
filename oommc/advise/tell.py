"""The advice on the terminal."""

import textwrap
from collections.abc import Mapping

from scipy import stats

from oommc.incident.scenario import Draft
from oommc.report import choosing
from oommc.report.text import aligned
from oommc.report.words import of_schedules, shown

_WIDTH = 110
_SURE = 0.95


def paragraphs(*texts: str) -> str:
    """Each wrapped on its own."""
    return "\n".join(textwrap.fill(text, _WIDTH) for text in texts)


def outcome(advice: dict, deaths: Mapping[str, tuple[int, int]], victim: str | None) -> str:
    """What each setting would have done, and the recommendation; `deaths`: of the recorded victim, and of how many."""
    head, *rows = choosing.advice_rows(advice)
    head[0] = "setting"
    if victim is not None:
        head.append(f"{shown(victim, 20)} dies")
        for row, setting in zip(rows, advice["policies"], strict=True):
            row.append(_share(*deaths[setting]))
    title = f"What would have happened: {of_schedules(advice['schedules'])}, means [intervals that hold together]; ttr in s"
    return f"{title}\n{aligned([head, *rows])}\n\n" + paragraphs(" ".join(choosing.advice_sentences(advice)))


def sensitivity(chosen: str, varied: Mapping[str, dict]) -> str:
    """Whether the recommendation stays where an assumed parameter is half or twice as large."""
    rows = [["assumed parameter", "recommended", "stays"]]
    rows += [[what, of["chosen"], "yes" if of["chosen"] == chosen else _moved(chosen, of)] for what, of in varied.items()]
    schedules = next(iter(varied.values()))["schedules"]
    return f"If what was assumed is wrong ({of_schedules(schedules)} each)\n{aligned(rows)}"


def _moved(chosen: str, advice: dict) -> str:
    """Whether the other one is surely better, or can't be told from it."""
    return "can't be told apart" if all(chosen in wish["left"] for wish in advice["wishes"]) else "no"


def basis(draft: Draft) -> str:
    """What the answer rests on."""
    return "What it rests on\n" + paragraphs(*draft.notes[1:])


def _share(count: int, of: int) -> str:
    """With its Wilson interval."""
    low, high = stats.binomtest(count, of).proportion_ci(_SURE, method="wilson")
    return f"{count / of:.0%} [{low:.0%}, {high:.0%}]"
