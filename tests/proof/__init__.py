"""Why believe a number? Checks of the simulator against truths that are known in another way.

A check is a generator of `Row`s, registered with `@check` under its own name; its first docstring line says what it
shows. It is given a size (schedules, repetitions: what it says) that decides how sharp it is. `pytest tests/proof`
runs every check at its quick size (with `-m slow` those that need more than a few seconds even so),
`python experiments/verify.py` at its full one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One thing that was expected, what came instead, and whether that is the same."""

    what: str
    expected: str
    got: str
    holds: bool


@dataclass(frozen=True)
class Check:
    """`run(size)` yields rows; `quick` and `full` are its two sizes; a `slow` one isn't quick at either."""

    name: str
    about: str
    run: Callable[[int], Iterator[Row]]
    quick: int
    full: int
    slow: bool = False


CHECKS: dict[str, Check] = {}


def check(quick: int, full: int, slow: bool = False):
    """Registers a check with its sizes."""

    def register(run: Callable[[int], Iterator[Row]]) -> Callable[[int], Iterator[Row]]:
        name = run.__name__.replace("_", "-")
        CHECKS[name] = Check(name, run.__doc__.splitlines()[0], run, quick, full, slow)
        return run

    return register


def equal(what: str, expected, got) -> Row:
    """Two values that have to be the same."""
    return Row(what, str(expected), str(got), expected == got)
