"""Numbers, times and names as people write them."""

import math


def shown(name: str, longest: int = 60) -> str:
    """A name from a file as it may be shown: no control characters, cut to `longest` characters."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in name)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def number(value: float | None, places: int | None = None) -> str:
    """A number with three significant digits, or with `places` decimals; "–" for None."""
    if value is None:
        return "–"
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    if places is None:
        places = max(0, 2 - math.floor(math.log10(abs(value))))
    if places > 6 and abs(value) < 1e-3:
        return f"{value:.2e}"
    text = f"{value:,.{places}f}"
    return "0" if float(text.replace(",", "")) == 0 else text


def with_interval(mean: float | None, ci: list[float] | None, scale: float = 1.0, schedules: int | None = None) -> str:
    """ "0.831 [0.829, 0.833]": as many decimals as the interval's half-width justifies. `scale` divides.

    Without an interval "2 always" or "2 once" where it is known of how many `schedules`: several that all had the
    same, or one alone.
    """
    value, beside = estimate(mean, ci, scale, schedules)
    if ci is None:
        return f"{value} {_SHORT[beside]}".rstrip()
    places = places_for((ci[1] - ci[0]) / 2 / scale)
    return f"{value} [{number(ci[0] / scale, places)}, {number(ci[1] / scale, places)}]"


ALWAYS, ONCE = "in every schedule", "in the only schedule"
_SHORT = {ALWAYS: "always", ONCE: "once", "": ""}


def estimate(
    mean: float | None, ci: list[float] | None, scale: float = 1.0, schedules: int | None = None
) -> tuple[str, str]:
    """A value and what stands beside it: ("0.831", "[0.829, 0.833]"), ("0", "≤ 0.0002"), ("2", "in every
    schedule").

    As many decimals as the interval's half-width justifies. `scale` divides.
    """
    if mean is None:
        return "–", ""
    value = mean / scale
    if ci is None:
        text = f"{value:,.0f}" if float(value).is_integer() else number(value)
        return text, "" if not schedules else ALWAYS if schedules > 1 else ONCE
    low, high = ci[0] / scale, ci[1] / scale
    places = places_for((high - low) / 2)
    if value in (low, high) and float(value).is_integer():  # none or all of the schedules
        bound = f"≤ {number(high, places)}" if value == low else f"≥ {number(low, places)}"
        return f"{value:,.0f}", bound
    return number(value, places), f"[{number(low, places)}, {number(high, places)}]"


def places_for(half_width: float) -> int:
    return max(0, 1 - math.floor(math.log10(half_width))) if half_width > 0 else 3


def seconds(value: float | None, exact: bool = False) -> str:
    """A time, with three significant digits or, `exact`, as a round one needs; "not reached" for None."""
    if value is None:
        return "not reached"
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs"), (1e9, "ns")):
        if value * factor >= 1:
            return f"{f'{value * factor:g}' if exact else number(value * factor)} {unit}"
    return "0 s"


def seconds_between(ci: list[float | None] | None) -> str:
    """The interval of a time: "[44.6 ms, 45.1 ms]"; "" for none."""
    return "" if ci is None else f"[{seconds(ci[0])}, {seconds(ci[1])}]"


def p_value(p: float | None) -> str:
    return "–" if p is None else "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def of_schedules(n: int) -> str:
    return "1 schedule" if n == 1 else f"{n:,} schedules"


def processes(n: int) -> str:
    return "1 process" if n == 1 else f"{n:,} processes"
