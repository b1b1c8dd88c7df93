"""`uncertainty.json`: what a run with `--over-ranges` found of what its scenarios leave open."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oommc.collect import beside
from oommc.collect.beside import demand, demand_ends
from oommc.collect.manifest import Manifest
from oommc.scenario.ranges import Range

_NAME = "uncertainty.json"

Found = Mapping[str, Mapping[str, Any]]
"""By scenario, as `oommc uncertainty --json` has it but for `assumed`: that is what the run itself says."""


def write(directory: Path, manifest: Manifest, found: Found) -> None:
    """Writes the file of a result directory. OSError where that can't be."""
    beside.write(directory / _NAME, {"schema": 1, "inputs": manifest.inputs, "scenarios": found})


def read(directory: Path, manifest: Manifest) -> Found:
    """What the file says of scenarios whose ranges are still these; nothing where there is none, or of other inputs.

    InputError for a damaged one.
    """

    def known(content: Mapping[str, Any]) -> Found:
        demand(content["schema"], 1)
        found = dict(content["scenarios"])
        for of in found.values():
            _check(of)
        same = content["inputs"] == manifest.inputs
        return {name: of for name, of in found.items() if same and of["unknowns"] == _declared(manifest, name)}

    return beside.read(directory / _NAME, known) or {}


def _declared(manifest: Manifest, scenario: str) -> dict[str, str]:
    ranges = manifest.scenarios[scenario].get("range", {})
    return {key: Range.read(text).text for key, text in ranges.items()}


def _check(of: Mapping[str, Any]) -> None:
    """TypeError, ValueError or KeyError if it isn't such as `uncertainty` makes it."""
    demand(of["schedules"], int)
    demand(of["places"], int)
    for metric in of["metrics"].values():
        for row in (*metric["policies"].values(), *metric["pairs"]):
            for key in ("mean", "between", "within", "least", "most"):
                demand(row[key], float, int)
            demand(row["share"], float, int, None)
            for key in ("ci", "share_ci", "spread"):
                demand_ends(row[key])
        for pair in metric["pairs"]:
            demand(pair["a"], *metric["policies"])
            demand(pair["b"], *metric["policies"])
            for key in ("less", "more"):
                demand(pair[key], float, int)
