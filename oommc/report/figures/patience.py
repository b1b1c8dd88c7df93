"""Impatient kills a schedule, by how long waiting for memory on its way would have been right."""

from oommc.columns import PATIENCES
from oommc.report.figures.figure import NAME, Figure
from oommc.show.numbers import number, seconds, shown
from oommc.stats.content import PolicyContent, mean_of


def patience(policies: dict[str, PolicyContent]) -> Figure:
    """`policies`: their entries in a summary. A line each over PATIENCES, the time in logarithms."""
    import pandas as pd
    import seaborn as sns

    at = [ns / 1e9 for ns in PATIENCES.values()]
    found = {name: [mean_of(v, column)["mean"] for column in PATIENCES] for name, v in policies.items()}
    table = pd.DataFrame(
        [
            {"policy": name, "patience_s": second, "impatient": mean}
            for name, means in found.items()
            for second, mean in zip(at, means, strict=True)
        ]
    )

    def draw(figure):
        from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

        axes = figure.subplots()
        palette = sns.color_palette("colorblind")
        for n, (name, means) in enumerate(found.items()):
            dash = ("-", "--", ":", "-.")[n // 10 % 4 if len(found) > 10 else n % 4]
            axes.plot(at, means, dash, color=palette[n % 10], marker="o", markersize=4, label=shown(name, NAME))
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(at))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value, exact=True)))
        axes.set_ylim(bottom=0, top=1.08 * max(map(max, found.values())) or 1)
        axes.set_xlabel("patience")
        axes.set_ylabel("impatient kills a schedule")
        axes.set_title("Impatient kills by patience", loc="left")
        axes.legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        sns.despine(ax=axes)

    said = "; ".join(f"{shown(name, NAME)} {', '.join(map(number, means))}" for name, means in found.items())
    times = ", ".join(seconds(second, exact=True) for second in at)
    height = max(2.8, 0.21 * len(found) + 0.6)
    return Figure.of("patience", draw, height, table, f"Impatient kills a schedule for a patience of {times}: {said}")
