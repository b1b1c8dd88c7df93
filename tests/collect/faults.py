"""A disk that fails, or a process that dies, at the n-th thing that is done to a folder: opened, written, synced,
renamed, made, removed.

What `oommc` writes goes through `oommc.collect.files` and `oommc.collect.lock`; both reach the disk by the functions
of `os` and by `open`, which are replaced here while a `Disk` is in use.
"""

import builtins
import errno
import os
import signal
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

ERRORS = {"full": errno.ENOSPC, "broken": errno.EIO, "read-only": errno.EROFS, "forbidden": errno.EACCES}
_BY_PATH = ("open", "replace", "mkdir", "unlink")
_BY_FILE = ("fsync", "pwrite")


class Disk:
    """Counts what is done below `top`. The n-th of it does what `then` does (and half of a write first); with `stays`
    all after it too.
    """

    def __init__(
        self,
        top: Path,
        n: int | None = None,
        then: Callable[[str, str], None] = lambda what, path: None,
        stays: bool = False,
    ):
        self.top, self.n, self.then, self.stays, self.done = str(top), n, then, stays, []

    def _step(self, what: str, path: str, half: Callable[[], object] = lambda: None) -> None:
        if not path.startswith(self.top):
            return
        self.done.append((what, path))
        if self.n is not None and (len(self.done) == self.n or (self.stays and len(self.done) > self.n)):
            half()
            self.then(what, path)

    @contextmanager
    def used(self):
        """While this lasts."""
        real = {name: getattr(os, name) for name in (*_BY_PATH, *_BY_FILE)}

        def by_path(name):
            def call(path, *args, **kwargs):
                self._step(name, os.fspath(path) if not isinstance(path, int) else "")
                return real[name](path, *args, **kwargs)

            return call

        def by_file(name):
            def call(file, *args, **kwargs):
                half = (
                    (lambda: real[name](file, args[0][: len(args[0]) // 2], 0)) if name == "pwrite" else (lambda: None)
                )
                self._step(name, os.readlink(f"/proc/self/fd/{file}"), half)
                return real[name](file, *args, **kwargs)

            return call

        def opened(path, *args, **kwargs):
            self._step("open", os.fspath(path))
            return _File(builtins.open(path, *args, **kwargs), self)

        patches = [mock.patch.object(os, name, by_path(name)) for name in _BY_PATH]
        patches += [mock.patch.object(os, name, by_file(name)) for name in _BY_FILE]
        patches.append(mock.patch("oommc.collect.files.open", opened, create=True))
        for patch in patches:
            patch.start()
        try:
            yield self
        finally:
            for patch in patches:
                patch.stop()


class _File:
    def __init__(self, file, disk: Disk):
        self._file, self._disk = file, disk

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)

    def write(self, data):
        def half():
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        self._disk._step("write", self._file.name, half)
        return self._file.write(data)


def fails(error: int) -> Callable[[str, str], None]:
    """What a Disk does then: an OSError."""

    def then(what: str, path: str) -> None:
        raise OSError(error, os.strerror(error), path)

    return then


def dies(what: str, path: str) -> None:
    """What a Disk does then: the process ends at once, and cleans up nothing."""
    os._exit(99)


def in_a_process(do: Callable[[], object]) -> int:
    """The exit status of a process that does this: 99 if it died, 0 if it came to its end. One that hangs is killed."""
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            do()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
