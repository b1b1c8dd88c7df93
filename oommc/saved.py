"""A result in memory, written to a result directory."""

from pathlib import Path
from typing import Any

from oommc.collect.files import write_whole
from oommc.collect.run import opened
from oommc.collect.store import Directory, Memory
from oommc.errors import InputError
from oommc.stats import summary


def save(result: Any, source: Directory | Memory, directory: Path) -> Path:
    """Writes what `load` reads of a `Result`; `source` has the records. InputError where something else is already."""
    from oommc.choice import kept as choice
    from oommc.sensitivity import kept as sensitivity

    if (directory / "run.json").exists():
        raise InputError(f"{directory}: holds a result already; name a new directory")
    with opened(directory):
        result.manifest.write(directory)
        Directory(directory).merge(source, result.manifest, result.manifest)
        if result.race:
            choice.write(directory, result.race)
        if result.uncertainty:
            sensitivity.write(directory, result.manifest, dict(result.uncertainty))
        write_whole(directory / "summary.json", summary.to_json(result.data))
    return directory
