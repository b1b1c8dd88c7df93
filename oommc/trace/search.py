"""Looks through a result for the schedules whose record meets a condition."""

import shlex
from dataclasses import dataclass

import numpy as np

from ..engine import OUTCOMES
from ..errors import InputError
from ..policies.file import options as policy_options
from ..show.numbers import of_schedules, shown
from ..show.table import aligned
from .condition import parse


@dataclass(frozen=True)
class Found:
    """The first schedules that meet a condition: `rows` are dicts of `schedule` and the condition's columns.

    `matching` of `schedules` meet it; `rows` may be fewer. `command(row)` replays one.
    """

    scenario: str
    policy: str
    rows: list[dict[str, int | str]]
    matching: int
    schedules: int
    source: str
    seed: int
    options: list[str]

    def command(self, row: dict[str, int | str]) -> str:
        """What tells the story of that schedule. Its names are those that run.json has."""
        return shlex.join(
            ["oommc", "replay", self.source, "--policy", self.policy, "--schedule", str(row["schedule"])]
            + ["--seed", str(self.seed), *self.options]
        )


def find(result, where: str, scenario: str, policy: str, limit: int) -> Found:
    """Schedules of one scenario and policy of a `Result`, ascending, the first `limit` in full.

    Reads only the columns that are named, a block at a time. InputError for a bad `where`, and where no
    records are.
    """
    condition = parse(where)
    columns = list(dict.fromkeys(("schedule", *condition.columns)))
    rows: list[dict] = []
    matching = schedules = 0
    for block in result.blocks(scenario, policy, columns):
        held = np.flatnonzero(condition.holds(block))
        matching += held.size
        schedules += len(block["schedule"])
        for at in held[: limit - len(rows)]:
            row = {name: int(block[name][at]) for name in columns}
            rows.append(row | ({"outcome": OUTCOMES[row["outcome"]]} if "outcome" in row else {}))
    if not schedules:
        raise InputError(f"scenario {scenario!r}, policy {policy!r}: no records there to look through")
    source = result.manifest.source(scenario)
    options = policy_options([result.manifest.policies[policy]])
    return Found(scenario, policy, rows, matching, schedules, source, result.manifest.seed, options)


def text(found: Found) -> str:
    """Schedules that meet a condition, a row each, ending in the command that replays
    it.
    """
    of = f"{found.matching:,} of {of_schedules(found.schedules)}"
    title = f"{shown(found.scenario)}, {shown(found.policy, 40)}: {of}"
    if not found.rows:
        return title
    rows = [list(found.rows[0]), *([str(value) for value in row.values()] for row in found.rows)]
    commands = ["", *(found.command(row) for row in found.rows)]
    lines = [f"{line}  {end}".rstrip() for line, end in zip(aligned(rows).splitlines(), commands, strict=True)]
    return "\n".join([title, *lines])
