"""Unites result directories made apart, of the same run or of runs that can stand in one directory.

Every block is checked on the way: what is damaged or foreign is named and left out, and the command that made it, given
the merged directory, computes it anew.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from oommc.collect.interface import Store
from oommc.collect.manifest import Manifest
from oommc.collect.run import Outcome, opened
from oommc.errors import InputError, RunError
from oommc.said import note


def merge(
    directories: Sequence[Path],
    out: Path,
    store_of: Callable,
    finish: Callable[[Manifest, Store, Callable[[InputError], None]], Outcome],
) -> Outcome:
    """Unites `directories` in `out` (which may be one of them, or hold a result already).

    `store_of(manifest, directory)` gives a directory's store, `finish(manifest, store, tell)` what is returned; it
    leaves out what is damaged or foreign in `out`, and tells it. Raises InputError if they can't stand in one
    directory (before anything is written, unless it is their sums that overlap), and RunError if one has damaged
    files, after all others are there.
    """
    if not directories:
        raise InputError("merge: no directory given")
    manifests = {directory: Manifest.read(directory) for directory in directories}
    for directory, of in manifests.items():
        if of.precision:
            raise InputError(
                f"{directory}: a run with precision ended by its own looks, which no other schedules may join"
            )
    manifest = Manifest.read(out) if (out / "run.json").exists() else manifests[directories[0]]
    for directory in directories:
        manifest = manifest.joined(manifests[directory], directory)
    with opened(out):
        store = store_of(manifest, out)
        manifest.write(out)
        store.clear()
        wrong: list[str] = []
        for directory, of in manifests.items():
            if directory.resolve() != out.resolve():
                wrong += store.merge(store_of(of, directory), manifest, of)
        outcome = finish(manifest, store, lambda error: wrong.append(str(error)))
    for line in wrong:
        note(f"{line}; left out")
    if wrong:
        raise RunError(
            f"{out}: all but {len(wrong)} damaged or foreign files are there; "
            "oommc run with the same settings and this directory computes what is missing"
        )
    return outcome
