"""The value of a mechanism or of a knob: read, checked, and as text."""

from typing import Any

from ..errors import InputError
from ..units import duration, format_duration, format_rate, format_size, rate, shown, size, whole_number
from .table import OFF, Mechanism

NUMERIC = frozenset({"time", "count", "percent", "rate", "size"})

_READ = {"time": duration, "rate": rate, "size": size}
_TEXT = {"time": format_duration, "rate": format_rate, "size": format_size}


def checked(where: str, mechanism: Mechanism, value: Any) -> Any:
    """`value` in canonical form: times in ns, rates in pages/s, sizes in pages, percentages as numbers.

    Raises InputError.
    """
    if mechanism.kind in _READ:
        if value is None or value in ("off", "never", "0"):
            return 0
        try:
            return _READ[mechanism.kind](value)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
    if mechanism.kind == "count":
        try:
            return whole_number(value, "", 1, 1_000_000)
        except InputError:
            raise InputError(f"{where}: a whole number from 1 to 1000000, not {shown(value)}") from None
    if mechanism.kind == "percent":
        return _percent(where, value)
    if mechanism.kind == "set":
        if not isinstance(value, str | list | tuple):
            raise InputError(f"{where}: {shown(value)} is no list; of {', '.join(mechanism.values)}")
        chosen = value.split("+") if isinstance(value, str) else value
        return tuple(sorted({_one_of(where, mechanism, item) for item in chosen if item not in ("", "nothing")}))
    return _one_of(where, mechanism, value)


def text(mechanism: Mechanism, value: Any) -> str:
    """The value as a setting says it; `checked` reads it back."""
    if mechanism.kind in _TEXT:
        return _TEXT[mechanism.kind](value).replace(" ", "") if value else "off"
    if mechanism.kind == "percent":
        return "off" if value == OFF else f"{value:g}%"
    return "+".join(value) or "nothing" if isinstance(value, tuple) else str(value)


def hundredths(percent: float) -> int:
    """A percentage in hundredths of a percent, for whoever computes with it."""
    return round(percent * 100)


def number(mechanism: Mechanism, value: str) -> float:
    """A numeric value from a text. Raises InputError."""
    return (
        whole_number(value, "value", 0, 1_000_000) if mechanism.kind == "count" else checked("value", mechanism, value)
    )


def _percent(where: str, value: Any) -> float:
    if value in (None, "off", OFF):
        return OFF
    try:
        percent = float(value.removesuffix("%") if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        percent = -1
    if isinstance(value, bool) or not 0 <= percent <= 100:
        raise InputError(f"{where}: a percentage from 0 to 100, or off; not {shown(value)}")
    percent = round(percent, 2)
    return int(percent) if percent == int(percent) else percent


def _one_of(where: str, mechanism: Mechanism, value: Any) -> str:
    if not isinstance(value, str) or value not in mechanism.values:
        raise InputError(f"{where}: no value {shown(value)}; one of {', '.join(mechanism.values)}")
    return value
