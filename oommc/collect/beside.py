"""JSON files beside a run's records, as choice.json is: written whole, and read with every value checked."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from oommc.collect.files import read_regular, write_whole
from oommc.errors import InputError

Known = TypeVar("Known")
_LARGEST = 1 << 27  # bytes


def write(path: Path, content: dict[str, Any]) -> None:
    """Writes the file. OSError where that can't be."""
    write_whole(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def read(path: Path, known: Callable[[Any], Known]) -> Known | None:
    """What `known` makes of the content; None where there is no file.

    InputError for one that can't be read, or for which `known` raises what a wrong shape or `demand` does.
    """
    try:
        return known(json.loads(read_regular(path, _LARGEST)))
    except FileNotFoundError:
        return None
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{path}: not the {path.name} of a result directory") from None


def demand(value: object, *right: object) -> None:
    """TypeError unless `value` is one of `right`, or of one of the types in it; a whole number fits into 64 bits."""
    if (type(value) is int and abs(value) >= 1 << 63) or not any(
        type(value) is of if isinstance(of, type) else value == of for of in right
    ):
        raise TypeError


def demand_ends(interval: Sequence[object] | None) -> None:
    """TypeError or ValueError unless it is two numbers, or None."""
    low, high = (0, 0) if interval is None else interval
    demand(low, float, int)
    demand(high, float, int)
