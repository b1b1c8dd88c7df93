"""What the core has to know of a scenario beside its keys: a function for each field, which is named as the function.

A function takes what its struct describes, and of a class the whole scenario too. The build reads their names, so
nothing here imports more than the standard library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..scenario.common import MAX_NODES
from ..scenario.tree import tree
from .crowd import constant

if TYPE_CHECKING:
    from ..distributions import Distribution
    from ..scenario.cgroup import Cgroup
    from ..scenario.machine import Node
    from ..scenario.model import ScenarioFile
    from ..scenario.process import Process
    from ..scenario.tree import Branch

NS = 1_000_000_000
NEVER = (1 << 63) - 1
UNLIMITED = 1 << 50
"""Pages: a limit that no group comes to."""
WEIGHTS = (
    *(88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916),
    *(9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277),
    *(1024, 820, 655, 526, 423, 335, 272, 215, 172, 137),
    *(110, 87, 70, 56, 45, 36, 29, 23, 18, 15),
)
"""By nice value, from -20 on: each step is a tenth of a processor where two share it."""

LARGEST_CHUNK = 1 << 32
"""Pages: what the core cuts an ask to, more than any machine has."""


@dataclass(frozen=True)
class Computed:
    """The computed fields of a struct, and how long those are that are arrays."""

    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        self.functions[function.__name__] = function
        return function

    def array(self, length: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """The same for a field that is an array."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.lengths[function.__name__] = length
            return self(function)

        return add


for_machine, for_node, for_class, for_group = Computed(), Computed(), Computed(), Computed()


@for_machine
def tick(scenario: ScenarioFile) -> int:
    """ns"""
    return NS // scenario.machine.hz


@for_machine
def nap_ticks(scenario: ScenarioFile) -> int:
    """HZ/50"""
    return max(1, scenario.machine.hz // 50)


@for_machine
def shift_hz(scenario: ScenarioFile) -> int:
    """SHIFT_HZ of include/linux/jiffies.h (2.6.17): log2 of HZ, the middle between two powers rounded up."""
    hz = scenario.machine.hz
    shift = hz.bit_length() - 1
    return shift + (2 * hz >= 3 << shift)


@for_machine
def kswapd_period(scenario: ScenarioFile) -> int:
    """ns a batch"""
    machine = scenario.machine
    return min(NEVER, machine.reclaim_batch * NS // machine.kswapd_rate) if machine.kswapd_rate else NEVER


@for_machine
def memcg_pass(scenario: ScenarioFile) -> Distribution:
    """A pass within a memory cgroup."""
    latency = scenario.machine.latency
    return latency.memcg_pass or latency.reclaim_pass


@for_node
def size(node: Node) -> int:
    """Without what is reserved."""
    return node.memory - node.reserved


@for_group
def limit(group: Cgroup, _: Branch) -> int:
    """What its members may hold together."""
    return UNLIMITED if group.limit is None else group.limit


@for_group
def high(group: Cgroup, _: Branch) -> int:
    """Above it who charges is slowed down."""
    return UNLIMITED if group.high is None else group.high


@for_group
def swap_max(group: Cgroup, _: Branch) -> int:
    """What its members may have in swap, -1: any amount."""
    return -1 if group.swap_max is None else group.swap_max


@for_group
def swaps(_: Cgroup, branch: Branch) -> bool:
    """Reclaim within a group may swap it: memory.swap.max is set of it, or of one that it lies in."""
    return any(group.swap_max is not None for group in branch.line)


@for_group
def kept(_: Cgroup, branch: Branch) -> bool:
    """So is memory.min or memory.low."""
    return any(group.min or group.low for group in branch.line)


@for_group
def parent(_: Cgroup, branch: Branch) -> int:
    """The group that it lies in, -1: none"""
    return branch.parent


@for_group
def end(_: Cgroup, branch: Branch) -> int:
    """The first group behind it that doesn't lie in it."""
    return branch.end


@for_class
def hog(process: Process, _: ScenarioFile) -> bool:
    """Its role is hog."""
    return process.role == "hog"


@for_class
def daemon(process: Process, _: ScenarioFile) -> bool:
    """Its role is daemon."""
    return process.role == "daemon"


@for_class
def restart(process: Process, scenario: ScenarioFile) -> Distribution:
    """From its death until another does its work."""
    return process.restart or scenario.machine.restart


@for_class
def resident(process: Process, _: ScenarioFile) -> int:
    """Pages of each process that sleeps."""
    rss = process.rss.quantile
    return rss.minimum() if constant(rss) else 0


@for_class
def oom_adj(process: Process, _: ScenarioFile) -> int:
    """What the kernel makes of oom_score_adj where it isn't given."""
    return _either(process.oom_adj, process.oom_score_adj * 17, 1000)


@for_class
def oom_score_adj(process: Process, _: ScenarioFile) -> int:
    """What the kernel makes of oom_adj where it isn't given."""
    return _either(process.oom_score_adj, process.oom_adj * 1000, 17)


def _either(given: int, other: int, divisor: int) -> int:
    """oom_adj and oom_score_adj say the same to kernels of different eras; where one isn't given the other decides.

    The kernel's own conversion (2.6.36, fs/proc/base.c): oom_adj · 1000 / 17 and back, towards zero.
    """
    return given or (other // divisor if other >= 0 else -(-other // divisor))


@for_class
def root(process: Process, _: ScenarioFile) -> bool:
    """Its uid is 0."""
    return process.uid == 0


@for_class
def weight(process: Process, _: ScenarioFile) -> int:
    """Its threads' share of a processor, beside one of 1024: sched_prio_to_weight[], kernel/sched/core.c."""
    return WEIGHTS[process.nice + 20]


@for_class
def maps(process: Process, scenario: ScenarioFile) -> int:
    """Whose segment its mms map: a class, -1 none."""
    name = process.name if process.shared.maximum() else process.maps
    return [other.name for other in scenario.processes].index(name) if name else -1


@for_class
def memcg(process: Process, scenario: ScenarioFile) -> int:
    """-1: none"""
    name = process.cgroup or process.memcg
    return [branch.group.name for branch in tree(scenario)].index(name) if name else -1


@for_class
def n_nodes(process: Process, _: ScenarioFile) -> int:
    """How many nodes it may use."""
    return len(process.nodes)


@for_class.array(MAX_NODES)
def nodes(process: Process, _: ScenarioFile) -> tuple[int, ...]:
    """The nodes that it may use."""
    return process.nodes + (0,) * (MAX_NODES - len(process.nodes))


@for_class
def grows(process: Process, _: ScenarioFile) -> bool:
    """Its program is of the kind grow."""
    return process.program.kind == "grow"


@for_class
def idle(process: Process, _: ScenarioFile) -> bool:
    """Its program is of the kind idle."""
    return process.program.kind == "idle"


@for_class
def chunk_max(process: Process, _: ScenarioFile) -> int:
    """The largest chunk."""
    return 0 if process.program.kind == "idle" else max(1, _largest(process.program.chunk))


@for_class
def lock_first(process: Process, scenario: ScenarioFile) -> int:
    """The first of the threads that may hold the lock."""
    return _threads(scenario, process.exit.lock.holder).start


@for_class
def lock_count(process: Process, scenario: ScenarioFile) -> int:
    """How many they are."""
    return len(_threads(scenario, process.exit.lock.holder))


@for_class
def pin_first(process: Process, scenario: ScenarioFile) -> int:
    """The first of the threads that may pin its mm."""
    return _threads(scenario, process.exit.pin.by).start


@for_class
def pin_count(process: Process, scenario: ScenarioFile) -> int:
    """How many they are; 0: it is none of them."""
    return len(_threads(scenario, process.exit.pin.by))


def _threads(scenario: ScenarioFile, name: str | None) -> range:
    """The threads of a class, by number; none of no class."""
    first = 0
    for process in scenario.processes:
        after = first + process.count * process.threads
        if process.name == name:
            return range(first, after)
        first = after
    return range(0)


@for_class
def work_chunk_max(process: Process, _: ScenarioFile) -> int:
    """0: nothing is asked for."""
    return _largest(process.exit.work.chunk) if process.exit.work.p else 0


@for_class
def core_dump_chunk_max(process: Process, _: ScenarioFile) -> int:
    """0: nothing is asked for."""
    return _largest(process.exit.core_dump.chunk) if process.exit.core_dump.p else 0


def _largest(chunk: Distribution) -> int:
    return min(LARGEST_CHUNK, chunk.maximum())
