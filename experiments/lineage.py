"""Twenty years in one picture: needless kills and time to recovery, design by design, in five scenarios.

    python experiments/lineage.py [--schedules 5000] [--picture experiments/lineage.svg]

The patches of 2006, then the designs that were merged, in the order of history. The table has needless kills a
schedule, the median time to recovery, and the share of schedules that hang, where any do; the picture has the
mean time, in which a hang counts up to the horizon.
"""

import argparse
from math import isnan
from pathlib import Path

import oommc
from oommc.policies import groups
from oommc.report.figures.figure import time_axis
from oommc.report.figures.rows import dots, name_rows
from oommc.show import canvas
from oommc.show.numbers import number, seconds

SCENARIOS = ["usemem", "threaded-hog", "pinned-mm", "lock-chain", "huge-mm"]
PATCHES = [name for name in groups["2006"] if name not in groups["merged"]]
POLICIES = [*PATCHES, *groups["merged"]]
WIDTH, HEIGHT = 10.5, 9.6  # inches


def rows(scenarios: dict[str, dict]):
    """A row for each scenario and policy."""
    import pandas as pd

    return pd.DataFrame(
        {
            "scenario": scenario,
            "policy": name,
            "merged": name in groups["merged"],
            "needless": of["needless"]["mean"],
            "median_s": float(of["ttr_s"]["median"] or "nan"),
            "mean_s": of["ttr_s"]["rmst"],
            "hangs": of["outcome"]["livelock"] / of["schedules"],
        }
        for scenario, entry in scenarios.items()
        for name, of in entry["policies"].items()
    )


def table(data) -> str:
    """The table in Markdown: a row a policy, a column a scenario."""
    lines = [f"| policy | {' | '.join(SCENARIOS)} |", "|---" * (len(SCENARIOS) + 1) + "|"]
    for name, of in data.groupby("policy", sort=False):
        cells = [
            f"{number(row.needless)}, "
            + ("never" if isnan(row.median_s) else seconds(row.median_s))
            + (f", {100 * row.hangs:.3g}% hang" if row.hangs else "")
            for row in of.itertuples()
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def picture(data) -> bytes:
    """A column a scenario; needless kills above, times below, a row for each design: SVG."""

    def draw(figure):
        above, below = figure.subplots(2, len(SCENARIOS), sharey=True)
        for kills, times, scenario in zip(above, below, SCENARIOS, strict=True):
            of = data[data["scenario"] == scenario].set_index("policy").loc[POLICIES]
            kills.set_title(scenario)
            column(kills, of, of["needless"])
            kills.set_xscale("symlog", linthresh=1e-3, linscale=0.6)
            kills.set_xlim(-3e-4, 8)
            kills.set_xticks([0, 0.01, 1], ["0", "0.01", "1"])
            kills.minorticks_off()
            column(times, of, of["mean_s"])
            time_axis(times, 0.02, 100)
            times.set_xticks([0.1, 1, 10], ["100 ms", "1 s", "10 s"])
        above[2].set_xlabel("needless kills per schedule")
        below[2].set_xlabel("mean time to recovery, hangs counted up to the horizon")
        figure.legend(
            *marks(above[0]), loc="outside lower left", ncols=3, frameon=False, fontsize=10, handletextpad=0.2
        )

    return canvas.drawn("lineage", draw, WIDTH, HEIGHT)


def column(axes, of, values) -> None:
    """A dot a design: hollow if it was never merged, red if some schedules hang under it."""
    colors = [canvas.ALARM if share else canvas.INK for share in of["hangs"]]
    dots(axes, [(value, None) for value in values], colors, [not merged for merged in of["merged"]])
    name_rows(axes, list(of.index))
    axes.grid(axis="y", visible=True)
    axes.axhline(len(PATCHES) - 0.5, color=canvas.AXIS, linewidth=0.7, linestyle="--")


def marks(axes):
    """What the dots mean, for the legend."""
    for color, face, label in (
        (canvas.INK, canvas.INK, "in a kernel"),
        (canvas.INK, canvas.PAPER, "a patch of 2006"),
        (canvas.ALARM, canvas.ALARM, "some schedules hang"),
    ):
        axes.plot([], [], "o", color=color, markerfacecolor=face, label=label)
    return axes.get_legend_handles_labels()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".svg"))
    args = parser.parse_args()
    result = oommc.run(SCENARIOS, POLICIES, args.schedules, args.seed, records=False, progress=True)
    data = rows(result.data["scenarios"])
    print(table(data))
    args.picture.write_bytes(picture(data))


if __name__ == "__main__":
    main()
