"""How much more memory, or how much larger a limit, would have been enough: the least with which nobody dies.

How far what grew would have gone the log doesn't tell. It tells two ends: what it had when memory ran out, and the
address space that it had mapped (`total_vm`). Where the log's own kills tell how much was asked for, that is the end.
Enough is what kills nobody in any of _SCHEDULES; the least is found by bisection, so it is told with what isn't enough.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from oommc import api
from oommc.advise.measure import SEED
from oommc.incident.cause import size as in_words
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.units import PAGE

_SCHEDULES = 64  # none of so many: with 95 % probability fewer than 5 % of all
_STEPS = 6  # of the bisection: within a 64th of the last doubling
_MOST_TIMES = 16  # of the memory that there was
_LEAST = 64  # pages
_SECONDS = 4.0  # of CPU, for each end


@dataclass(frozen=True)
class Enough:
    """`enough` pages more kill nobody, `short` still kill, if what grew stops at `stop`, in words. `is_least`: it may
    well have gone further. `changes` make a scenario one with `enough`, and that stop.
    """

    stop: str
    is_least: bool
    short: int
    enough: int
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> str:
        """What is enough."""
        return _size(self.enough)

    @property
    def too_little(self) -> str:
        """What isn't; "" where one can't see the difference."""
        told = _size(self.short)
        return told if self.short and told != self.size else ""

    def to_json(self) -> dict[str, Any]:
        """As `--json` has it."""
        more, short = (pages * PAGE // 1024 for pages in (self.enough, self.short))
        return {"if": self.stop, "at_least": self.is_least, "more_kb": more, "too_little_kb": short}


def enough(scenario: Scenario, policy: Policy, grown: str | None = None) -> list[Enough]:
    """What would have been enough, for each end that the log tells; `grown`: the log's name of what grew."""
    found = []
    for stop, is_least, target in _ends(scenario, grown):
        least = _least(scenario.replace_all(target), policy, time.process_time() + _SECONDS)
        found += [Enough(stop, is_least, *least, target | _larger(scenario, least[1]))] if least else []
    return found


def _ends(scenario: Scenario, grown: str | None) -> list[tuple[str, bool, dict[str, Any]]]:
    """In words, whether it may have gone further, and what makes it stop there."""
    memory = sum(node.memory for node in scenario.machine.nodes)
    growing = [p for p in scenario.processes if p.program.kind == "grow"]
    if any((p.program.target or 0) < memory for p in growing):
        return [("they had grown no further than the kills tell", False, {})]
    if len(growing) != 1:
        return []
    (grower,) = growing
    name = grown or grower.name
    had = round(grower.rss.mean()) + grower.swapped + _headroom(scenario)
    ends = [(f"{name} had stopped at {_size(had)}", True, had)]
    mapped = grower.total_vm or 0
    if had < mapped < _MOST_TIMES * memory:
        ends.insert(0, (f"{name} had used all {_size(mapped)} that it had mapped", False, mapped))
    key = f"process.{grower.name}.program.target"
    return [(text, is_least, {key: f"{pages} pages"}) for text, is_least, pages in ends]


def _headroom(scenario: Scenario) -> int:
    """Pages that are free above min at the beginning, of swap too, and page cache: what is gone when memory has run
    out.
    """
    held = sum(round(p.rss.mean()) * p.count for p in scenario.processes if p.rss is not None)
    out = scenario.machine.swap.used + sum(p.swapped * p.count for p in scenario.processes)
    there = sum(node.memory - node.reserved - node.min for node in scenario.machine.nodes)
    return there - held + scenario.machine.swap.size - out


def _least(scenario: Scenario, policy: Policy, end: float) -> tuple[int, int] | None:
    """What isn't enough, and what is; None where nothing is, or it takes longer than to `end` (CPU)."""
    memory = sum(node.memory for node in scenario.machine.nodes)
    short, more = 0, max(_LEAST, memory // 256)
    while not _kills_nobody(scenario, policy, more):
        short, more = more, 2 * more
        if more > _MOST_TIMES * memory or time.process_time() > end:
            return None
    for _ in range(_STEPS):
        middle = (short + more) // 2
        if more - short <= _LEAST or time.process_time() > end:
            break
        short, more = (short, middle) if _kills_nobody(scenario, policy, middle) else (middle, more)
    return short, more


def _kills_nobody(scenario: Scenario, policy: Policy, more: int) -> bool:
    result = api.run(scenario.replace_all(_larger(scenario, more)), [policy], _SCHEDULES, SEED)
    return not any(block["kills"].any() for block in result.blocks(scenario.name, policy.name, ["kills"]))


def _larger(scenario: Scenario, more: int) -> dict[str, str]:
    """So many pages more, on the nodes by their sizes, and in each group with a limit."""
    memory = sum(node.memory for node in scenario.machine.nodes)
    sizes = {
        f"machine.node.{at}.memory": f"{node.memory + more * node.memory // memory} pages"
        for at, node in enumerate(scenario.machine.nodes)
    }
    return sizes | {f"memcg.{group.name}.limit": f"{group.limit + more} pages" for group in scenario.memcgs}


def _size(pages: int) -> str:
    return in_words(pages * PAGE // 1024)
