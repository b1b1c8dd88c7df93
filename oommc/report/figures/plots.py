"""The pictures that can be drawn on one's own matplotlib Axes."""

from collections.abc import Callable
from typing import Any

from oommc.report.figures.figure import WIDTH
from oommc.report.figures.kills import draw_kills, draw_needless
from oommc.report.figures.patience import draw_patience
from oommc.report.figures.recovery import draw_recovery
from oommc.show import canvas
from oommc.stats.content import PolicyContent

Draw = Callable[[Any, Any, str], Any]
"""On a matplotlib Axes, what a `Result` has of a scenario; returns the Axes."""
_HEIGHT = 3.6  # inches


def figure(draw: Draw, result: Any, scenario: str) -> Any:
    """A new matplotlib Figure with one Axes."""
    return canvas.drawn("plot", lambda figure: draw(figure.subplots(), result, scenario), WIDTH, _HEIGHT, None)


def _of_policies(draw: Callable[[Any, dict[str, PolicyContent]], None]) -> Draw:
    def drawn(axes: Any, result: Any, scenario: str) -> Any:
        draw(axes, result.data["scenarios"][scenario]["policies"])
        return axes

    return drawn


def _recovery(axes: Any, result: Any, scenario: str) -> Any:
    draw_recovery(axes, {policy: result.times(scenario, policy) for policy in result.manifest.policies})
    return axes


KINDS: dict[str, Draw] = {
    "kills": _of_policies(draw_kills),
    "needless": _of_policies(draw_needless),
    "recovery": _recovery,
    "patience": _of_policies(draw_patience),
}
