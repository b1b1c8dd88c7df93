"""Sums of a run without records (`--no-records`): a store that grows with neither schedules nor blocks.

`sums/<scenario>/<set>.json.gz` adds up what was computed of one set of policies: a `Tally` and a `Sketch` of
each policy's times, and, as a bit each, which blocks are in it. Sums can't be taken apart, so a short last
block is kept beside them until its longer self comes, and policies added later, which must be paired with the
others on the same schedules, make a set of their own. The file is written whole after each block; `stats.sums_file`
is its form.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from oommc.collect.blocks import Block
from oommc.collect.files import Unusable, clear_partial, listed, safe_name, write_whole
from oommc.collect.interface import Labels, Store
from oommc.collect.manifest import Manifest
from oommc.collect.reading import Blocks, with_remedy
from oommc.errors import InputError
from oommc.said import note
from oommc.stats import sums_file
from oommc.stats import tally as tallies
from oommc.stats.parts import Part, State
from oommc.stats.sketch import Sketch, Times
from oommc.stats.tally import AFTER_RECOVERY, MEASURED, PairTally, Tally

SUMS = re.compile(r"[0-9a-f]{16}\.json\.gz")
"""The name of a file of sums: a digest of its policies' names."""


class Sums:
    """The sums of a result directory, or, with `path` None, in memory alone."""

    def __init__(self, path: Path | None, size: int, metrics: Sequence[str] = MEASURED):
        """`size`: schedules of a block. `metrics`: what is added up."""
        self.path, self._size, self._metrics = path, size, list(metrics)
        self._states: dict[tuple[str, frozenset], State] = {}

    def keeper(self, labels: Labels, token: str | None):
        return Part.of

    def reader(self, manifest: Manifest, tell: Callable[[InputError], None] | None = None) -> "SumsReader":
        return SumsReader(self, manifest, tell)

    def held(
        self, scenario: str, policies: Sequence[str], manifest: Manifest, count: int, workers: int
    ) -> list[dict[int, int]]:
        """For each policy the rows of each block that is there. Sums that are damaged or foreign are named and
        dropped.
        """
        name = scenario, frozenset(policies)
        if name not in self._states:
            self._states[name] = State(_key(manifest, *name))
            if self.path is not None and os.path.lexists(self._file(*name)):
                try:
                    self._states[name] = self._read(self._file(*name), scenario, manifest)[1]
                except InputError as error:
                    note(f"{error}; computed anew")
        return [self._states[name].rows(self._size)] * len(policies)

    def take(self, done: Iterable[tuple[Block, Part]]) -> None:
        """Adds finished blocks and writes what changed."""
        changed: dict[tuple[str, frozenset[str]], None] = {}
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

    def merge(self, other: "Sums", mine: Manifest, theirs: Manifest) -> list[str]:
        """Adds another directory's sums; returns what is wrong with the rest. InputError as `joined`."""
        wrong = []
        for scenario in theirs.scenarios:
            for path in other.paths(scenario):
                try:
                    policies, state = other._read(path, scenario, theirs)
                except InputError as error:
                    wrong.append(str(error))
                    continue
                self.held(scenario, sorted(policies), mine, 0, 1)
                name = scenario, policies
                assert other.path is not None
                self._states[name] = self._states[name].joined(state, other.path)
                self._write(*name)
        return wrong

    def clear(self) -> None:
        """Removes what writers that were killed have left of sums."""
        for folder in self.path.glob("sums/*") if self.path else ():
            clear_partial(folder, SUMS)

    def tallied(
        self, scenario: str, policies: Sequence[str], manifest: Manifest, tell: Callable[[InputError], None] | None
    ) -> tuple[Tally, dict[str, Times]]:
        """The tally of all sums there are: of each policy and pair those of the set with most schedules.

        Sums that are damaged or foreign are an InputError; with `tell` they are left out, and it gets the error.
        """
        whole = Tally()
        sketches: dict[str, Sketch] = {}
        known = {self._file(*name) for name in self._states} if self.path else set()
        for path in self.paths(scenario):
            if path in known:
                continue
            try:
                chosen, state = self._read(path, scenario, manifest)
                self._states[scenario, chosen] = state
            except InputError as error:
                if tell is None:
                    raise with_remedy(error) from None
                tell(error)
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

    def _folder(self, scenario: str) -> Path:
        assert self.path is not None
        return self.path / "sums" / safe_name(scenario)

    def _file(self, scenario: str, policies: frozenset) -> Path:
        names = hashlib.sha256(json.dumps(sorted(policies)).encode()).hexdigest()
        return self._folder(scenario) / f"{names[:16]}.json.gz"

    def paths(self, scenario: str) -> list[Path]:
        """The files of a scenario, whatever they hold."""
        if self.path is None:
            return []
        folder = self._folder(scenario)
        return [folder / name for name in sorted(listed(folder)) if SUMS.fullmatch(name)]

    def content(self, path: Path, scenario: str, manifest: Manifest) -> tuple[frozenset, dict[int, int]]:
        """A file's policies, and number of rows by block. InputError if it is damaged or foreign."""
        policies, state = self._read(path, scenario, manifest)
        return policies, state.rows(self._size)

    def _read(self, path: Path, scenario: str, manifest: Manifest) -> tuple[frozenset, State]:
        """A file's set of policies and its content. InputError if it is damaged, or not the file of that place."""
        policies, state = sums_file.read(path, self._metrics, manifest)
        if not policies <= manifest.policies.keys() or state.key != _key(manifest, scenario, policies):
            raise Unusable(
                f"{path}: sums of another run (its scenario, policies, seed, block size or version are others)"
            )
        if path != self._file(scenario, policies):
            raise Unusable(f"{path}: sums of {', '.join(sorted(policies))}, which have another name", "move it away")
        return policies, state

    def _write(self, scenario: str, policies: frozenset) -> None:
        if self.path is not None:
            data = sums_file.encode(self._states[scenario, policies], policies, self._metrics)
            write_whole(self._file(scenario, policies), data)


class SumsReader:
    """The sums of a store that a manifest knows; `tell` as in `Sums.tallied`."""

    def __init__(self, sums: Sums, manifest: Manifest, tell: Callable[[InputError], None] | None):
        self._sums, self._manifest, self._tell = sums, manifest, tell

    def tallied(self, scenario: str, policies: Sequence[str]) -> tuple[Tally, dict[str, Times]]:
        return self._sums.tallied(scenario, policies, self._manifest, self._tell)

    def times(self, scenario: str, policy: str) -> Times:
        """One policy's times to recovery, in bins."""
        return self.tallied(scenario, [policy])[1][policy]


class Counted:
    """A store of records that also adds up, in memory, what it is given, so that no summary need read that again."""

    def __init__(self, store: Store, size: int, metrics: Sequence[str] = MEASURED):
        """`size`, `metrics`: as in `Sums`."""
        self.path, self._store, self._metrics, self._sums = store.path, store, metrics, Sums(None, size, metrics)

    def held(
        self, scenario: str, policies: Sequence[str], manifest: Manifest, count: int, workers: int
    ) -> list[dict[int, int]]:
        self._sums.held(scenario, policies, manifest, count, workers)
        return self._store.held(scenario, policies, manifest, count, workers)

    def clear(self) -> None:
        self._store.clear()

    def reader(self, manifest: Manifest, tell: Callable[[InputError], None] | None = None) -> "CountedReader":
        blocks = self._store.reader(manifest, tell)
        return CountedReader(self._sums, blocks, manifest, self._metrics)

    def keeper(self, labels: Labels, token: str | None):
        keep = self._store.keeper(labels, token)
        return lambda block, columns: (keep(block, columns), Part.of(block, columns))

    def take(self, done: Iterable[tuple[Block, tuple[Any, Part]]]) -> None:
        for block, (kept, part) in done:
            self._store.take([(block, kept)])
            if self._sums.knows(block):  # what is missing of some policies only is paired with what is there
                self._sums.take([(block, part)])


class CountedReader:
    """What a `Counted` has added up, and the records where some are not of its time."""

    def __init__(self, sums: Sums, blocks: Blocks, manifest: Manifest, metrics: Sequence[str]):
        self._sums, self._blocks, self._manifest, self._metrics = sums, blocks, manifest, metrics

    def tallied(self, scenario: str, policies: Sequence[str]) -> tuple[Tally, dict[str, Times]]:
        given = self._sums.rows(scenario, policies)
        there = {policy: self._blocks.numbers(scenario, policy) for policy in policies}
        if any(
            not given.keys() <= set(numbers) or self._blocks.beyond(scenario, policy, given)
            for policy, numbers in there.items()
        ):
            return tallies.read(self._blocks, scenario, policies, self._metrics)
        tally, binned = self._sums.tallied(scenario, policies, self._manifest, None)
        few = {policy for policy, of in binned.items() if of.count.sum() <= tallies.EXACT}
        return tally, binned | {policy: self.times(scenario, policy) for policy in few}

    def times(self, scenario: str, policy: str) -> Times:
        """One policy's times to recovery, from the records."""
        return tallies.times(self._blocks, scenario, policy)


def _oriented(pairs: dict, pair: tuple[str, str], metrics: int) -> PairTally:
    """The tally of a pair that may be there the other way round, or not at all."""
    if pair in pairs:
        return pairs[pair]
    return pairs[pair[::-1]].flipped() if pair[::-1] in pairs else PairTally.none(metrics)


def _key(manifest: Manifest, scenario: str, policies: Iterable[str]) -> str:
    """What the sums of these policies are known by: a digest of their blocks' labels."""
    return hashlib.sha256("".join(sorted(manifest.label(scenario, p) for p in policies)).encode()).hexdigest()
