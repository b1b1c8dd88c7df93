"""A fit as a picture: shares and laws, and the quantiles of both against each other."""

from pathlib import Path
from typing import Any

import numpy as np

from oommc.fitting.result import Found
from oommc.show import canvas
from oommc.show.numbers import seconds, shown
from oommc.units import DURATIONS

_WIDTH, _HEIGHT = 8.6, 3.9  # inches
_SHORT = 50  # times: an axis that reaches no further may have one whole power, or none


def plot(fit: Found, path: str | Path | None, title: str = "") -> Any:
    """A file of the path's kind, or without one a matplotlib Figure.

    Raises InputError, and RunError if it can't be written.
    """
    return canvas.kept(
        path, lambda form: canvas.drawn("fit", lambda figure: _draw(fit, title, figure), _WIDTH, _HEIGHT, form)
    )


def _draw(fit: Found, title: str, figure: Any) -> None:
    left, right = figure.subplots(1, 2)
    _shares(fit, left)
    quantiles(fit, right)
    right.set_title("values against quantiles")
    if title:
        figure.suptitle(shown(title, 100), fontsize=11)


def _shares(fit: Found, axes: Any) -> None:
    """The values' shares, with all families behind and the best before them."""
    seen = _seen(fit)
    x = seen.quantiles
    axes.step(x, seen.probabilities, where="post", color=canvas.INK, linewidth=1.2, label=f"{len(fit.sample)} values")
    across = np.geomspace(x[x > 0].min() / 2, x.max() * 2, 300)
    for candidate in fit.candidates[1:]:
        if candidate.parameters:
            axes.plot(across, candidate.law().cdf(across), color=canvas.CALM, linewidth=1)
    axes.plot([], [], color=canvas.CALM, linewidth=1, label="other families")
    axes.plot(across, fit.best.law().cdf(across), color=canvas.ALARM, linewidth=1.4, label=fit.best.family)
    axes.set_xscale("log")
    axes.set_ylim(0, 1)
    axes.set_title("share of values up to x")
    axes.legend(frameon=False, fontsize=9)
    _plain(axes.xaxis, fit.unit)


def quantiles(fit: Found, axes: Any) -> None:
    """The values against the best family's quantiles, on a matplotlib Axes."""
    seen = _seen(fit)
    x, p = seen.quantiles, seen.probabilities
    at = (p + np.concatenate([[0.0], p[:-1]])) / 2  # the middle of each step
    inside = (at > 0) & (at < 1) & (x > 0)
    law = fit.best.law().ppf(at[inside])
    ends = [min(law.min(), x[inside].min()), max(law.max(), x[inside].max())]
    axes.plot(ends, ends, color=canvas.AXIS, linewidth=1)
    axes.plot(law, x[inside], "o", color=canvas.ALARM, markersize=3, alpha=0.7)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(f"{fit.best.family} law")
    axes.set_ylabel("measured")
    _plain(axes.xaxis, fit.unit)
    _plain(axes.yaxis, fit.unit)


def _seen(fit: Found) -> Any:
    """Kaplan and Meier's estimate, which without lower bounds is the shares."""
    from scipy import stats

    return stats.ecdf(stats.CensoredData.right_censored(fit.sample.values, fit.sample.censored)).cdf


def _plain(axis: Any, unit: str) -> None:
    """Values with their unit at whole powers; on a short axis at 2 and 5 of each, too, on a very short one at a few of
    any.
    """
    from matplotlib.ticker import MaxNLocator

    low, high = axis.get_view_interval()
    if high < 2 * low:
        axis.set_major_locator(MaxNLocator(2))

    def between(value: float, _: int) -> str:
        return _told(value, unit) if 2 * low <= high < _SHORT * low and f"{value:e}"[0] in "25" else ""

    axis.set_major_formatter(lambda value, _: _told(value, unit))
    axis.set_minor_formatter(between)


def _told(value: float, unit: str) -> str:
    """A time in the unit that makes it short: "2.07 s" for 2070000 us."""
    return seconds(value * float(DURATIONS[unit]) / 1e9, exact=True) if unit in DURATIONS else f"{value:,.10g} {unit}"
