"""Files that are whole or absent, under names that any file system takes."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from oommc.errors import unwritten

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


def put(path: Path, data: bytes) -> None:
    """`write_whole` where a user has named a file. Its folder has to be there; what is no file (a pipe, /dev/stdout) is written to.

    Raises InputError where no file can be, and RunError if one can't be written to its end.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _write(path.resolve(), data)
    except OSError as error:
        raise unwritten(error, path) from error


def write_whole(path: Path, data: bytes) -> None:
    """Writes `data` beside `path` and renames it there; file and folder, made if need be, are on disk when this returns.

    The partial file's name is the writer's own, so that several may write the same path: the last one wins. An OSError names `path`.
    """
    _make(path.parent)
    _write(path, data)


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        error.filename, error.filename2 = str(path), None
        raise
    _sync(path.parent)


def clear_partial(directory: Path) -> None:
    """Removes what writers that were killed have left beside the files of a directory and its folders."""
    for partial in directory.rglob(".*.part"):
        partial.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    """Makes a folder and those above it; their names are on disk too when this returns."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
