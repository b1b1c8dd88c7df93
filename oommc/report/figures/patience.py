"""Impatient kills per schedule, by how long waiting for memory on its way would have been right."""

from typing import Any

from oommc.columns import PATIENCES
from oommc.report.figures.figure import NAME, Figure
from oommc.show.canvas import AXIS
from oommc.show.numbers import number, seconds, shown
from oommc.stats.content import PolicyContent, mean_of


def patience(policies: dict[str, PolicyContent]) -> Figure:
    """`policies`: their entries in a summary. A line for each with such kills, over PATIENCES in logarithms."""
    import pandas as pd

    at = [ns / 1e9 for ns in PATIENCES.values()]
    found = {name: [mean_of(v, column)["mean"] for column in PATIENCES] for name, v in policies.items()}
    table = pd.DataFrame(
        [
            {"policy": name, "patience_s": second, "impatient": mean}
            for name, means in found.items()
            for second, mean in zip(at, means, strict=True)
        ]
    )

    said = "; ".join(f"{shown(name, NAME)} {', '.join(map(number, means))}" for name, means in found.items())
    times = ", ".join(seconds(second, exact=True) for second in at)
    height = max(2.8, 0.21 * sum(any(means) for means in found.values()) + 0.8)
    alt = f"Impatient kills per schedule for a patience of {times}: {said}"
    return Figure.of("patience", lambda figure: draw_patience(figure.subplots(), policies), height, table, alt)


def draw_patience(axes: Any, policies: dict[str, PolicyContent]) -> None:
    """The lines on a matplotlib Axes; policies without impatient kills are named together."""
    import seaborn as sns
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    at = [ns / 1e9 for ns in PATIENCES.values()]
    palette = sns.color_palette("colorblind")
    found = {name: [mean_of(of, column)["mean"] for column in PATIENCES] for name, of in policies.items()}
    lines = {name: means for name, means in found.items() if any(means)}
    for n, (name, means) in enumerate(lines.items()):
        dash = ("-", "--", ":", "-.")[n // 10 % 4 if len(lines) > 10 else n % 4]
        axes.plot(at, means, dash, color=palette[n % 10], marker="o", markersize=4, label=shown(name, NAME))
    if without := [name for name in found if name not in lines]:
        named = shown(without[0], NAME) if len(without) == 1 else f"{len(without)} policies without any"
        axes.plot(at, [0] * len(at), color=AXIS, linewidth=1, label=named)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(at))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value, exact=True)))
    axes.set_ylim(bottom=0, top=1.08 * max(map(max, found.values())) or 1)
    axes.set_xlabel("patience")
    axes.set_ylabel("impatient kills per schedule")
    axes.set_title("Impatient kills by patience", loc="left")
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    sns.despine(ax=axes)
