"""How much more memory, or how much larger a limit, would have been enough: the least with which nobody dies.

How far what grew would have gone the log doesn't tell. It tells two ends: what it had when memory ran out, and the
address space that it had mapped (`total_vm`). Where the log's own kills tell how much was asked for, that is the end.
Enough is what kills nobody in any of _SCHEDULES; the least is found by bisection, so it is told with what isn't enough.
"""

import shlex
import time
from dataclasses import dataclass

from oommc import api
from oommc.advise.measure import SEED
from oommc.incident.cause import size as in_words
from oommc.incident.model import Report
from oommc.policies import Policy
from oommc.scenario import Scenario
from oommc.units import PAGE

_SCHEDULES = 64  # none of so many: with 95 % probability fewer than 5 % of all
_STEPS = 6  # of the bisection: within a 64th of the last doubling
_MOST_TIMES = 16  # of the memory that there was
_LEAST = 64  # pages
_SECONDS = 8.0  # of CPU


@dataclass(frozen=True)
class Enough:
    """`enough` pages more kill nobody, `short` still kill, if what grew stops at `stop`, in words. `is_least`: it may
    well have gone further.
    """

    stop: str
    is_least: bool
    short: int
    enough: int

    @property
    def size(self) -> str:
        """What is enough."""
        return _size(self.enough)

    @property
    def too_little(self) -> str:
        """What isn't."""
        return _size(self.short)


def enough(scenario: Scenario, policy: Policy, grown: str | None = None) -> list[Enough]:
    """What would have been enough, for each end that the log tells; `grown`: the log's name of what grew."""
    begin = time.process_time()
    found = []
    for stop, is_least, ended in _ends(scenario, grown):
        least = _least(ended, policy, begin + _SECONDS)
        found += [Enough(stop, is_least, *least)] if least else []
    return found


def _ends(scenario: Scenario, grown: str | None) -> list[tuple[str, bool, Scenario]]:
    memory = sum(node.memory for node in scenario.machine.nodes)
    growing = [p for p in scenario.processes if p.program.kind == "grow"]
    if any((p.program.target or 0) < memory for p in growing):
        return [("they had grown no further than the kills tell", False, scenario)]
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
    return [(text, is_least, scenario.replace(key, f"{pages} pages")) for text, is_least, pages in ends]


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
    memory = sum(node.memory for node in scenario.machine.nodes)
    sizes = {
        f"machine.node.{at}.memory": f"{node.memory + more * node.memory // memory} pages"
        for at, node in enumerate(scenario.machine.nodes)
    }
    result = api.run(scenario.replace_all(sizes), [policy], _SCHEDULES, SEED)
    return not any(block["kills"].any() for block in result.blocks(scenario.name, policy.name, ["kills"]))


def raising(report: Report, more: int) -> str | None:
    """The command that raises the group's limit by so many pages; None where no group's limit was hit."""
    if report.constraint != "memcg" or not report.memcg_limit_kb or not report.memcg:
        return None
    limit = -(-(report.memcg_limit_kb + more * PAGE // 1024) // 1024)
    *_, last = report.memcg.split("/")
    if last.endswith((".service", ".slice")):
        return f"systemctl set-property {shlex.quote(last)} MemoryMax={limit}M"
    if "kubepods" in report.memcg:
        return f"kubectl set resources deployment NAME --limits=memory={limit}Mi"
    if (name := last.removeprefix("docker-").removesuffix(".scope")) and "docker" in report.memcg:
        return f"docker update --memory {limit}m --memory-swap -1 {shlex.quote(name[:12])}"
    return f"echo {limit}M > {shlex.quote(f'/sys/fs/cgroup{report.memcg}/memory.max')}"


def _size(pages: int) -> str:
    return in_words(pages * PAGE // 1024)
