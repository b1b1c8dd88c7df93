"""Share of OOM situations not yet over, against time, and below how many were still observed.

Of many policies a row each instead, with its quantiles.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from oommc.report.figures.figure import NAME, Figure, round_times, time_axis
from oommc.report.figures.rows import ROW, name_rows, tell
from oommc.show.canvas import AXIS, CALM, INK, SOFT
from oommc.show.numbers import seconds, shown
from oommc.stats.survival import Curve, kaplan_meier

_STEPS = 160  # of a curve drawn: more can't be seen
_CURVES = 6  # of more policies the lines hide each other: a row each shows quantiles
_OUTER, _INNER = (0.05, 0.95), (0.25, 0.75)


def recovery(times: Mapping[str, tuple]) -> Figure:
    """`times`: by policy what `Result.times` gives. Bands of 95 %, ticks where observation ended."""
    import pandas as pd

    curves = {name: kaplan_meier(*of) for name, of in times.items()}
    low, high = _range(curves.values())
    at = round_times(low, high)
    risks = {name: _at_risk(of, at) for name, of in times.items()}
    thin = {name: _thinned(curve) for name, curve in curves.items()}
    table = pd.concat(
        pd.DataFrame(
            {
                "policy": name,
                "time_s": c.time_s,
                "not_recovered": c.share,
                "low": c.low,
                "high": c.high,
                "at_risk": _at_risk(times[name], c.time_s),
            }
        )
        for name, c in thin.items()
    )
    drawn = {name: curve for name, curve in thin.items() if curve.n}
    few = len(thin) <= _CURVES

    def draw(figure: Any) -> None:
        if not few:
            axes = figure.subplots()
            _quantiles(axes, {name: curves[name] for name in drawn}, low, high)
            handles = axes.get_legend_handles_labels()
            figure.legend(*handles, loc="outside lower left", ncols=4, frameon=False, fontsize=9)
            return
        heights = [2.6, 0.17 * len(thin) + 0.25]
        axes, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": heights})
        draw_recovery(axes, times)
        _numbers(below, at, risks, {name: color for name, (color, _) in _looks(thin).items()})
        below.set_xlabel("time since the first pass that got no page")
        axes.set_xlabel("")

    said = "; ".join(f"{shown(n, NAME)} median {seconds(c.quantile(0.5))}" for n, c in curves.items())
    height = 3.6 + 0.17 * len(thin) if few else 1.4 + ROW * len(drawn)
    return Figure.of("recovery", draw, height, table, f"Share not yet recovered over time: {said}")


def draw_recovery(axes: Any, times: Mapping[str, tuple]) -> None:
    """A curve for each policy with its band, on a matplotlib Axes: the share not yet recovered by Kaplan-Meier."""
    import seaborn as sns

    curves = {name: kaplan_meier(*of) for name, of in times.items()}
    low, high = _range(curves.values())
    looks = _looks(curves)
    for name, curve in curves.items():
        if curve.n:
            _curve(axes, _thinned(curve), low, high, *looks[name], shown(name, NAME))
    time_axis(axes, low, high)
    axes.set_ylim(-0.02, 1.03)
    axes.yaxis.set_major_formatter(_percent)
    axes.tick_params(axis="x", labelbottom=True)
    axes.set_xlabel("time since the first pass that got no page")
    axes.set_title("Not yet recovered")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    sns.despine(ax=axes)


def _quantiles(axes: Any, curves: Mapping[str, Curve], low: float, high: float) -> None:
    """A row for each policy: its median, and the times between which half and nine tenths of the schedules lie."""
    for row, curve in enumerate(curves.values()):
        median = curve.quantile(0.5)
        for (first, last), width, label in ((_OUTER, 1.6, "5 % to 95 %"), (_INNER, 6, "25 % to 75 %")):
            start, end = curve.quantile(first), curve.quantile(last)
            if start is not None:  # a quantile that isn't reached lies beyond the picture
                look = {"color": AXIS if width < 2 else CALM, "linewidth": width, "solid_capstyle": "butt"}
                axes.plot([start, high if end is None else end], [row, row], label=None if row else label, **look)
        if median is not None:
            axes.plot([median], [row], "o", color=INK, markersize=6, zorder=3, label=None if row else "median")
        tell(axes, row, high, f"median {seconds(median)}")
    time_axis(axes, low, high)
    axes.set_xlabel("time since the first pass that got no page")
    axes.set_title("Time to recovery")
    name_rows(axes, list(curves))


def _percent(value: float, _: int) -> str:
    return f"{value:.0%}"


def _looks(names: Iterable[str]) -> dict[str, tuple[Any, str]]:
    """A colour and a dash for each."""
    import seaborn as sns

    palette = sns.color_palette("colorblind")
    return {name: (palette[n % 10], ("-", "--", ":", "-.")[n % 4]) for n, name in enumerate(names)}


def _range(curves) -> tuple[float, float]:
    ends = [times[[0, -1]] for curve in curves for times in (curve.time_s, curve.censored_s) if times.size]
    if not ends:
        return 1e-3, 1.0
    low = max(min(map(np.min, ends)), 1e-9)
    return low * 0.8, max(map(np.max, ends), default=low) * 1.1


def _at_risk(times: tuple, at: np.ndarray) -> np.ndarray:
    """How many schedules had not recovered and were still observed just before each instant (s)."""
    ttr_ns, _, *counts = times
    order = np.argsort(ttr_ns)
    count = np.broadcast_to(counts[0] if counts else 1, ttr_ns.shape)[order]
    before = np.concatenate(([0], np.cumsum(count)))
    # a time of the curve is a float of such an integer
    return before[-1] - before[np.searchsorted(ttr_ns[order] / 1e9, at, "left")]


def _curve(axes: Any, curve: Curve, low: float, high: float, color: Any, dash: str, label: str) -> None:
    x = np.concatenate(([low], curve.time_s, [high if curve.censored_s.size else low]))
    x[-1] = max(x[-1], x[-2])
    y, lower, upper = (
        np.concatenate(([1.0], edge, edge[-1:] if edge.size else [1.0]))
        for edge in (curve.share, curve.low, curve.high)
    )
    axes.step(x, y, where="post", color=color, linestyle=dash, linewidth=1.8, label=label)
    axes.fill_between(x, lower, upper, step="post", color=color, alpha=0.16, linewidth=0)
    if curve.censored_s.size:
        marks = curve.censored_s
        share = np.concatenate(([1.0], curve.share))[np.searchsorted(curve.time_s, marks, side="right")]
        axes.plot(marks, share, "|", color=color, markersize=8, markeredgewidth=1.3)


def _numbers(axes, at, risks, colors) -> None:
    """The numbers at risk, under the ticks."""
    for row, (name, counts) in enumerate(risks.items()):
        for x, count in zip(at, counts, strict=True):
            axes.text(x, row, f"{count:,}", ha="center", va="center", fontsize=8, color=SOFT, clip_on=False)
        beside = axes.get_yaxis_transform()
        axes.plot([1.02], [row], "s", color=colors[name], markersize=5, transform=beside, clip_on=False)
        axes.text(1.04, row, shown(name, NAME), va="center", fontsize=8, transform=beside, clip_on=False)
    axes.set_ylim(len(risks) - 0.5, -0.9)
    axes.set_yticks([])
    axes.grid(False)
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.set_title("not yet recovered and still observed", fontsize=9, fontweight="normal", color=SOFT, pad=1)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _thinned(curve: Curve) -> Curve:
    """The curve with at most about _STEPS steps, half of them even in share and half even in log time."""
    if curve.time_s.size <= _STEPS and curve.censored_s.size <= _STEPS:
        return curve

    def some(values):
        if values.size <= _STEPS:
            return np.arange(values.size)
        even = np.geomspace(max(values[0], 1e-9), values[-1], _STEPS // 2)
        in_time = np.searchsorted(values, even).clip(max=values.size - 1)
        return np.unique(np.concatenate((in_time, np.linspace(0, values.size - 1, _STEPS // 2).astype(int))))

    keep = some(curve.time_s)
    return Curve(
        curve.n, curve.time_s[keep], curve.share[keep], curve.low[keep], curve.high[keep],
        curve.censored_s[some(curve.censored_s)], curve.died[keep], curve.at_risk[keep], curve.left[keep],
    )  # fmt: skip
