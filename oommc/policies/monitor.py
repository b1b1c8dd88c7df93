"""A user-space killer: one value for each knob, checked."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError
from .knobs import KNOBS
from .value import OFF, checked


@dataclass(frozen=True)
class Monitor:
    """What a killer in user space does beside the kernel's own.

    Every field but `name` is a knob (see `KNOBS`): times in ns, rates in pages/s, percentages as numbers (−1: off).
    Raises InputError for an unknown value or for knobs that contradict each other.
    """

    name: str
    rules: str = "thresholds"
    partial_stall: int = 70_000_000
    complete_stall: int = 700_000_000
    thrashing: int = 100
    thrashing_decay: float = 10
    thrashing_critical: int = 200
    filecache_min: int = 0
    poll: int = 100_000_000
    poll_most: int = 1_000_000_000
    mem_fill: int = 0
    swap_fill: int = 0
    mem_of: str = "total"
    mem_term: float = OFF
    swap_term: float = 100
    mem_kill: float = OFF
    swap_kill: float = 100
    mem_mark: str = "none"
    pressure: str = "none"
    pressure_limit: float = 60
    pressure_for: int = 30_000_000_000
    pressure_poll: int = 1_000_000_000
    reclaim_within: int = 0
    pressure_of: str = "machine"
    victim: str = "oom_score"
    pressure_victim: str = "oom_score"
    perceptible: str = "killed"
    size_threshold: float = 50
    growth: float = 25
    growth_percentile: float = 80
    preference: str = "ignored"
    unit: str = "process"
    at_once: str = "one"
    search: int = 50_000
    reread: str = "no"
    hook: int = 0
    hooked: str = "passed_over"
    reap: str = "no"
    grace: int = 0
    wait: str = "nothing"
    wait_poll: int = 100_000_000
    wait_most: int = 10_000_000_000
    rest: int = 0
    pressure_rest: int = 0
    stall: float = 0

    def __post_init__(self) -> None:
        for name, knob in KNOBS.items():
            object.__setattr__(self, name, checked(f"killer {self.name}: {name}", knob, getattr(self, name)))
        for wrong, why in _contradictions(self):
            if wrong:
                raise InputError(f"killer {self.name}: {why}")

    @property
    def watches_memory(self) -> bool:
        """Whether it ever looks at available memory."""
        return max(self.mem_term, self.mem_kill) != OFF

    def knobs(self) -> dict[str, float | str]:
        """The value of each knob, in the table's order."""
        return {name: getattr(self, name) for name in KNOBS}

    def replace(self, **changes) -> "Monitor":
        """The same killer with other values."""
        return dataclasses.replace(self, **changes)


def _contradictions(m: Monitor) -> Iterable[tuple[bool, str]]:
    stalls = m.rules == "stalls"
    yield (
        not stalls and not m.watches_memory and m.pressure == "none",
        "watches nothing: mem_term, mem_kill or pressure",
    )
    yield (
        stalls and (m.watches_memory or m.pressure != "none"),
        "rules=stalls: mem_term, mem_kill and pressure are for rules=thresholds",
    )
    yield stalls and not (m.partial_stall and m.complete_stall), "partial_stall and complete_stall: more than 0"
    yield m.poll == 0 or m.pressure_poll == 0 or m.wait_poll == 0, "poll, pressure_poll and wait_poll: more than 0"
    yield m.poll > m.poll_most, "poll is longer than poll_most"
    yield (
        OFF
        in (
            m.swap_term,
            m.swap_kill,
            m.pressure_limit,
            m.stall,
            m.size_threshold,
            m.growth,
            m.growth_percentile,
            m.thrashing_decay,
        ),
        ("only mem_term and mem_kill can be off; of swap 100% is free at most"),
    )
    yield m.hook > 0 and m.wait != "nothing", "hook needs wait=nothing: the victim hasn't got its signal yet"
    yield m.hook > 0 and m.at_once == "enough", "hook needs at_once=one: what has no signal yet would be counted again"
    yield m.at_once == "enough" and not m.watches_memory, "at_once=enough needs mem_term or mem_kill"
