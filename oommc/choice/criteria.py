"""What a policy is judged by: criteria, each something to have little of, and wishes made of them.

    wishes  := wish ("," wish)*
    wish    := sum ["within" amount]                 a preference: differences up to the amount don't matter
    limits  := sum "<" amount ("," sum "<" amount)*  requirements
    sum     := [number "*"] criterion ("+" [number "*"] criterion)*

A criterion is a counting column of a record, an outcome that nobody wants (its share of the schedules), or `downtime`
or `outage`, in seconds. An amount of time may have a unit: `outage < 500 ms`. The time to recovery is none, for a run
without an OOM has none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oommc.columns import BY_NAME, OUTCOMES, metrics
from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario import Scenario
from oommc.scenario.totals import largest
from oommc.units import duration

TIMES = {"downtime": "downtime_ns", "outage": "outage_ns"}
"""Criteria in seconds, each with its column."""
BAD = ("livelock", "panic", "unsettled")
"""Outcomes that are criteria: 1 in a schedule that ends so."""
MET, OPEN, BROKEN = "met", "open", "broken"
"""How a policy stands to limits: surely, not surely, surely not."""
CRITERIA = (*metrics(BY_NAME), *TIMES, *BAD)

DEFAULT = "livelock + panic, downtime within 0.1, collateral, needless + preventive_needless, outage"
"""What is preferred where nothing else is said: machines that go on, daemons that work, innocents that live."""

_NS = 10**9
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TERM = re.compile(rf"\s*(?:({_NUMBER})\s*\*\s*)?([a-z_][a-z0-9_]*)\s*")

Rows = Mapping[str, np.ndarray]


def columns(criterion: str) -> tuple[str, ...]:
    """The columns of a record that it is made of."""
    return ("outcome",) if criterion in BAD else (TIMES.get(criterion, criterion),)


def values(criterion: str, rows: Rows) -> np.ndarray:
    """Of each schedule, int64 of shape (rows,), in units of `1 / scale(criterion)`."""
    if criterion in BAD:
        return (rows["outcome"] == OUTCOMES.index(criterion)).astype(np.int64)
    return rows[TIMES.get(criterion, criterion)]


def scale(criterion: str) -> int:
    """How many units of `values` make one of the amounts that users write."""
    return _NS if criterion in TIMES else 1


def most(criterion: str, scenario: Scenario) -> float | None:
    """The largest value that a schedule can have, in the amounts that users write; None where none is known."""
    if criterion in BAD:
        return 1.0
    found = largest(TIMES.get(criterion, criterion), scenario)
    return None if found is None else found / scale(criterion)


@dataclass(frozen=True)
class Amount:
    """A weighted sum of criteria: `weights` by name, none negative. `text`: as the user wrote it."""

    text: str
    weights: tuple[tuple[str, float], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.weights)

    @property
    def is_share(self) -> bool:
        """Whether it is 0 or 1 in every schedule."""
        return len(self.weights) == 1 and self.names[0] in BAD and self.weights[0][1] == 1

    def of(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """From `values` by criterion: float64 of the same shape."""
        first, *others = (weight / scale(name) * rows[name] for name, weight in self.weights)
        return sum(others, first)

    def most(self, scenario: Scenario) -> float | None:
        """The largest value that a schedule can have; None where none is known."""
        total = 0.0
        for name, weight in self.weights:
            end = most(name, scenario)
            if end is None:
                return None
            total += weight * end
        return total


@dataclass(frozen=True)
class Wish:
    """A preference for a small `amount`; differences up to `within` don't matter."""

    amount: Amount
    within: float = 0.0


@dataclass(frozen=True)
class Limit:
    """A requirement: the mean of `amount` is below `limit`."""

    amount: Amount
    limit: float


def wishes(text: str, what: str = "prefer") -> tuple[Wish, ...]:
    """The preferences of a text, the most important first. InputError, naming `what`, for one that is none."""
    found = []
    for part in text.split(","):
        body, word, rest = re.sub(r"\s+", " ", part).partition(" within ")
        amount = _amount(body, what)
        found.append(Wish(amount, _number(rest, amount, what) if word else 0.0))
    return tuple(found)


def limits(text: str, what: str = "require") -> tuple[Limit, ...]:
    """The requirements of a text. InputError, naming `what`, for one that is none."""
    found = []
    for part in text.split(","):
        body, sign, rest = part.partition("<")
        if not sign:
            raise InputError(f"{what}: {part.strip()!r}: a criterion, <, and an amount, as livelock<1e-4")
        amount = _amount(body, what)
        found.append(Limit(amount, _number(rest.removeprefix("="), amount, what)))
    return tuple(found)


def _amount(text: str, what: str) -> Amount:
    weights: dict[str, float] = {}
    for term in text.split("+"):
        match = _TERM.fullmatch(term)
        if not match:
            raise InputError(f"{what}: {term.strip()!r} is no criterion, with or without a weight (0.1*outage)")
        weight, name = match.groups()
        if name == "ttr":
            raise InputError(f"{what}: ttr is no criterion, for a run without an OOM has none; outage is one")
        if name not in CRITERIA:
            raise InputError(f"{what}: no criterion {name!r}; {hint(name, CRITERIA)}")
        if weight and float(weight) == float("inf"):
            raise InputError(f"{what}: the weight {weight} is too large")
        if name in weights:
            raise InputError(f"{what}: {name} stands twice in {text.strip()!r}")
        weights[name] = 1.0 if weight is None else float(weight)
    return Amount(" + ".join(term.strip() for term in text.split("+")), tuple(weights.items()))


def _number(text: str, amount: Amount, what: str) -> float:
    """A plain number above 0, or a time where all is in seconds."""
    text = text.strip()
    if re.fullmatch(_NUMBER, text):
        value = float(text)
    elif set(amount.names) <= set(TIMES):
        try:
            value = duration(text) / _NS
        except InputError as error:
            raise InputError(f"{what}: {amount.text}: {error}") from None
    else:
        raise InputError(f"{what}: {amount.text}: {text!r} is not a number above 0")
    if not 0 < value < float("inf"):
        raise InputError(f"{what}: {amount.text}: {text!r} is not a number above 0")
    return value
