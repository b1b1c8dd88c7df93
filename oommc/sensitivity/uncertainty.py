"""What a number is worth: its error by simulating so few schedules, and how far it moves with what isn't known."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from itertools import combinations
from operator import add

import numpy as np

from oommc.choice.criteria import CRITERIA, scale
from oommc.errors import InputError
from oommc.naming import hint
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.sensitivity.components import LEVEL, components, resamples
from oommc.sensitivity.places import Places
from oommc.sensitivity.sample import difference, largest
from oommc.sensitivity.sobol import sequence
from oommc.sensitivity.unknown import Unknown, checked, placed
from oommc.stats.intervals import Interval, difference_interval, mean_interval
from oommc.stats.moments import Moments
from oommc.stats.tally import PairTally

METRICS = ("needless", "kills", "downtime", "outage", "livelock")
"""What is told where nobody says what."""


@dataclass(frozen=True)
class Held:
    """Some metrics on the same schedules, under each policy and for each pair of them."""

    policies: Sequence[Moments]
    pairs: Sequence[PairTally]

    @classmethod
    def of(cls, values: Mapping[str, np.ndarray]) -> "Held":
        """Of each metric int64 of shape (policies, schedules)."""
        columns = list(zip(*values.values(), strict=True))
        moments = [Moments.of(of) for of in columns]
        pairs = combinations(range(len(columns)), 2)
        return cls(moments, [PairTally.of(columns[a], columns[b], moments[a], moments[b]) for a, b in pairs])


@dataclass(frozen=True)
class Seen:
    """What each place holds, and of one metric the largest value that a schedule can have there, None: not known."""

    held: list[Held]
    ends: list[float | None]

    @property
    def most(self) -> float | None:
        """The largest value at all of them."""
        known = [end for end in self.ends if end is not None]
        return max(known) if len(known) == len(self.ends) else None


def uncertainty(
    scenario: Scenario,
    policies: Sequence[Policy],
    metrics: Sequence[str],
    unknowns: Sequence[Unknown],
    places: int,
    schedules: int,
    seed: int,
    assumed: bool = True,
) -> dict:
    """Each of the `metrics` (criteria of `oommc choose`) under each policy, and the differences of all pairs;
    docs/files.md has the keys.

    Runs `places` of the ranges (a power of 2, from 2) on `schedules` each (2 at least), and the scenario as it is on as
    many as all of them together, unless `assumed` is false. The result depends on the arguments alone. Raises
    InputError.

    The interval of a mean over the places is that of as many schedules each at a place of its own. It is rather too
    wide, for so many at each place are spread more evenly (of shares: Hoeffding, Ann. Math. Statist. 27 (1956) 713).
    """
    for metric in metrics:
        if metric not in CRITERIA:
            raise InputError(f"no metric {metric!r}; {hint(metric, CRITERIA)}")
    if places & (places - 1):
        raise InputError(f"places: {places} is not a power of 2, which an even spread takes")
    unknowns = checked(unknowns, scenario)
    shares = sequence(len(unknowns), places, seed)
    spread = Places(scenario, policies, unknowns, schedules, seed).each(shares, 0, metrics, Held.of)
    own = Places(scenario, policies, [], schedules, seed).each(shares[:, :0], 0, metrics, Held.of) if assumed else []
    names = [policy.name for policy in policies]
    worlds = [placed(scenario, unknowns, place) for place in shares]

    def told(at: int, metric: str) -> dict:
        ends = [largest(metric, world) for world in worlds]
        as_it_is = Seen(own, [largest(metric, scenario)] * len(own))
        return _told(at, scale(metric), names, as_it_is, Seen(spread, ends), resamples(places, seed))

    return {
        "schema": 1,
        "scenario": scenario.name,
        "policies": names,
        "seed": seed,
        "places": places,
        "schedules": schedules,
        "level": LEVEL,
        "unknowns": {unknown.key: unknown.span.text for unknown in unknowns},
        "metrics": {metric: told(at, metric) for at, metric in enumerate(metrics)},
    }


def _told(at: int, unit: int, names: Sequence[str], assumed: Seen, spread: Seen, replicates: np.ndarray) -> dict:
    """One metric, which each Held has `at` its place, in the amounts that users write; one of them is `unit` there.

    `assumed` may hold nothing: then nothing is told of it.
    """
    supposed = bool(assumed.held)

    def policy(number: int) -> dict:
        def estimate(of: Seen) -> dict:
            whole = reduce(add, [held.policies[number] for held in of.held])
            return _estimate(whole, at, mean_interval(whole, at, of.most, LEVEL), unit)

        parts = _parts([held.policies[number] for held in spread.held], at, unit, replicates)
        return ({"assumed": estimate(assumed)} if supposed else {}) | estimate(spread) | parts

    def pair(number: int) -> dict:
        def estimate(of: Seen) -> dict:
            whole = reduce(add, [held.pairs[number] for held in of.held])
            return _estimate(whole.difference, at, difference_interval(whole, at, of.most, LEVEL), unit)

        tallies = [held.pairs[number] for held in spread.held]
        level = 1 - (1 - LEVEL) / len(tallies)  # Bonferroni
        signs = [difference(of, at, unit, end, level).sign for of, end in zip(tallies, spread.ends, strict=True)]
        parts = _parts([of.difference for of in tallies], at, unit, replicates)
        sure = {"less": signs.count(-1) / len(signs), "more": signs.count(1) / len(signs)}
        return ({"assumed": estimate(assumed)} if supposed else {}) | estimate(spread) | parts | sure

    return {
        "policies": {name: policy(number) for number, name in enumerate(names)},
        "pairs": [{"a": a, "b": b, **pair(number)} for number, (a, b) in enumerate(combinations(names, 2))],
    }


def _estimate(of: Moments, at: int, ci: Interval, unit: int) -> dict:
    """The mean of all schedules, and what simulating no more of them leaves open."""
    return {"mean": of.total[at] / of.n / unit, "ci": ci and [end / unit for end in ci]}


def _parts(places: Sequence[Moments], at: int, unit: int, replicates: np.ndarray) -> dict:
    """What varies between places and within them; `replicates` of the places."""
    n = places[0].n
    means = np.array([of.total[at] / n / unit for of in places])
    variances = np.array([of.scaled_variance(at) / (n * (n - 1)) / unit**2 for of in places])
    return asdict(components(means, variances, n, replicates))
