"""Each window through which a design kills for nothing: a schedule for it, who falls through, who closed it.

All in the clockwork world, with a report of 100 us, so that no window is wider than the one it is about. A
schedule begins as a rule so: at 2 ms the hog's ask finds nothing, its pass ends at 2.1, its report at 2.2,
the scan of three tasks at 2.203 ms, and it is shot; 3 ms later, at 5.203, it lets go of its mm, whose 9,700
pages are back in 20 batches by 14.903 ms. In 4.10 sixteen passes come before the OOM path, all that is 1.5 ms
later; with seventeen, later on, 1.6 ms.

Then comes `late`, who finds too little for its ask in the moment that the window is about. The memory that it
needs is on its way (or there): whom it shoots dies for nothing.
"""

from dataclasses import dataclass

from worlds import GONE, clockwork, daemon, hog, late

from oommc.policies import registry
from oommc.scenario import Scenario
from oommc.trace import replay

QUICK = {"report": "100 us"}
NODE = {"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
SLOW = {"latency": QUICK, "teardown_rate": "100000 pages/s"}
PROTECTED = {"oom_adj": -17, "oom_score_adj": -1000}


def idle(name: str, role: str = "batch", **changes) -> dict:
    """A process that never asks."""
    return {
        "name": name,
        "role": role,
        "rss": 0,
        "uid": 1000,
        "program": {"kind": "idle"},
        "exit": GONE,
    } | changes


def leaver(**changes) -> dict:
    """Holds 9,500 pages and exits by itself at 4.001 ms."""
    program = {"kind": "grow", "start": 0, "think": "4 ms", "chunk": 1, "target": 9500, "hold": "1 us"}
    return {
        "name": "leaver",
        "role": "batch",
        "rss": 9500,
        "uid": 1000,
        "program": program,
        "exit": GONE,
    } | changes


@dataclass(frozen=True)
class Window:
    """`kills`: policy → its second kill (µs, whom), worked out in the comment; `closed_by`: who has none."""

    world: Scenario
    kills: dict[str, tuple[float, str]]
    closed_by: tuple[str, ...]
    schedule: int = 0


WINDOWS: dict[str, Window] = {
    # All are preempted for 30 ms after a failed check: the hog from 2.1 to 32.1, is shot at 32.203, and its
    # mm, locked so that the reaper can't have it, is back from 35.703 to 44.903 ms. `late` fails its check at
    # 34.1 (35.6) and comes back at 64.1 (65.6): it scans two tasks, prints before or after, and shoots the
    # daemon.
    "W1": Window(
        clockwork(
            hog(exit=GONE | {"mmap_lock": {"p": 1}}),
            daemon(),
            late("34 ms"),
            latency=QUICK | {"preempt": {"p": 1, "delay": "30 ms"}},
        ),
        {"baseline": (64_202, "daemon"), "2.6.19": (64_202, "daemon"), "skip-4.10": (65_702, "daemon")},
        ("patched", "patched-try2", "patched-try4", "recheck-after-selection-2017"),
    ),
    # Two threads on 4,900 pages; in schedule 1 the sibling is stuck for 100 ms when it is killed, the leader
    # isn't. Of 155 free pages `late` gets six blocks of 8. It shoots the leader at 2.204 (four tasks), which lets
    # go of the mm at 5.204 and is PF_DEAD at 6.204 ms; the job has grown to 4,902 pages by then, more than
    # the sibling's. `late` comes back each tick, scanning at .204. With an abort that doesn't sleep it scans
    # every 104 us from 3.104 on: 5.288 is the first after 5.204, 6.224 the first after 6.204; then comes the
    # report.
    "W2": Window(
        clockwork(
            idle("hog", "hog", rss=4900, threads=2, exit=GONE | {"block": {"p": 0.5, "delay": "100 ms"}}),
            late(
                "5 ms",
                name="job",
                rss=4895,
                program={"kind": "grow", "start": 0, "think": "5 ms", "chunk": 7, "target": 4902},
            ),
            late("2 ms", chunk=200, rss=50, flags={"order": 3}),
            latency=QUICK,
        ),
        {
            "baseline": (6_204, "job"),
            "2.6.19": (5_204, "job"),
            "rcu-scan-3.16": (6_324, "job"),
            "oom-lock-4.2": (5_388, "job"),
        },
        ("patched", "patched-try2", "patched-try4", "badness-2.6.36", "reaper-4.6", "skip-4.10"),
        schedule=1,
    ),
    # A bystander holds the mm for 100 ms from the kill on. The hog is PF_DEAD and reaped at 6.203 ms.
    "W3": Window(
        clockwork(hog(exit=GONE | {"pin": {"p": 1, "delay": "100 ms"}}), daemon(), late("7 ms"), latency=QUICK),
        {
            "baseline": (7_202, "daemon"),
            "zone-lock-2.6.24": (7_202, "daemon"),
            "patched-try4": (7_202, "daemon"),
        },
        ("patched", "patched-try2", "reaper-4.6", "skip-4.10", "lockless-reaper-4.19"),
    ),
    # The hog, over both nodes, needs 30 ms to die. `late` may use the first node only: it kills itself,
    # without a scan, when its pass (its seventeenth) and its report are over.
    "W4": Window(
        clockwork(
            hog(rss=19000, exit=GONE | {"wake": "30 ms"}),
            daemon(),
            late("5 ms", nodes=[0]),
            latency=QUICK,
            node=[NODE, NODE],
        ),
        {"baseline": (5_200, "late"), "2.6.19": (5_200, "late"), "oom_kill_allocating_task": (6_800, "late")},
        ("patched", "badness-2.6.36", "mainline-6"),
    ),
    # The swapper stands first in the list and is inside swapoff(2) from 3.8 ms on. `late` looks at four tasks; its
    # report and its scan are over at 4.204, and the hog, shot at 2.204 ms, isn't looked at. Where it is, `late`
    # sleeps to 5 ms; the hog's first batch is back at 4.804. With more passes all that is later; after seventeen the
    # hog is chosen at 3.704.
    "W6": Window(
        clockwork(
            idle("swapper", swapoff=True, program=late("1000 s")["program"] | {"start": "3800 us"}),
            hog(exit=GONE | {"wake": "2100 us"}),
            daemon(),
            late("4 ms", chunk=300),
            latency=QUICK,
        ),
        {"baseline": (4_204, "swapper")},
        (
            "patched",
            "patched-try4",
            "2.6.19",
            "zone-lock-2.6.24",
            "badness-2.6.36",
            "rcu-scan-3.16",
            "skip-4.10",
            "mainline-6",
        ),
    ),
    # The hog is invisible from 5.203 on; `late` fails its check at 5.3, before the first batch is back at
    # 5.703 ms.
    "W9": Window(
        clockwork(hog(), daemon(), late("5200 us"), latency=QUICK),
        {"2.6.19": (5_403, "daemon"), "zone-lock-2.6.24": (5_403, "daemon")},
        ("baseline", "patched", "badness-2.6.36", "rcu-scan-3.16", "oom-lock-4.2"),
    ),
    # The reaper takes 9,700 pages from 2.203 to 11.903 ms and holds an mm_users meanwhile. So the hog's own mmput()
    # at 5.203 isn't the last one, and its mark goes with it. `late` asks for nearly all; its scan is over at 6.103,
    # its report at 6.203 ms. From 4.10 on the victim is the mm.
    "W10": Window(
        clockwork(hog(), daemon(), late("6 ms", chunk=9000, **PROTECTED), latency=QUICK),
        {"reaper-4.6": (6_203, "daemon")},
        ("patched", "oom-lock-4.2", "skip-4.10", "lockless-reaper-4.19", "expiry-2018"),
    ),
    # All but 700 pages are mlocked. The reaper has the others by 2.903 (4.403, 4.503) and is done; the hog needs
    # 300 ms. `late` asks for 2,000 at 6 ms.
    "W11": Window(
        clockwork(
            hog(mlocked=9000, exit=GONE | {"wake": "300 ms"}),
            daemon(),
            late("6 ms", chunk=2000, **PROTECTED),
            latency=QUICK,
        ),
        {
            "reaper-4.6": (6_203, "daemon"),
            "skip-4.10": (7_703, "daemon"),
            "alloc-oom-4.14": (7_803, "daemon"),
            "lockless-reaper-4.19": (7_803, "daemon"),
            "boost-5.0": (7_803, "daemon"),
        },
        ("patched", "oom-lock-4.2", "mainline-6", "expiry-2018"),
    ),
    # A pass takes 5 ms, sixteen 80: the hog is shot at 82.103 ms and holds its mmap lock for 5 s. The reaper
    # gives up after ten attempts, 900 ms later. `late` scans at 86.003 and every 80.003 ms from then on:
    # 1,046.039 is the first after 982.103; then comes the report. In mainline-6 seventeen take 85 ms and the
    # reaper gives up 2,900 ms after 87.103; of the scans at 91.003 and every 85.003 ms from then on 3,066.108
    # is the first after 2,987.103.
    "W13": Window(
        clockwork(
            hog(exit=GONE | {"wake": "5 s", "mmap_lock": {"p": 1}}),
            daemon(),
            late("6 ms", chunk=2000),
            latency=QUICK | {"reclaim_pass": "5 ms"},
        ).replace("horizon", "8 s"),
        {"skip-4.10": (1_046_139, "daemon"), "mainline-6": (3_066_208, "daemon")},
        ("patched", "patched-timeout", "reaper-4.6"),
    ),
    # A look at a task takes 2 ms, and `late` asks for nearly all. The hog, shot at 3.7 + 6 + 0.1 ms,
    # would need 50 ms, the reaper has all in one batch at 19.5. `late` fails its check at 15.7, its scan
    # ends at 21.7 ms; then comes the report.
    "W14": Window(
        clockwork(
            hog(exit=GONE | {"wake": "50 ms"}),
            daemon(),
            late("14 ms", chunk=9000, **PROTECTED),
            latency=QUICK,
            scan_per_task="2 ms",
            teardown_batch="10000 pages",
        ),
        {"lockless-reaper-4.19": (21_800, "daemon"), "boost-5.0": (21_800, "daemon")},
        ("patched", "skip-4.10", "alloc-oom-4.14", "recheck-after-selection-2017", "expiry-2018"),
    ),
    # exit_mmap() in two batches, from 6.803 to 11.803 and 16.503 ms: MMF_OOM_SKIP after the first. `late` asks for
    # nearly all. It scans at 7.703 and each 1.703 ms on; at 11.809 it has the first batch, and seventeen passes later
    # it scans once more, at 13.512; then comes the report. A BPF handler takes the daemon at the first scan (W9).
    "W15": Window(
        clockwork(hog(), daemon(), late("6 ms", chunk=9000, **PROTECTED), latency=QUICK, teardown_batch="5000 pages"),
        {"mainline-6": (13_612, "daemon"), "bpf": (7_803, "daemon")},
        ("patched", "oom-lock-4.2", "skip-4.10", "lockless-reaper-4.19", "expiry-2018"),
    ),
    # A pass takes 5 ms; the victim, its mm locked, needs 12 s. Shot at 7.103 ms, it no longer counts from
    # 10,007.103 on; `late` is refused every 6 ms from 11 on, for the last time at 10,007. With seventeen passes
    # the victim is shot at 87.103, and of `late`'s scans, as in W13, that at 1,111.039 is the first after
    # 1,087.103 ms; then comes the report.
    "timeout": Window(
        clockwork(
            hog(exit=GONE | {"wake": "12 s", "mmap_lock": {"p": 1}}),
            daemon(),
            late("6 ms", chunk=2000),
            latency=QUICK | {"reclaim_pass": "5 ms"},
        )
        .replace("horizon", "15 s")
        .replace("patience", "20 s"),
        {"patched-timeout": (10_013_103, "daemon"), "expiry-2018": (1_111_139, "daemon")},
        ("patched", "patched-try4", "oom-lock-4.2", "reaper-4.6"),
    ),
}


def kills(world: Scenario, policy: str, schedule: int = 0) -> list[tuple[float, str]]:
    """(µs, whom)."""
    events = replay(world, registry[policy], schedule, 1).events
    return [(e["t_ns"] / 1000, e["who"]) for e in events if e["what"] == "kill"]


def naming(window: str) -> list[str]:
    """The designs that say that they have this window."""
    return [policy.name for policy in registry.values() if window in policy.windows]
