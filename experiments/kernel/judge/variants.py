"""What each mechanism does, and what a difference is laid to: one thing changed at a time."""

from dataclasses import replace

from lab import plan

import oommc

from .calibrate import Parameters
from .translate import predicted_policy, predicted_scenario


def variants(
    known: plan.Plan, machines: dict[tuple[str, str], Parameters]
) -> dict[str, tuple[str, oommc.Scenario, str]]:
    """Words → the run, and with that one thing changed what is predicted and under which policy."""

    def of(name: str, **changes) -> oommc.Scenario:
        entry = known.entries[name]
        return predicted_scenario(entry, replace(machines[entry.setting], **changes))

    pass_ns = machines["6.12", "icount"].pass_ns
    changed = {
        "base, without lumps": ("base", of("base").replace("machine.gather.size", 0)),
        "hogs4, page faults take no CPU": ("hogs4", of("hogs4").replace("process.hog.program.busy", False)),
        "hogs4, nothing raises a watermark": ("hogs4", of("hogs4", boosted=0)),
        "hogs4, every zone is boosted": ("hogs4", of("hogs4", boosted=1)),
        "hogs8, hogs grow alike": ("hogs8", of("hogs8", paces=(1.0,))),
        "memcg, a pass takes as long as one of the node": ("memcg", of("memcg", memcg_pass_ns=pass_ns)),
    }
    planned = {
        words: (name, scenario, predicted_policy(known.entries[name].policy))
        for words, (name, scenario) in changed.items()
    }
    by_policy = {
        "threads-61, the bit comes before the last lump": ("threads-61", "mainline-6"),
        "hogs8-61, the bit comes before the last lump": ("hogs8-61", "mainline-6"),
        "finite, and the reserves have nothing": ("finite", predicted_policy("mainline-6(reserves=none)")),
        "allocating, and the reserves have nothing": (
            "allocating", predicted_policy("oom_kill_allocating_task(reserves=none)")
        ),
    }  # fmt: skip
    return planned | {words: (name, of(name), policy) for words, (name, policy) in by_policy.items()}
