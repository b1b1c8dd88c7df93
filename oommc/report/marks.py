"""What stands behind an interval that few events carry, or that supposes a largest value."""

from collections.abc import Iterable, Mapping
from typing import Any

from oommc.show.numbers import with_interval
from oommc.stats.content import Mean

FEW = 30

_FOOTNOTES = {
    "*": f"fewer than {FEW} events carry the interval (as of equal size; none where all schedules are the same)",
    "†": "no largest value is known; the interval takes the largest seen for it; no guarantee if a larger comes",
}


def mark(of: Mapping[str, Any]) -> str:
    """`*`, `†`, both or neither, of a mean or a pair of a summary."""
    if of["ci"] is None:
        return ""
    few = of.get("events") is not None and of["events"] < FEW
    return ("*" if few else "") + ("†" if "most" in of and of["most"] is None else "")


def marked(mean: Mean, schedules: int, scale: float = 1.0) -> str:
    """A mean, in units of so many, with its interval and what marks that."""
    return with_interval(mean["mean"], mean["ci"], scale, schedules) + mark(mean)


def footnotes(cells: Iterable[str]) -> list[str]:
    """What the marks in some cells mean, a line each."""
    ends = "".join(cell[-2:] for cell in cells)
    return [f"{sign} {told}" for sign, told in _FOOTNOTES.items() if sign in ends]
