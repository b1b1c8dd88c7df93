"""README's picture: where each kernel's mean lies beside the simulator's interval."""

from matplotlib.lines import Line2D

from oommc.show import canvas

from .compare import Cell

PANELS = {
    "kills": "kills",
    "collateral": "daemons killed",
    "in_flight": "kills while a\nvictim was dying",
    "outage_s": "outage, s",
    "stall_s": "daemons' waits, s",
}
TIMES = ("outage_s", "stall_s")


def picture(cells: dict[str, dict[str, Cell]], clocks: dict[str, str]) -> bytes:
    """A row a run, a panel a metric: the simulator's interval as a bar, the kernel's mean as a dot, red where it lies
    outside (on the host's clock: where the two intervals don't meet). Where both are zero there is nothing to see; the
    host's clock has no seconds. SVG.
    """

    def draw(figure):
        panels = figure.subplots(1, len(PANELS), sharey=True)
        for axes, (metric, title) in zip(panels, PANELS.items(), strict=True):
            for row, (name, of) in enumerate(cells.items()):
                if not (metric in TIMES and clocks[name] == "host") and max(
                    of[metric].predicted.high, of[metric].seen.high
                ):
                    _draw_cell(axes, row, of[metric])
            axes.set_title(title, fontsize=12)
            axes.set_ylim(len(cells) - 0.4, -0.6)
            if metric in TIMES:
                axes.set_xscale("log")
            else:
                axes.set_xlim(left=-0.04 * axes.get_xlim()[1])  # a dot at 0 is whole
            axes.tick_params(labelsize=11)
        panels[0].set_yticks(range(len(cells)), list(cells), fontsize=12)
        figure.legend(handles=_legend(), loc="outside lower center", ncols=4, fontsize=12, frameon=False)

    return canvas.drawn("reality", draw, 12, 1.6 + 0.3 * len(cells))


def _draw_cell(axes, row: int, cell: Cell) -> None:
    predicted, seen = cell.predicted, cell.seen
    axes.plot([predicted.low, predicted.high], [row, row], color=canvas.CALM, linewidth=9, solid_capstyle="butt")
    axes.plot(predicted.mean, row, "|", color=canvas.SOFT, markersize=11, markeredgewidth=1.5)
    axes.plot([seen.low, seen.high], [row, row], color=canvas.INK, linewidth=1)
    axes.plot(seen.mean, row, "o", color=canvas.ALARM if cell.off else canvas.INK, markersize=6)


def _legend() -> list[Line2D]:
    return [
        Line2D([], [], color=canvas.CALM, linewidth=9, label="predicted, 95 %"),
        Line2D([], [], color=canvas.SOFT, marker="|", linestyle="", markersize=11, label="predicted, mean"),
        Line2D([], [], color=canvas.INK, marker="o", linestyle="", label="kernel"),
        Line2D([], [], color=canvas.ALARM, marker="o", linestyle="", label="kernel, outside"),
    ]
