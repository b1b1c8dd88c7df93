"""The map as a picture: over two unknowns, how much less which policy has; pale where it isn't sure."""

import numpy as np

from oommc.sensitivity.text import short
from oommc.show.canvas import ALARM, INK, SOFT, drawn
from oommc.show.numbers import number, shown

_LESS = "#0072b2"  # Okabe and Ito's blue; told apart from ALARM by the colour-blind
_SURE = 1.96
_WIDTH, _HEIGHT = 7.2, 4.8  # inches


def picture(study: dict, form: str | None) -> bytes:
    """A file of `form`, one of `canvas.FORMATS`."""
    at = study["map"]
    a, b = study["policies"]
    colors = {a: _LESS, b: ALARM, None: SOFT}
    most = np.abs(at["difference"]).max() or 1.0

    def draw(figure):
        axes = figure.subplots()
        for up, (cells, less) in enumerate(zip(at["difference"], at["less"], strict=True)):
            for across, (cell, who) in enumerate(zip(cells, less, strict=True)):
                depth = 0.15 + 0.55 * abs(cell) / most if who else 0.05
                axes.fill_between(
                    [across - 0.5, across + 0.5], up - 0.5, up + 0.5, color=colors[who], alpha=depth, linewidth=0
                )
                axes.text(across, up, number(cell), ha="center", va="center", color=INK if who else SOFT, fontsize=8.5)
        if at.get("surface"):
            _turn(axes, at["surface"])
        axes.set_xticks(range(len(at["x_at"])), [short(value) for value in at["x_at"]])
        axes.set_yticks(range(len(at["y_at"])), [short(value) for value in at["y_at"]])
        axes.set_xlim(-0.5, len(at["x_at"]) - 0.5)
        axes.set_ylim(-0.5, len(at["y_at"]) - 0.5)
        axes.grid(visible=False)
        axes.set_xlabel(shown(at["x"]))
        axes.set_ylabel(shown(at["y"]))
        axes.set_title(f"{study['metric']}, {shown(a, 24)} − {shown(b, 24)}\n\n", loc="left")
        told = f"blue: {shown(a, 24)} has less; red: {shown(b, 24)} has less; grey: not sure"
        told += " (all cells together, 95 %: simulation error)"
        if at.get("surface"):
            told += "\nline: where the verdict turns; dotted: 95 %"
        axes.text(0, 1.02, told, transform=axes.transAxes, fontsize=8.5, color=SOFT, va="bottom")

    return drawn("sensitivity", draw, _WIDTH, _HEIGHT, form)


def _turn(axes, surface: dict) -> None:
    """The line on which the surface is 0, and those between which it may be."""
    mean, error = (np.array(surface[name]) for name in ("mean", "error"))
    for off, style in ((0, "solid"), (-_SURE, "dotted"), (_SURE, "dotted")):
        values = mean + off * error
        if values.min() < 0 < values.max():
            axes.contour(surface["across"], surface["up"], values, levels=[0], colors=INK, linestyles=style)
