"""TOML as users write it: a table, or one line about why it can't be read."""

import re
import tomllib
from pathlib import Path
from typing import Any

from oommc import reading
from oommc.errors import InputError

_DEEPEST = 50
_DOTTED = re.compile(r"\s*\[*[\w\"'. -]+(?:\]|=)", re.ASCII)  # a line that begins with a key


def read(path: str | Path, source: str | None = None) -> dict[str, Any]:
    """The table of a file, which messages call `source` (by default as it was given). Raises InputError."""
    source = source or str(path) or "''"
    try:
        text = reading.read(path, source).decode("utf-8-sig")  # as Windows' editors write it
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: not UTF-8 at byte {error.start}") from None
    return parse(text, source)


def parse(text: str, source: str) -> dict[str, Any]:
    """The table of a text. InputError, too, for integers of more than 64 bits, and tables in tables without end."""
    long = next((line for line in text.splitlines() if line.count(".") > _DEEPEST and _DOTTED.match(line)), None)
    try:
        if long:  # tomllib takes a time that grows with the square of a key's parts
            raise RecursionError
        table = tomllib.loads(text)
        _check(table, source)
    except RecursionError:
        raise InputError(f"{source}: not TOML that can be read: nested too deeply") from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source}: not TOML: {error}") from None
    return table


def _check(value: Any, where: str, depth: int = 0) -> None:
    """InputError for an integer of more than 64 bits, RecursionError for what is nested too deeply."""
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, int) and value.bit_length() > 64:
        raise InputError(f"{where}: an integer of more than 64 bits")
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, of in inner:
        _check(of, f"{where}.{key}" if depth else f"{where}: {key}", depth + 1)
