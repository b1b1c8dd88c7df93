"""README's picture: where each kernel's mean lies beside what was predicted."""

from matplotlib.lines import Line2D

from oommc.show import canvas

from .compare import TOLERANCES, Cell

COUNTS = {"kills": "kills", "collateral": "daemons killed"}
TIMES = {"outage_s": "outage ÷ predicted", "stall_s": "daemons' waits ÷ predicted"}


def picture(cells: dict[str, dict[str, Cell]], clocks: dict[str, str]) -> bytes:
    """A row a run, a panel a metric, SVG. Counts: the simulator's interval as a bar, the kernel's mean as a dot. Times:
    the kernel's mean over the prediction, and the tolerance as a bar. Red is outside of the bar, in every panel; where
    the kernel's mean has an interval (a thin line: no two runs are alike), red says that it doesn't meet the bar.

    Where both are zero there is nothing to see; the host's clock has no times.
    """

    def draw(figure):
        panels = figure.subplots(1, len(COUNTS) + len(TIMES), sharey=True)
        for axes, (metric, title) in zip(panels, (COUNTS | TIMES).items(), strict=True):
            for row, (name, of) in enumerate(cells.items()):
                cell = of[metric]
                if metric in COUNTS and max(cell.predicted.high, cell.seen.high) > 0:
                    _draw_count(axes, row, cell)
                elif metric in TIMES and clocks[name] == "icount" and cell.predicted.mean > 0.001:
                    _draw_time(axes, row, cell, TOLERANCES[metric])
            axes.set_title(title, fontsize=12)
            axes.set_ylim(len(cells) - 0.4, -0.6)
            axes.margins(x=0.08)
            if metric in COUNTS:
                axes.set_xlim(left=-0.5)
            axes.tick_params(labelsize=12)
        panels[0].set_yticks(range(len(cells)), list(cells), fontsize=12)
        figure.legend(handles=_legend(), loc="outside lower center", ncols=4, fontsize=12, frameon=False)

    return canvas.drawn("reality", draw, 12, 1.6 + 0.3 * len(cells))


def _draw_count(axes, row: int, cell: Cell) -> None:
    _draw(axes, row, cell.predicted.low, cell.predicted.mean, cell.predicted.high)
    axes.plot([cell.seen.low, cell.seen.high], [row, row], color=canvas.INK, linewidth=1)
    axes.plot(cell.seen.mean, row, "o", color=canvas.ALARM if cell.off else canvas.INK, markersize=6)


def _draw_time(axes, row: int, cell: Cell, share: float) -> None:
    """The prediction p agrees with what was seen, s, if |p − s| ≤ share · s."""
    _draw(axes, row, 1 / (1 + share), 1, 1 / (1 - share))
    color = canvas.INK if cell.within(share) else canvas.ALARM
    axes.plot(cell.seen.mean / cell.predicted.mean, row, "o", color=color, markersize=6)


def _draw(axes, row: int, low: float, mean: float, high: float) -> None:
    axes.plot([low, high], [row, row], color=canvas.CALM, linewidth=9, solid_capstyle="butt")
    axes.plot(mean, row, "|", color=canvas.SOFT, markersize=11, markeredgewidth=1.5)


def _legend() -> list[Line2D]:
    return [
        Line2D(
            [], [], color=canvas.CALM, linewidth=9, solid_capstyle="butt", label="95 % of predictions, or tolerance"
        ),
        Line2D([], [], color=canvas.SOFT, marker="|", linestyle="", markersize=11, label="predicted"),
        Line2D([], [], color=canvas.INK, marker="o", linestyle="", label="kernel"),
        Line2D([], [], color=canvas.ALARM, marker="o", linestyle="", label="kernel, outside"),
    ]
