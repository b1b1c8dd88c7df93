"""What is to be run: plan.toml, with the scenarios beside it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario import Scenario

HOME = Path(__file__).parent.parent


@dataclass(frozen=True)
class Entry:
    """One line of the plan. `judged`: the simulator's predictions are held against it; else its parameters come from it."""

    name: str
    scenario: Scenario
    kernel: str
    policy: str
    judged: bool


@dataclass(frozen=True)
class Plan:
    """All lines, by name, and the seeds that each is run with."""

    entries: dict[str, Entry]
    seeds: tuple[int, ...]

    def entry(self, name: str) -> Entry:
        """The line of that name. Raises InputError."""
        if name not in self.entries:
            raise InputError(f"{name}: not in plan.toml: {hint(name, self.entries)}")
        return self.entries[name]


def load(path: Path = HOME / "plan.toml") -> Plan:
    """The plan. Raises InputError."""
    table = tomllib.loads(path.read_text("utf-8"))
    entries = {
        name: Entry(
            name,
            Scenario.load(HOME / "scenarios" / f"{of.get('scenario', name)}.toml"),
            of["kernel"],
            of.get("policy", "mainline-6"),
            use == "judgement",
        )
        for use in ("calibration", "judgement")
        for name, of in table[use].items()
    }
    return Plan(entries, tuple(range(1, table["seeds"] + 1)))
