"""One writer a result directory.

A process that ends, however it ends, loses its lock. The lock file holds a token of its holder, by which a
worker on another machine sees whether a path of the same name is the same directory.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oommc.collect.files import clear_partial
from oommc.errors import InputError


@contextmanager
def locked(directory: Path) -> Iterator[str]:
    """While this lasts no other process writes here. InputError if one does; OSError if none may."""
    file = os.open(directory / ".lock", os.O_CREAT | os.O_RDWR, 0o666)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"{directory}: another run is writing to this directory; wait for it or name another"
            ) from None
        token = os.urandom(16).hex()
        os.pwrite(file, token.encode(), 0)
        clear_partial(directory)
        yield token
    finally:
        os.close(file)


def is_locked_by(directory: Path, token: str) -> bool:
    """Whether the directory of this path, on this machine, is the one that the token's holder has locked."""
    try:
        return (directory / ".lock").read_bytes() == token.encode()
    except OSError:
        return False
