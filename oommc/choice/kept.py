"""`choice.json`: what a run with `--choose` has come to."""

import json
from collections.abc import Mapping
from pathlib import Path

from oommc.choice.race import Race
from oommc.collect.files import write_whole
from oommc.errors import InputError

_NAME = "choice.json"


def told(choose: str, races: Mapping[str, Race]) -> dict:
    """The content of the file."""
    return {"schema": 1, "choose": choose, "scenarios": {name: race.to_dict() for name, race in races.items()}}


def write(directory: Path, content: dict) -> None:
    write_whole(directory / _NAME, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def read(directory: Path) -> dict | None:
    """The content of a directory's file; None where there is none. InputError for a damaged one."""
    path = directory / _NAME
    try:
        content = json.loads(path.read_bytes())
        return {key: content[key] for key in ("schema", "choose", "scenarios")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the choice.json of a result directory: {error}") from None
