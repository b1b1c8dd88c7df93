"""The two ways in which `oommc` says no."""


class InputError(ValueError):
    """Something the user gave is wrong. One line: the file or name, the key's path, what would be right.

    The command prints the line and ends with status 2.
    """


class RunError(RuntimeError):
    """A run could not be done or finished though its input was right (a full disk, say): status 1."""


class StuckError(RunError):
    """A user's victim function doesn't return. Its thread can't be ended, so the process doesn't end by itself either."""
