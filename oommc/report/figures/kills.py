"""Kills a schedule by kind: the unnecessary from zero on, then the others; the needless as a line."""

import numpy as np

from oommc.report.figures.figure import NAME, Figure
from oommc.show.canvas import INK, PAPER, SOFT
from oommc.show.numbers import number, shown
from oommc.stats.content import PolicyContent, mean_of

_KINDS = ("stale", "impatient", "blind")


def kills(policies: dict[str, PolicyContent]) -> Figure:
    """`policies`: their entries in a summary. Where `oracle` is one of them, its kills are a line for all."""
    import pandas as pd
    import seaborn as sns

    means = {
        name: {kind: mean_of(v, kind)["mean"] for kind in (*_KINDS, "kills", "needless")}
        for name, v in policies.items()
    }
    table = pd.DataFrame.from_dict(means, orient="index").rename_axis("policy")
    table.insert(3, "other", (table["kills"] - table[list(_KINDS)].sum(axis=1)).clip(lower=0))
    colors = [*np.array(sns.color_palette("colorblind"))[[3, 1, 4]], "#aeb6c1"]
    labels = ["stale", "impatient", "blind", "not unnecessary"]

    def draw(figure):
        axes = figure.subplots()
        rows = np.arange(len(table))
        left = np.zeros(len(table))
        for kind, color, label in zip((*_KINDS, "other"), colors, labels, strict=True):
            axes.barh(
                rows,
                table[kind],
                left=left,
                height=0.62,
                color=color,
                label=label,
                edgecolor=PAPER,
                linewidth=0.6,
            )
            left += table[kind].to_numpy()
        axes.barh(rows, table["needless"], height=0.14, color=INK, label="needless")
        if "oracle" in table.index:
            axes.axvline(table["kills"]["oracle"], color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label="oracle")
        for row, (end, needless) in enumerate(zip(left, table["needless"], strict=True)):
            axes.annotate(
                f"{end:.3g}, needless {needless:.3g}", (end, row), (5, 0), textcoords="offset points",
                va="center", fontsize=9, color=SOFT,
                bbox={"facecolor": PAPER, "alpha": 0.8, "linewidth": 0, "pad": 1},
            )  # fmt: skip
        axes.set_xlim(0, max(left.max() * 1.38, 1e-9))
        axes.set_yticks(rows, [shown(name, NAME) for name in table.index])
        axes.set_ylim(len(table) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=6)
        axes.set_xlabel("kills a schedule")
        axes.set_title("Kills by kind")
        # of the figure and not of the axes, which long names make narrow
        figure.legend(loc="outside lower left", ncols=6, frameon=False, fontsize=8.5, handlelength=1.1, columnspacing=1)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        sns.despine(ax=axes, left=True)

    said = "; ".join(
        f"{shown(str(n), NAME)} {number(r['kills'])}, needless {number(r['needless'])}" for n, r in table.iterrows()
    )
    height = 1.4 + 0.42 * len(table)
    return Figure.of("kills", draw, height, table.reset_index(), f"Kills a schedule: {said}")
