"""Files that are whole or absent, under names that any file system takes."""

import hashlib
import os
from pathlib import Path

_UNSAFE = frozenset('%/\\:*?"<>|')
_LONGEST = 180  # bytes; room for a suffix below the 255 of common file systems


def safe_name(name: str) -> str:
    """A file name for `name`: percent-encoded where a file system could mind, other alphabets as they are.

    Different names give different file names. One longer than 180 bytes is cut and ends in its own hash.
    """
    text = "".join(
        "".join(f"%{byte:02X}" for byte in char.encode())
        if char in _UNSAFE or not char.isprintable() or (char == "." and at == 0)
        else char
        for at, char in enumerate(name)
    )
    data = text.encode()
    if len(data) <= _LONGEST:
        return text
    # "%~" cannot come out of the encoding above
    return data[: _LONGEST - 18].decode(errors="ignore") + "%~" + hashlib.sha256(data).hexdigest()[:16]


def write_whole(path: Path, data: bytes) -> None:
    """Writes `data` beside `path` and renames it there; file and folder are on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
