"""The pictures of a report, each as SVG text and with the table it shows.

They are light cards that stand on a light or dark page. Text stays text, ids and hashes are fixed, so the
same result gives the same bytes. Names come from files: matplotlib's mathtext is off.
"""

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oommc.report.words import number, seconds, shown
from oommc.stats.survival import Curve

_KINDS = ("stale", "impatient", "blind")
_STEPS = 300  # of a curve drawn: more can't be seen
_WIDTH = 6.4  # inches: on a telephone the text is still readable
_NAME = 30  # characters of a policy's name in a picture
_STYLE = {
    "figure.facecolor": "#ffffff",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#8a8f98",
    "grid.color": "#e6e8eb",
    "text.parse_math": False,
    "svg.fonttype": "none",
}


@dataclass(frozen=True)
class Figure:
    """`svg`: a whole SVG file; `table`: the pandas DataFrame it shows; `alt`: what one sees, in words."""

    svg: str
    table: object
    alt: str

    @property
    def inline(self) -> str:
        """The SVG element alone, as HTML takes it: no prolog, no ids that another picture may have too."""
        element = self.svg[self.svg.index("<svg") :]
        return re.sub(r'<g id="[^"]*"', "<g", element)


def kills(policies: dict[str, dict]) -> Figure:
    """Kills a schedule by kind: the unnecessary from zero on, then the others; the needless as a line."""
    import pandas as pd
    import seaborn as sns

    means = {
        name: {kind: v[kind]["mean"] for kind in (*_KINDS, "kills", "needless")}
        for name, v in policies.items()
    }
    table = pd.DataFrame.from_dict(means, orient="index").rename_axis("policy")
    table.insert(3, "other", (table["kills"] - table[list(_KINDS)].sum(axis=1)).clip(lower=0))
    colors = [*np.array(sns.color_palette("colorblind"))[[3, 1, 4]], "#c9ced6"]
    labels = ["stale", "impatient", "blind", "not unnecessary"]

    def draw(figure):
        axes = figure.subplots()
        rows = np.arange(len(table))
        left = np.zeros(len(table))
        for kind, color, label in zip((*_KINDS, "other"), colors, labels, strict=True):
            axes.barh(
                rows,
                table[kind],
                left=left,
                height=0.62,
                color=color,
                label=label,
                edgecolor="white",
                linewidth=0.6,
            )
            left += table[kind].to_numpy()
        axes.barh(rows, table["needless"], height=0.14, color="#111111", label="needless")
        for row, (end, needless) in enumerate(zip(left, table["needless"], strict=True)):
            axes.annotate(
                f"{number(end)}, needless {number(needless)}", (end, row), (5, 0), textcoords="offset points",
                va="center", fontsize=9, color="#444444",
            )  # fmt: skip
        axes.set_xlim(0, max(left.max() * 1.38, 1e-9))
        axes.set_yticks(rows, [shown(name, _NAME) for name in table.index])
        axes.invert_yaxis()
        axes.set_xlabel("kills a schedule")
        axes.set_title("Kills by kind")
        # of the figure and not of the axes, which long names make narrow
        figure.legend(loc="outside lower left", ncols=5, frameon=False, fontsize=9, handlelength=1.1)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        sns.despine(ax=axes, left=True)

    said = "; ".join(
        f"{shown(n, _NAME)} {number(r['kills'])}, needless {number(r['needless'])}"
        for n, r in table.iterrows()
    )
    return Figure(
        _svg("kills", draw, 1.4 + 0.46 * len(table)), table.reset_index(), f"Kills a schedule: {said}"
    )


def recovery(curves: dict[str, Curve]) -> Figure:
    """Share of OOM situations not yet over, against time; bands of 95 %, ticks where observation ended."""
    import pandas as pd
    import seaborn as sns

    drawn = {name: _thinned(curve) for name, curve in curves.items()}
    table = pd.concat(
        pd.DataFrame(
            {"policy": name, "time_s": c.time_s, "not_recovered": c.share, "low": c.low, "high": c.high}
        )
        for name, c in drawn.items()
    )
    ends = [curve.time_s[[0, -1]] for curve in drawn.values() if curve.time_s.size]
    ends += [curve.censored_s[[0, -1]] for curve in drawn.values() if curve.censored_s.size]
    low, high = (max(min(map(np.min, ends)), 1e-9), max(map(np.max, ends))) if ends else (1e-3, 1.0)
    low, high = low * 0.8, max(high, low) * 1.1

    def draw(figure):
        from matplotlib.ticker import FuncFormatter, NullFormatter

        axes = figure.subplots()
        palette = sns.color_palette("colorblind")
        for at, (name, curve) in enumerate(drawn.items()):
            if not curve.n:
                continue
            color, dash = (
                palette[at % 10],
                ("-", "--", ":", "-.")[at // 10 % 4 if len(drawn) > 10 else at % 4],
            )
            x = np.concatenate(([low], curve.time_s, [high if curve.censored_s.size else low]))
            x[-1] = max(x[-1], x[-2])
            y, lower, upper = (
                np.concatenate(([1.0], edge, edge[-1:] if edge.size else [1.0]))
                for edge in (curve.share, curve.low, curve.high)
            )
            axes.step(
                x, y, where="post", color=color, linestyle=dash, linewidth=1.8, label=shown(name, _NAME)
            )
            axes.fill_between(x, lower, upper, step="post", color=color, alpha=0.16, linewidth=0)
            if curve.censored_s.size:
                marks = curve.censored_s
                at_marks = np.concatenate(([1.0], curve.share))[
                    np.searchsorted(curve.time_s, marks, side="right")
                ]
                axes.plot(marks, at_marks, "|", color=color, markersize=8, markeredgewidth=1.3)
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_ylim(-0.02, 1.03)
        axes.xaxis.set_major_formatter(FuncFormatter(_tick))
        axes.xaxis.set_minor_formatter(FuncFormatter(_minor) if high / low < 20 else NullFormatter())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        axes.set_xlabel("time since the first entry into the OOM path")
        axes.set_title("Not yet recovered")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        sns.despine(ax=axes)

    said = "; ".join(f"{shown(n, _NAME)} median {seconds(c.quantile(0.5))}" for n, c in curves.items())
    return Figure(
        _svg("recovery", draw, max(3.6, 0.24 * len(drawn) + 0.6)),
        table,
        f"Share not yet recovered over time: {said}",
    )


def differences(pairs: Sequence[dict]) -> Figure:
    """Paired differences a − b with 95 % intervals, of needless kills and of time to recovery."""
    import pandas as pd
    import seaborn as sns

    columns = ["a", "b", "metric", "difference", "low", "high", "p", "schedules"]
    rows = [
        row | dict(zip(("low", "high"), row["ci"] or (None, None), strict=True))
        for row in pairs
        if row["metric"] in ("needless", "ttr_ns")
    ]
    table = pd.DataFrame(rows, columns=columns)
    names = list(dict.fromkeys((row["a"], row["b"]) for row in rows))

    def draw(figure):
        panels = (("needless", 1.0, "needless kills a schedule"), ("ttr_ns", 1e9, "time to recovery in s"))
        for axes, (metric, scale, label) in zip(figure.subplots(1, 2, sharey=True), panels, strict=True):
            axes.axvline(0, color="#8a8f98", linewidth=1)
            for row in rows:
                if row["metric"] == metric and row["difference"] is not None:
                    y, x = names.index((row["a"], row["b"])), row["difference"] / scale
                    ends = np.array(row["ci"] or (row["difference"],) * 2) / scale
                    sure = ends[0] > 0 or ends[1] < 0
                    color = sns.color_palette("colorblind")[0] if sure else "#6b7280"
                    axes.plot(ends, [y, y], color=color, linewidth=2, solid_capstyle="butt")
                    axes.plot(
                        [x], [y], "o", color=color, markersize=6, markerfacecolor=color if sure else "white"
                    )
            axes.set_xlabel(label)
            axes.margins(x=0.12)
            axes.locator_params(axis="x", nbins=5)
            axes.set_yticks(range(len(names)), [f"{shown(a, 24)} − {shown(b, 24)}" for a, b in names])
            axes.set_ylim(len(names) - 0.5, -0.5)
            axes.tick_params(axis="y", length=0)
            axes.grid(axis="y", visible=False)
            sns.despine(ax=axes, left=True)
        figure.axes[0].set_title("Paired differences")

    said = "; ".join(
        f"{shown(r['a'], 24)} minus {shown(r['b'], 24)} {number(r['difference'])}"
        for r in rows
        if r["metric"] == "needless"
    )
    return Figure(
        _svg("differences", draw, 1.2 + 0.36 * len(names)),
        table,
        f"Paired differences in needless kills: {said}",
    )


def _svg(name: str, draw, height: float) -> str:
    """What `draw(figure)` draws on a card. Drawn without pyplot: no global state, any thread."""
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure as Canvas

    with (
        sns.axes_style("whitegrid"),
        matplotlib.rc_context(_STYLE | {"svg.hashsalt": name}),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the reader's fonts draw the text
        figure = Canvas(figsize=(_WIDTH, height), layout="constrained")
        draw(figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _tick(value: float, _=None) -> str:
    """A round time on an axis: "200 ms", "1 s"."""
    return seconds(value, exact=True)


def _minor(value: float, _) -> str:
    """Labels of 2 and 5 between the powers of ten, where an axis is too short for those alone."""
    return _tick(value) if f"{value:e}"[0] in "25" else ""


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
        curve.censored_s[some(curve.censored_s)],
    )  # fmt: skip
