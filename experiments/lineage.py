"""Twenty years in one picture: needless kills against time to recovery, design by design, in five scenarios.

    python experiments/lineage.py [--schedules 5000] [--picture experiments/lineage.svg]

The designs that were merged and the patches of 2006, in the order of history. The table has needless kills a
schedule, the median time to recovery, and the share of schedules that hang, where any do; the picture has the
mean time, in which a hang counts up to the horizon.
"""

import argparse
from math import isnan
from pathlib import Path

import oommc
from oommc.policies import groups
from oommc.report.figures.figure import round_times
from oommc.show import canvas
from oommc.show.numbers import number, seconds

SCENARIOS = ["usemem", "threaded-hog", "pinned-mm", "lock-chain", "huge-mm"]
POLICIES = [*groups["2006"], *(name for name in groups["merged"] if name not in groups["2006"])]
WIDTH, HEIGHT = 9.2, 6.6  # inches
TOGETHER = 0.06  # of a panel's width or height: points so near share a label
LINE = 0.07  # of a panel's height: a label's
DIGIT = 0.026  # of a panel's width: a label's character


def rows(scenarios: dict[str, dict]):
    """A row for each scenario and policy."""
    import pandas as pd

    return pd.DataFrame(
        {
            "scenario": scenario,
            "policy": name,
            "number": POLICIES.index(name) + 1,
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
    """A panel a scenario, and the names: SVG."""
    import seaborn as sns

    colors = sns.color_palette("viridis", len(POLICIES))

    def draw(figure):
        panels = figure.subplots(2, 3).ravel()
        for axes, scenario in zip(panels, SCENARIOS, strict=False):
            panel(axes, data[data["scenario"] == scenario], colors)
            axes.set_title(scenario, loc="left")
        figure.supxlabel("mean time to recovery, hangs counted up to the horizon", fontsize=10)
        figure.supylabel("needless kills per schedule", fontsize=10)
        names(panels[-1], colors)
        sns.despine(figure)

    return canvas.drawn("lineage", draw, WIDTH, HEIGHT)


def panel(axes, of, colors) -> None:
    """One scenario: a point a design, a line through the merged ones, a ring around those that can hang."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    merged = of[of["merged"]]
    axes.plot(merged["mean_s"], merged["needless"], color=canvas.AXIS, linewidth=0.7, zorder=1)
    for row in of.itertuples():
        shape = "o" if row.merged else "s"
        if row.hangs:
            axes.plot(row.mean_s, row.needless, shape, markersize=11, color=canvas.ALARM, fillstyle="none")
        axes.plot(row.mean_s, row.needless, shape, markersize=6, color=colors[row.number - 1])
    axes.set_xscale("log")
    axes.set_xlim(of["mean_s"].min() / 2, max(of["mean_s"].max() * 2.2, of["mean_s"].min() * 12))
    axes.set_yscale("symlog", linthresh=1e-3, linscale=0.6)
    axes.set_ylim(-7e-4, 8)
    levels = [0, 0.001, 0.01, 0.1, 1]
    axes.set_yticks(levels, [f"{level:g}" for level in levels], fontsize=8.5)
    axes.yaxis.set_minor_locator(NullLocator())
    times = round_times(*axes.get_xlim())
    axes.xaxis.set_major_locator(FixedLocator(times[:: 1 + len(times) // 5]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value, exact=True)))
    axes.tick_params(axis="x", labelsize=8.5)
    for place, text in labels(of, axes):
        axes.text(*place, text, transform=axes.transAxes, fontsize=7.5, ha="center", va="center")


def labels(of, axes):
    """(place in the panel, numbers): points that lie together share one, where there is room."""
    to_panel = axes.transData + axes.transAxes.inverted()
    clusters: list[list] = []
    for row in of.sort_values("mean_s").itertuples():
        x, y = to_panel.transform((row.mean_s, row.needless))
        together, apart = [(x, y, row.number)], []
        for cluster in clusters:
            near = any(abs(x - a) < TOGETHER and abs(y - b) < TOGETHER for a, b, _ in cluster)
            (together if near else apart).extend(cluster if near else [cluster])
        clusters = [*apart, together]
    taken = [(x, y, TOGETHER / 2) for cluster in clusters for x, y, _ in cluster]
    for cluster in clusters:
        xs, ys, numbers = zip(*cluster, strict=True)
        text = ranges(sorted(numbers))
        half = DIGIT * (len(text) + 1) / 2
        x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        beside = half + 0.55 * TOGETHER
        sides = (max(xs) + beside, min(xs) - beside)
        places = [(side, y) for side in sides] + [(x, max(ys) + k * LINE) for k in (1, 2, 3)]
        places += [(side, y + k * LINE) for k in (-1, 1, -2, 2, -3, 3) for side in sides]
        place = next((p for p in places if _free(*p, half, taken)), places[2])
        taken.append((*place, half))
        yield place, text


def _free(x: float, y: float, half: float, taken: list[tuple[float, float, float]]) -> bool:
    """Whether a label there stays inside the panel and clear of the others and of the points."""
    inside = half < x < 1 - half and LINE / 2 < y < 1 - LINE / 2
    return inside and all(abs(x - a) >= half + w or abs(y - b) >= 0.8 * LINE for a, b, w in taken)


def ranges(numbers: list[int]) -> str:
    """Ascending numbers, runs of three and more shortened: "1 3–6"."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return " ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else " ".join(map(str, run)) for run in runs)


def names(axes, colors) -> None:
    """Which number is which design."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(len(POLICIES) + 1.8, -0.6))
    for row, name in enumerate(POLICIES):
        axes.plot(0.03, row, "o" if name in groups["merged"] else "s", markersize=6.5, color=colors[row])
        axes.text(0.09, row, f"{row + 1}  {name}", fontsize=8, va="center")
    axes.plot(0.03, len(POLICIES) + 0.8, "o", markersize=11, color=canvas.ALARM, fillstyle="none", clip_on=False)
    axes.text(0.09, len(POLICIES) + 0.8, "some schedules hang      ■ never merged", fontsize=8, va="center")


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
