"""How a table of TOML is read, checked and written back, from one description of its keys.

A `Key` says what a key holds (its kind), its default as it would stand in a file, and the field it fills.
Kinds read a value at a `Place` (which names it in messages) and write it back. `schema` describes a scenario
in these words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from oommc import distributions
from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario.ranges import Range
from oommc.units import LIMIT, shown

REQUIRED = object()


@dataclass(frozen=True)
class Place:
    """Where in which file a value stands."""

    source: str
    folder: Path
    path: str = ""

    def __str__(self) -> str:
        return f"{self.source}: {self.path}" if self.path else self.source

    def at(self, key: str | int) -> "Place":
        """The place of a key, or of an entry of a list, in the table here."""
        return Place(self.source, self.folder, f"{self.path}.{key}" if self.path else str(key))

    def error(self, message: str) -> InputError:
        """The error to raise about what stands here."""
        return InputError(f"{self}: {message}")


class Kind(Protocol):
    """What a key holds."""

    def read(self, value: Any, place: Place) -> Any: ...
    def write(self, value: Any) -> Any: ...


@dataclass(frozen=True)
class Key:
    """`field`: of the dataclass, if not named as the key. `quiet`: not written where it has its default.

    `inline`: a table within the table whose keys are fields of the same dataclass.
    """

    name: str
    kind: Kind
    default: Any = REQUIRED
    field: str = ""
    quiet: bool = False
    inline: bool = False

    @property
    def fills(self) -> str:
        """The name of the field."""
        return self.field or self.name

    def value(self, table: Mapping[str, Any], place: Place) -> Any:
        """What the table says, or the default; a default of None stands for itself."""
        given = table.get(self.name, self.default)
        if given is REQUIRED:
            raise place.at(self.name).error("missing")
        return None if given is None and self.name not in table else self.kind.read(given, place.at(self.name))

    def is_default(self, value: Any) -> bool:
        """Whether leaving the key out means this value."""
        return self.default is not REQUIRED and value == self.value({}, Place("", Path()))


@dataclass(frozen=True)
class Table:
    """A table: `make` of its keys' values. `also`: keys that are gone when it is read, but a user may have meant."""

    make: Callable[..., Any]
    keys: tuple[Key, ...]
    also: tuple[str, ...] = ()

    def read(self, value: Any, place: Place) -> Any:
        return self.make(**self.fields(value, place))

    def fields(self, value: Any, place: Place) -> dict[str, Any]:
        """The values by field."""
        self._known(value, place)
        fields = {}
        for key in self.keys:
            if key.inline:
                fields |= key.kind.fields(value.get(key.name, {}), place.at(key.name))
            else:
                fields[key.fills] = key.value(value, place)
        return fields

    def check(self, value: Any, place: Place) -> None:
        """Refuses what is wrong with the keys that are there, whatever is missing."""
        self._known(value, place)
        for key in self.keys:
            if key.name in value:
                (key.kind.check if key.inline else key.kind.read)(value[key.name], place.at(key.name))

    def _known(self, value: Any, place: Place) -> None:
        if not isinstance(value, Mapping):
            raise place.error(f"{shown(value)} is not a table")
        names = [key.name for key in self.keys]
        for name in value:
            if name not in names:
                raise place.at(name).error(f"unknown key: {hint(str(name), [*names, *self.also])}")

    def write(self, value: Any) -> dict[str, Any]:
        pairs = [(key, value if key.inline else getattr(value, key.fills)) for key in self.keys]
        return {key.name: key.kind.write(held) for key, held in pairs if not (key.quiet and key.is_default(held))}


@dataclass(frozen=True)
class Tables:
    """A list of tables, at least `least`; `called` names an entry in messages (default: its number)."""

    table: Kind
    called: Callable[[Any, int], str | int] = lambda value, i: i
    least: int = 1

    def read(self, value: Any, place: Place) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) < self.least:
            raise place.error("not a list of at least one table" if self.least else "not a list of tables")
        return tuple(self.table.read(item, place.at(self.called(item, i))) for i, item in enumerate(value))

    def write(self, value: tuple[Any, ...]) -> list[Any]:
        return [self.table.write(item) for item in value]


@dataclass(frozen=True)
class Ranges:
    """Ranges of values by dotted path; a path's parts may be tables within tables, as TOML takes a bare dotted key."""

    def read(self, value: Any, place: Place) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, Mapping):
            raise place.error(f"{shown(value)} is not a table")
        found = []
        for key, held in value.items():
            if isinstance(held, Mapping):
                found += [(f"{key}.{path}", text) for path, text in self.read(held, place.at(key))]
                continue
            if not isinstance(held, str):
                raise place.at(key).error(f"{shown(held)} is not LOW..HIGH, a text as '10ms..200ms'")
            try:
                found.append((key, Range.read(held).text))
            except InputError as error:
                raise place.at(key).error(str(error)) from None
        return tuple(found)

    def write(self, value: tuple[tuple[str, str], ...]) -> dict[str, str]:
        return dict(value)


@dataclass(frozen=True)
class Quantity:
    """A size, time or rate from `least` to `most`."""

    parse: Callable[[Any], int]
    format: Callable[[int], str]
    least: int = 0
    most: int = LIMIT

    def read(self, value: Any, place: Place) -> int:
        try:
            number = self.parse(value)
        except InputError as error:
            raise place.error(str(error)) from None
        if number < self.least:
            asked = "has to be more than 0" if self.least == 1 else f"is less than {self.format(self.least)}"
            raise place.error(f"{shown(value)} {asked}")
        if number > self.most:
            raise place.error(f"{shown(value)} is more than {self.format(self.most)}")
        return number

    def write(self, value: int) -> str:
        return self.format(value)


@dataclass(frozen=True)
class Drawn:
    """A constant or a distribution, of "ns" or "pages"."""

    unit: str

    def read(self, value: Any, place: Place) -> distributions.Distribution:
        return distributions.read(value, self.unit, str(place), place.folder)

    def write(self, value: distributions.Distribution) -> Any:
        return value.to_toml()


@dataclass(frozen=True)
class Forever:
    """A time that is drawn, or "forever": None."""

    drawn: Drawn

    def read(self, value: Any, place: Place) -> distributions.Distribution | None:
        return None if value == "forever" else self.drawn.read(value, place)

    def write(self, value: distributions.Distribution | None) -> Any:
        return "forever" if value is None else self.drawn.write(value)


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds."""

    low: int
    high: int

    def read(self, value: Any, place: Place) -> int:
        whole = not isinstance(value, bool) and hasattr(value, "__index__")
        if not whole or not self.low <= value <= self.high:
            raise place.error(f"{shown(value)} is not a whole number from {self.low} to {self.high}")
        return int(value)

    def write(self, value: int) -> int:
        return value


@dataclass(frozen=True)
class Probability:
    """A number from 0 to 1."""

    def read(self, value: Any, place: Place) -> float:
        number = not isinstance(value, bool | str) and hasattr(value, "__float__")
        if not number or not 0 <= value <= 1:
            raise place.error(f"{shown(value)} is not a probability from 0 to 1")
        return float(value)

    def write(self, value: float) -> float:
        return value


def is_name(value: Any) -> bool:
    """Whether it can name something: one line that can be written to a file."""
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        return False
    return value.splitlines() == [value] and not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)


@dataclass(frozen=True)
class Text:
    """A text; a `name` is one line of 1 to 200 characters."""

    name: bool = True

    def read(self, value: Any, place: Place) -> str:
        if not isinstance(value, str):
            raise place.error(f"{shown(value)} is not a text")
        if self.name and not is_name(value):
            raise place.error(f"{shown(value)} is not a name: one line of 1 to 200 characters")
        return value

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    options: tuple[Any, ...]

    def read(self, value: Any, place: Place) -> Any:
        if not any(value is option or value == option and type(value) is type(option) for option in self.options):
            options = [str(option) for option in self.options]
            raise place.error(f"{shown(value)} is none of {', '.join(options)}: {hint(str(value), options)}")
        return value

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Numbers:
    """A list of different whole numbers from 0 on, at least one."""

    def read(self, value: Any, place: Place) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or not value:
            raise place.error(f"{shown(value)} is not a list of at least one number")
        numbers = tuple(Whole(0, 1023).read(number, place.at(i)) for i, number in enumerate(value))
        if len(set(numbers)) < len(numbers):
            raise place.error(f"{shown(value)} names one twice")
        return numbers

    def write(self, value: tuple[int, ...]) -> list[int]:
        return list(value)
