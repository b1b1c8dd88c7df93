"""All scenarios and policies at a glance: needless kills per schedule, darker for more."""

import numpy as np

from oommc.report.figures.figure import Figure
from oommc.report.toll import needless
from oommc.show.canvas import PAPER
from oommc.show.numbers import number, shown
from oommc.stats.content import ScenarioContent


def overview(scenarios: dict[str, ScenarioContent]) -> Figure:
    """`scenarios`: those of a summary. A row a policy, a column a scenario; a box where schedules hang."""
    import pandas as pd

    rows = [
        {
            "scenario": scenario,
            "policy": policy,
            "needless": needless(v)["mean"],
            "livelock": v["outcome"]["livelock"] / v["schedules"],
        }
        for scenario, of in scenarios.items()
        for policy, v in of["policies"].items()
    ]
    table = pd.DataFrame(rows)
    policies = list(dict.fromkeys(table["policy"]))
    columns = list(scenarios)

    def draw(figure):
        axes = figure.subplots()
        grid = np.full((len(policies), len(columns)), np.nan)
        for row in rows:
            grid[policies.index(row["policy"]), columns.index(row["scenario"])] = row["needless"]
        most = np.nanmax(grid)
        # a root, so that rare needless kills differ from none
        edges = [np.arange(len(names) + 1) - 0.5 for names in (columns, policies)]
        axes.pcolormesh(
            *edges,
            np.sqrt(grid),
            cmap="YlOrBr",
            vmin=0,
            vmax=max(most, 1e-9) ** 0.5,
            edgecolor=PAPER,
            linewidth=1.5,
        )
        axes.invert_yaxis()
        for row in rows:
            y, x = policies.index(row["policy"]), columns.index(row["scenario"])
            dark = row["needless"] > 0.4 * most
            axes.text(
                x, y, _short(row["needless"]), ha="center", va="center", fontsize=7.5,
                color="#fefefe" if dark else "#101010",
            )  # fmt: skip
            if row["livelock"]:
                axes.add_patch(_box(x, y))
        axes.set_xticks(range(len(columns)), [shown(name, 22) for name in columns], fontsize=8)
        axes.tick_params(axis="x", length=0)
        if len(columns) > 3:
            for label in axes.get_xticklabels():
                label.set(rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(policies)), [shown(name, 26) for name in policies], fontsize=8)
        axes.tick_params(axis="y", length=0)
        axes.grid(False)
        axes.set_title("Needless kills per schedule", loc="left")
        if table["livelock"].any():
            axes.set_xlabel("framed: some schedules end in a livelock", fontsize=8, loc="left")
        for spine in axes.spines.values():
            spine.set_visible(False)

    width = max(6.4, 2.2 + 0.48 * len(columns))
    said = "; ".join(
        f"{shown(scenario, 30)}: "
        + ", ".join(f"{shown(policy, 30)} {_short(needless(v)['mean'])}" for policy, v in of["policies"].items())
        for scenario, of in scenarios.items()
    )
    width = max(6.4, 2.2 + 0.48 * len(columns))
    height = 1.5 + 0.26 * len(policies)
    return Figure.of("overview", draw, height, table, f"Needless kills per schedule. {said}", width)


def _short(value: float) -> str:
    """At most five characters: ".543", "1.02", "12.3"."""
    if 0 < value < 1e-3:
        return "<.001"
    return "0" if not value else number(value, 3 if value < 1 else None).removeprefix("0")


def _box(x: int, y: int):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.46, y - 0.43), 0.92, 0.86, fill=False, edgecolor="#0072b2", linewidth=1.6)
