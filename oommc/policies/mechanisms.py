"""The mechanisms of which every OOM policy is made: one table, the only place that lists their values.

A policy is one value for each mechanism. The words are those of the kernel and of the mails in which the
designs were proposed. The engine's codes for the values stand in `pyx/world.pxd`; a test holds the two together.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mechanism:
    """One mechanism: what it decides and the values that it can take.

    `values` maps each value to its meaning. `kind` is "choice" (one of them), "set" (any of them),
    "count" (a whole number >= 1) or "time" (ns; 0 is off).
    """

    about: str
    values: dict[str, str]
    kind: str = "choice"


MECHANISMS: dict[str, Mechanism] = {
    "passes": Mechanism(
        "consecutive reclaim passes without progress that lead to the OOM path", {}, kind="count"
    ),
    "recheck": Mechanism(
        "the last tries of the allocation before the kill",
        {"before_gate": "before the gate is tried", "under_gate": "with the gate held"},
        kind="set",
    ),
    "recheck_mark": Mechanism(
        "the watermark that the last try must meet",
        {"high": "pages_high", "low": "pages_low", "min": "pages_min"},
    ),
    "gate": Mechanism(
        "what keeps a second kill out",
        {
            "none": "nothing",
            "flag": "one global test-and-set bit",
            "semaphore": "one global semaphore, first come first served",
        },
    ),
    "gate_test": Mechanism(
        "a further condition looked at under the gate, before the recheck",
        {"none": "nothing", "memdie": "a marked thread is still in the task list: go away for a tick"},
    ),
    "gate_life": Mechanism(
        "how long the gate stays closed",
        {
            "attempt": "until out_of_memory() returns",
            "victim": "until the victim's mm is cleaned out, or the attempt shot nobody",
        },
    ),
    "refused": Mechanism(
        "what a thread does that does not get the gate",
        {
            "spin": "tries its allocation again at once, burning CPU",
            "sleep_tick": "sleeps one tick first, unless marked",
            "queue": "waits in the gate's queue",
        },
    ),
    "report": Mechanism(
        "when the report is printed", {"on_call": "on every call of out_of_memory(), before the scan"}
    ),
    "limiter": Mechanism(
        "what holds reports back",
        {"none": "nothing", "bucket": "printk_ratelimit(): a burst, refilled by one an interval"},
    ),
    "mutex": Mechanism(
        "the cpuset mutex, held from the scan to the end of the kill",
        {"yes": "queues callers, first come first served", "no": "there is none"},
    ),
    "abort_on": Mechanism(
        "what the scan takes for a kill under way, so that it kills nobody",
        {"memdie": "a marked thread that isn't PF_DEAD", "exiting": "a PF_EXITING thread that isn't PF_DEAD"},
        kind="set",
    ),
    "constrained": Mechanism(
        "what an ask that is bound to some nodes does",
        {
            "kill_current": "kills its own task: no scan, no abort test",
            "scan": "the same as any other ask",
        },
    ),
    "selector": Mechanism("how the victim is chosen", {"badness_2006": "badness() of 2.6.17"}),
    "child_first": Mechanism(
        "whether a child of the chosen process dies instead of it",
        {"first": "the first child with another mm", "no": "no"},
    ),
    "signal": Mechanism(
        "which threads get SIGKILL at the kill",
        {
            "thread": "the chosen thread; its siblings learn when it reaches PF_EXITING",
            "group": "its whole thread group",
            "all_sharers": "every thread on the mm",
        },
    ),
    "mark": Mechanism(
        "which threads get TIF_MEMDIE at the kill",
        {
            "thread": "the chosen thread",
            "group": "its whole thread group",
            "all_sharers": "every thread on the mm",
        },
    ),
    "sharers": Mechanism(
        "threads of other groups on the victim's mm",
        {"kill_and_mark": "SIGKILL and TIF_MEMDIE", "kill": "SIGKILL only", "spare": "neither"},
    ),
    "reserves": Mechanism(
        "how far below pages_min a marked thread may go",
        {"all": "to the last page", "half": "to half of pages_min", "none": "not at all"},
    ),
    "killer_sleep": Mechanism(
        "whether a thread that comes back from out_of_memory() sleeps",
        {"tick": "one tick, unless marked", "tick_if_killed": "one tick after a kill only", "none": "no"},
    ),
    "timeout": Mechanism(
        "so long after its kill a victim no longer closes the gate, aborts a scan, or can be chosen; 0 is never",
        {},
        kind="time",
    ),
    "on_no_victim": Mechanism(
        "what happens when nobody can be killed",
        {"panic": "the machine panics", "retry": "the thread goes on as after an aborted scan"},
    ),
}
