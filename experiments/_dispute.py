"""What the three disputes share: named policies on one set of schedules, a table of counts, and bars."""

import argparse
import textwrap
from pathlib import Path

import oommc
from oommc.policies import Policy, parse
from oommc.scenario import Scenario
from oommc.show import canvas
from oommc.show.numbers import with_interval


def arguments(script: str, about: str, schedules: int) -> argparse.Namespace:
    """The options of every experiment."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=schedules)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", type=Path, default=Path(script).with_suffix(".svg"))
    return parser.parse_args()


def policies(texts: dict[str, str]) -> list[Policy]:
    """Each text as one policy, under a name that says what it stands for."""
    return [parse(text)[0].replace(name=name) for name, text in texts.items()]


def run(scenario: Scenario, texts: dict[str, str], args: argparse.Namespace) -> dict[str, dict]:
    """The policies' entries in the summary."""
    result = oommc.run(scenario, policies(texts), args.schedules, args.seed, progress=True)
    return result.data["scenarios"][scenario.name]["policies"]


def table(entries: dict[str, dict], columns: dict[str, str]) -> str:
    """In Markdown, a row a policy: `columns` maps a metric to its heading."""
    lines = [f"| policy | {' | '.join(columns.values())} |", "|---" * (len(columns) + 1) + "|"]
    for name, of in entries.items():
        cells = [with_interval(of[metric]["mean"], of[metric]["ci"]) for metric in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def bars(title: str, entries: dict[str, dict], columns: dict[str, str]) -> bytes:
    """A panel a metric, a bar a policy with its interval: SVG."""
    names = list(entries)

    def draw(figure):
        panels = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
        for axes, (metric, heading) in zip(panels, columns.items(), strict=True):
            means = [entries[name][metric]["mean"] for name in names]
            ends = [entries[name][metric]["ci"] or (mean, mean) for name, mean in zip(names, means, strict=True)]
            around = [[abs(mean - end[k]) for mean, end in zip(means, ends, strict=True)] for k in (0, 1)]
            axes.barh(range(len(names)), means, height=0.6, color=canvas.CALM)
            axes.errorbar(means, range(len(names)), xerr=around, fmt="none", ecolor=canvas.INK, elinewidth=1)
            axes.set_title(textwrap.fill(heading, 24), fontsize=9.5, loc="left")
            axes.set_yticks(range(len(names)), names)
            axes.set_ylim(len(names) - 0.5, -0.5)
            axes.set_xlim(left=0)
            axes.locator_params(axis="x", nbins=4)
        figure.suptitle(title, fontsize=11)

    return canvas.drawn(title, draw, 9.2, 1.6 + 0.42 * len(names))
