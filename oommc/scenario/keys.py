"""The words in which `model`, `machine` and `process` describe the keys of a scenario file.

A dataclass is a table of the file, and each of its fields a key: what it holds (its kind), its default as it would
stand in a file, what it means, where the default's number comes from. All else follows from that: reading and checking
(`values`), writing back (`write`), what the core takes (`oommc.engine.layout`), and docs/scenario-keys.md.

The build reads the description too, so nothing here or there imports more than the standard library.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar, dataclass_transform

from oommc.units import LIMIT

T = TypeVar("T")

REQUIRED: Any = object()
"""The default of a key that has to be there."""


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds."""

    least: int
    most: int


@dataclass(frozen=True)
class Quantity:
    """A size in "pages", a time in "ns" or a rate in "pages/s", from `least` to `most`."""

    unit: Literal["pages", "ns", "pages/s"]
    least: int = 0
    most: int = LIMIT


@dataclass(frozen=True)
class Drawn:
    """A constant or a distribution, of "ns" or "pages"; where it may `never` come, that word stands for a time longer
    than any run.
    """

    unit: Literal["pages", "ns"]
    never: bool = False


@dataclass(frozen=True)
class Forever:
    """A time that is drawn, or "forever": None."""


@dataclass(frozen=True)
class Probability:
    """A number from 0 to 1."""


@dataclass(frozen=True)
class YesNo:
    """True or false."""


@dataclass(frozen=True)
class Choice:
    """One of a few words; `codes` are their numbers where the core takes it."""

    options: tuple[str, ...]
    codes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Only:
    """The one whole number that may stand there."""

    number: int


@dataclass(frozen=True)
class Text:
    """A text; a `name` is one line of 1 to 200 characters."""

    name: bool = False


@dataclass(frozen=True)
class Numbers:
    """A list of different whole numbers from 0 on, at least one."""


@dataclass(frozen=True)
class Ranges:
    """Ranges of values by dotted path."""


@dataclass(frozen=True)
class Table:
    """A table that `of` describes."""

    of: type


@dataclass(frozen=True)
class Tables:
    """A list of at least so many tables, each named in messages by its name or, without one, its number."""

    of: type
    least: int = 1


@dataclass(frozen=True)
class Part:
    """Of a table that `of` describes, some keys, as they stand."""

    of: type


Kind = (
    Whole | Quantity | Drawn | Forever | Probability | YesNo | Choice | Only | Text | Numbers | Ranges | Table | Tables
    | Part
)  # fmt: skip


@dataclass(frozen=True)
class Key:
    """A key: `field` is that of the dataclass, the rest as `key` takes it."""

    field: str
    name: str
    kind: Kind
    default: Any
    meaning: str
    source: str
    quiet: bool
    core: bool | str
    kinds: tuple[str, ...]


def key(
    kind: Kind,
    default: Any,
    /,
    meaning: str,
    *,
    source: str = "",
    name: str = "",
    quiet: bool = False,
    core: bool | str = True,
    kinds: tuple[str, ...] = (),
) -> Any:
    """A field that is a key.

    `default`: as in a file; None for a value that follows from other keys, or is nothing. `source`: where its number
    comes from. `name`: the key's, if not the field's. `quiet`: not written where it has its default. `core`: whether
    the core takes the value as it is, or under which name, before which that of its table stands ("": that of its table
    alone). `kinds`: of a table whose key `kind` says what else is in it, those with this key.
    """
    described = {
        "name": name, "kind": kind, "default": default, "meaning": meaning, "source": source, "quiet": quiet,
        "core": core, "kinds": kinds,
    }  # fmt: skip
    return field(metadata=described)


@dataclass_transform(frozen_default=True, field_specifiers=(key,))
def table(cls: type[T]) -> type[T]:
    """A frozen dataclass whose fields are keys."""
    made: Any = dataclass(frozen=True)(cls)
    made.__keys__ = tuple(
        Key(**{**part.metadata, "field": part.name, "name": part.metadata["name"] or part.name})
        for part in fields(made)
    )
    return made


def keys(described: Any) -> tuple[Key, ...]:
    """A table's keys, in the order in which they are written; `described` is its dataclass."""
    return described.__keys__
