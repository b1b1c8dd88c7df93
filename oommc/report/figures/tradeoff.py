"""Needless kills beside time to recovery: what each policy pays for what it spares."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from oommc.report.bounds import designs
from oommc.report.figures.figure import NAME, Figure, time_axis
from oommc.report.figures.rows import ROW, Amount, dots, name_rows, tell
from oommc.report.toll import needless
from oommc.show.canvas import ALARM, INK
from oommc.show.numbers import number, seconds, shown
from oommc.stats.content import PolicyContent


def tradeoff(policies: dict[str, PolicyContent]) -> Figure:
    """`policies`: their entries in a summary, of which at least one has seen an OOM.

    The mean time counts a hang as long as it was seen, up to the horizon. The policies stand in the order of their
    needless kills, then of their times. Filled are those that no other beats in both (the Pareto front); red those
    under which schedules ended in a livelock.
    """
    import pandas as pd

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
    table = pd.DataFrame(rows).sort_values(["needless", "mean_s"], kind="stable")
    designed = table["policy"].isin(designs(policies))
    beaten_by_none = [_on_front(row, table[designed]) for row in table.itertuples()]
    table["front"] = designed & np.array(beaten_by_none)

    def draw(figure: Any) -> None:
        kills, times = figure.subplots(1, 2, sharey=True)
        hollow = [not front for front in table["front"]]
        colors = [ALARM if share else INK for share in table["livelock"]]
        amounts = [(needless(policies[name])["mean"], needless(policies[name])["ci"]) for name in table["policy"]]
        dots(kills, amounts, colors, hollow)
        kills.set_xlabel("needless kills per schedule")
        kills.locator_params(axis="x", nbins=4)
        kills.margins(x=0.08)
        recoveries = [_recovery(policies[name]["ttr_s"]) for name in table["policy"]]
        dots(times, recoveries, colors, hollow)
        for row, (share, (mean, ci)) in enumerate(zip(table["livelock"], recoveries, strict=True)):
            if share:
                tell(times, row, ci[1] if ci and ci[1] else mean, f"{share:.1%} hang")
        ends = [end for mean, ci in recoveries for end in (*(ci or ()), mean) if end]
        time_axis(times, min(ends) / 1.3, max(ends) * (2.5 if table["livelock"].any() else 1.3))
        times.set_xlabel("mean time to recovery")
        kills.set_title("Needless kills against time to recovery")
        for axes in (kills, times):
            name_rows(axes, list(table["policy"]))
        kills.plot([], [], "o", color=INK, label="no policy is better in both")
        if not table["front"].all():
            kills.plot([], [], "o", color=INK, markerfacecolor="none", label="another is better in both")
        if table["livelock"].any():
            kills.plot([], [], "o", color=ALARM, label="some schedules hang")
        handles = kills.get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower left", ncols=3, frameon=False, fontsize=9, handletextpad=0.2)

    columns = (table[name].tolist() for name in ("policy", "needless", "mean_s"))
    said = "; ".join(
        f"{shown(name, NAME)} {number(few)} needless, {seconds(mean)}" for name, few, mean in zip(*columns, strict=True)
    )
    height = 1.5 + ROW * len(table)
    return Figure.of("tradeoff", draw, height, table, f"Needless kills and mean recovery: {said}")


def _recovery(times: Mapping[str, Any]) -> Amount:
    return times["rmst"], times["rmst_ci"]


def _on_front(row: Any, table: Any) -> bool:
    better = (table["needless"] <= row.needless) & (table["mean_s"] <= row.mean_s)
    strictly = (table["needless"] < row.needless) | (table["mean_s"] < row.mean_s)
    return not (better & strictly).any()
