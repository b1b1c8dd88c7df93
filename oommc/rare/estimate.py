"""The probability of an event on a record, from schedules in which the draws that bring it about are tilted."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from .. import api
from ..engine import BUT_FOR
from ..errors import InputError
from ..policies import Policy
from ..policies import parse as parse_policies
from ..scenario import Scenario
from ..stats import bounded
from ..trace.condition import parse
from ..units import shown, whole_number
from . import draws
from .tilt import Tilt

_MOST_K, _MOST_SCHEDULES = 1000, 10**8
_LEAST, _FEW, _MUCH = 10, 30, 0.5
_TAIL = 0.025


@dataclass(frozen=True)
class Rare:
    """The probability of `where` per schedule, and its 95 % interval, which none has whose hits are worth under 10.

    `hits` of the tilted `schedules` met the condition; `effective`, (Σw)²/Σw² over their weights, is how many hits of
    equal weight would be as good (Kish). `beyond` is the share of the estimate that comes from hits with a draw beyond
    what is known of its law (the quantile 1 − 2^-33 where that is a table alone; `oommc.rare.tilt`); `flat` how many
    schedules had such a draw.
    """

    scenario: str
    policy: str
    where: str
    tilt: dict[str, float]
    seed: int
    schedules: int
    hits: int
    probability: float
    interval: tuple[float, float] | None
    effective: float
    beyond: float
    flat: int

    @property
    def warnings(self) -> list[str]:
        """What keeps the numbers from being trusted, a sentence each."""
        said = []
        if not self.hits:
            said.append("never seen: the upper end holds for any weight that a hit could have had; try another tilt")
            if self.flat:
                said.append(
                    f"{self.flat:,} schedules had a draw where no more is known of its law than a table, "
                    "which is flat there: the event may lie beyond what can be drawn"
                )
        elif self.effective < _FEW:
            said.append(
                f"the hits are worth {self.effective:.1f} of equal weight: "
                "more schedules, or a tilt nearer to the event"
            )
        if self.beyond > _MUCH:
            said.append(
                f"{self.beyond:.0%} of it come from draws where no more is known of their law than a table, "
                "which is flat there: true of what is drawn, not of the law"
            )
        return said


def estimate(
    scenario: Scenario | str | Path,
    policy: Policy | str | Sequence[Policy],
    where: str,
    tilt: Mapping[str, float],
    schedules: int = 20_000,
    seed: int = 1,
) -> Rare:
    """How probable it is that a schedule's record meets `where` (a condition as `oommc find` takes it).

    `tilt` maps a time that a thread draws once (`process.NAME.exit.wake`; `rare.draws.KEYS`) to a k > 1: upper tails of
    probability s are drawn about s^(1/k) often, and each schedule counts by the exact ratio of the two. Unbiased for
    the scenario, whatever the k: for what it draws itself, and beyond the quantile 1 − 2^-33, where that ends, for the
    laws that it names. Raises InputError.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    schedules = whole_number(schedules, "schedules", 2, _MOST_SCHEDULES)
    seed = whole_number(seed, "seed", 0, 2**64 - 1)
    policy = _one(policy)
    condition = parse(where)
    if not tilt:
        raise InputError("tilt: none given")
    ks = {path: _k(k, path) for path, k in tilt.items()}
    tilted, weights, flat, most = scenario, np.ones(schedules), np.zeros(schedules, bool), 1.0
    for path, k in ks.items():
        law, purpose, threads = draws.find(scenario, path)
        if law.quantile.minimum() == law.quantile.maximum():
            raise InputError(f"{scenario.name}: tilt {path}: always {law.to_toml()}: nothing to tilt")
        tilting = Tilt(law.quantile, k, draws.tail(law), len(threads))
        tilted = tilted.replace(path, tilting.law(law.unit))
        octaves = tilting.octaves(draws.words(scenario, purpose, threads, seed, schedules))
        weights *= tilting.weights(octaves).prod(axis=1)
        flat |= tilting.flat & (octaves == tilting.last).any(axis=1)
        most *= tilting.most ** len(threads)
    result = api.run(tilted, policy, schedules, seed, but_for=BUT_FOR in condition.columns)
    held = [condition.holds(block) for block in result.blocks(scenario.name, policy.name, condition.columns)]
    return _rare(np.concatenate(held), weights, flat, most, partial(Rare, scenario.name, policy.name, where, ks, seed))


def _rare(held: np.ndarray, weights: np.ndarray, flat: np.ndarray, most: float, of: Callable[..., Rare]) -> Rare:
    """From each schedule's hit, weight and whether it has a draw in the flat end of a table."""
    n, hits = len(held), int(held.sum())
    if not hits:
        return of(n, 0, 0.0, (0.0, min(1.0, most * _unseen(n))), 0.0, 0.0, int(flat.sum()))
    unit = float(weights[held].max())  # squares of small weights would be 0
    counted = weights / unit * held
    total = float(counted.sum())
    mean = total / n
    effective, beyond = total**2 / float((counted**2).sum()), float(counted[flat].sum()) / total
    interval = None if effective < _LEAST else _interval(counted, unit)
    return of(n, hits, unit * mean, interval, effective, beyond, int(flat.sum()))


def _interval(weights: np.ndarray, unit: float) -> tuple[float, float]:
    """Of the mean of `weights`, the largest of them 1, in `unit`s: as if no hit could weigh more than those seen."""
    values, counts = np.unique(weights, return_counts=True)
    low, high = -bounded.upper(-values, counts, 0.0, _TAIL), bounded.upper(values, counts, 1.0, _TAIL)
    return unit * float(low), min(1.0, unit * float(high))


def _unseen(n: int) -> float:
    """How large a share may be of which none of `n` was."""
    return float(bounded.upper(np.zeros(1), np.array([n]), 1.0, _TAIL))


def _one(given: Policy | str | Sequence[Policy]) -> Policy:
    if isinstance(given, Policy):
        return given
    policies = parse_policies(given) if isinstance(given, str) else given
    if len(policies) != 1:
        raise InputError(f"policy: one, not {len(policies)}")
    return policies[0]


def _k(k: float, path: str) -> float:
    try:
        number = float(k)
    except (TypeError, ValueError):
        number = math.nan
    if not 1 < number <= _MOST_K:
        raise InputError(f"tilt {path}: {shown(k)} is not a number above 1, up to {_MOST_K}")
    return number
