"""The lab's scenario as the simulator is given it: with the machine's parameters in."""

from collections import Counter
from collections.abc import Sequence

from lab import plan

import oommc

from .calibrate import Parameters
from .zones import BLOCK, zones

LISTED = 63
"""Pages: so many of a victim's are seen by others at a time. A batch of struct mmu_gather has 509, but its pages go
back one by one, and what a processor's list doesn't keep, pcp->batch (63 at most) at a time (free_pcppages_bulk()).
"""


def predicted_policy(policy: str) -> str:
    """The kernel's, in this guest: MMF_OOM_SKIP comes when a victim's pages are back, not a lump before.

    Every process maps the guest's shared page, at its upper end. Shared and dirty, it makes zap_pte_range() give back
    what is gathered by then (`force_flush`), and only then is all unmapped and the bit set. In 17 of 17 exits whose
    flushes are traced (the calibration's first seeds) 38 to 170 of up to 50,729 pages come after it.
    """
    start, _, options = policy.partition("(")
    return f"{start}(skip_at=freed{',' + options if options else ')'}"


def predicted_scenario(entry: plan.Entry, machine: Parameters) -> oommc.Scenario:
    """The plan's scenario on that machine.

    What the kernel uses itself is a process that nobody may kill, for it counts in what oom_score_adj is a share of.
    Nothing is reclaimable in the guest, no file page either, so kswapd has given up before memory runs out, and a boost
    that comes then stays, as all reports show.
    """
    table = entry.scenario.to_dict() | {"name": entry.name}
    table["process"].append(
        {"name": "kernel", "role": "batch", "rss": machine.used, "oom_score_adj": -1000, "program": {"kind": "idle"}}
    )
    managed = entry.scenario.machine.nodes[0].memory - machine.reserved
    table["machine"] |= {
        "cpus": min(entry.scenario.machine.cpus, machine.cpus),
        "node": [
            {"memory": zone.managed, "reserved": zone.reserved, "file_resident": 0}
            | {"min": zone.min, "low": zone.low, "high": zone.high}
            for zone in zones(managed, machine.late)
        ],
        "gather": {"size": machine.lump, "rate": f"{machine.unmap_rate} pages/s"},
        "teardown_rate": f"{machine.free_rate} pages/s",
        "teardown_batch": LISTED,
        "fragmentation": {"p": machine.boosted, "block": BLOCK, "at": "minimum"},
        "kswapd_rate": "10 GiB/s",
    }
    scenario = oommc.Scenario.from_dict(table, entry.name)
    scenario = scenario.replace("machine.latency.reclaim_pass", machine.pass_ns)
    scenario = scenario.replace("machine.latency.memcg_pass", machine.memcg_pass_ns)
    scenario = scenario.replace("machine.latency.report", machine.report_ns)
    for p in scenario.processes:
        scenario = scenario.replace(f"process.{p.name}.exit.wake", machine.wake_ns)
        scenario = scenario.replace(f"process.{p.name}.exit.tail", machine.tail_ns)
        if p.program.kind == "grow":
            scenario = _growing(scenario, p, machine)
    return scenario


def _growing(scenario: oommc.Scenario, p, machine: Parameters) -> oommc.Scenario:
    """What the kernel takes to fault pages in is thinking to the simulator,
    and takes a processor where nobody sleeps besides.
    """
    program = f"process.{p.name}.program"
    think, touch = p.program.think.median(), machine.touch_ns * p.program.chunk.median()
    if think:
        return scenario.replace(f"{program}.think", think + touch)
    scenario = scenario.replace(f"{program}.busy", True)
    if p.count * p.threads == 1:
        return scenario.replace(f"{program}.think", touch)
    paced = one_of([round(touch / pace) for pace in machine.paces])
    return scenario.replace(f"{program}.steady", True).replace(f"{program}.think", paced)


def one_of(values: Sequence[int]) -> dict:
    """One of these numbers."""
    counts = sorted(Counter(values).items())
    return {"dist": "discrete", "values": [value for value, _ in counts], "weights": [count for _, count in counts]}
