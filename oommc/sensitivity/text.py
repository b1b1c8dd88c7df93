"""A study as text for people and as CSV for programs."""

from oommc.choice.criteria import TIMES
from oommc.show.csv import as_csv
from oommc.show.numbers import number, of_schedules, shown, with_interval
from oommc.show.table import aligned

_HEAD = ("unknown", "range", "first-order", "total")


def text(study: dict) -> str:
    """The unknowns by how much they move the difference, each policy alone, and the map."""
    a, b = (shown(name, 40) for name in study["policies"])
    unit = " in s" if study["metric"] in TIMES else ""
    places = study["points"] * (len(study["unknowns"]) + 2)
    title = (
        f"{shown(study['scenario'])}: {study['metric']}{unit}, {a} − {b}, over {places:,} places of "
        f"{of_schedules(study['schedules'])}; Sobol indices [95 %: error of so few places]"
    )
    told = {"difference": f"{a} − {b}", "a": f"{a} alone", "b": f"{b} alone"}
    return "\n\n".join([title, *(_output(told[name], of, study) for name, of in study["outputs"].items()), _map(study)])


def csv(study: dict) -> str:
    """A line for each unknown of each output: `difference`, `a`, `b`; what there isn't is left empty."""
    import pandas as pd

    rows = []
    for output, of in study["outputs"].items():
        for key, span in study["unknowns"].items():
            row = {"output": output, "unknown": key, "range": span}
            found = (of["indices"] or {}).get(key)
            for name in ("first", "total"):
                low, high = found[f"{name}_ci"] if found else (None, None)
                row |= {name: found and found[name], f"{name}_low": low, f"{name}_high": high}
            rows.append(row)
    return as_csv(pd.DataFrame(rows)).rstrip("\n")


def _output(name: str, of: dict, study: dict) -> str:
    head = f"{name}: {number(of['mean'])} on average over the ranges, from {number(of['low'])} to {number(of['high'])}"
    if of["indices"] is None:
        return f"{head}\nno index: it does not surely vary by more than the simulation's own noise"
    noise = of["noise"] / (of["noise"] + of["variance"])
    ranked = sorted(of["indices"].items(), key=lambda item: -item[1]["total"])
    rows = [
        [
            shown(key),
            study["unknowns"][key],
            *(with_interval(found[part], found[f"{part}_ci"]) for part in ("first", "total")),
        ]
        for key, found in ranked
    ]
    return f"{head}; {noise:.1%} of the variance was noise, taken off\n{aligned([_HEAD, *rows])}"


def _map(study: dict) -> str:
    at = study["map"]
    a, b = study["policies"]
    rows = [["", *(f" {short(x)} " for x in at["x_at"])]]
    for y, cells, less in zip(at["y_at"], at["difference"], at["less"], strict=True):
        rows.append(
            [short(y), *(f" {number(d)} " if who else f"({number(d)})" for d, who in zip(cells, less, strict=True))]
        )
    return (
        f"the map: {shown(at['x'])} to the right, {shown(at['y'])} down, all else as in the scenario\n{aligned(rows)}\n"
        f"below 0 {shown(a, 40)} has less, above 0 {shown(b, 40)} has; "
        f"all signs hold together, 95 % (simulation error), but those in parentheses{_turns(study)}"
    )


def _turns(study: dict) -> str:
    """Where the verdict turns, a row for each of the map's; "" where nobody asked."""
    at = study["map"]
    if "turns" not in at:
        return ""
    rows = [[shown(at["y"]), f"turns at {shown(at['x'])}"]]
    for y, places in zip(at["y_at"], at["turns"], strict=True):
        told = (f"{short(p['at'])} [{short(p['between'][0])}, {short(p['between'][1])}]" for p in places)
        rows.append([short(y), ", ".join(told) or "nowhere"])
    return (
        f"\n\nwhere the verdict turns, by a Gaussian process through the map [95 %: simulation error]\n{aligned(rows)}"
    )


def short(value) -> str:
    """A value of a range, short: "10 ms", "63.1 ms"."""
    from oommc.units import DURATIONS, RATES, SIZES, exact

    if isinstance(value, int | float):
        return number(value) if isinstance(value, float) else str(value)
    unit = value.split()[1]
    for units in (DURATIONS, SIZES, RATES):
        if unit in units:
            amount = exact(value, units)
            best = next((name for name, size in units.items() if amount >= size), unit)
            return f"{float(amount / units[best]):.3g} {best}"
    return value
