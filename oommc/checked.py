"""Reads everything in a result directory once, and says what is whole, what is missing and what is damaged or
foreign.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from oommc.choice import kept
from oommc.collect.blocks import length
from oommc.collect.files import listed, partial_of, read_regular, safe_name
from oommc.collect.manifest import Manifest
from oommc.collect.store import BLOCK, Directory
from oommc.collect.threads import default_workers
from oommc.errors import InputError
from oommc.sensitivity import kept as unknown
from oommc.show.numbers import shown
from oommc.show.table import aligned
from oommc.stats.sums import SUMS, Sums
from oommc.stats.tally import measured

_LARGEST = 1 << 30  # bytes of summary.json
_LONGEST = 1_000  # characters of a line about a file


class Part(NamedTuple):
    """What is whole and in its place of one scenario and policy, or of one with others in a file of sums."""

    scenario: str
    policy: str
    files: int
    schedules: int


@dataclass
class Checked:
    """What a directory holds: `parts` that are whole, and a line each of what is `wrong` (damaged or foreign), what
    is `missing`, and what killed writers have `left`, which the next run removes.
    """

    parts: list[Part] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def all_there(self) -> bool:
        """Whether nothing is wrong and nothing is missing."""
        return not self.wrong and not self.missing

    def __str__(self) -> str:
        rows = [["scenario, policy", "files", "schedules"]]
        rows += [[shown(f"{of.scenario}, {of.policy}"), f"{of.files:,}", f"{of.schedules:,}"] for of in self.parts]
        kinds = (("damaged or foreign", self.wrong), ("missing", self.missing), ("left by a killed writer", self.left))
        told = [f"{kind}: {shown(line, _LONGEST)}" for kind, lines in kinds for line in lines]
        return "\n".join([aligned(rows), *told, *(["all is there and whole"] if self.all_there else [])])


def check(directory: str | Path) -> Checked:
    """What is in a result directory. InputError if it is none, or if its run.json can't be read."""
    directory = Path(directory)
    manifest, found = Manifest.read(directory), Checked()
    asked = _asked(directory, manifest, found)
    (_records if manifest.records else _sums)(directory, manifest, asked, found)
    found.wrong += _strangers(directory, manifest, found)
    _summary(directory, manifest, found)
    try:
        unknown.read(directory, manifest)
    except InputError as error:
        found.wrong.append(str(error))
    return found


def _asked(directory: Path, manifest: Manifest, found: Checked) -> dict[tuple[str, str], int]:
    """How many schedules each scenario and policy is to have: of a race or of a run with precision as many as it came
    to.
    """
    count, raced = manifest.schedules, {}
    if manifest.precision:
        count = manifest.precision["next"] or manifest.precision["looks"][-1]
    try:
        raced = (kept.read(directory) or {"scenarios": {}})["scenarios"]
    except InputError as error:
        found.wrong.append(str(error))
    asked = {(s, p): count for s in manifest.scenarios for p in manifest.policies}
    over = {(s, p): of["schedules"] for s, race in raced.items() for p, of in race["policies"].items()}
    return asked | {place: schedules for place, schedules in over.items() if place in asked}


def _records(directory: Path, manifest: Manifest, asked: dict, found: Checked) -> None:
    blocks = Directory(directory).reader(manifest, lambda error: found.wrong.append(str(error)))
    with ThreadPoolExecutor(default_workers()) as pool:
        for (scenario, policy), count in asked.items():
            numbers = blocks.numbers(scenario, policy)
            rows = pool.map(lambda n, s=scenario, p=policy: blocks.held(s, p, n), numbers)
            whole = {n: held for n, held in zip(numbers, rows, strict=True) if held}
            _told(scenario, policy, whole, manifest.block, count, found)


def _sums(directory: Path, manifest: Manifest, asked: dict, found: Checked) -> None:
    sums = Sums(directory, manifest.block, measured(manifest.columns))
    for scenario in manifest.scenarios:
        most: dict[str, dict[int, int]] = {}
        for path in sums.paths(scenario):
            try:
                policies, rows = sums.content(path, scenario, manifest)
            except InputError as error:
                found.wrong.append(str(error))
                continue
            for policy in policies:
                most[policy] = max(most.get(policy, {}), rows, key=lambda of: sum(of.values()))
        for policy in manifest.policies:
            _told(scenario, policy, most.get(policy, {}), manifest.block, asked[scenario, policy], found)


def _told(scenario: str, policy: str, whole: dict[int, int], size: int, asked: int, found: Checked) -> None:
    found.parts.append(Part(scenario, policy, len(whole), sum(whole.values())))
    numbers = range(-(-asked // size))
    there = sum(min(rows, length(n, size, asked)) for n, rows in whole.items() if n in numbers)
    if there < asked:
        first = next(n for n in numbers if whole.get(n, 0) < length(n, size, asked))
        found.missing.append(
            f"{asked - there:,} of {asked:,} schedules of {scenario} under {policy}, from block {first} on"
        )


def _strangers(directory: Path, manifest: Manifest, found: Checked) -> Iterator[str]:
    """What stands among blocks or sums and is neither; partial files are noted in `found`."""
    used, unused = ("blocks", "sums") if manifest.records else ("sums", "blocks")
    if (directory / unused).exists():
        yield f"{directory / unused}: in a run that keeps {'records' if manifest.records else 'sums'}"
    scenarios, policies = ({safe_name(name) for name in names} for names in (manifest.scenarios, manifest.policies))
    for name in listed(directory / used):
        folder = directory / used / name
        if name not in scenarios:
            yield f"{folder}: of no scenario that run.json has"
        elif not manifest.records:
            yield from _other_files(folder, SUMS, found)
        elif folder.is_dir():
            for policy in listed(folder):
                if policy in policies:
                    yield from _other_files(folder / policy, BLOCK, found)
                else:
                    yield f"{folder / policy}: of no policy that run.json has"
        else:
            yield f"{folder}: a file where a folder should be"
    for name in listed(directory):
        if partial_of(directory / name):
            found.left.append(str(directory / name))


def _other_files(folder: Path, names, found: Checked) -> Iterator[str]:
    if not folder.is_dir():
        yield f"{folder}: a file where a folder should be"
        return
    for name in listed(folder):
        if names.fullmatch(partial_of(folder / name) or ""):
            found.left.append(str(folder / name))
        elif not names.fullmatch(name):
            yield f"{folder / name}: no file of a run"


def _summary(directory: Path, manifest: Manifest, found: Checked) -> None:
    """Whether summary.json is of this run.json, and of as many schedules as are there."""
    path = directory / "summary.json"
    try:
        content = json.loads(read_regular(path, _LARGEST))
        policies = {
            (s, p): of for s, scenario in content["scenarios"].items() for p, of in scenario["policies"].items()
        }
        counts = {place: of["schedules"] for place, of in policies.items()}
        of = content.get("run"), content.get("precision")
    except FileNotFoundError:
        found.missing.append(f"{path}; the command that made the directory writes it")
        return
    except OSError as error:
        found.wrong.append(f"{path}: {error.strerror}")
        return
    except InputError as error:
        found.wrong.append(str(error))
        return
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.wrong.append(f"{path}: not the summary.json of a result directory")
        return
    there = {(part.scenario, part.policy): part.schedules for part in found.parts if part.schedules}
    if of != (manifest.summarized, manifest.precision) or counts != there:
        found.wrong.append(f"{path}: not of what is there now; the command that made the directory writes it anew")
