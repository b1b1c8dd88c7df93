"""What pictures with a row for each policy share: names on the left, and values with their intervals as dots."""

from collections.abc import Sequence
from typing import Any

from oommc.report.figures.figure import NAME
from oommc.show.canvas import PAPER, SOFT
from oommc.show.numbers import shown

ROW = 0.3  # inches
Amount = tuple[float, Sequence[float | None] | None]  # a mean and its interval


def name_rows(axes: Any, names: Sequence[str]) -> None:
    """A row for each name, the first on top."""
    import seaborn as sns

    axes.set_yticks(range(len(names)), [shown(name, NAME) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    sns.despine(ax=axes, left=True)


def dots(axes: Any, amounts: Sequence[Amount], colors: Sequence[Any], hollow: Sequence[bool] = ()) -> None:
    """A dot for each amount, its interval as a line through it; a `hollow` one is open."""
    for row, ((mean, ci), color) in enumerate(zip(amounts, colors, strict=True)):
        low, high = (mean if end is None else end for end in ci or (None, None))
        axes.plot([low, high], [row, row], color=color, linewidth=2, solid_capstyle="butt")
        face = PAPER if hollow and hollow[row] else color
        axes.plot([mean], [row], "o", color=color, markersize=6, markerfacecolor=face, clip_on=False, zorder=3)


def tell(axes: Any, row: float, at: float, text: str) -> None:
    """A value in words, right of its mark."""
    behind = {"facecolor": PAPER, "alpha": 0.8, "linewidth": 0, "pad": 0.5}
    axes.annotate(text, (at, row), (7, 0), textcoords="offset points", va="center", fontsize=9, color=SOFT, bbox=behind)
