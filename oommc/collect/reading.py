"""The one way to a block of records: every reader gets it from here, and only if it is the one that `run.json` puts
in its place.

A file is whole if its SHA-256 is right. It is in its place if its label says so, which is a digest of scenario,
policy, seed, model, columns and block size, and the block's number. Reading a file pays for its SHA-256; a label
costs its footer.
"""

from collections.abc import Callable, Container, Sequence

import numpy as np

from oommc.collect import records
from oommc.collect.blocks import length
from oommc.collect.files import Unusable
from oommc.collect.manifest import Manifest
from oommc.errors import InputError


class Blocks:
    """The blocks of a store's files that a manifest knows.

    One that is damaged or foreign (Unusable), or that can't be read, is an InputError: the file, what is wrong with
    it, what to do. With `tell` it is left out instead, and `tell` gets the error, once.
    """

    def __init__(self, files, manifest: Manifest, tell: Callable[[InputError], None] | None = None):
        self._files, self.manifest, self._tell = files, manifest, tell
        self._labels: dict[tuple[str, str], str] = {}
        self._told: set[str] = set()

    def numbers(self, scenario: str, policy: str) -> list[int]:
        """The numbers of the files that are there, ascending, whatever they hold."""
        return sorted(self._files.numbers(scenario, policy))

    def rows(self, scenario: str, policy: str) -> dict[int, int]:
        """Number of rows of each block by ascending number; of its file only the footer is read."""
        found = ((n, self._or_told(self._footer, scenario, policy, n)) for n in self.numbers(scenario, policy))
        return {n: file.metadata.num_rows for n, file in found if file}

    def block(self, scenario: str, policy: str, n: int, columns: Sequence[str]) -> dict[str, np.ndarray] | None:
        """A block's columns as int64 arrays of shape (rows,); an outcome is its place in `OUTCOMES`. None if it is
        left out.
        """
        table = self.table(scenario, policy, n, columns)
        return None if table is None else records.decode(table)

    def table(self, scenario: str, policy: str, n: int, columns: Sequence[str] | None = None):
        """A block's Arrow table, of all columns or those named. None if it is left out."""
        return self._or_told(self._table, scenario, policy, n, columns)

    def held(self, scenario: str, policy: str, n: int) -> int:
        """Number of rows of a block of which all is read and checked, its schedules too. 0 if it is left out."""
        return self._or_told(self._held, scenario, policy, n) or 0

    def beyond(self, scenario: str, policy: str, known: Container[int]) -> bool:
        """Whether other blocks than those of `known` numbers are there."""
        others = (n for n in self.numbers(scenario, policy) if n not in known)
        return any(self.held(scenario, policy, n) for n in others)

    def data(self, scenario: str, policy: str, n: int) -> bytes:
        """A file's bytes. InputError if they aren't whole."""
        name = self._files.name(scenario, policy, n)
        try:
            data = self._files.data(scenario, policy, n, self._most_bytes())
        except OSError as error:
            raise InputError(f"{name}: {error.strerror}") from None
        if not records.whole(data):
            raise self._damaged(scenario, policy, n)
        return data

    def _table(self, scenario: str, policy: str, n: int, columns: Sequence[str] | None):
        try:
            file = records.opened(self.data(scenario, policy, n))
            self._check(file, scenario, policy, n)
            return records.read(file, columns)
        except InputError:
            raise
        except ValueError as error:
            raise self._damaged(scenario, policy, n) from error

    def _held(self, scenario: str, policy: str, n: int) -> int:
        table = self._table(scenario, policy, n, None)
        first = n * self.manifest.block
        schedules = records.decode(table)["schedule"]
        expected = np.arange(first, first + len(schedules))
        if not np.array_equal(schedules, expected) or records.words(table, "policy") != [policy]:
            raise self._damaged(scenario, policy, n)
        return len(schedules)

    def _footer(self, scenario: str, policy: str, n: int):
        try:
            with self._files.opened(scenario, policy, n, self._most_bytes()) as source:
                file = records.footed(source)
                self._check(file, scenario, policy, n)
                return file
        except OSError as error:
            raise InputError(f"{self._files.name(scenario, policy, n)}: {error.strerror}") from None
        except InputError:
            raise
        except ValueError as error:
            raise self._damaged(scenario, policy, n) from error

    def _check(self, file, scenario: str, policy: str, n: int) -> None:
        """InputError unless an open Parquet file is the block of that place, by its label, and has its form."""
        found, place = records.label(file), f"block {n} of {scenario} under {policy}"
        if found != f"{self._label(scenario, policy)}/{n}":
            raise self._unusable(scenario, policy, n, f"{self._said(found)}, where run.json has {place}")
        if self._beyond(n):
            raise self._unusable(
                scenario, policy, n, f"{place}, beyond the {self.manifest.schedules} schedules of run.json"
            )
        most = length(n, self.manifest.block, self.manifest.schedules)
        if not records.has_form(file, self.manifest.columns, most):
            raise self._damaged(scenario, policy, n)

    def _said(self, label: str) -> str:
        """What a file says it is, in words, by a label that isn't the one of its place."""
        of, _, n = label.rpartition("/")
        for scenario in self.manifest.scenarios:
            for policy in self.manifest.policies:
                if self._label(scenario, policy) == of and n.isdecimal() and len(n) < 20:
                    return f"block {n} of {scenario} under {policy}"
        return "a block of another run (its scenario, policy, seed, block size or version is another)"

    def _label(self, scenario: str, policy: str) -> str:
        key = scenario, policy
        if key not in self._labels:
            self._labels[key] = self.manifest.label(scenario, policy)
        return self._labels[key]

    def _most_bytes(self) -> int:
        return records.most_bytes(self.manifest.block, self.manifest.columns)

    def _damaged(self, scenario: str, policy: str, n: int) -> Unusable:
        return self._unusable(scenario, policy, n, "damaged, not a whole block of records")

    def _unusable(self, scenario: str, policy: str, n: int, what: str) -> Unusable:
        away = ["move it away"] if self._beyond(n) else []  # no run of the directory computes it anew
        return Unusable(f"{self._files.name(scenario, policy, n)}: {what}", *away)

    def _beyond(self, n: int) -> bool:
        return n * self.manifest.block >= self.manifest.schedules

    def _or_told(self, read: Callable, scenario: str, policy: str, n: int, *more):
        try:
            return read(scenario, policy, n, *more)
        except InputError as error:
            if self._tell is None:
                raise with_remedy(error) from None
            if str(error) not in self._told:
                self._told.add(str(error))
                self._tell(error)
            return None


def with_remedy(error: InputError) -> InputError:
    """The error of a reader that leaves out nothing: with what to do, where that is known."""
    return InputError(f"{error}; {error.remedy}") if isinstance(error, Unusable) else error
