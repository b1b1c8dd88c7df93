"""A fit as a picture: shares and laws, and the quantiles of both against each other."""

from pathlib import Path
from typing import Any

import numpy as np

from oommc.distributions.fitting import Fit
from oommc.report import canvas
from oommc.report.words import number, shown

_WIDTH, _HEIGHT = 8.6, 3.9  # inches


def plot(fit: Fit, path: str | Path | None, title: str = "") -> Any:
    """A file of the path's kind, or without one a matplotlib Figure. Raises InputError, and RunError if it can't be written."""
    from oommc.errors import RunError
    from oommc.trace.picture import checked

    file = None if path is None else checked(path)
    made = canvas.drawn("fit", lambda figure: _draw(fit, title, figure), _WIDTH, _HEIGHT, file and file.suffix.lower().removeprefix("."))
    if file is None:
        return made
    try:
        file.write_bytes(made)
    except OSError as error:
        raise RunError(f"{file}: {error.strerror}") from error
    return file


def _draw(fit: Fit, title: str, figure: Any) -> None:
    from scipy import stats

    shares, quantiles = figure.subplots(1, 2)
    sample = fit.sample
    seen = stats.ecdf(stats.CensoredData.right_censored(sample.values, sample.censored)).cdf
    x, p = seen.quantiles, seen.probabilities
    shares.step(x, p, where="post", color=canvas.INK, linewidth=1.2, label=f"{len(sample)} values")
    low = x[x > 0].min()
    across = np.geomspace(low / 2, x.max() * 2, 300)
    for candidate in fit.candidates[1:]:
        if candidate.parameters:
            shares.plot(across, candidate.law().cdf(across), color=canvas.CALM, linewidth=1)
    shares.plot([], [], color=canvas.CALM, linewidth=1, label="other families")
    shares.plot(across, fit.best.law().cdf(across), color=canvas.ALARM, linewidth=1.4, label=fit.best.family)
    shares.set_xscale("log")
    shares.set_ylim(0, 1)
    shares.set_xlabel(fit.unit)
    shares.set_title("share of values up to x")
    shares.legend(frameon=False, fontsize=8.5)

    at = (p + np.concatenate([[0.0], p[:-1]])) / 2  # the middle of each step
    inside = (at > 0) & (at < 1) & (x > 0)
    law = fit.best.law().ppf(at[inside])
    ends = [min(law.min(), x[inside].min()), max(law.max(), x[inside].max())]
    quantiles.plot(ends, ends, color=canvas.AXIS, linewidth=1)
    quantiles.plot(law, x[inside], "o", color=canvas.ALARM, markersize=3, alpha=0.7)
    quantiles.set_xscale("log")
    quantiles.set_yscale("log")
    quantiles.set_xlabel(f"{fit.best.family}, {fit.unit}")
    quantiles.set_ylabel(f"values, {fit.unit}")
    quantiles.set_title("values against quantiles")
    for axis in (shares.xaxis, quantiles.xaxis, quantiles.yaxis):
        axis.set_major_formatter(lambda value, _: number(value))
        axis.set_minor_formatter(lambda value, _: "")
    if title:
        figure.suptitle(shown(title, 100), fontsize=11)
