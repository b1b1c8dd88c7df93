"""Between what a value is thought to lie: LOW..HIGH, as a scenario's [range] and the option --range have it.

    10ms..200ms, 1..8, 0.0..0.1

A quantity with a unit is spread evenly in logarithms, as a real number is, unless the range begins at 0, from where it
is spread evenly. Whole numbers (no unit, no decimal point) are all equally likely.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from oommc import units
from oommc.errors import InputError

_QUANTITIES = (
    (units.DURATIONS, units.duration, units.format_duration),
    (units.SIZES, units.size, units.format_size),
    (units.RATES, units.rate, units.format_rate),
)


@dataclass(frozen=True)
class Range:
    """`low` and `high` in ns, pages, pages a second or plain numbers; `write`: a number as TOML has it.

    `even`: whole numbers, each as likely. `text`: as the user wrote it, without blanks about the dots.
    """

    text: str
    low: float
    high: float
    write: Callable[[float], Any]
    even: bool = False

    @classmethod
    def read(cls, text: str) -> "Range":
        """From LOW..HIGH. InputError for a text that is none."""
        low, dots, high = (part.strip() for part in text.partition(".."))
        if not (low and dots and high):
            raise InputError(f"{units.shown(text)} is not LOW..HIGH, as 10ms..200ms")
        told = f"{low}..{high}"
        for kind in (int, float):
            try:
                ends = kind(low), kind(high)
            except ValueError:
                continue
            made = cls(told, *ends, write=kind, even=kind is int)
            break
        else:
            made = cls(told, *_quantities(low, high, told))
        if not -units.LIMIT < made.low < made.high < units.LIMIT:  # so written that nan fails too
            raise InputError(f"{told}: the low end has to be below the high one")
        return made

    def at(self, share: float) -> Any:
        """The value below which that share (0 to 1) of the range lies, as TOML has it."""
        if self.even:
            return min(int(self.low + share * (self.high - self.low + 1)), int(self.high))
        if self.low > 0:
            value = self.low * math.exp(share * math.log(self.high / self.low))
        else:
            value = self.low + share * (self.high - self.low)
        return self.write(min(self.high, max(self.low, value)))  # whatever the rounding: a probability stays one

    def steps(self, most: int) -> np.ndarray:
        """Shares spread over the range from end to end, `most` or, of fewer whole numbers, one each."""
        if not self.even:
            return np.linspace(0, 1, most)
        whole = np.unique(np.linspace(self.low, self.high, most).round())
        return (whole - self.low + 0.5) / (self.high - self.low + 1)


def _quantities(low: str, high: str, told: str) -> tuple[int, int, Callable[[float], str]]:
    """Both ends of a range of quantities of one kind, and how such a one is written."""
    unit = re.sub(r"^[-+\d._\s]+(?:[eE][-+]?\d+)?\s*", "", high)
    for known, read, write in _QUANTITIES:
        if unit in known:
            try:
                ends = (0 if low == "0" else read(low)), read(high)
            except InputError as error:
                raise InputError(f"{told}: {error}") from None
            return *ends, partial(_rounded, write)
    raise InputError(f"{told}: both ends with a unit (ms, MiB, MiB/s, …), or both plain numbers")


def _rounded(write: Callable[[int], str], number: float) -> str:
    return write(round(number))
