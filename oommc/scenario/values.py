"""Reads and checks what stands at a key, as its kind in `keys` says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from oommc import distributions, units
from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario import keys as kinds
from oommc.scenario.common import MAX_TIME
from oommc.scenario.keys import REQUIRED, Key, Kind, keys
from oommc.scenario.ranges import Range
from oommc.units import shown

T = TypeVar("T")

PARSE: dict[str, Callable[[Any], int]] = {"pages": units.size, "ns": units.duration, "pages/s": units.rate}
FORMAT: dict[str, Callable[[int], str]] = {
    "pages": units.format_size, "ns": units.format_duration, "pages/s": units.format_rate,
}  # fmt: skip
"""How a quantity is read and written, by its unit."""

NEVER = distributions.Constant("ns", MAX_TIME)
"""What is drawn where something never comes: no run is longer."""


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


def read_table(described: type[T], value: Any, place: Place) -> T:
    """The table as its dataclass. Raises InputError about the first key that is wrong."""
    own = _own(described, value, place)
    _refuse_unknown(described, own, value, place)
    return described(
        **{key.field: _value(key, value, place) if key in own else _nothing(key) for key in keys(described)}
    )


def check_part(described: type, value: Any, place: Place) -> None:
    """Refuses what is wrong with the keys that are there, whatever is missing."""
    _refuse_unknown(described, keys(described), value, place)
    for key in keys(described):
        if key.name in value:
            _value(key, value, place)


def is_default(key: Key, value: Any) -> bool:
    """Whether leaving the key out means this value."""
    return key.default is not REQUIRED and value == _value(key, {}, Place("", Path()))


def is_name(value: Any) -> bool:
    """Whether it can name something: one line that can be written to a file."""
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        return False
    return value.splitlines() == [value] and not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)


def _own(described: type, value: Any, place: Place) -> list[Key]:
    """The keys of such a table; where a key `kind` says what else is in it, those of its kind."""
    if not isinstance(value, Mapping):
        raise place.error(f"{shown(value)} is not a table")
    found = keys(described)
    if not any(key.kinds for key in found):
        return list(found)
    kind = next(_value(key, value, place) for key in found if key.name == "kind")
    return [key for key in found if not key.kinds or kind in key.kinds]


def _refuse_unknown(described: type, own: list[Key] | tuple[Key, ...], value: Any, place: Place) -> None:
    if not isinstance(value, Mapping):
        raise place.error(f"{shown(value)} is not a table")
    names = [key.name for key in own]
    for name in value:
        if name not in names:
            known = [*names, *getattr(described, "ALSO", ())]
            raise place.at(name).error(f"unknown key: {hint(str(name), known)}")


def _value(key: Key, table: Mapping[str, Any], place: Place) -> Any:
    """What the table says, or the default; a default of None stands for itself."""
    given = table.get(key.name, key.default)
    if given is REQUIRED:
        raise place.at(key.name).error("missing")
    return None if given is None and key.name not in table else _read(key.kind, given, place.at(key.name))


def _nothing(key: Key) -> Any:
    """What a key holds in a table whose kind doesn't have it."""
    return _value(key, {key.name: 0} if key.default is REQUIRED else {}, Place("", Path()))


def _read(kind: Kind, value: Any, place: Place) -> Any:
    """A value of that kind, in the simulator's own units."""
    match kind:
        case kinds.Whole(least, most):
            return _whole(value, least, most, place)
        case kinds.Quantity():
            return _quantity(kind, value, place)
        case kinds.Drawn(unit, never):
            return NEVER if never and value == "never" else distributions.read(value, unit, str(place), place.folder)
        case kinds.Forever():
            return None if value == "forever" else distributions.read(value, "ns", str(place), place.folder)
        case kinds.Probability():
            return _probability(value, place)
        case kinds.YesNo():
            return _choice((False, True), value, place)
        case kinds.Choice(options):
            return _choice(options, value, place)
        case kinds.Only(number):
            return _choice((number,), value, place)
        case kinds.Text(name):
            return _text(value, name, place)
        case kinds.Numbers():
            return _numbers(value, place)
        case kinds.Ranges():
            return tuple(_ranges(value, place))
        case kinds.Table(of):
            return read_table(of, value, place)
        case kinds.Part(of):
            return check_part(of, value, place)
        case kinds.Tables(of, least):
            if not isinstance(value, list | tuple) or len(value) < least:
                raise place.error("not a list of at least one table" if least else "not a list of tables")
            return tuple(read_table(of, item, place.at(_called(item, i))) for i, item in enumerate(value))


def _called(table: Any, i: int) -> str | int:
    """What messages call an entry of a list."""
    name = table.get("name") if isinstance(table, Mapping) else None
    return str(name) if is_name(name) else i


def _whole(value: Any, least: int, most: int, place: Place) -> int:
    whole = not isinstance(value, bool) and hasattr(value, "__index__")
    if not whole or not least <= value <= most:
        raise place.error(f"{shown(value)} is not a whole number from {least} to {most}")
    return int(value)


def _quantity(kind: kinds.Quantity, value: Any, place: Place) -> int:
    written = FORMAT[kind.unit]
    try:
        number = PARSE[kind.unit](value)
    except InputError as error:
        raise place.error(str(error)) from None
    if number < kind.least:
        asked = "has to be more than 0" if kind.least == 1 else f"is less than {written(kind.least)}"
        raise place.error(f"{shown(value)} {asked}")
    if number > kind.most:
        raise place.error(f"{shown(value)} is more than {written(kind.most)}")
    return number


def _probability(value: Any, place: Place) -> float:
    number = not isinstance(value, bool | str) and hasattr(value, "__float__")
    if not number or not 0 <= value <= 1:
        raise place.error(f"{shown(value)} is not a probability from 0 to 1")
    return float(value)


def _choice(options: tuple[Any, ...], value: Any, place: Place) -> Any:
    if not any(value is option or (value == option and type(value) is type(option)) for option in options):
        words = [str(option) for option in options]
        raise place.error(f"{shown(value)} is none of {', '.join(words)}: {hint(str(value), words)}")
    return value


def _text(value: Any, name: bool, place: Place) -> str:
    if not isinstance(value, str):
        raise place.error(f"{shown(value)} is not a text")
    if name and not is_name(value):
        raise place.error(f"{shown(value)} is not a name: one line of 1 to 200 characters")
    return value


def _numbers(value: Any, place: Place) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise place.error("not a list of at least one number")
    numbers = tuple(_whole(number, 0, 1023, place.at(i)) for i, number in enumerate(value))
    if len(set(numbers)) < len(numbers):
        raise place.error(f"{shown(value)} names one twice")
    return numbers


def _ranges(value: Any, place: Place) -> list[tuple[str, str]]:
    """Each with its path, whose parts may be tables within tables, as TOML takes a bare dotted key."""
    if not isinstance(value, Mapping):
        raise place.error(f"{shown(value)} is not a table")
    found: list[tuple[str, str]] = []
    for key, held in value.items():
        if isinstance(held, Mapping):
            found += [(f"{key}.{path}", text) for path, text in _ranges(held, place.at(key))]
            continue
        if not isinstance(held, str):
            raise place.at(key).error(f"{shown(held)} is not LOW..HIGH, a text as '10ms..200ms'")
        try:
            found.append((key, Range.read(held).text))
        except InputError as error:
            raise place.at(key).error(str(error)) from None
    return found
