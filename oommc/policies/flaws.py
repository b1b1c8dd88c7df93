"""The windows in which a design can kill unnecessarily, and the ways in which it can hang, by number.

The numbering follows the kernel's history: each was found in one design and closed, or opened, by a later one.
`SIMULATED` are those that the model can show; the others are told because a reader of the kernel asks for them.
"""

WINDOWS = {
    "W1": "stale check: a report, a mutex or a preemption lies between the last failed check and the kill",
    "W2": "threads: the marked thread is gone while its siblings still hold the mm",
    "W3": "pinned mm: all the victim's threads are gone, a bystander's mm_users holds its pages",
    "W4": "constrained asks kill current whatever is under way",
    "W5": "a protected task that releases memory doesn't stop a scan",
    "W6": "PF_SWAPOFF is chosen before the scan meets a victim",
    "W7": "HIGH is asked for where MIN would do, and more where marks are boosted; pages on per-CPU lists aren't seen",
    "W8": "less than 32 pages reclaimed count as no progress",
    "W9": "the victim is invisible from mm = NULL on, while exit_mmap() still has its pages",
    "W10": "the reaper holds the last mm_users while the victim's mark is cleared",
    "W11": "the reaper reports success though mlocked or shared pages stay",
    "W12": "tasks that exit by themselves no longer stop a scan",
    "W13": "the reaper gives up on a victim that is merely slow",
    "W14": "the reaper finishes between another CPU's recheck and its scan",
    "W15": "MMF_OOM_SKIP is set before page tables and the last batch are back",
    "timeout": "the timeout passes before a slow victim is gone",
}

HANGS = {
    "L1": "the victim waits for a lock whose holder waits for memory",
    "L2": "an exiting task needs memory itself",
    "L3": "the victim is stuck, uninterruptible, or waits until its core is dumped",
    "L4": "many marked threads exhaust the reserves",
    "L5": "a marked thread loops in reclaim and doesn't notice its mark",
    "L6": "GFP_NOFS loops can neither kill nor fail",
    "L7": "the gate waits for an mm that a bystander pins",
    "L8": "the victim shares its mm with init, which can't be killed",
    "L9": "threads that spin at the gate starve the victim of CPU",
    "L10": "the gate is global: one cpuset's kill stops another's",
    "L11": "the victim isn't reaped by its parent",
    "L12": "a spared sharer holds the victim's mm",
}

SIMULATED = frozenset(
    "W1 W2 W3 W4 W5 W6 W7 W8 W9 W10 W11 W12 W13 W14 W15 timeout L1 L2 L3 L4 L5 L6 L7 L8 L9 L10 L11 L12".split()
)
