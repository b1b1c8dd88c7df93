"""Sums of a run without records (`--no-records`): a store that grows with neither schedules nor blocks.

`sums/<scenario>/<set>.json.gz` adds up what was computed of one set of policies: a `Tally` and a `Sketch` of
each policy's times, and, as a bit each, which blocks are in it. Sums can't be taken apart, so a short last
block is kept beside them until its longer self comes, and policies added later, which must be paired with the
others on the same schedules, make a set of their own. The file is written whole after each block; gzip's CRC
tells damage.
"""

import gzip
import hashlib
import json
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from oommc.collect.blocks import Block
from oommc.collect.files import safe_name, write_whole
from oommc.collect.interface import Labels
from oommc.collect.store import Directory, Memory
from oommc.errors import InputError, RunError
from oommc.stats import tally as tallies
from oommc.stats.moments import Moments
from oommc.stats.sketch import Sketch, Times
from oommc.stats.tally import AFTER_RECOVERY, MEASURED, PairTally, PolicyTally, Tally, added, measured


@dataclass(frozen=True)
class Part:
    """What some blocks of one set of policies add up to."""

    rows: int = 0
    tally: Tally = field(default_factory=Tally)
    sketches: dict[str, Sketch] = field(default_factory=dict)

    @classmethod
    def of(cls, block: Block, columns: Mapping[str, Mapping[str, np.ndarray]]) -> "Part":
        """One block's records by policy."""
        by_policy = dict(sorted(columns.items()))  # a pair is stored one way round
        sketches = {policy: Sketch.of(*tallies.after_oom(of)) for policy, of in by_policy.items()}
        return cls(block.count, Tally.of(by_policy, measured(by_policy[block.policies[0]])), sketches)

    def __add__(self, other: "Part") -> "Part":
        return Part(self.rows + other.rows, self.tally + other.tally, added(self.sketches, other.sketches))


@dataclass(frozen=True)
class State:
    """A file's content: `whole` adds up the blocks whose bit is set, `short` has shorter ones by number."""

    key: str
    blocks: int = 0
    whole: Part = field(default_factory=Part)
    short: dict[int, Part] = field(default_factory=dict)

    def rows(self, size: int) -> dict[int, int]:
        """Number of rows by block."""
        # a table where bits would do, so that a Plan needs to know one kind of store
        held = {n: size for n, bit in enumerate(reversed(f"{self.blocks:b}")) if bit == "1"}
        return held | {n: part.rows for n, part in self.short.items()}

    def taken(self, n: int, part: Part, size: int) -> "State":
        """With a block more; one that is there already counts once."""
        if self.blocks >> n & 1:
            return self
        others = {m: of for m, of in self.short.items() if m != n}
        if part.rows == size:
            return replace(self, blocks=self.blocks | 1 << n, whole=self.whole + part, short=others)
        return replace(self, short=others | {n: part})

    def joined(self, other: "State", where: Path) -> "State":
        """With another directory's. InputError if both have some blocks in common and each has others."""
        common = self.blocks & other.blocks
        if common not in (0, self.blocks, other.blocks):
            raise InputError(
                f"{where}: {common.bit_count()} of its blocks are in the others' sums already, "
                "and sums can't be taken apart; merge directories that share none (--shard makes them)"
            )
        if common:
            large = self if common == other.blocks else other
            blocks, whole = large.blocks, large.whole
        else:
            blocks, whole = self.blocks | other.blocks, self.whole + other.whole
        ends = sorted((*self.short.items(), *other.short.items()), key=lambda item: item[1].rows)
        return State(self.key, blocks, whole, {n: part for n, part in ends if not blocks >> n & 1})

    def all(self) -> Part:
        return sum((part for _, part in sorted(self.short.items())), self.whole)


class Sums:
    """The sums of a result directory, or, with `path` None, in memory alone."""

    def __init__(self, path: Path | None, size: int, metrics: Sequence[str] = MEASURED):
        """`size`: schedules of a block. `metrics`: what is added up."""
        self.path, self._size, self._metrics = path, size, list(metrics)
        self._states: dict[tuple[str, frozenset], State] = {}

    def keeper(self, labels: Labels, token: str | None):
        return Part.of

    def held(self, scenario: str, policies: Sequence[str], labels: Labels, workers: int) -> list[dict[int, int]]:
        """For each policy the rows of each block that is there. Damaged sums are named and dropped."""
        key = hashlib.sha256("".join(sorted(labels[scenario, p] for p in policies)).encode()).hexdigest()
        name = scenario, frozenset(policies)
        try:
            if name not in self._states and self.path is not None and self._file(*name).exists():
                _, self._states[name] = _read(self._file(*name), self._metrics)
            if name in self._states and self._states[name].key != key:
                raise RunError(f"{self._file(*name)}: sums of another run")
        except RunError as error:
            print(f"oommc: {error}; computed anew", file=sys.stderr, flush=True)
            self._states.pop(name, None)
        state = self._states.setdefault(name, State(key))
        return [state.rows(self._size)] * len(policies)

    def take(self, done: Iterable[tuple[Block, Part]]) -> None:
        """Adds finished blocks and writes what changed."""
        changed = {}
        for block, part in done:
            name = block.scenario, frozenset(block.policies)
            self._states[name] = self._states[name].taken(block.n, part, self._size)
            changed[name] = None
        for name in changed:
            self._write(*name)

    def knows(self, block: Block) -> bool:
        """Whether there are sums of just that block's policies."""
        return (block.scenario, frozenset(block.policies)) in self._states

    def rows(self, scenario: str, policies: Sequence[str]) -> dict[int, int]:
        """Number of rows by block in the sums of just these policies, as far as they have been held."""
        state = self._states.get((scenario, frozenset(policies)))
        return state.rows(self._size) if state else {}

    def merge(self, other: "Sums", labels: Labels) -> list[str]:
        """Adds another directory's sums; returns what is wrong with the rest. InputError as `joined`."""
        wrong = []
        for scenario in dict.fromkeys(scenario for scenario, _ in labels):
            for path in other._paths(scenario):
                try:
                    policies, theirs = _read(path, self._metrics)
                except RunError as error:
                    wrong.append(str(error))
                    continue
                self.held(scenario, sorted(policies), labels, 1)
                mine = self._states[scenario, policies]
                if mine.key != theirs.key:
                    wrong.append(f"{path}: sums of another run")
                else:
                    self._states[scenario, policies] = mine.joined(theirs, other.path)
                    self._write(scenario, policies)
        return wrong

    def tallied(self, scenario: str, policies: Sequence[str]) -> tuple[Tally, dict[str, Times]]:
        """The tally of all sums there are: of each policy and pair those of the set with most schedules."""
        whole, sketches = Tally(), {}
        for path in self._paths(scenario):
            chosen, state = _read(path, self._metrics)
            self._states.setdefault((scenario, chosen), state)
        states = [state.all() for (name, _), state in self._states.items() if name == scenario]
        for part in sorted(states, key=lambda part: part.rows):
            whole = Tally(*(a | b for a, b in zip(vars(whole).values(), vars(part.tally).values(), strict=True)))
            sketches |= part.sketches
        held = [policy for policy in policies if policy in sketches]
        pairs, recovered = (
            {pair: _oriented(there, pair, metrics) for pair in combinations(held, 2)}
            for there, metrics in ((whole.pairs, len(self._metrics)), (whole.recovered, len(AFTER_RECOVERY)))
        )
        ordered = {policy: whole.policies[policy] for policy in held}
        return Tally(ordered, pairs, recovered), {policy: sketches[policy].times() for policy in held}

    def times(self, scenario: str, policy: str) -> Times:
        """One policy's times to recovery, in bins."""
        return self.tallied(scenario, [policy])[1][policy]

    def _folder(self, scenario: str) -> Path:
        return self.path / "sums" / safe_name(scenario)

    def _file(self, scenario: str, policies: frozenset) -> Path:
        names = hashlib.sha256(json.dumps(sorted(policies)).encode()).hexdigest()
        return self._folder(scenario) / f"{names[:16]}.json.gz"

    def _paths(self, scenario: str) -> list[Path]:
        return [] if self.path is None else sorted(self._folder(scenario).glob("*.json.gz"))

    def _write(self, scenario: str, policies: frozenset) -> None:
        if self.path is not None:
            state = self._states[scenario, policies]
            data = _encode(state) | {"blocks": f"{state.blocks:x}", "policies": sorted(policies)}
            data["metrics"] = self._metrics
            text = json.dumps(data, sort_keys=True).encode()
            write_whole(self._file(scenario, policies), gzip.compress(text, 6, mtime=0))


class Counted:
    """A store of records that also adds up, in memory, what it is given, so that no summary need read that again."""

    def __init__(self, store: Directory | Memory, size: int, metrics: Sequence[str] = MEASURED):
        """`size`, `metrics`: as in `Sums`."""
        self.path, self._store, self._metrics, self._sums = store.path, store, metrics, Sums(None, size, metrics)

    def held(self, scenario: str, policies: Sequence[str], labels: Labels, workers: int) -> list[dict[int, int]]:
        self._sums.held(scenario, policies, labels, workers)
        return self._store.held(scenario, policies, labels, workers)

    def keeper(self, labels: Labels, token: str | None):
        keep = self._store.keeper(labels, token)
        return lambda block, columns: (keep(block, columns), Part.of(block, columns))

    def take(self, done: Iterable[tuple[Block, tuple[object, Part]]]) -> None:
        for block, (kept, part) in done:
            self._store.take([(block, kept)])
            if self._sums.knows(block):  # what is missing of some policies only is paired with what is there
                self._sums.take([(block, part)])

    def tallied(self, scenario: str, policies: Sequence[str]) -> tuple[Tally, dict[str, Times]]:
        """As that of the records, which are read where some are not of this store's time."""
        given = set(self._sums.rows(scenario, policies))
        if any(set(self._store.numbers(scenario, policy)) != given for policy in policies):
            return tallies.read(self._store, scenario, policies, self._metrics)
        tally, binned = self._sums.tallied(scenario, policies)
        few = {policy for policy, of in binned.items() if of.count.sum() <= tallies.EXACT}
        return tally, binned | {policy: self.times(scenario, policy) for policy in few}

    def times(self, scenario: str, policy: str) -> Times:
        """One policy's times to recovery, from the records."""
        return tallies.times(self._store, scenario, policy)


def _oriented(pairs: dict, pair: tuple[str, str], metrics: int) -> PairTally:
    """The tally of a pair that may be there the other way round, or not at all."""
    if pair in pairs:
        return pairs[pair]
    return pairs[pair[::-1]].flipped() if pair[::-1] in pairs else PairTally.none(metrics)


def _read(path: Path, metrics: list[str]) -> tuple[frozenset, State]:
    """A file's set of policies and its content. RunError if it is damaged, or adds up others than `metrics`."""
    try:
        data = json.loads(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise RunError(f"{path}: damaged, not whole sums") from error
    if data.get("metrics") != metrics:
        raise RunError(f"{path}: sums of another version of oommc")
    return frozenset(data["policies"]), _decode(data)


def _encode(value):
    """Anything of this module as JSON; a pair's two names become a list of (name, name, tally)."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict) and any(isinstance(key, tuple) for key in value):
        return [[*pair, _encode(of)] for pair, of in value.items()]
    if isinstance(value, dict):
        return {str(key): _encode(of) for key, of in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _encode(of) for name, of in vars(value).items()}
    return value


def _decode(data: dict) -> State:
    short = {int(n): _part(part) for n, part in data["short"].items()}
    return State(data["key"], int(data["blocks"], 16), _part(data["whole"]), short)


def _part(data: dict) -> Part:
    tally = data["tally"]
    policies = {
        name: PolicyTally(_moments(of["moments"]), np.array(of["outcomes"], np.int64), of["cut"])
        for name, of in tally["policies"].items()
    }
    pairs, recovered = ({(a, b): _pair(of) for a, b, of in tally[kind]} for kind in ("pairs", "recovered"))
    sketches = {
        name: Sketch(*(np.array(of[column], np.int64) for column in Sketch.__dataclass_fields__))
        for name, of in data["sketches"].items()
    }
    return Part(data["rows"], Tally(policies, pairs, recovered), sketches)


def _pair(data: dict) -> PairTally:
    moments = (_moments(data[name]) for name in ("a", "b", "difference"))
    return PairTally(*moments, *(np.array(data[name], np.int64) for name in ("less", "more")))


def _moments(data: dict) -> Moments:
    exact = (np.array(data[name], object) for name in ("total", "squares"))
    return Moments(data["n"], *exact, *(np.array(data[name], np.int64) for name in ("low", "high")))
