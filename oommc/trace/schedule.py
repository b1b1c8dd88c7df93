"""What is told of one schedule: the data that text, picture and trace are made from."""

from dataclasses import dataclass
from typing import Any

from ..policies import Policy
from ..scenario import Scenario
from .watch import Sample, Span, Victim


@dataclass(frozen=True)
class Schedule:
    """One schedule under one policy.

    `events`: one dict a step, in order: `t_ns`, `what`, `who` (a thread's name or None), `free` (pages of all
    nodes, None where it isn't known) and what belongs to that step. `record`: the columns of docs/model.md §6,
    `outcome` by name. `lanes`: what each thread did, `samples`: free memory, `victims`: the kills. `end_ns`:
    told up to here.
    """

    scenario: Scenario
    policy: Policy
    schedule: int
    seed: int
    record: dict[str, Any]
    events: list[dict]
    lanes: dict[str, list[Span]]
    samples: list[Sample]
    victims: list[Victim]
    end_ns: int
