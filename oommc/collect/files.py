"""Files that are whole or absent, under names that any file system takes."""

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from oommc.errors import InputError, unwritten

_UNSAFE = frozenset('%/\\:*?"<>|')
_LONGEST = 180  # bytes; room for a suffix below the 255 of common file systems
_PARTIAL = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part")


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
    """`write_whole` where a user has named a file. Its folder has to be there;
    what is no file (a pipe, /dev/stdout) is written to.

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
    """Writes `data` beside `path` and renames it there;
    file and folder, made if need be, are on disk when this returns.

    The partial file's name is the writer's own, so that several may write the same path: the last one wins. An OSError
    names `path`.
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


def partial_of(path: Path) -> str | None:
    """The name of the file that a partial one was to become; None of any other file, whatever its name ends in."""
    name = _PARTIAL.fullmatch(path.name)
    return name and name[1] if stat.S_ISREG(path.lstat().st_mode) else None


def clear_partial(folder: Path, names: re.Pattern[str]) -> None:
    """Removes what writers that were killed have left in a folder of files of these names."""
    for path in folder.glob(".*.part"):
        if names.fullmatch(partial_of(path) or ""):
            path.unlink(missing_ok=True)


def listed(folder: Path) -> list[str]:
    """The names of what is in a folder; none if it isn't there. InputError if it can't be read."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}") from None


class Unusable(InputError):
    """A file that can be read, and isn't what stands there; `remedy`: what to do about it."""

    def __init__(self, message: str, remedy: str = "the command that made the directory computes it anew"):
        super().__init__(message)
        self.remedy = remedy


def open_regular(path: Path, most: int) -> BinaryIO:
    """Opens a file to read. Unusable if it is a folder, a pipe or a device, or holds more than `most` bytes; OSError
    if it can't be opened.
    """
    wrong = Unusable(f"{path}: not a regular file")
    if not stat.S_ISREG(os.stat(path).st_mode):  # to open some devices does something already
        raise wrong
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode) and status.st_size <= most:
        return file
    file.close()
    raise wrong if not stat.S_ISREG(status.st_mode) else too_large(path, most)


def read_regular(path: Path, most: int) -> bytes:
    """All of a file, as `open_regular`; also of one that says that it is smaller than it is, as those of /proc do."""
    with open_regular(path, most) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise too_large(path, most)
    return data


def too_large(path: Path, most: int) -> Unusable:
    """What to raise where a file holds more than `most` bytes."""
    return Unusable(f"{path}: damaged: larger than the {most:,} bytes that it can have")


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
