"""One writer a result directory.

A process that ends, however it ends, loses its lock. The lock file holds a token of its holder, by which a
worker on another machine sees whether a path of the same name is the same directory.
"""

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oommc.collect.files import read_regular
from oommc.errors import InputError

_TOKEN = re.compile(rb"[0-9a-f\0]{0,32}")  # less than 32, or nothing yet, where its writer was killed or the power went
_LONGEST = 32


@contextmanager
def locked(directory: Path) -> Iterator[str]:
    """While this lasts no other process writes here. InputError if one does, or if `.lock` is no lock; OSError if
    none may write.
    """
    path = directory / ".lock"
    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise _no_lock(path) from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode) or not _TOKEN.fullmatch(os.pread(file, _LONGEST + 1, 0)):
            raise _no_lock(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"{directory}: another run is writing to this directory; wait for it or name another"
            ) from None
        token = os.urandom(_LONGEST // 2).hex()
        os.pwrite(file, token.encode(), 0)
        yield token
    finally:
        os.close(file)


def _no_lock(path: Path) -> InputError:
    return InputError(f"{path}: not the lock of a result directory, which is never a link; move it away")


def is_locked_by(directory: Path, token: str) -> bool:
    """Whether the directory of this path, on this machine, is the one that the token's holder has locked."""
    try:
        return read_regular(directory / ".lock", _LONGEST) == token.encode()
    except (OSError, InputError):
        return False
