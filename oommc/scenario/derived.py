"""What follows from other keys where a scenario doesn't say: watermarks, and the nodes of a process.

Such values are filled in after reading and left out again in writing, so that `replace` on a machine's memory
moves its watermarks too.
"""

from dataclasses import replace
from math import isqrt
from typing import Any

from oommc.distributions import Constant
from oommc.scenario.machine import Machine, Node
from oommc.scenario.process import Process
from oommc.units import PAGE

_LEFT_OUT: Any = None  # what a file leaves out
_KB = PAGE // 1024


def with_marks(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes with their watermarks (None: not given).

    mm/page_alloc.c: min_free_kbytes = sqrt(16 * lowmem kB), from 128 to 65536, shared out by memory (all of a
    node's counts as lowmem); low = min + min/4, high = min + min/2.
    """
    pages = sum(node.memory for node in nodes)
    least = min(max(isqrt(16 * pages * _KB), 128), 65536) // _KB
    filled = []
    for node in nodes:
        low_mark = least * node.memory // pages if node.min is None else node.min
        low = low_mark + low_mark // 4 if node.low is None else node.low
        high = low_mark + low_mark // 2 if node.high is None else node.high
        filled.append(replace(node, min=low_mark, low=low, high=high))
    return tuple(filled)


def without_marks(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes with None for every watermark that `with_marks` gives back."""
    bare = with_marks(tuple(replace(node, min=_LEFT_OUT, low=_LEFT_OUT, high=_LEFT_OUT) for node in nodes))
    dropped = tuple(
        replace(node, min=_LEFT_OUT if node.min == formula.min else node.min)
        for node, formula in zip(nodes, bare, strict=True)
    )
    expected = with_marks(tuple(replace(node, low=_LEFT_OUT, high=_LEFT_OUT) for node in dropped))
    return tuple(
        replace(node, **{mark: _LEFT_OUT for mark in ("low", "high") if getattr(node, mark) == getattr(same, mark)})
        for node, same in zip(dropped, expected, strict=True)
    )


def with_preemption(machine: Machine) -> Machine:
    """The machine with the probability of a tick in the window, where the file doesn't state one."""
    preempt = machine.latency.preempt
    if preempt.p is not None:
        return machine
    return _preempted(machine, min(1.0, preempt.window * machine.hz / 1e9))


def without_preemption(machine: Machine) -> Machine:
    """The machine with None for a probability that `with_preemption` gives back."""
    bare = _preempted(machine, _LEFT_OUT)
    return bare if with_preemption(bare) == machine else machine


def _preempted(machine: Machine, p: float) -> Machine:
    preempt = replace(machine.latency.preempt, p=p)
    return replace(machine, latency=replace(machine.latency, preempt=preempt))


def with_defaults(process: Process, nodes: int) -> Process:
    """The process on all nodes if it names none, holding nothing of its own if it shares another's mm."""
    if process.nodes is None:
        process = replace(process, nodes=tuple(range(nodes)))
    if process.shares_mm_with is not None:
        process = replace(process, rss=Constant("pages", 0))
    return process


def without_defaults(process: Process, nodes: int) -> Process:
    """The process with None for what `with_defaults` gives back."""
    if process.nodes == tuple(range(nodes)):
        process = replace(process, nodes=_LEFT_OUT)
    return replace(process, rss=_LEFT_OUT) if process.shares_mm_with is not None else process
