"""Every order of steps of a small world under one policy, breadth first:
each state once, so a way is a shortest one.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from hashlib import blake2b

import numpy as np

from ..distributions import Distribution
from ..engine.pack import Packed, pack
from ..errors import InputError
from ..policies import Policy
from ..scenario import Scenario
from .state import COUNTED, Snapshots
from .untimed import choices, move, moves, start

MOST_STATES = 300_000


@dataclass(frozen=True)
class Move:
    """What happens next: an entity's event (or TIMEOUT), and the outcomes of the chances in it."""

    entity: int
    script: tuple[int, ...]


@dataclass(frozen=True)
class Verdict:
    """What is reachable in a scenario under a policy.

    `states`: how many there are. `most`: the greatest number of kills, of premature and of unnecessary ones, in any
    order of steps. `ways`: shortest orders of steps, to the first `premature` or `unnecessary` kill and into a `hang`:
    states that only lead to one another while somebody waits for memory. What can't happen isn't in it.
    """

    scenario: Scenario
    policy: Policy
    states: int
    most: dict[str, int]
    ways: dict[str, tuple[Move, ...]]


def explore(scenario: Scenario, policy: Policy, limit: int = MOST_STATES) -> Verdict:
    """Visit every state. Raises InputError where sizes are drawn, for a killer in user space, which lives by
    the clock, or if there are more than `limit` states.
    """
    _check(scenario)
    if policy.monitor is not None:
        raise InputError(f"{policy.name}: a killer in user space lives by the clock, which the explorer leaves open")
    graph = _Graph(pack(scenario), policy)
    try:
        graph.grow(limit)
    except _TooMany:
        raise InputError(
            f"{scenario.name}: more than {limit:,} states under {policy.name}: fewer processes, threads or chunks"
        ) from None
    facts = np.array(graph.facts).reshape(-1, len(COUNTED))
    ways = {}
    for column, name in enumerate(COUNTED):
        if name != "kills" and facts[:, column].any():
            ways[name] = graph.way(int(np.argmax(facts[:, column] > 0)))
    stuck = graph.stuck()
    if len(stuck):
        ways["hang"] = graph.way(int(stuck[0]))
    most = dict(zip(COUNTED, facts.max(axis=0).tolist(), strict=True))
    return Verdict(scenario, policy, len(facts), most, ways)


class _TooMany(Exception):
    """There are more states than wanted."""


class _Graph:
    """States by number, in the order in which they were found."""

    def __init__(self, packed: Packed, policy: Policy) -> None:
        w = start(packed, policy)
        self.snapshots = Snapshots(w)
        self.numbers: dict[bytes, int] = {}
        self.todo: list[bytes] = []
        self.came: list[tuple[int, Move] | None] = []  # from which state, and by what move
        self.facts = array("i")
        self.waiting = bytearray()
        self.sources, self.targets = array("i"), array("i")
        self._add(w, None)

    def grow(self, limit: int) -> None:
        """Find every state that can be reached."""
        for number, packed in enumerate(self.todo):
            for entity in moves(self.snapshots.unpack(packed)):
                for script, w in self._outcomes(packed, entity):
                    self.sources.append(number)
                    self.targets.append(self._add(w, (number, Move(entity, script))))
            self.todo[number] = b""
            if len(self.todo) > limit:
                raise _TooMany

    def _outcomes(self, packed: bytes, entity: int) -> Iterator[tuple]:
        """One move with each outcome of the chances in it."""
        script: list[int] | None = []
        while script is not None:
            w = self.snapshots.unpack(packed)
            move(w, entity, tuple(script))
            script, ways = choices(w).script, choices(w).ways
            yield tuple(script), w
            while script and script[-1] == ways[len(script) - 1] - 1:
                script.pop()
            script = [*script[:-1], script[-1] + 1] if script else None

    def _add(self, w, came: tuple[int, Move] | None) -> int:
        """The number of this state."""
        packed = self.snapshots.pack(w)
        key = blake2b(packed, digest_size=16).digest()
        number = self.numbers.setdefault(key, len(self.numbers))
        if number == len(self.todo):
            self.todo.append(packed)
            self.came.append(came)
            self.facts.extend(w.record[column] for column in COUNTED)
            self.waiting.append(any(t.pending for t in w.threads) and not w.panicked)
        return number

    def way(self, number: int) -> tuple[Move, ...]:
        """The moves to a state, as few as possible."""
        taken = []
        while came := self.came[number]:
            number, last = came
            taken.append(last)
        return tuple(reversed(taken))

    def stuck(self) -> np.ndarray:
        """States, in order, that only lead to one another while somebody waits for memory in each of them."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        sources, targets = np.array(self.sources), np.array(self.targets)
        edges = coo_array((np.ones(len(sources), bool), (sources, targets)), shape=(len(self.todo),) * 2)
        count, of = connected_components(edges, connection="strong")
        stuck = np.ones(count, bool)
        stuck[of[sources[of[sources] != of[targets]]]] = False
        stuck[of[np.frombuffer(self.waiting, bool) == 0]] = False
        return np.flatnonzero(stuck[of])


def _check(scenario: Scenario) -> None:
    """Sizes are constants: an order of steps says nothing about them. Nor has it turns of a processor, which go by the
    clock.
    """
    if scenario.machine.scheduler != "shared":
        raise InputError(f'{scenario.name}: machine.scheduler: to be explored, "shared": turns go by the clock')
    parts = [("machine", scenario.machine), *((f"process.{p.name}", p) for p in scenario.processes)]
    parts += [(f"machine.node.{n}", node) for n, node in enumerate(scenario.machine.nodes)]
    for path, size in (drawn for name, part in parts for drawn in _sizes(part, name)):
        if size.quantile.minimum() != size.maximum():
            raise InputError(f"{scenario.name}: {path}: to be explored, a constant")


def _sizes(part, path: str) -> Iterator[tuple[str, Distribution]]:
    """Every distribution of pages in a dataclass."""
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, Distribution) and value.unit == "pages":
            yield f"{path}.{field.name}", value
        elif is_dataclass(value) and not isinstance(value, Distribution):
            yield from _sizes(value, f"{path}.{field.name}")
