"""The mechanisms of an allocation that finds no page: reclaim, retries, last tries, and the gate to the OOM killer."""

from dataclasses import dataclass

from .table import mechanism


@dataclass(frozen=True)
class Allocation:
    """A value for each; see `mechanisms.Mechanisms`, which goes on with what the killer does."""

    name: str
    passes: int = mechanism(
        1,
        "consecutive reclaim passes without progress that lead to the OOM path: from 4.7 on 16, from 4.12 on 17",
        kind="count",
    )
    memcg_passes: int = mechanism(
        1,
        "as many in a memory cgroup: the retries, one pass before them and, "
        "from 4.2 on, one after its stocks are drained",
        kind="count",
    )
    progress: str = mechanism(
        "cluster",
        "what a reclaim pass has to get to have made progress",
        {"cluster": "32 pages (SWAP_CLUSTER_MAX)", "any": "any page: not all zones are unreclaimable"},
    )
    guard: str = mechanism(
        "none",
        "what keeps a pass that got nothing from having failed",
        {
            "none": "nothing",
            "all_lru": "a node whose pages haven't been scanned six times since one last came back to it",
            "reclaimable": "the same of file pages, and of anonymous ones only where there is swap left",
        },
    )
    retry: str = mechanism(
        "naps",
        "after a pass that doesn't lead to the OOM path, if there is still no page",
        {
            "naps": "20 ms of congestion_wait() and another pass; without __GFP_FS and progress no look at free memory",
            "at_once": "another pass",
        },
    )
    rebalance: str = mechanism(
        "blind",
        "a killed thread that loops in reclaim, because that makes progress or because it may not kill (no __GFP_FS)",
        {"blind": "doesn't look at its mark", "sees_mark": "looks at it each time round"},
    )
    recheck: tuple[str, ...] = mechanism(
        ("before_gate",),
        "the last tries of the allocation before the kill",
        {
            "before_gate": "before the gate is tried",
            "under_gate": "with the gate held",
            "after_selection": "just before the kill, at pages_min",
        },
        kind="set",
    )
    recheck_mark: str = mechanism(
        "high",
        "the watermark that the last try must meet",
        {"high": "pages_high", "low": "pages_low", "min": "pages_min"},
    )
    drain: tuple[str, ...] = mechanism(
        (),
        "when the per-CPU lists go back, so that a check sees them",
        {
            "after_progress": "after a pass that made progress, if that isn't enough",
            "last_try": "before each last try",
        },
        kind="set",
    )
    gate: str = mechanism(
        "none",
        "what keeps a second kill out",
        {
            "none": "nothing",
            "flag": "one global test-and-set bit",
            "semaphore": "one global semaphore, first come first served",
            "trylock": "one global mutex, only tried",
            "zonelist_trylock": "a bit for each node of the ask's zonelist, all or none: under a cpuset every node",
            "node_trylock": "a bit for each node: all that the ask may use, or none",
        },
    )
    gate_test: str = mechanism(
        "none",
        "a further condition looked at under the gate, before the recheck",
        {"none": "nothing", "memdie": "a marked thread, up to memdie_until: nobody is killed"},
    )
    gate_life: str = mechanism(
        "attempt",
        "how long the gate stays closed",
        {
            "attempt": "until out_of_memory() returns",
            "attempt_and_pause": "until the pause after it is over",
            "victim": "until the victim's mm is cleaned out, or the attempt shot nobody",
        },
    )
    gate_opens: str = mechanism(
        "mm_freed",
        "when a gate that a victim keeps opens",
        {"mm_freed": "its mm is cleaned out", "skip": "its mm has MMF_OOM_SKIP: cleaned out, or the reaper's end"},
    )
    refused: str = mechanism(
        "spin",
        "what a thread does that does not get the gate",
        {
            "spin": "tries its allocation again at once, burning CPU",
            "sleep_tick": "sleeps one tick first, unless marked",
            "queue": "waits in the gate's queue",
            "wait": (
                "sleeps until the gate opens, but for the timeout at most, "
                "or until it is killed; then tries its allocation again"
            ),
        },
    )
