"""What a scenario may say but the core can't count in 63 bits."""

from ..errors import InputError
from ..scenario import Scenario
from ._core import NODES
from .rows import SWAP_CLUSTER_MAX

LONGEST = 1 << 50
"""ns, 13 days: no run is longer. This and the next limit keep every product in the core within 63 bits."""
MOST_MEMORY = 1 << 31
"""Pages, 8 TiB."""


def check(scenario: Scenario) -> None:
    """Raises InputError."""
    machine = scenario.machine
    limiter = machine.report_ratelimit
    for path, value, most, unit in [
        ("machine.node: nodes", len(machine.nodes), NODES, ""),
        ("machine.node: memory of all nodes", sum(node.memory for node in machine.nodes), MOST_MEMORY, "pages (8 TiB)"),
        ("machine.fragmentation.block", machine.fragmentation.block, MOST_MEMORY, "pages (8 TiB)"),
        ("machine.swap.size", machine.swap.size, MOST_MEMORY, "pages (8 TiB)"),
        ("machine.working_set.size", machine.working_set.size, MOST_MEMORY, "pages (8 TiB)"),
        ("process: touch", max(p.program.touch for p in scenario.processes), MOST_MEMORY, "pages (8 TiB)"),
        ("process: file_touch", max(p.program.file_touch for p in scenario.processes), MOST_MEMORY, "pages (8 TiB)"),
        ("horizon", scenario.horizon, LONGEST, "ns (13 days)"),
        ("patience", scenario.patience, LONGEST, "ns (13 days)"),
        ("machine.scan_per_task", machine.scan_per_task, LONGEST, "ns (13 days)"),
        ("machine.report_ratelimit: burst · interval", limiter.burst * limiter.interval, 1 << 62, "ns"),
        ("process: total_vm", max(p.total_vm or 0 for p in scenario.processes), 1 << 45, "pages"),
        ("process: run_time", max(p.run_time for p in scenario.processes), 1 << 61, "ns"),
        ("process: cpu_time of all", sum(p.cpu_time * p.count for p in scenario.processes), 1 << 61, "ns"),
    ]:
        if value > most:
            raise InputError(f"{scenario.name}: {path}: at most {most} {unit}".rstrip() + f", not {value}")
    if machine.reclaim_batch < SWAP_CLUSTER_MAX:
        raise InputError(
            f"{scenario.name}: machine.reclaim_batch: at least {SWAP_CLUSTER_MAX} pages (SWAP_CLUSTER_MAX),"
            f" or no pass ever makes progress; not {machine.reclaim_batch}"
        )
