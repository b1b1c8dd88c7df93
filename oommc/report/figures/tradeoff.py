"""Needless kills against time to recovery: what each policy pays for what it spares."""

import numpy as np

from oommc.report.bounds import designs
from oommc.report.figures.figure import NAME, Figure, round_times
from oommc.report.toll import needless
from oommc.show.canvas import AXIS, INK, PAPER
from oommc.show.numbers import number, seconds, shown
from oommc.stats.content import PolicyContent


def tradeoff(policies: dict[str, PolicyContent]) -> Figure:
    """`policies`: their entries in a summary, of which at least one has seen an OOM. The mean time counts a
    hang as long as it was seen, up to the horizon.

    The line joins the policies that no other beats in both (the Pareto front); a ring marks those under which
    schedules ended in a livelock.
    """
    import pandas as pd
    import seaborn as sns

    rows = [
        {
            "policy": name,
            "needless": needless(v)["mean"],
            "mean_s": v["ttr_s"]["rmst"],
            "livelock": v["outcome"]["livelock"] / v["schedules"],
        }
        for name, v in policies.items()
        if v["ttr_s"]["rmst"] is not None
    ]
    table = pd.DataFrame(rows)
    designed = table["policy"].isin(designs(policies))
    beaten_by_none = [_on_front(row, table[designed]) for row in table.itertuples()]
    table["front"] = designed & np.array(beaten_by_none)

    def draw(figure):
        from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

        axes = figure.subplots()
        color = sns.color_palette("colorblind")[0]
        front = table[table["front"]].sort_values(["mean_s", "needless"])
        axes.plot(front["mean_s"], front["needless"], color=AXIS, linewidth=1, drawstyle="steps-post", zorder=1)
        for place, row in enumerate(table.itertuples(), 1):
            at = [row.mean_s], [row.needless]
            if row.livelock:
                axes.plot(*at, "o", markersize=18, markerfacecolor="none", color="#d55e00")
            face, ink = (color, "#fefefe") if row.front else (PAPER, INK)
            axes.plot(*at, "o", markersize=12, color=color, markerfacecolor=face, zorder=3 + place)
            axes.annotate(
                str(place),
                (row.mean_s, row.needless),
                fontsize=8,
                color=ink,
                ha="center",
                va="center",
                zorder=3 + place,
            )
            hangs = f", {row.livelock:.1%} hang" if row.livelock else ""
            axes.annotate(
                f"{place}  {shown(row.policy, NAME)}{hangs}", (1.02, 1), (0, -13 * (place - 0.5)),
                xycoords="axes fraction", textcoords="offset points", fontsize=8, color=INK, va="center",
                annotation_clip=False,
            )  # fmt: skip
        axes.set_xscale("log")
        axes.margins(0.14, 0.14)
        bottom, top = axes.get_ylim()
        axes.set_ylim(min(bottom, -0.04 * top if top else -0.01), top if top > 0 else 1)
        low, high = axes.get_xlim()
        low, high = (low / 1.4, high * 1.4) if high / low < 4 else (low, high)
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(FixedLocator(round_times(low, high)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value, exact=True)))
        axes.set_xlabel("mean time to recovery, hangs counted up to the horizon")
        axes.set_ylabel("needless kills a schedule")
        axes.set_title("Needless kills against time to recovery", loc="left")
        if table["livelock"].any():
            axes.plot([], [], "o", markersize=11, markerfacecolor="none", color="#d55e00", label="livelocks")
        axes.plot([], [], "o-", color=color, label="beaten by none in both")
        figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize=8.5)
        sns.despine(ax=axes)

    columns = (table[name].tolist() for name in ("policy", "needless", "mean_s"))
    said = "; ".join(
        f"{shown(name, NAME)} {number(few)} needless, {seconds(mean)}" for name, few, mean in zip(*columns, strict=True)
    )
    return Figure.of(
        "tradeoff",
        draw,
        max(3.5, 1.3 + 0.19 * len(table)),
        table,
        f"Needless kills and mean recovery: {said}",
    )


def _on_front(row, table) -> bool:
    better = (table["needless"] <= row.needless) & (table["mean_s"] <= row.mean_s)
    strictly = (table["needless"] < row.needless) | (table["mean_s"] < row.mean_s)
    return not (better & strictly).any()
