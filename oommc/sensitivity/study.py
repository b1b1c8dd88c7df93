"""The whole study: indices of the difference and of each policy, then the map over the two that move it most."""

from dataclasses import replace
from typing import Any

import numpy as np

from oommc.choice.criteria import CRITERIA
from oommc.errors import InputError
from oommc.naming import hint
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.sensitivity.sample import Sampler
from oommc.sensitivity.sobol import LEVEL, Indices, design, indices
from oommc.sensitivity.surface import Surface, surface, turns
from oommc.sensitivity.surface import checked as checked_turn
from oommc.sensitivity.unknown import Unknown, checked

OUTPUTS = ("difference", "a", "b")
_CELLS = 7
"""Columns and rows of the map at most: odd, so that the middle of each range is one."""


def study(
    scenario: Scenario,
    policies: list[Policy],
    metric: str,
    unknowns: list[Unknown],
    points: int = 128,
    schedules: int = 200,
    seed: int = 1,
    turn: bool = False,
) -> dict:
    """What moves `metric` (a criterion of `oommc choose`) of the first policy minus the second;
    docs/files.md has the keys.

    Runs points · (unknowns + 2) places of `schedules` schedules each, and 49 for the map at most. `points`: a power of
    2. `turn`: also where on the map the difference changes its sign. The result depends on the arguments alone.
    Raises InputError.
    """
    if turn:
        checked_turn()
    if len(policies) != 2:
        raise InputError(f"policies: two to compare, not {len(policies)}")
    if metric not in CRITERIA:
        raise InputError(f"no metric {metric!r}; {hint(metric, CRITERIA)}")
    if points & (points - 1):
        raise InputError(f"points: {points} is not a power of 2, which an even spread takes")
    if len(unknowns) < 2:
        raise InputError(
            "range: two unknowns at least, each --range KEY=LOW..HIGH or in the scenario's [range]: "
            "of one alone there is nothing to compare"
        )
    unknowns = checked(unknowns, scenario)
    sampler = Sampler(scenario, policies, unknowns, schedules, seed, metric)
    shares = design(len(unknowns), points, seed)
    places = shares.reshape(-1, len(unknowns))
    means, noise = (of.reshape(3, *shares.shape[:2]) for of in sampler.outputs(places, 0))
    found = [indices(mean, spread, seed) for mean, spread in zip(means, noise, strict=True)]
    return {
        "schema": 1,
        "scenario": scenario.name,
        "metric": metric,
        "policies": [policy.name for policy in policies],
        "seed": seed,
        "points": points,
        "schedules": schedules,
        "level": LEVEL,
        "unknowns": {unknown.key: unknown.span.text for unknown in unknowns},
        "outputs": {name: _told(of, unknowns, mean) for name, of, mean in zip(OUTPUTS, found, means, strict=True)},
        "map": _map(sampler, _most_moving(found[0], unknowns), len(places), turn),
    }


def _told(of: Indices, unknowns: list[Unknown], means: np.ndarray) -> dict:
    """One output: what it is on average over the ranges, how it varies, and the indices."""
    even = means[:2]  # the other points of the design repeat coordinates
    told: dict[str, Any] = {"mean": float(even.mean()), "low": float(even.min()), "high": float(even.max())}
    told |= {"variance": of.variance, "noise": of.noise, "indices": None}
    if of.first is not None and of.first_ci is not None and of.total is not None and of.total_ci is not None:
        told["indices"] = {
            unknown.key: {
                "first": float(of.first[i]),
                "first_ci": of.first_ci[:, i].tolist(),
                "total": float(of.total[i]),
                "total_ci": of.total_ci[:, i].tolist(),
            }
            for i, unknown in enumerate(unknowns)
        }
    return told


def _most_moving(of: Indices, unknowns: list[Unknown]) -> list[Unknown]:
    """The two unknowns of the largest total indices; the first two where there are no indices."""
    order = range(len(unknowns)) if of.total is None else np.argsort(-of.total, kind="stable")
    return [unknowns[i] for i in list(order)[:2]]


def _map(sampler: Sampler, pair: list[Unknown], first: int, turn: bool) -> dict:
    """The difference over a grid of two unknowns, all else as in the scenario; the intervals hold together.

    With `turn` a surface through the cells, and for each row where that changes its sign.
    """
    x, y = pair
    columns, rows = (unknown.span.steps(_CELLS) for unknown in pair)
    grid = np.array([(across, up) for up in rows for across in columns])
    over = replace(sampler, unknowns=pair)
    level = 1 - (1 - LEVEL) / len(grid)  # Bonferroni
    cells = over.differences(grid, first, level)
    table = [cells[at : at + len(columns)] for at in range(0, len(cells), len(columns))]
    a, b = (policy.name for policy in sampler.policies)
    less = {-1: a, 0: None, 1: b}
    told = {
        "x": x.key,
        "y": y.key,
        "x_at": [x.span.at(share) for share in columns],
        "y_at": [y.span.at(share) for share in rows],
        "difference": [[cell.mean for cell in row] for row in table],
        "ci": [[cell.ci for cell in row] for row in table],
        "less": [[less[cell.sign] for cell in row] for row in table],
    }
    if turn:
        means, noise = (np.array([[getattr(cell, of) for cell in row] for row in table]) for of in ("mean", "noise"))
        told |= _turned(surface(means, noise, sampler.seed), x, columns, len(rows))
    return told


def _turned(found: Surface | None, x: Unknown, columns: np.ndarray, rows: int) -> dict:
    """The surface, and for each row of the map the values of `x` at which it changes its sign."""
    if found is None:
        return {"surface": None, "turns": [[] for _ in range(rows)]}

    def value(cell: float) -> Any:
        return x.span.at(float(np.interp(cell, range(len(columns)), columns)))

    return {
        "surface": {name: of.tolist() for name, of in found._asdict().items()},
        "turns": [
            [{"at": value(at), "between": [value(low), value(high)]} for at, low, high in turns(found, row)]
            for row in range(rows)
        ],
    }
