"""What is to be run: plan.toml, with the scenarios beside it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from oommc.errors import InputError
from oommc.naming import hint
from oommc.scenario import Scenario

from .guest import FLUSH

HOME = Path(__file__).parent.parent


@dataclass(frozen=True)
class Entry:
    """One line of the plan. `judged`: the simulator's predictions are held against it;
    else its parameters come from it. `clock`: a key of machine.CLOCKS. `killer`: of killer.KILLERS, beside the kernel's
    own, and whether it starts before the processes. `flush`: as guest.plan() has it.
    """

    name: str
    scenario: Scenario
    kernel: str
    policy: str
    judged: bool
    seeds: tuple[int, ...] = (1,)
    clock: str = "icount"
    killer: str = ""
    first: bool = True
    flush: str = FLUSH

    @property
    def setting(self) -> tuple[str, str]:
        """What a machine's parameters depend on: the kernel and the clock."""
        return self.kernel, self.clock


@dataclass(frozen=True)
class Plan:
    """All lines, by name."""

    entries: dict[str, Entry]

    def entry(self, name: str) -> Entry:
        """The line of that name. Raises InputError."""
        if name not in self.entries:
            raise InputError(f"{name}: not in plan.toml: {hint(name, self.entries)}")
        return self.entries[name]


def load(path: Path = HOME / "plan.toml") -> Plan:
    """The plan. Raises InputError."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: can't be read: {getattr(error, 'strerror', None) or error}") from None

    def entry(use: str, name: str, of: dict) -> Entry:
        scenario = Scenario.load(HOME / "scenarios" / f"{of.get('scenario', name)}.toml")
        clock = of.get("clock", "icount")
        if clock == "host":  # the emulator is several times slower than it says with icount
            scenario = scenario.replace("horizon", table["horizon_host"])
        else:
            scenario = scenario.replace("machine.cpus", 1)
        first, last = table["seeds"][use if clock == "icount" else "host"]
        policy = of.get("policy", "mainline-6")
        seeds = tuple(range(first, last + 1))
        judged, killer = use == "judgement", of.get("killer", "")
        return Entry(name, scenario, of["kernel"], policy, judged, seeds, clock, killer, of.get("first", True))

    uses = ("calibration", "judgement")
    return Plan({name: entry(use, name, of) for use in uses for name, of in table.get(use, {}).items()})
