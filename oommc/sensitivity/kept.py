"""`uncertainty.json`: what a run with `--over-ranges` found of what its scenarios leave open."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oommc.collect.files import read_regular, write_whole
from oommc.collect.manifest import Manifest
from oommc.errors import InputError
from oommc.scenario.ranges import Range

_NAME = "uncertainty.json"
_LARGEST = 1 << 27  # bytes

Found = Mapping[str, Mapping[str, Any]]
"""By scenario, as `oommc uncertainty --json` has it but for `assumed`: that is what the run itself says."""


def write(directory: Path, manifest: Manifest, found: Found) -> None:
    """Writes the file of a result directory. OSError where that can't be."""
    content = {"schema": 1, "inputs": manifest.inputs, "scenarios": found}
    write_whole(directory / _NAME, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def read(directory: Path, manifest: Manifest) -> Found:
    """What the file says of scenarios whose ranges are still these; nothing where there is none, or of other inputs.

    InputError for a damaged one.
    """
    path = directory / _NAME
    try:
        content = json.loads(read_regular(path, _LARGEST))
        if content["schema"] != 1:
            raise ValueError(content["schema"])
        found = dict(content["scenarios"])
        for of in found.values():
            _check(of)
        same = content["inputs"] == manifest.inputs
        return {name: of for name, of in found.items() if same and of["unknowns"] == _declared(manifest, name)}
    except FileNotFoundError:
        return {}
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{path}: not the uncertainty.json of a result directory") from None


def _declared(manifest: Manifest, scenario: str) -> dict[str, str]:
    ranges = manifest.scenarios[scenario].get("range", {})
    return {key: Range.read(text).text for key, text in ranges.items()}


def _check(of: Mapping[str, Any]) -> None:
    """TypeError, ValueError or KeyError if it isn't such as `uncertainty` makes it."""
    _demand(of["schedules"], int)
    _demand(of["places"], int)
    for metric in of["metrics"].values():
        for row in (*metric["policies"].values(), *metric["pairs"]):
            for key in ("mean", "between", "within", "least", "most"):
                _demand(row[key], float, int)
            _demand(row["share"], float, int, None)
            for key in ("ci", "share_ci", "spread"):
                low, high = (0, 0) if row[key] is None else row[key]
                _demand(low, float, int)
                _demand(high, float, int)
        for pair in metric["pairs"]:
            _demand(pair["a"], *metric["policies"])
            _demand(pair["b"], *metric["policies"])
            for key in ("less", "more"):
                _demand(pair[key], float, int)


def _demand(value: object, *right: object) -> None:
    if not any(type(value) is of if isinstance(of, type) else value == of for of in right):
        raise TypeError
