"""A `Scenario`: what a file says, with all that one does with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from oommc import toml
from oommc.scenario import files, write
from oommc.scenario.model import ScenarioFile
from oommc.scenario.read import read
from oommc.scenario.replace import replaced
from oommc.units import format_duration, format_size


class Scenario(ScenarioFile):
    """A machine and its processes, ready to be simulated. `horizon`, `patience`, `settle` in ns.

    `ranges`: dotted paths, each with LOW..HIGH between which its value is thought to lie. They change no record.
    """

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """The scenario of a catalogue name or a TOML file; a name of the catalogue means that one.

        Raises InputError.
        """
        table, source = files.load(source)
        return cls.from_dict(table, source)

    @classmethod
    def from_toml(cls, text: str, source: str | Path = "scenario") -> Self:
        """The scenario of a TOML text; `source` names it in messages, and data files stand beside it."""
        return cls.from_dict(toml.parse(text, str(source)), source)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any], source: str | Path = "scenario") -> Self:
        """The scenario of a table as `tomllib` returns it; a drawn value may be a frozen scipy.stats distribution."""
        return read(cls, table, source)

    def to_dict(self) -> dict[str, Any]:
        """The table of this scenario, in full but for what follows from other keys: `from_dict` gives it back."""
        return write.to_dict(self)

    def _repr_html_(self) -> str:
        """The machine and who runs on it, for a notebook."""
        from oommc import notebook

        rows = [("process", "role", "count", "threads", "program")]
        rows += [(p.name, p.role, str(p.count), str(p.threads), p.program.kind) for p in self.processes]
        memory = format_size(sum(node.memory for node in self.machine.nodes))
        caption = f"{self.name}: {self.machine.cpus} processors, {memory}, up to {format_duration(self.horizon)}"
        return notebook.table(caption, rows) + notebook.paragraphs([" ".join(self.about.split())])

    def to_toml(self) -> str:
        """The TOML text of this scenario: `from_toml` gives an equal one back."""
        return write.to_toml(self)

    def replace(self, path: str, value: Any) -> Self:
        """This scenario with the value at one dotted path of its TOML changed, validated again.

        A process is named by its name, a node by its number: `machine.node.0.memory`, `process.usemem.count`.
        The value is as in TOML, or a frozen scipy.stats distribution (seconds for times, pages for sizes).
        """
        return self.replace_all({path: value})

    def replace_all(self, changes: Mapping[str, Any]) -> Self:
        """The same with several values, by dotted path, read and checked once. Raises InputError."""
        return self.from_dict(replaced(self, changes), self.name)
