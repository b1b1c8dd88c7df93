"""A user's file, read once: a regular file, or what the shell pipes in, and no larger than such a file ever is."""

import os
import stat
from pathlib import Path

from oommc.errors import InputError

_MOST = 16 << 20  # bytes of text that a person, or a program of theirs, writes
_PIPED = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")


def read(path: str | Path, source: str | None = None, most: int = _MOST) -> bytes:
    """The bytes of a file, which messages call `source` (by default as it was given).

    InputError if it can't be read, is no regular file (a device, a named pipe) or has more than `most` bytes.
    """
    source = source or str(path) or "''"
    try:
        check(path, source, most)
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except InputError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise InputError(f"{source}: can't be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > most:
        raise _too_large(source, most)
    return content


def check(path: str | Path, source: str, most: int | None, pipe: bool = False) -> None:
    """That a file may be read, for those who give its name to others.

    `most` is None where it is read as a stream, `pipe` where it may be a named pipe. InputError as of `read`; OSError
    and ValueError as of the system.
    """
    if not str(path):
        raise FileNotFoundError(2, "No such file or directory")
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(21, "Is a directory")
    piped = pipe and stat.S_ISFIFO(status.st_mode)
    if not (stat.S_ISREG(status.st_mode) or piped or os.fspath(path).startswith(_PIPED)):
        raise InputError(f"{source}: can't be read: neither a file nor piped in")
    if most is not None and status.st_size > most:
        raise _too_large(source, most)


def _too_large(source: str, most: int) -> InputError:
    return InputError(f"{source}: can't be read: larger than {most >> 20} MiB")
