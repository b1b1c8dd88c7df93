"""What happened in one schedule: the events that the twin tells, what each thread did, and the record.

The twin does every retry, so a schedule that hangs for a minute takes seconds here where the core takes none.
"""

from pathlib import Path
from typing import Any

from ..engine import OUTCOMES
from ..engine.pack import pack
from ..errors import InputError
from ..policies import Policy
from ..scenario import Scenario
from ..twin import simulate
from ..twin.world import Mm, Thread, World
from .schedule import Schedule
from .watch import Watch


class Story(Schedule):
    """One schedule under one policy, with its text, its picture and its trace, each loaded when it is asked for."""

    def __repr__(self) -> str:
        """Which schedule it is, and how it ended."""
        of = f"{self.scenario.name}, schedule {self.schedule}, seed {self.seed}, under {self.policy.name}"
        return f"<Story: {of}: {self.record['outcome']}, {self.record['kills']} kills>"

    def _repr_svg_(self) -> str:
        """The timeline, for a notebook."""
        from .picture import svg

        return svg([self])

    def text(self) -> str:
        """The story line by line; retries that change nothing are told once and then counted."""
        from .text import text

        return text(self)

    def plot(self, path: str | Path | None = None):
        """The timeline as a matplotlib Figure, or written to `path` (.svg, .png or .pdf) if given."""
        from .picture import plot

        return plot([self], path)

    def perfetto(self, path: str | Path | None = None) -> dict:
        """The trace that ui.perfetto.dev opens, as a dict; also written to `path` if given."""
        from .perfetto import perfetto

        return perfetto([self], path)


class _Enough(Exception):
    """The rest isn't wanted."""


def replay(
    scenario: Scenario,
    policy: Policy,
    schedule: int,
    seed: int,
    until: int | None = None,
    record: dict[str, Any] | None = None,
) -> Story:
    """Run one schedule again and tell it. Raises InputError.

    With `until` (ns) the run is told up to there only, and `record` is taken for its record.
    """
    if not 0 <= schedule < 1 << 63:
        raise InputError(f"schedule: a whole number from 0 to 2^63 - 1, not {schedule}")
    if not 0 <= seed < 1 << 64:
        raise InputError(f"seed: a whole number from 0 to 2^64 - 1, not {seed}")
    names = thread_names(scenario)
    watch = Watch(names)
    events: list[dict] = []

    def listen(w: World, what: str, who, details: dict) -> None:
        if what == "step":
            watch.stepped(w)
            if until is not None and w.now > until:
                raise _Enough
            return
        watch.told(w, what, who, details)
        events.append(event(names, w, what, who, details))

    end = scenario.horizon
    try:
        record = simulate(pack(scenario), policy, seed, schedule, listen)
        record = record | {"outcome": OUTCOMES[record["outcome"]]}
        if record["outcome"] == "panic":
            end = events[-1]["t_ns"]
    except _Enough:
        assert until is not None and record is not None
        end = until
    events.sort(key=lambda event: event["t_ns"])
    watch.close(end)
    return Story(scenario, policy, schedule, seed, record, events, watch.lanes, watch.samples, watch.victims, end)


def event(names: list[str], w: World, what: str, who, details: dict) -> dict:
    """What the twin tells, as a row of a story."""
    row = {"t_ns": w.now, "what": what, "who": names[who.id] if isinstance(who, Thread) else None}
    row["free"] = sum(node.free for node in w.nodes)
    if what.startswith("killer"):
        row["killer"] = w.monitor.name
    for key, value in details.items():
        if isinstance(value, Thread):
            value = names[value.id]
        elif isinstance(value, Mm):
            value = next(names[t.id] for t in w.threads if t.mm is value)
        row[key] = value
    if what == "recovered":  # known only when the calm has lasted
        at = row.pop("at")
        if at == w.now and (w.panicked or at == w.machine.horizon):  # the books are closed, it isn't over
            row["what"] = "open"
        else:
            row["t_ns"], row["free"] = at, None
    return row


def thread_names(scenario: Scenario) -> list[str]:
    """A name for each thread: `hog`, `daemon-3`, and `hog-0.2` for the third thread of a group."""
    names = []
    for process in scenario.processes:
        for j in range(process.count):
            for k in range(process.threads):
                name = process.name if process.count == process.threads == 1 else f"{process.name}-{j}"
                names.append(name if process.threads == 1 else f"{name}.{k}")
    return names
