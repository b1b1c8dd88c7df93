"""TOML as users write it: a table, or one line about why it can't be read."""

import tomllib
from pathlib import Path
from typing import Any

from oommc.errors import InputError


def read(path: str | Path, source: str | None = None) -> dict[str, Any]:
    """The table of a file, which messages call `source` (by default as it was given). Raises InputError."""
    source = source or str(path) or "''"
    try:
        if not str(path):
            raise FileNotFoundError(2, "No such file or directory")
        text = Path(path).read_bytes().decode("utf-8-sig")  # as Windows' editors write it
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: not UTF-8 at byte {error.start}") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise InputError(f"{source}: can't be read: {getattr(error, 'strerror', None) or error}") from None
    return parse(text, source)


def parse(text: str, source: str) -> dict[str, Any]:
    """The table of a text. Raises InputError."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(f"{source}: not TOML that can be read: nested too deeply") from None
    except ValueError as error:
        raise InputError(f"{source}: not TOML: {error}") from None
