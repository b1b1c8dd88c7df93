"""A small world with times again, so wide that every order of steps has its chance:
what the explorer is held against.
"""

from dataclasses import fields, is_dataclass, replace

from ..distributions import Constant, Distribution, read
from ..scenario import Scenario

SECOND = 1_000_000_000
WIDE = read({"dist": "scipy.loguniform", "a": 1, "b": 30_000, "scale": "1 ms"}, "ns", "wide")
PASS = read({"dist": "scipy.loguniform", "a": 1, "b": 100, "scale": "1 ms"}, "ns", "wide")
EVER = Constant("ns", 10_000 * SECOND)


def wide(scenario: Scenario) -> Scenario:
    """The scenario with every time that is free drawn from 1 ms to 30 s, all magnitudes alike.

    What takes no time still takes none, and what lasts to the horizon, 5,000 s now, still does. A scan takes 10 ms a
    task and a node's memory 5 s to tear down, which is longer than a pin age of 1 s. Reclaim goes through a node in
    1 s. There are processors for all, unless there is one: the explorer knows no contention. A pass takes 100 ms at
    most, so that whoever can come to an end by trying again does so long before the horizon.
    """
    threads = sum(p.count * p.threads for p in scenario.processes)
    largest = max(node.memory for node in scenario.machine.nodes)
    machine = _widened(scenario.machine, scenario.horizon)
    machine = replace(
        machine,
        cpus=scenario.machine.cpus if scenario.machine.cpus == 1 else max(scenario.machine.cpus, threads),
        teardown_rate=largest // 5,
        scan_rate=largest,
        scan_per_task=SECOND // 100 if scenario.machine.scan_per_task else 0,
        latency=replace(machine.latency, reclaim_pass=PASS, memcg_pass=None),
    )
    processes = tuple(_widened(process, scenario.horizon) for process in scenario.processes)
    return replace(scenario, horizon=5000 * SECOND, machine=machine, processes=processes)


def _widened(part, horizon: int):
    """A dataclass with every distribution of times in it made wide."""
    changes = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, Distribution) and value.unit == "ns":
            longest = value.maximum()
            changes[field.name] = EVER if longest >= horizon else WIDE if longest else value
        elif is_dataclass(value) and not isinstance(value, Distribution):
            changes[field.name] = _widened(value, horizon)
    return replace(part, **changes)
