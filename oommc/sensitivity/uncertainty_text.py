"""What a number is worth as text for people, as Markdown for a README, and as CSV for programs."""

from collections.abc import Callable, Iterator, Sequence

from oommc.choice.criteria import TIMES
from oommc.show.csv import as_csv
from oommc.show.markdown import markdown_table
from oommc.show.numbers import number, of_schedules, shown, with_interval
from oommc.show.table import aligned

_COLUMNS = ("as assumed", "over the ranges", "95 % of places", "least … most", "between places")
_WORDS = (
    "In brackets: what simulating no more schedules leaves open, 95 %: simulation error, nothing of what isn't known.",
    "As assumed: at the scenario's own values. Over the ranges: the mean over these places.",
    "95 % of places: between what their means lie, the simulation's noise taken off. Least … most: the means as seen.",
    "Between places: the share of not knowing in the variance from schedule to schedule [95 %]; chance has the rest.",
    "– where nothing surely varies from place to place.",
)
_OF_PAIRS = (
    "A surely less, a surely more: the share of places at which a has. All signs of a pair hold together, 95 % "
    "(simulation error)."
)


def text(found: dict) -> str:
    """Aligned tables, two for each metric: policies, and pairs."""
    return _page(found, aligned)


def markdown(found: dict) -> str:
    """The same tables as GitHub's Markdown has them."""
    return _page(found, lambda rows: f"\n{markdown_table(rows)}")


def csv(found: dict) -> str:
    """A line for each metric and policy `a`, and for each pair; what there isn't is left empty."""
    import pandas as pd

    rows = []
    for metric, of in found["metrics"].items():
        for row in [*({"a": name, "b": None} | row for name, row in of["policies"].items()), *of["pairs"]]:
            flat = {"metric": metric, "a": row["a"], "b": row["b"]}
            for name, value, ends in (
                ("assumed", row["assumed"]["mean"], row["assumed"]["ci"]),
                ("mean", row["mean"], row["ci"]),
                ("share", row["share"], row["share_ci"]),
            ):
                flat |= {name: value} | _ends(name, ends)
            flat |= _ends("spread", row["spread"])
            rows.append(flat | {name: row.get(name) for name in ("between", "within", "least", "most", "less", "more")})
    return as_csv(pd.DataFrame(rows)).rstrip("\n")


def _ends(name: str, of: list[float] | None) -> dict:
    low, high = of or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}


def _page(found: dict, table: Callable[[Sequence[Sequence[str]]], str]) -> str:
    unknowns = ", ".join(f"{shown(key)} {span}" for key, span in found["unknowns"].items())
    parts = [
        f"{shown(found['scenario'])}: {found['places']:,} places in the ranges of what isn't known, "
        f"{of_schedules(found['schedules'])} at each",
        f"Not known: {unknowns}",
    ]
    for metric, of in found["metrics"].items():
        unit = " in s" if metric in TIMES else ""
        titles = (f"{metric}{unit}", f"{metric}{unit}, differences on the same schedules")
        parts += [f"{title}\n{table(rows)}" for title, rows in zip(titles, _tables(found, of), strict=False)]
    words = _WORDS if len(found["policies"]) == 1 else (*_WORDS, _OF_PAIRS)
    return "\n\n".join([*parts, "\n".join(words)])


def _tables(found: dict, of: dict) -> Iterator[list[list[str]]]:
    """The rows of policies, and those of pairs, each with its head."""
    schedules = found["places"] * found["schedules"]
    yield [
        ["policy", *_COLUMNS],
        *([shown(name, 40), *_cells(row, schedules)] for name, row in of["policies"].items()),
    ]
    if of["pairs"]:
        yield [
            ["a − b", *_COLUMNS, "a surely less", "a surely more"],
            *(
                [
                    f"{shown(row['a'], 40)} − {shown(row['b'], 40)}",
                    *_cells(row, schedules),
                    *(f"{row[part]:.1%}" for part in ("less", "more")),
                ]
                for row in of["pairs"]
            ),
        ]


def _cells(row: dict, schedules: int) -> list[str]:
    return [
        with_interval(row["assumed"]["mean"], row["assumed"]["ci"], 1.0, schedules),
        with_interval(row["mean"], row["ci"], 1.0, schedules),
        "–" if row["spread"] is None else _between(*row["spread"]),
        _between(row["least"], row["most"]),
        "–" if row["share"] is None else "{:.0%} [{:.0%}, {:.0%}]".format(row["share"], *row["share_ci"]),
    ]


def _between(low: float, high: float) -> str:
    return f"{number(low)} … {number(high)}"
