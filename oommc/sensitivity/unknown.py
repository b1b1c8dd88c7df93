"""An unknown: a key of a scenario, and the range in which its value is thought to lie.

    KEY=LOW..HIGH      machine.latency.report.median=10ms..200ms, machine.cpus=1..8, machine.latency.preempt.p=0.0..0.1

A quantity with a unit is spread evenly in logarithms, as a real number is, unless the range begins at 0, from where it
is spread evenly. Whole numbers (no unit, no decimal point) are all equally likely.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from oommc import units
from oommc.errors import InputError
from oommc.scenario import Scenario
from oommc.scenario.replace import replace

_QUANTITIES = (
    (units.DURATIONS, units.duration, units.format_duration),
    (units.SIZES, units.size, units.format_size),
    (units.RATES, units.rate, units.format_rate),
)


@dataclass(frozen=True)
class Unknown:
    """`low` and `high` in ns, pages, pages a second or plain numbers; `write`: a number as TOML has it.

    `even`: whole numbers, each as likely. `text`: the range as the user wrote it.
    """

    key: str
    text: str
    low: float
    high: float
    write: Callable[[float], Any]
    even: bool = False

    def at(self, share: float) -> Any:
        """The value below which that share (0 to 1) of the range lies, as TOML has it."""
        if self.even:
            return min(int(self.low + share * (self.high - self.low + 1)), int(self.high))
        if self.low > 0:
            return self.write(self.low * math.exp(share * math.log(self.high / self.low)))
        return self.write(self.low + share * (self.high - self.low))

    def steps(self, most: int) -> np.ndarray:
        """Shares spread over the range from end to end, `most` or, of fewer whole numbers, one each."""
        if not self.even:
            return np.linspace(0, 1, most)
        whole = np.unique(np.linspace(self.low, self.high, most).round())
        return (whole - self.low + 0.5) / (self.high - self.low + 1)


def parse(text: str) -> Unknown:
    """The unknown of KEY=LOW..HIGH. InputError for a text that is none."""
    key, _, span = text.rpartition("=")
    low, dots, high = (part.strip() for part in span.partition(".."))
    if not (key.strip() and low and dots and high):
        raise InputError(f"range: {text!r}: KEY=LOW..HIGH, as machine.latency.report.median=10ms..200ms")
    return _unknown(key.strip(), low, high)


def checked(unknowns: Iterable[Unknown], scenario: Scenario) -> list[Unknown]:
    """The unknowns, if there are two or more, all different, and the scenario takes both ends of each; else InputError."""
    unknowns = list(unknowns)
    keys = [unknown.key for unknown in unknowns]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(f"range: {key}: given twice")
    if len(keys) < 2:
        raise InputError("range: two unknowns at least, each --range KEY=LOW..HIGH: of one alone there is nothing to compare")
    for unknown in unknowns:
        for share in (0, 1):
            replace(scenario, {unknown.key: unknown.at(share)})
    return unknowns


def placed(scenario: Scenario, unknowns: list[Unknown], shares: np.ndarray) -> Scenario:
    """The scenario with each unknown at its share of the range; `shares` has shape (unknowns,)."""
    return replace(scenario, {unknown.key: unknown.at(float(u)) for unknown, u in zip(unknowns, shares, strict=True)})


def _unknown(key: str, low: str, high: str) -> Unknown:
    text, wrong = f"{low}..{high}", f"range: {key}: {low}..{high}"
    for kind in (int, float):
        try:
            ends = kind(low), kind(high)
        except ValueError:
            continue
        made = Unknown(key, text, *ends, write=kind, even=kind is int)
        break
    else:
        made = Unknown(key, text, *_quantities(low, high, wrong))
    if not -units.LIMIT < made.low < made.high < units.LIMIT:  # so written that nan fails too
        raise InputError(f"{wrong}: the low end has to be below the high one")
    return made


def _quantities(low: str, high: str, wrong: str) -> tuple[int, int, Callable[[float], str]]:
    """Both ends of a range of quantities of one kind, and how such a one is written."""
    unit = re.sub(r"^[-+\d._\s]+(?:[eE][-+]?\d+)?\s*", "", high)
    for known, read, write in _QUANTITIES:
        if unit in known:
            try:
                ends = (0 if low == "0" else read(low)), read(high)
            except InputError as error:
                raise InputError(f"{wrong}: {error}") from None
            return *ends, partial(_rounded, write)
    raise InputError(f"{wrong}: both ends with a unit (ms, MiB, MiB/s, …), or both plain numbers")


def _rounded(write: Callable[[int], str], number: float) -> str:
    return write(round(number))
