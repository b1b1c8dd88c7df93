"""A forest plot of paired differences a − b with 95 % intervals: needless kills and time to recovery."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from oommc.report.figures.figure import Figure
from oommc.show.canvas import AXIS, PAPER, SOFT
from oommc.show.numbers import number, shown
from oommc.stats.content import Pair


def differences(pairs: Sequence[Pair]) -> Figure:
    """`pairs`: rows of a summary. Filled: the interval leaves zero out."""
    import pandas as pd
    import seaborn as sns

    columns = ["a", "b", "metric", "difference", "low", "high", "p", "schedules"]
    rows: list[dict[str, Any]] = [
        {**row} | dict(zip(("low", "high"), row["ci"] or (None, None), strict=True))
        for row in pairs
        if row["metric"] in ("needless", "ttr_ns")
    ]
    table = pd.DataFrame(rows, columns=columns)
    names = list(dict.fromkeys((row["a"], row["b"]) for row in rows))

    def draw(figure):
        panels = (("needless", 1.0, "needless kills per schedule"), ("ttr_ns", 1e9, "time to recovery in s"))
        for axes, (metric, scale, label) in zip(figure.subplots(1, 2, sharey=True), panels, strict=True):
            axes.axvline(0, color=AXIS, linewidth=1)
            for row in rows:
                if row["metric"] == metric and row["difference"] is not None:
                    y, x = names.index((row["a"], row["b"])), row["difference"] / scale
                    ends = np.array(row["ci"] or (row["difference"],) * 2) / scale
                    sure = ends[0] > 0 or ends[1] < 0
                    color = sns.color_palette("colorblind")[0] if sure else SOFT
                    axes.plot(ends, [y, y], color=color, linewidth=2, solid_capstyle="butt")
                    axes.plot([x], [y], "o", color=color, markersize=6, markerfacecolor=color if sure else PAPER)
            axes.set_xlabel(label)
            axes.margins(x=0.12)
            axes.locator_params(axis="x", nbins=5)
            axes.set_yticks(range(len(names)), [f"{shown(a, 24)} − {shown(b, 24)}" for a, b in names])
            axes.set_ylim(len(names) - 0.5, -0.5)
            axes.tick_params(axis="y", length=0)
            axes.grid(axis="y", visible=False)
            sns.despine(ax=axes, left=True)
        figure.axes[0].set_title("Paired differences: right of zero, the first has more", loc="left")

    said = "; ".join(
        f"{shown(r['a'], 24)} minus {shown(r['b'], 24)} {number(r['difference'])}"
        for r in rows
        if r["metric"] == "needless"
    )
    height = 1.2 + 0.36 * len(names)
    return Figure.of("differences", draw, height, table, f"Paired differences in needless kills: {said}")
