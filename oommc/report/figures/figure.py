"""What every picture of a report comes to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

from oommc.show import canvas
from oommc.show.numbers import seconds

WIDTH = 6.4  # inches
NAME = 30  # characters of a policy's name in a picture


@dataclass(frozen=True)
class Figure:
    """`svg`: a whole SVG file; `table`: the pandas DataFrame it shows; `alt`: what one sees, in words."""

    svg: str
    table: "pd.DataFrame"
    alt: str

    @classmethod
    def of(cls, name: str, draw: Callable, height: float, table, alt: str, width: float = WIDTH) -> "Figure":
        """What `draw(figure)` draws, in inches."""
        return cls(canvas.drawn(name, draw, width, height).decode(), table, alt)

    def inline(self, prefix: str) -> str:
        """The SVG element alone, as HTML takes it; its ids begin with `prefix`."""
        return canvas.inline(self.svg, prefix)


def time_axis(axes: Any, low: float, high: float) -> None:
    """The x axis in logarithms from `low` to `high` (s), with round times in words."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(FixedLocator(list(round_times(low, high))))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value, exact=True)))


def round_times(low: float, high: float) -> np.ndarray:
    """Some five round times (s) between two, for an axis in logarithms."""
    ratio = high / low
    factors = (1, 1.5, 2, 3, 5, 7) if ratio < 6 else (1, 2, 5) if ratio < 60 else (1, 3) if ratio < 600 else (1,)
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    ticks = np.sort(np.outer(powers, factors).ravel())
    return ticks[(ticks >= low) & (ticks <= high)]
