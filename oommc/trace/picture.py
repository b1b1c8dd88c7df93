"""The timeline of one schedule: free memory above, a lane a thread below; several policies side by side.

All share the axes, so that what a policy does differently is what one sees. Drawn is the time from the first
failed pass of reclaim to the last thing worth telling; a hang goes on to the horizon and is cut.
"""

from collections.abc import Sequence
from pathlib import Path

from ..show.canvas import ALARM, AXIS, CALM, GRID, INK, PAPER, SOFT, drawn, kept
from ..show.numbers import seconds, shown
from ..units import PAGE
from .schedule import Schedule
from .view import binned, lanes, thinned, window
from .watch import ACTIVITIES, Victim

# Okabe and Ito's palette, told apart by the colour-blind and, by lightness, in grey
COLORS = {
    "working": CALM,
    "reclaim": "#56b4e9",
    "preempted": "#cc79a7",
    "gate": "#f0e442",
    "report": "#e69f00",
    "asleep": "#7d8590",
    "dying": "#d55e00",
    "freeing": "#009e73",
}
_NEEDED, _UNNECESSARY = INK, ALARM
_LABELS = 4  # lines of them above the watermarks


def plot(stories: Sequence[Schedule], path: str | Path | None = None):
    """The stories of one schedule side by side, as a matplotlib Figure, or written to `path` if given.

    InputError if `path` ends in none of .svg, .png and .pdf or can't be there; RunError if it can't be written.
    """
    made = kept(path, lambda form: _drawn(stories, form))
    return made if path is None else None


def svg(stories: Sequence[Schedule]) -> str:
    """The same as the text of an SVG file."""
    return _drawn(stories, "svg").decode()


def text(stories: Sequence[Schedule]) -> str:
    """What one sees, as text."""
    return "; ".join(f"{shown(story.policy.name)}: {_outcome(story)}" for story in stories)


def _drawn(stories: Sequence[Schedule], form: str | None):
    low, high = window(stories)
    names, left_out = lanes(stories, low, high)
    # a column is no narrower than its title; the lanes' names stand once
    width = 1.2 + len(stories) * {1: 5.4, 2: 4.4, 3: 3.1}.get(len(stories), 2.6)
    height = 2.9 + 0.24 * len(names)

    def draw(figure):
        grid = figure.subplots(
            2, len(stories), sharex=True, sharey="row", squeeze=False,
            gridspec_kw={"height_ratios": [1.55, 0.24 * len(names) + 0.1]},
        )  # fmt: skip
        for column, story in enumerate(stories):
            above, below = grid[:, column]
            _memory(above, story, low, high, first=column == 0)
            _lanes(below, story, names, low, high)
            above.set_title(f"{shown(story.policy.name, 30)}\n", fontsize=11)
            above.text(0, 1.03, _outcome(story), transform=above.transAxes, fontsize=8.5, color=SOFT, va="bottom")
        _times(grid[1], low, high)
        _legend(figure, stories, low, high, left_out)

    return drawn("timeline", draw, width, height, form)


def _outcome(story: Schedule) -> str:
    record = story.record
    needless = f", {record['needless']} needless" if record["needless"] else ""
    kills = f"{record['kills']} kill{'s' * (record['kills'] != 1)}{needless}"
    if record["first_oom_ns"] < 0:
        return f"{kills}; memory never ran out"
    if record["outcome"] == "panic":
        return f"{kills}; panic"
    if record["censored"]:
        return f"{kills}; {'hangs' if record['outcome'] == 'livelock' else 'not over'} at the horizon"
    return f"{kills}; over after {seconds(record['ttr_ns'] / 1e9)}"


def _memory(axes, story: Schedule, low: int, high: int, first: bool) -> None:
    """Free memory, cut a little above the watermarks, which is where all is decided."""
    mib = PAGE / (1 << 20)
    nodes = story.scenario.machine.nodes
    marks = {name: sum(getattr(node, name) for node in nodes) * mib for name in ("high", "low", "min")}
    top = marks["high"] * 2.3
    before = [s for s in story.samples if s.t_ns <= low][-1:]
    samples = before + [s for s in story.samples if low < s.t_ns <= high]
    samples = thinned(samples, low, high)
    times = [max(low, s.t_ns) for s in samples] + [high]
    free = [min(s.free * mib, top * 1.2) for s in samples]
    free += free[-1:] or [0]
    axes.fill_between(times[-len(free) :], free, step="post", color="#0072b2", alpha=0.12, linewidth=0)
    axes.step(times[-len(free) :], free, where="post", color="#0072b2", linewidth=1.4)
    for name, mark in marks.items():
        axes.axhline(mark, color=AXIS, linewidth=0.8, linestyle=(0, (4, 2)))
        axes.annotate(
            name, (1, mark), (2, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            va="center", fontsize=7, color=SOFT, annotation_clip=False,
        )  # fmt: skip
    ends: list[float] = [low] * _LABELS  # of the text in each line of labels
    for victim in story.victims:
        if victim.killed_ns > high:
            continue
        back = high if victim.returned_ns is None else min(victim.returned_ns, high)
        axes.axvspan(victim.killed_ns, back, color=COLORS["dying"], alpha=0.2, linewidth=0)
        color = _UNNECESSARY if "unnecessary" in victim.kinds else _NEEDED
        axes.axvline(victim.killed_ns, color=color, linewidth=1)
        text = f"{shown(victim.name, 18)} dies, {victim.pages * mib:,.0f} MiB"
        width = len(text) * (high - low) / 62  # letters across a column, about
        later = victim.killed_ns + width > high
        begin = victim.killed_ns - width * later
        line = next((line for line, end in enumerate(ends) if end <= begin), None)
        if line is None:
            continue  # the lanes show this kill too
        ends[line] = begin + width
        axes.annotate(
            text, (victim.killed_ns, 0.97 - 0.12 * line), (-3 if later else 3, 0),
            xycoords=("data", "axes fraction"), textcoords="offset points",
            ha="right" if later else "left", va="top", fontsize=7.5, color=color, zorder=5,
            bbox={"facecolor": PAPER, "alpha": 0.75, "linewidth": 0, "pad": 1},
        )  # fmt: skip
    axes.set_xlim(low, high)
    axes.set_ylim(0, top)
    axes.grid(False)
    axes.locator_params(axis="y", nbins=4)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.tick_params(axis="y", labelsize=8)
    if first:
        axes.set_ylabel("free, MiB", fontsize=8.5)
    _open(axes)


def _lanes(axes, story: Schedule, names: list[str], low: int, high: int) -> None:
    rows = {name: row for row, name in enumerate(names)}
    for name, row in rows.items():
        axes.axhline(row, color=GRID, linewidth=0.8, zorder=0)
        by_activity: dict[str, list] = {}
        for activity, start, end in binned(story.lanes.get(name, ()), low, high):
            by_activity.setdefault(activity, []).append((start, end - start))
        for activity, pieces in by_activity.items():
            axes.broken_barh(pieces, (row - 0.36, 0.72), facecolor=COLORS[activity], linewidth=0)
    for victim in story.victims:
        if victim.killed_ns <= high:
            _kill(axes, victim, rows, low, high)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_yticks(range(len(names)), [shown(name, 20) for name in names], fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.grid(False)
    _open(axes)


def _kill(axes, victim: Victim, rows: dict[str, int], low: int, high: int) -> None:
    """The window between the failed check and the kill, framed; the shot as an arrow to the victim."""
    color = _UNNECESSARY if "unnecessary" in victim.kinds else _NEEDED
    row = rows.get(victim.name)
    killer = None if victim.by is None else rows.get(victim.by)
    if killer is not None:
        start = max(low, victim.failed_ns)
        axes.broken_barh(
            [(start, victim.killed_ns - start)], (killer - 0.43, 0.86),
            facecolor="none", edgecolor=color, linewidth=1.5, zorder=4,
        )  # fmt: skip
    if row is None:
        return
    if killer is not None and killer != row:
        axes.annotate(
            "", (victim.killed_ns, row), (victim.killed_ns, killer + (0.43 if row > killer else -0.43)),
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0},
            zorder=5,
        )  # fmt: skip
    axes.plot(
        [victim.killed_ns],
        [row],
        "X",
        color=color,
        markersize=8,
        markeredgecolor=PAPER,
        markeredgewidth=0.8,
        zorder=6,
    )


def _times(row, low: int, high: int) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    scale, unit = (1e9, "s") if high - low > 4_000_000_000 else (1e6, "ms")
    for axes in row:
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / scale:g}"))
        axes.tick_params(axis="x", labelsize=8, length=3)
        axes.set_xlabel(f"{unit} since the start", fontsize=8.5)


def _legend(figure, stories: Sequence[Schedule], low: int, high: int, left_out: int) -> None:
    from matplotlib.artist import Artist
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    seen = {
        span.activity for story in stories for lane in story.lanes.values() for span in lane
        if span.end > low and span.start < high
    }  # fmt: skip
    handles: list[Artist] = [
        Patch(color=color, label=ACTIVITIES[name]) for name, color in COLORS.items() if name in seen
    ]
    kinds = {"unnecessary" in victim.kinds for story in stories for victim in story.victims}
    for unnecessary, color, label in ((False, _NEEDED, "kill"), (True, _UNNECESSARY, "unnecessary kill")):
        if unnecessary in kinds:
            handles.append(Line2D([], [], color=color, marker="X", linestyle="", markersize=8, label=label))
    if kinds:
        handles.append(Patch(facecolor="none", edgecolor=INK, linewidth=1.5, label="from failed check to kill"))
        handles.append(Patch(facecolor=COLORS["dying"], alpha=0.2, label="victim's memory on its way"))
    if left_out:
        handles.append(Line2D([], [], linestyle="", label=f"({left_out} more threads not shown)"))
    columns = max(3, min(len(handles), int(figure.get_figwidth() / 1.75)))
    figure.legend(
        handles=handles, loc="outside lower left", ncols=columns, frameon=False, fontsize=8,
        handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip


def _open(axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
