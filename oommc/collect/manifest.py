"""`run.json`: what a result is the result of.

Everything that can change a record is here in full, so that a directory can be refused when a command asks
for something else under the same names, and so that a reader years later knows what was simulated.
"""

import hashlib
import importlib.metadata
import json
import os
import platform
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from oommc.collect.blocks import LARGEST_BLOCK, MOST_SCHEDULES
from oommc.collect.files import read_regular, too_large, write_whole
from oommc.columns import BUT_FOR, names
from oommc.engine import MODEL_VERSION, other_tables
from oommc.errors import InputError

_LARGEST = 1 << 27  # bytes of run.json
_LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow")


def version() -> str:
    """The installed version of oommc; "unknown" where it runs uninstalled."""
    try:
        return importlib.metadata.version("oommc")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _machine() -> dict:
    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "cpus": os.cpu_count(),
    }


def _libraries() -> dict:
    return {"python": platform.python_version()} | {n: importlib.metadata.version(n) for n in _LIBRARIES}


@dataclass
class Manifest:
    """A run's inputs. `scenarios` and `policies` map names to contents (`to_dict`); `schedules` is the most
    asked for, `records` whether records are kept or sums only, `columns` those of a record.

    `precision` tells, of a run that ends by it, the rule (`targets`, `most` schedules, `level` of the intervals) and
    how far it is: the `looks` taken, in schedules, the `next` and the one it `stopped_at`. `sources` tells what the
    user called each scenario (a catalogue name or a file), for the command that reproduces the run; it decides nothing.
    `tables` has of each scenario what its distributions' tables are known by (`oommc.engine.tables`).
    """

    seed: int
    block: int
    schedules: int
    scenarios: dict[str, dict]
    policies: dict[str, dict]
    records: bool = True
    columns: list[str] = field(default_factory=lambda: list(names()))
    precision: Any = None
    sources: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    model: int = MODEL_VERSION
    version: str = field(default_factory=version)
    libraries: dict = field(default_factory=_libraries)
    machine: dict = field(default_factory=_machine)

    def __post_init__(self):
        # as they read back from JSON (tuples are lists there), so that contents compare
        self.scenarios = json.loads(json.dumps(self.scenarios))
        self.policies = json.loads(json.dumps(self.policies))

    def source(self, scenario: str) -> str:
        """What the user called a scenario, as an argument of a command: never an option."""
        source = self.sources.get(scenario, scenario)
        return f"./{source}" if source.startswith("-") else source

    @property
    def but_for(self) -> bool:
        """Whether records have that column."""
        return BUT_FOR in self.columns

    @property
    def digest(self) -> str:
        """SHA-256 of all that can change a record: equal digests mean equal records."""
        return self._digest(self.scenarios, self.policies, block=self.block)

    @property
    def inputs(self) -> str:
        """The same but for the block size, on which no record and no summary depends."""
        return self._digest(self.scenarios, self.policies)

    @property
    def summarized(self) -> dict:
        """What `summary.json` says of the run.json that it was made under."""
        return {"inputs": self.inputs, "schedules": self.schedules}

    def label(self, scenario: str, policy: str) -> str:
        """SHA-256 of all that can change a record of one scenario and policy; their blocks carry it."""
        return self._digest({scenario: self.scenarios[scenario]}, {policy: self.policies[policy]}, block=self.block)

    def _digest(self, *kinds: dict[str, dict], block: int | None = None) -> str:
        contents = [{name: _content(item) for name, item in kind.items()} for kind in kinds]
        inputs = [self.model, self.columns, self.seed, block, *contents]
        return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> bytes:
        return (
            json.dumps({"schema": 1, "digest": self.digest, "inputs": self.inputs} | vars(self), indent=1) + "\n"
        ).encode()

    def write(self, directory: Path) -> None:
        """InputError if no reader would take it, for its size."""
        data = self.to_json()
        if len(data) > _LARGEST:
            raise too_large(directory / "run.json", _LARGEST)
        write_whole(directory / "run.json", data)

    @classmethod
    def read(cls, directory: Path) -> "Manifest":
        """The manifest of a result directory. InputError if there is none or it can't be read."""
        path = directory / "run.json"
        try:
            return cls._of(json.loads(read_regular(path, _LARGEST)), path)
        except FileNotFoundError:
            what = "not a result directory (it has no run.json)" if directory.is_dir() else "no such directory"
            raise InputError(f"{directory}: {what}") from None
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from None
        except InputError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise InputError(f"{path}: not the run.json of a result directory") from None

    @classmethod
    def _of(cls, data: dict, path: Path) -> "Manifest":
        if data["schema"] != 1:
            raise InputError(
                f"{path}: schema {data['schema']!r:.40} is not known to this version, which reads schema 1"
            )
        data.setdefault("precision", None)  # older runs have none, or looked at every doubling
        data.setdefault("tables", {})
        if isinstance(data["precision"], dict):
            data["precision"].setdefault("next", None)
        if not _is_manifest(data):
            raise ValueError("a key with a value of another kind")
        if tuple(data["columns"]) not in map(names, (False, True)):
            raise InputError(f"{path}: its records have other columns than those of this version of oommc")
        manifest = cls(**{name: data[name] for name in cls.__dataclass_fields__})
        if manifest.digest != data["digest"]:
            raise InputError(f"{path}: damaged or edited: its digest is not that of its content")
        return manifest

    def joined(self, asked: "Manifest", where: Path) -> "Manifest":
        """This manifest with what `asked` adds. InputError, naming the difference, if they don't agree."""
        if self.but_for != asked.but_for:
            had, wants = ("with", "without") if self.but_for else ("without", "with")
            raise InputError(f"{where}: holds a run {had} --but-for, not one {wants} it; name another directory")
        for key, was, now in (
            ("model version", self.model, asked.model),
            ("seed", self.seed, asked.seed),
            ("block", self.block, asked.block),
            ("columns", ", ".join(self.columns), ", ".join(asked.columns)),
        ):
            if was != now:
                raise InputError(f"{where}: holds a run with {key} {was}, not {now}; name another directory")
        if self.records != asked.records:
            had, wants = ("records", "sums") if self.records else ("sums", "records")
            raise InputError(f"{where}: holds a run that keeps {had}, not {wants}; name another directory")
        if self.precision and asked.precision and self.precision["level"] != asked.precision["level"]:
            raise InputError(f"{where}: holds a run with another version's rule of precision; name another directory")
        if self._rule() != asked._rule():
            raise InputError(
                f"{where}: holds a run {self._rule() or 'without precision'}, not one "
                f"{asked._rule() or 'without precision'}; name another directory"
            )
        for kind, mine, theirs in (
            ("scenario", self.scenarios, asked.scenarios),
            ("policy", self.policies, asked.policies),
        ):
            if self.precision and mine.keys() != theirs.keys():
                raise InputError(
                    f"{where}: holds a run with precision of {kind} {', '.join(mine)}, not {', '.join(theirs)}; "
                    "name another directory"
                )
            for name in mine.keys() & theirs.keys():
                if difference := _difference(_content(mine[name]), _content(theirs[name])):
                    raise InputError(f"{where}: holds another {kind} {name!r}: {difference}; name another directory")
        for name in self.tables.keys() & asked.tables.keys():
            if differing := other_tables(self.tables[name], asked.tables[name]):
                raise InputError(
                    f"{where}: scenario {name!r}: on the processor and with the libraries of that run "
                    f"{', '.join(differing)} had another table, so records differ; go on there, or name another "
                    "directory"
                )
        return replace(
            self,
            schedules=max(self.schedules, asked.schedules),
            scenarios=self.scenarios | asked.scenarios,
            policies=self.policies | asked.policies,
            sources=self.sources | asked.sources,
            tables=self.tables | asked.tables,
        )

    def _rule(self) -> str:
        """How the run ends by precision, in words; empty without."""
        if self.precision is None:
            return ""
        return f"with precision {', '.join(self.precision['targets'])} and at most {self.precision['most']} schedules"


def _is_manifest(data: dict) -> bool:
    """Whether the values of a run.json are such as readers rely on: their kinds, and numbers within their limits."""
    json.dumps(data, ensure_ascii=False).encode()  # UnicodeEncodeError, a ValueError, for half a character
    precision = data["precision"]
    return (
        _is_whole(data["model"], -(2**63), 2**63)
        and _is_whole(data["seed"], 0, 2**64 - 1)
        and _is_whole(data["block"], 1, LARGEST_BLOCK)
        and _is_whole(data["schedules"], 1, MOST_SCHEDULES)
        and isinstance(data["records"], bool)
        and all(isinstance(of, dict) and of for of in (data["scenarios"], data["policies"]))
        and all(isinstance(of.get("horizon"), str) for of in data["scenarios"].values())
        and all(isinstance(of.get("file", ""), str) for of in data["policies"].values())
        and all(isinstance(column, str) for column in data["columns"])
        and all(isinstance(name, str) for name in data["sources"].values())
        and all(isinstance(data[name], dict) for name in ("sources", "libraries", "machine", "tables"))
        and all(isinstance(of, dict) for of in data["tables"].values())
        and (precision is None or _is_precision(precision))
    )


def _is_precision(state: dict) -> bool:
    counts = [*state["looks"], *(at for at in (state["next"], state["stopped_at"]) if at is not None)]
    return (
        isinstance(state["targets"], list)
        and all(isinstance(target, str) for target in state["targets"])
        and _is_whole(state["most"], 1, MOST_SCHEDULES)
        and isinstance(state["level"], float)
        and 0 < state["level"] < 1
        and isinstance(state["looks"], list)
        and all(_is_whole(count, 1, state["most"]) for count in counts)
        and (state["next"] is not None or bool(state["looks"]))
    )


def _is_whole(value, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _content(item: dict) -> dict:
    """A scenario or policy without the texts that change no record."""
    return {key: value for key, value in item.items() if key not in ("about", "source", "file", "range")}


def _difference(had, wants, path: str = "") -> str:
    """The first place where two JSON values differ, in words; empty if they are equal."""
    if isinstance(had, dict) and isinstance(wants, dict):
        pairs = [(f".{key}", had.get(key), wants.get(key)) for key in [*had, *(wants.keys() - had.keys())]]
    elif isinstance(had, list) and isinstance(wants, list) and len(had) == len(wants):
        pairs = [(f"[{at}]", a, b) for at, (a, b) in enumerate(zip(had, wants, strict=True))]
    else:
        if had == wants:
            return ""
        return f"{path.lstrip('.')} is {_short(had)} there and {_short(wants)} here"
    return next((found for step, a, b in pairs if (found := _difference(a, b, path + step))), "")


def _short(value) -> str:
    text = "absent" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
