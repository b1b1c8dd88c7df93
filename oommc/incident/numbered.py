"""The reports of a log with their numbers, or the one that is asked for."""

from collections.abc import Iterator

from oommc.errors import InputError
from oommc.incident import Report, read_file


def numbered(log: str, only: int | None = None) -> Iterator[tuple[int, Report]]:
    """The reports and their numbers, from 1. Raises InputError if the log has none, or not the one asked for."""
    number = 0
    for number, report in enumerate(read_file(log), 1):
        if only in (None, number):
            yield number, report
        if number == only:
            return
    if number == 0:
        raise InputError(f"{log}: no OOM report found")
    if only is not None:
        raise InputError(f"{log}: --report {only}: there are only {number}")
