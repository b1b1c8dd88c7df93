"""Quantities as users write them ("256 MiB", "4 ms", "2 GiB/s") and as the simulator counts them (pages, ns).

Parsing is exact (rationals, no floating point). What isn't a whole page or nanosecond is rounded up, so that
a size that isn't nothing never becomes nothing. Formatting chooses the largest unit that is exact, so that
every formatted text parses back to the same integer. Messages carry no path: the caller knows it.
"""

import contextlib
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from oommc.errors import InputError
from oommc.naming import hint

PAGE = 4096
"""Bytes in a page."""

LIMIT = 1 << 62
"""Every quantity is below this: 146 years in ns, more memory than there is in pages."""

SIZES = {
    "GiB": Fraction(1 << 30, PAGE),
    "MiB": Fraction(1 << 20, PAGE),
    "KiB": Fraction(1 << 10, PAGE),
    "pages": Fraction(1),
    "page": Fraction(1),
    "B": Fraction(1, PAGE),
}
DURATIONS = {"s": Fraction(10**9), "ms": Fraction(10**6), "us": Fraction(10**3), "ns": Fraction(1)}
RATES = {f"{unit}/s": pages for unit, pages in SIZES.items()}

_LONGEST = 200  # characters; matching takes a time that grows with the square of them
_QUANTITY = re.compile(
    r"\s*([+-]?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)\s*([^\W\d_][\w/ ]*?)?\s*", re.ASCII
)


def size(value: Any) -> int:
    """Pages, from "256 MiB", "506 pages" or a whole number of pages. Raises InputError."""
    return math.ceil(exact(value, SIZES))


def duration(value: Any) -> int:
    """Nanoseconds, from "4 ms" or a whole number of ns. Raises InputError."""
    return math.ceil(exact(value, DURATIONS))


def rate(value: Any) -> int:
    """Pages a second, from "2 GiB/s" or a whole number of pages a second. Raises InputError."""
    return math.ceil(exact(value, RATES))


def whole_number(value: int | str, what: str, low: int, high: int) -> int:
    """A whole number from `low` to `high` given as one or as text ("1_000_000", "1e6"), or InputError."""
    told = value[:40] if isinstance(value, str) else shown(value)
    wrong = InputError(f"{what}: {told} is not a whole number from {low:,} to {high:,}")
    try:
        if isinstance(value, str | float):
            if isinstance(value, str) and len(value) > _LONGEST:
                raise wrong
            exact = Decimal(value)
            if not low <= exact <= high or exact % 1:  # compared first: 1e999999 as an integer would not fit
                raise wrong
            return int(exact)
        number = operator.index(value)
    except (InvalidOperation, TypeError):
        raise wrong from None
    if isinstance(value, bool) or not low <= number <= high:
        raise wrong
    return number


def exact(value: Any, units: dict[str, Fraction], signed: bool = False) -> Fraction:
    """The quantity without rounding, in what `units` counts; negative only if `signed`. Raises InputError."""
    if isinstance(value, str):
        number = _parse(value, units)
    else:
        number = Fraction(_whole(value, units))
    if number < 0 and not signed:
        raise InputError(f"{shown(value)} is negative")
    if abs(number) >= LIMIT:
        raise InputError(f"{shown(value)} is too large")
    return number


def format_size(pages: int) -> str:
    """The size as text: the largest unit that is exact, pages rather than many KiB."""
    for unit in ("GiB", "MiB"):
        if pages and (pages / SIZES[unit]).denominator == 1:
            return f"{pages / SIZES[unit]} {unit}"
    return f"{pages / SIZES['KiB']} KiB" if 0 < pages < SIZES["MiB"] else f"{pages} pages"


def format_duration(ns: int) -> str:
    """The time as text: the largest unit that is exact."""
    unit = next(unit for unit in DURATIONS if (ns / DURATIONS[unit]).denominator == 1)
    return f"{ns / DURATIONS[unit]} {unit}"


def format_rate(pages_per_second: int) -> str:
    """The rate as text, like `format_size`."""
    return f"{format_size(pages_per_second)}/s"


@dataclass(frozen=True)
class Unit:
    """What a drawn value counts: its canonical name, how users write it, and how many make Python's unit for
    it.
    """

    name: str
    units: dict[str, Fraction]
    format: Callable[[int], str]
    python: int

    def format_real(self, number: float) -> str:
        """Text of a quantity that needn't be whole; parses back to the same float."""
        return self.format(int(number)) if float(number).is_integer() else f"{number!r} {self.name}"


UNITS = {
    "ns": Unit("ns", DURATIONS, format_duration, 10**9),
    "pages": Unit("pages", SIZES, format_size, 1),
}
"""By canonical name. In Python times are in seconds and sizes in pages."""


def _parse(text: str, units: dict[str, Fraction]) -> Fraction:
    match = len(text) <= _LONGEST and _QUANTITY.fullmatch(text)
    if not match:
        raise InputError(f"{shown(text)} is not a quantity like {_example(units)}")
    number, unit = match.groups()
    if unit is None:
        raise InputError(f"{shown(text)} has no unit: {', '.join(units)}")
    if unit not in units:
        raise InputError(f"{shown(text)} has an unknown unit {unit!r}: {hint(unit, units)}")
    return Fraction(number) * units[unit]


def _whole(value: Any, units: dict[str, Fraction]) -> int:
    whole = None
    if isinstance(value, float) and value.is_integer():
        whole = int(value)
    elif not isinstance(value, bool):
        with contextlib.suppress(TypeError):
            whole = operator.index(value)
    if whole is None:
        raise InputError(f"{shown(value)} is neither a quantity like {_example(units)} nor a whole number")
    return whole


def _example(units: dict[str, Fraction]) -> str:
    return '"4 ms"' if units is DURATIONS else '"16 MiB/s"' if units is RATES else '"16 MiB"'


def shown(value: Any) -> str:
    """The value as a message shows it: on one line, and not at length."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of more than 4,300 digits"
    except RecursionError:
        return "something nested too deeply"
    return text if len(text) <= 60 else text[:57] + "..."
