"""A user-space killer: one value for each knob, checked."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .knobs import KNOBS, Knobs
from .table import OFF
from .value import checked


@dataclass(frozen=True)
class Monitor(Knobs):
    """What a killer in user space does beside the kernel's own.

    Raises InputError for an unknown value or for knobs that contradict each other.
    """

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

    def replace(self, **changes: Any) -> "Monitor":
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
