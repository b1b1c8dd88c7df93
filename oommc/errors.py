"""The two ways in which `oommc` says no."""

import errno
import traceback
from pathlib import Path

_HOME = str(Path(__file__).parent)


class _Short(Exception):
    """An error that a notebook shows with one frame: where the user's own code called."""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints in place of all frames."""
        last = None
        for frame in traceback.extract_tb(self.__traceback__):
            if frame.filename.startswith(_HOME):
                break
            last = frame
        shown = [] if last is None else [f"line {last.lineno}: {last.line}"]
        return [*shown, f"{type(self).__name__}: {self}"]


class InputError(_Short, ValueError):
    """Something the user gave is wrong. One line: the file or name, the key's path, what would be right.

    The command prints the line and ends with status 2.
    """


class RunError(_Short, RuntimeError):
    """A run could not be done or finished though its input was right (a full disk, say): status 1."""


class StuckError(RunError):
    """A user's victim function doesn't return.

    Its thread can't be ended, so the process doesn't end by itself either.
    """


_NOWHERE = {
    errno.EACCES, errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR,
    errno.EPERM, errno.EROFS,
}  # fmt: skip


def unwritten(error: OSError, path: object) -> InputError | RunError:
    """What to raise where `path`, or the file that the error names, can't be written:
    wrong use where none can be there at all.
    """
    kind = InputError if error.errno in _NOWHERE else RunError
    return kind(f"{error.filename or path}: can't be written: {error.strerror}")
