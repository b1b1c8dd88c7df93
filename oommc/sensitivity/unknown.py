"""An unknown: a key of a scenario, and the range in which its value is thought to lie.

KEY=LOW..HIGH      machine.latency.report.median=10ms..200ms, machine.latency.preempt.window=1us..1ms
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario import Scenario
from oommc.scenario.ranges import Range


@dataclass(frozen=True)
class Unknown:
    """A dotted path as of `Scenario.replace`, and its range."""

    key: str
    span: Range


def parse(text: str, scenario: Scenario) -> Unknown:
    """The unknown of KEY=LOW..HIGH, or of KEY alone with the range that the scenario declares.

    InputError for neither.
    """
    key, equals, span = (part.strip() for part in text.rpartition("="))
    if not equals:
        key, span = span, dict(scenario.ranges).get(span, "")
    if not key or not span:
        declared = [path for path, _ in scenario.ranges]
        known = f", or one of its own [range]: {hint(key, declared)}" if declared else ""
        raise InputError(f"range: {text!r}: KEY=LOW..HIGH, as machine.latency.report.median=10ms..200ms{known}")
    try:
        return Unknown(key, Range.read(span))
    except InputError as error:
        raise InputError(f"range: {key}: {error}") from None


def unknowns(texts: Iterable[str], scenario: Scenario) -> list[Unknown]:
    """Those of the texts, as `parse` takes them; of none, all that the scenario declares."""
    return [parse(text, scenario) for text in list(texts) or [path for path, _ in scenario.ranges]]


def checked(unknowns: Iterable[Unknown], scenario: Scenario) -> list[Unknown]:
    """The unknowns, if there are any, all different, and the scenario takes both ends of each;
    else InputError.
    """
    unknowns = list(unknowns)
    keys = [unknown.key for unknown in unknowns]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(f"range: {key}: given twice")
    if not keys:
        raise InputError("range: nothing is unknown: give --range KEY=LOW..HIGH, or the scenario a [range]")
    for unknown in unknowns:
        for share in (0, 1):
            scenario.replace(unknown.key, unknown.span.at(share))
    return unknowns


def placed(scenario: Scenario, unknowns: list[Unknown], shares: np.ndarray) -> Scenario:
    """The scenario with each unknown at its share of the range; `shares` has shape (unknowns,)."""
    return scenario.replace_all(
        {unknown.key: unknown.span.at(float(u)) for unknown, u in zip(unknowns, shares, strict=True)}
    )
