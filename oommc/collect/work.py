"""One block, computed: the unit of work, the same in a thread here and in a process elsewhere."""

import json
import pickle
import time
import zlib
from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from oommc.collect.blocks import Block
from oommc.collect.manifest import version
from oommc.collect.records import COLUMNS
from oommc.collect.unfinished import Unfinished
from oommc.engine import MODEL_VERSION, Engine, other_tables, tables
from oommc.engine.rows import fields
from oommc.errors import InputError, RunError
from oommc.scenario import Scenario

WATCHED = "needless"
"""The metric that a running run tells about."""

GOES_ON = "what was finished is kept, the same command goes on from there"

KEPT_EVERY = 60.0
"""Seconds after which what is finished of a block is kept."""

_WORTH = 1.0
"""Seconds of work that are kept when a run is stopped."""

_CACHED = (
    200  # records that are turned into columns at once: so many stay in the cache while column after column is read
)

_SHORT = 0.01  # seconds; a piece that takes less is followed by one of twice as many schedules


Columns = dict[str, np.ndarray]  # int64 of shape (rows,) by name

Keeper = Callable[[Block, dict[str, Columns]], object]
"""Called beside the engine with a block's records by policy; what it returns must travel."""


class Done(NamedTuple):
    """A finished block.

    `kept`: what the store's keeper made of it; `watched`: schedules, sum and sum of squares of WATCHED by policy.
    """

    block: Block
    kept: object
    watched: dict[str, tuple[int, int, int]]


class Engines:
    """An engine for each scenario and set of policies that a block wants; most runs have one a scenario."""

    def __init__(self, scenarios, policies, seed, but_for):
        self._scenarios, self._policies, self._seed, self._but_for = scenarios, policies, seed, but_for
        self._made = {}

    def get(self, scenario: str, policies: tuple[str, ...]):
        key = scenario, policies
        if key not in self._made:
            chosen = [self._policies[name] for name in policies]
            self._made[key] = Engine(self._scenarios[scenario], chosen, self._seed, but_for=self._but_for)
        return self._made[key]

    def stop(self) -> None:
        """As `Engine.stop`, of all of them."""
        for engine in self._made.values():
            engine.stop()

    def calls(self) -> list[tuple[int, int]]:
        """As `Engine.calls`, of all of them."""
        return [call for engine in self._made.values() for call in engine.calls()]


def compute(
    engine,
    block: Block,
    keeper: Keeper,
    unfinished: Unfinished | None = None,
    stopped: Callable[[], bool] = lambda: False,
    tell: Callable[[int], None] = lambda count: None,
) -> Done:
    """Runs a block piece by piece and keeps it:
    `keeper` gets it as each policy's columns by name, int64 of shape (rows,).

    It begins behind what is `unfinished`, and keeps there what it has now and then. CancelledError as soon as
    `stopped()`, or as the engine is stopped.
    """
    done, there = unfinished.kept(block) if unfinished else (0, {})
    names: tuple[str, ...] = ()
    whole = np.empty((0, 0, 0), np.int64)
    if done:
        names = tuple(there[block.policies[0]])
        whole = np.empty((len(there), len(names), block.count), np.int64)
        for policy, of in zip(block.policies, whole, strict=True):
            for name, column in zip(names, of, strict=True):
                column[:done] = there[policy][name][:done]
        tell(done)

    def columns(rows: int) -> dict[str, Columns]:
        return {
            policy: {name: column[:rows] for name, column in zip(names, of, strict=True)}
            for policy, of in zip(block.policies, whole, strict=True)
        }

    piece, kept, kept_at = 1, done, time.monotonic()
    try:
        while done < block.count:
            if stopped():
                raise CancelledError
            began = time.monotonic()
            rows = engine.run(block.first + done, min(piece, block.count - done))
            if not done:
                names = fields(rows.dtype)
                whole = np.empty((len(rows), len(names), block.count), np.int64)
            _turned(rows, whole[:, :, done:])
            done += rows.shape[1]
            tell(rows.shape[1])
            if time.monotonic() - began < _SHORT:
                piece *= 2
            if unfinished and time.monotonic() - kept_at >= KEPT_EVERY:
                unfinished.keep(block, columns(done))
                kept, kept_at = done, time.monotonic()
    except CancelledError:
        if unfinished and done > kept and time.monotonic() - kept_at >= _WORTH:
            unfinished.keep(block, columns(done))
        raise
    by_policy = columns(done)
    watched = {policy: _sums(of[WATCHED]) for policy, of in by_policy.items()}
    finished = Done(block, keeper(block, by_policy), watched)
    if unfinished:
        unfinished.drop(block)
    return finished


def _turned(rows: np.ndarray, columns: np.ndarray) -> None:
    """Records of shape (policies, rows) as int64 of shape (policies, columns, rows)."""
    values = rows.view(np.int64).reshape(*rows.shape, -1).swapaxes(1, 2)
    for at in range(0, rows.shape[1], _CACHED):
        part = values[:, :, at : at + _CACHED]
        columns[:, :, at : at + part.shape[2]] = part


def _sums(values: np.ndarray) -> tuple[int, int, int]:
    return len(values), int(values.sum()), int(np.dot(values, values))


def packed(scenarios, policies, seed: int, but_for: bool, keeper: Callable, unfinished: Unfinished) -> bytes:
    """What a worker elsewhere needs for any block of a run: sent with each, unpacked once a process.

    What is needed to tell whether the worker has the same version stands before the pickle. Scenarios go as their
    contents, a hundredth of the room of their objects, which hold SciPy's.
    """
    contents = {name: scenario.to_dict() for name, scenario in scenarios.items()}
    try:
        known = {name: tables(scenario) for name, scenario in scenarios.items()}
        job = pickle.dumps((contents, known, dict(policies), seed, but_for, keeper, unfinished))
    except (pickle.PicklingError, AttributeError) as error:  # a function that no other process can import
        raise InputError(f"a victim function can't be sent to a cluster: {error}; use threads or --shard") from None
    return json.dumps(_version()).encode() + b"\n" + zlib.compress(job)


def _version() -> list:
    return [version(), MODEL_VERSION, len(COLUMNS)]


def compute_packed(job: bytes, block: Block) -> Done:
    """`compute` on a worker. RunError where another version is installed, or what the run needs isn't."""
    engines, keeper, unfinished = _unpacked(job)
    return compute(engines.get(block.scenario, block.policies), block, keeper, unfinished)


@lru_cache(maxsize=4)
def _unpacked(job: bytes) -> tuple[Engines, Callable, Unfinished]:
    head, _, rest = job.partition(b"\n")
    sent, here = json.loads(head), _version()
    if sent != here:
        raise RunError(
            "a worker has oommc {} (model {}, {} columns), not {} (model {}, {} columns) as the run; "
            "install the same on all".format(*here, *sent)
        )
    try:
        contents, known, policies, seed, but_for, keeper, unfinished = pickle.loads(zlib.decompress(rest))
    except (ImportError, AttributeError) as error:  # a user's module that the worker lacks
        raise RunError(f"a worker can't load what the run needs: {error}; install the same on all") from error
    scenarios = {name: Scenario.from_dict(content) for name, content in contents.items()}
    for name, scenario in scenarios.items():
        if differing := other_tables(known[name], tables(scenario)):
            raise RunError(
                f"a worker's processor or libraries give scenario {name!r} another table of {', '.join(differing)}"
            )
    return Engines(scenarios, policies, seed, but_for), keeper, unfinished
