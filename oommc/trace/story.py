"""What happened in one schedule: the events that the twin tells, the names of who did them, and the record.

The twin does every retry, so a schedule that hangs for a minute takes seconds here where the core takes none.
"""

from dataclasses import dataclass

from ..engine import OUTCOMES
from ..engine.pack import pack
from ..errors import InputError
from ..policies import Policy
from ..scenario import Scenario
from ..twin import simulate
from ..twin.world import Mm, Thread, World


@dataclass(frozen=True)
class Story:
    """One schedule under one policy.

    `events`: one dict a step, in order: `t_ns`, `what`, `who` (a thread's name or None), `free` (pages of all nodes,
    None where it isn't known) and what belongs to that step. `record`: the columns of MODEL.md §6, `outcome` by name.
    """

    scenario: Scenario
    policy: Policy
    schedule: int
    seed: int
    record: dict[str, int | str]
    events: list[dict]

    def text(self) -> str:
        """The story line by line; retries that change nothing are told once and then counted."""
        from .text import text

        return text(self)


def replay(scenario: Scenario, policy: Policy, schedule: int, seed: int) -> Story:
    """Run one schedule again and tell it. Raises InputError."""
    if not 0 <= schedule < 1 << 63:
        raise InputError(f"schedule: a whole number from 0 to 2^63 - 1, not {schedule}")
    if not 0 <= seed < 1 << 64:
        raise InputError(f"seed: a whole number from 0 to 2^64 - 1, not {seed}")
    names = _names(scenario)
    events: list[dict] = []

    def listen(w: World, what: str, who, details: dict) -> None:
        event = {"t_ns": w.now, "what": what, "who": names[who.id] if isinstance(who, Thread) else None}
        event["free"] = sum(node.free for node in w.nodes)
        for key, value in details.items():
            if isinstance(value, Thread):
                value = names[value.id]
            elif isinstance(value, Mm):
                value = next(names[t.id] for t in w.threads if t.mm is value)
            event[key] = value
        if what == "recovered":  # known only when the calm has lasted
            event["t_ns"], event["free"] = event.pop("at"), None
        events.append(event)

    record = simulate(pack(scenario), policy, seed, schedule, listen)
    events.sort(key=lambda event: event["t_ns"])
    return Story(scenario, policy, schedule, seed, record | {"outcome": OUTCOMES[record["outcome"]]}, events)


def _names(scenario: Scenario) -> list[str]:
    """A name for each thread: `hog`, `daemon-3`, and `hog-0.2` for the third thread of a group."""
    names = []
    for process in scenario.processes:
        for j in range(process.count):
            for k in range(process.threads):
                name = process.name if process.count == process.threads == 1 else f"{process.name}-{j}"
                names.append(name if process.threads == 1 else f"{name}.{k}")
    return names
