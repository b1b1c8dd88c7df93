"""Paired differences of all pairs, for people and for programs."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import NotRequired

from oommc.report.groups import alike, groups
from oommc.report.margin import Margins, timed
from oommc.report.marks import footnotes, mark
from oommc.report.tables import latex_table
from oommc.report.text import CERTAIN
from oommc.show.csv import as_csv
from oommc.show.numbers import number, p_value, shown, with_interval
from oommc.show.table import aligned
from oommc.stats.content import Content, Pair


class Row(Pair):
    """A pair of a summary, with its scenario."""

    scenario: str
    matters: NotRequired[str]
    within: NotRequired[float]


_HEAD = ("a − b", "difference", "p", "p (Holm)", "a less", "equal", "a more", "variance ratio", "schedules")


def text(rows: Sequence[Row]) -> str:
    """Aligned tables, one for each scenario and metric."""
    return "\n\n".join(
        "\n".join([title, aligned([_head(rows), *cells]), *footnotes(of for row in cells for of in row)])
        for title, cells in _tables(rows)
    )


def latex(rows: Sequence[Row]) -> str:
    """The same as `table` environments, which want the package booktabs; labels are `tab:SCENARIO:METRIC`."""
    of = dict.fromkeys((row["scenario"], row["metric"]) for row in rows)
    tables = zip(of, _tables(rows), strict=True)
    return "\n\n".join(
        latex_table(title, [_head(rows), *cells], f"{name}:{metric}") for (name, metric), (title, cells) in tables
    )


def as_json(rows: Sequence[Row]) -> str:
    """A list of objects as `pairs` of `summary.json` has them, each with its scenario."""
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)


def csv(rows: Sequence[Row]) -> str:
    """A line for each row, the interval as `low` and `high`; what there isn't is left empty."""
    import pandas as pd

    flat = []
    for row in rows:
        low, high = row["ci"] or (None, None)
        flat.append({"low": low, "high": high} | {name: value for name, value in row.items() if name != "ci"})
    names = dict.fromkeys(
        ("scenario", "a", "b", "metric", "difference", "low", "high", *(k for row in flat for k in row))
    )
    return as_csv(pd.DataFrame(flat, columns=list(names))).rstrip("\n")


FORMS: dict[str, Callable[[Sequence[Row]], str]] = {"text": text, "csv": csv, "json": as_json, "latex": latex}
FOR_PEOPLE = ("text",)
"""Forms in which policies that did the same are told as one."""


def chosen(summary: Content, metrics: Sequence[str]) -> list[Row]:
    """The pairs of a summary, by scenario and metric."""
    return [
        {"scenario": name, **row}
        for name, of in summary["scenarios"].items()
        for metric in metrics
        for row in of["pairs"]
        if row["metric"] == metric
    ]


def told_as_one(summary: Content, rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """The rows of policies that differ, and a sentence for each group of those that did the same."""
    scenarios = summary["scenarios"]
    first = {name: groups(of) for name, of in scenarios.items()}
    left = [row for row in rows if {row["a"], row["b"]} <= first[row["scenario"]].keys()]
    prefix = {name: f"{shown(name)}: " if len(scenarios) > 1 else "" for name in scenarios}
    return left, [f"{prefix[name]}{said}" for name, of in scenarios.items() for said in alike(of)]


def judged(rows: Sequence[Row], margins: Margins) -> list[Row]:
    """With what each interval says of a difference of more than what doesn't matter."""
    return [{**row, "matters": margins.judged(row), "within": margins.of(row["metric"])} for row in rows]


def _head(rows: Sequence[Row]) -> tuple[str, ...]:
    return (*_HEAD, "matters") if any("matters" in row for row in rows) else _HEAD


def _tables(rows: Sequence[Row]) -> Iterator[tuple[str, list[list[str]]]]:
    """Title and cells of each scenario and metric."""
    for name, metric in dict.fromkeys((row["scenario"], row["metric"]) for row in rows):
        mine = [row for row in rows if (row["scenario"], row["metric"]) == (name, metric)]
        unit = " in s" if timed(metric) else ""
        within = f"; more than {number(mine[0]['within'])} matters" if "within" in mine[0] else ""
        title = f"{shown(name)}: {metric}{unit}, paired differences on the same schedules [95 % interval: {CERTAIN}]"
        yield title + within, [_cells(row, 1e9 if unit else 1.0) for row in mine]


def _cells(row: Row, scale: float) -> list[str]:
    return [
        f"{shown(row['a'], 40)} − {shown(row['b'], 40)}",
        with_interval(row["difference"], row["ci"], scale, row["schedules"]) + mark(row),
        p_value(row["p"]),
        p_value(row["p_holm"]),
        *("–" if row[part] is None else f"{row[part]:.2%}" for part in ("better", "equal", "worse")),
        number(row["variance_ratio"]),
        f"{row['schedules']:,}" if row["paired"] else "not paired",
        *([row["matters"]] if "matters" in row else []),
    ]
