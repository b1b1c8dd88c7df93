"""Kills per schedule by kind, and beside them the needless ones with their intervals."""

from typing import Any

import numpy as np

from oommc.report.figures.figure import NAME, Figure
from oommc.report.figures.rows import ROW, Amount, dots, name_rows, tell
from oommc.report.toll import needless
from oommc.show.canvas import ALARM, INK, PAPER
from oommc.show.numbers import number, shown
from oommc.stats.content import PolicyContent, mean_of

_KINDS = ("stale", "impatient", "blind")
_WORDS = {"other": "not unnecessary"}
_ROOM = 1.3  # of the longest bar or interval: its value stands beside it


def kills(policies: dict[str, PolicyContent]) -> Figure:
    """`policies`: their entries in a summary. Where `oracle` is one of them, its kills are a line for all."""
    import pandas as pd

    means = {
        name: {kind: mean_of(v, kind)["mean"] for kind in (*_KINDS, "kills", "needless")}
        for name, v in policies.items()
    }
    table = pd.DataFrame.from_dict(means, orient="index").rename_axis("policy")
    table.insert(3, "other", (table["kills"] - table[list(_KINDS)].sum(axis=1)).clip(lower=0))

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.35, 1))
        draw_kills(left, policies)
        draw_needless(right, policies)
        handles = left.get_legend_handles_labels()
        # of the figure and not of the axes, which long names make narrow
        figure.legend(*handles, loc="outside lower left", ncols=6, frameon=False, fontsize=9, handlelength=1.1)

    said = "; ".join(
        f"{shown(str(n), NAME)} {number(r['kills'])}, needless {number(r['needless'])}" for n, r in table.iterrows()
    )
    height = 1.4 + ROW * len(table)
    return Figure.of("kills", draw, height, table.reset_index(), f"Kills per schedule: {said}")


def draw_kills(axes: Any, policies: dict[str, PolicyContent]) -> None:
    """Bars of the kinds that occur, on a matplotlib Axes; a line through the end is the interval of all kills."""
    import seaborn as sns

    palette = sns.color_palette("colorblind")
    colors = dict(zip((*_KINDS, "other"), (palette[3], palette[1], palette[4], "#aeb6c1"), strict=True))
    totals = [_amount(of, "kills") for of in policies.values()]
    by_kind = {kind: np.array([mean_of(of, kind)["mean"] for of in policies.values()]) for kind in _KINDS}
    by_kind["other"] = (np.array([mean for mean, _ in totals]) - sum(by_kind.values())).clip(min=0)
    left = np.zeros(len(policies))
    for kind, of in by_kind.items():
        if kind == "other" or of.any():
            look = {"color": colors[kind], "label": _WORDS.get(kind, kind), "edgecolor": PAPER, "linewidth": 0.6}
            axes.barh(range(len(of)), of, left=left, height=0.62, **look)
            left += of
    for row, total in enumerate(totals):
        axes.plot(_ends(total), [row, row], color=INK, linewidth=1.4)
        tell(axes, row, _ends(total)[1], number(total[0]))
    if "oracle" in policies:
        kills = mean_of(policies["oracle"], "kills")["mean"]
        axes.axvline(kills, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label="oracle")
    axes.set_xlim(0, _ROOM * max(1e-9, *(high for _, high in map(_ends, totals))))
    axes.set_xlabel("kills per schedule")
    axes.set_title("All kills, by kind")
    axes.locator_params(axis="x", nbins=4)
    name_rows(axes, list(policies))


def draw_needless(axes: Any, policies: dict[str, PolicyContent]) -> None:
    """A dot for each policy's needless kills with its interval, on a matplotlib Axes."""
    amounts: list[Amount] = [(needless(of)["mean"], needless(of)["ci"]) for of in policies.values()]
    dots(axes, amounts, [ALARM if mean else INK for mean, _ in amounts])
    highest = max(1e-9, *(high for _, high in map(_ends, amounts)))
    for row, amount in enumerate(amounts):
        tell(axes, row, _ends(amount)[1], number(amount[0]))
    axes.set_xlim(-0.03 * highest, _ROOM * 1.1 * highest)
    axes.set_xlabel("needless kills per schedule")
    axes.set_title("Needless kills")
    axes.locator_params(axis="x", nbins=4)
    name_rows(axes, list(policies))


def _amount(of: PolicyContent, metric: str) -> Amount:
    entry = mean_of(of, metric)
    return entry["mean"], entry["ci"]


def _ends(amount: Amount) -> tuple[float, float]:
    mean, ci = amount
    low, high = ci or (mean, mean)
    return mean if low is None else low, mean if high is None else high
