"""Each way in which a design can hang: a schedule made for it, who stands still, who gets out.

In the clockwork world again. To hang is an outcome `livelock` (at the horizon somebody still waits for
memory) or, where nobody is left to kill, `panic`. A pass takes 5 ms where the horizon is seconds: a loop of
years costs a test nothing.

The hog's ask at 2 ms finds nothing, and it is shot (or shoots itself) a pass, a scan and a report later; the
daemon keeps its 100 pages for ever. What then goes wrong with the victim is each schedule's own.
"""

from dataclasses import dataclass, field

from worlds import GONE, clockwork, daemon, hog, late

from oommc.policies import groups, registry
from oommc.scenario import Scenario

FOREVER = "1000 s"
LATENCY = {"report": "100 us", "reclaim_pass": "5 ms"}
NODE = {"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
PROTECTED = {"oom_adj": -17, "oom_score_adj": -1000}
RECOVERED, LIVELOCK, UNSETTLED, PANIC = 1, 2, 3, 4


def keeper() -> dict:
    """A daemon that never gives its chunk back."""
    return daemon(program={"kind": "churn", "start": 0, "think": "1 ms", "chunk": 100, "keep": FOREVER})


def stuck(*processes: dict, latency: dict | None = None, horizon: str = "12 s", **machine) -> Scenario:
    return clockwork(*processes, latency=latency or LATENCY, **machine).replace("horizon", horizon)


@dataclass(frozen=True)
class Hang:
    """`ends`: designs that get out, with the number of kills that it takes them. `kills`: of those that don't, but for
    those that kill again `in_vain`.
    """

    world: Scenario
    ends: dict[str, int]
    hung: tuple[int, ...] = (LIVELOCK,)
    kills: int = 1
    in_vain: dict[str, int] = field(default_factory=dict)


HANGS: dict[str, Hang] = {
    # The hog, killed, needs a lock of `late`, who asks for 50 of the 100 pages that are left at MIN. The mm
    # is locked, too, so the reaper gives up. Out of it: the reserves for all who loop, or another kill after
    # a timeout.
    "L1": Hang(
        stuck(
            hog(exit=GONE | {"lock": {"p": 1, "holder": "late"}, "mmap_lock": {"p": 1}}),
            keeper(),
            late("6 ms", 50),
        ),
        {
            "dave-2006-experiment": 1,
            "reserves-2015": 1,
            "patched-timeout": 2,
            "timeout-2007": 2,
            "skip-4.10": 2,
            "mainline-6": 2,
        },
    ),
    # The leaver exits by itself at 4.001 ms. Its accounting wants 120 of 200 pages: 80 are below MIN. Its
    # scan meets PF_EXITING: itself, and nobody is killed. From 2.6.19 on it gets the mark, and so the reserves.
    "L2": Hang(
        stuck(
            {
                "name": "leaver",
                "role": "hog",
                "rss": 9500,
                "program": {"kind": "grow", "start": 0, "think": "4 ms", "chunk": 1, "target": 9500, "hold": "1 us"},
                "exit": GONE | {"work": {"p": 1, "chunk": 120}},
            },
            {"name": "sleeper", "role": "batch", "rss": 300, "program": {"kind": "idle"}, "exit": GONE},
        ),
        dict.fromkeys(
            (
                "2.6.19",
                "2.6.20",
                "zone-lock-2.6.24",
                "badness-2.6.36",
                "rcu-scan-3.16",
                "oom-lock-4.2",
                "reaper-4.6",
                "skip-4.10",
                "mainline-6",
                "timeout-2007",
            ),
            0,
        ),
        kills=0,
    ),
    # The hog never wakes. The reaper takes its memory all the same; a timeout kills the daemon and then
    # `late`.
    "L3": Hang(
        stuck(hog(exit=GONE | {"block": {"p": 1, "delay": FOREVER}}), keeper(), late()),
        {"patched-timeout": 3, "timeout-2007": 3, "reaper-4.6": 1, "skip-4.10": 1, "mainline-6": 1},
    ),
    # 150 pages are free. The peer, on the hog's mm, asks for 80 at 1.25, the hog with __GFP_NOFAIL at 1.3 ms.
    # Back from its pass at 1.35, the peer shoots the hog (the first in the list). Marked with it, it takes 80
    # from the reserves at once; 70 are left for the hog, which can't fail. Unmarked, it sleeps, and the hog
    # has its page at 1.4 ms; marked later, it fails, and goes.
    "L4": Hang(
        clockwork(
            hog(
                rss=9850,
                flags={"p_nofail": 1},
                program={"kind": "grow", "start": 0, "think": "1300 us", "chunk": 160, "target": 20000},
            ),
            {
                "name": "peer",
                "role": "hog",
                "uid": 1000,
                "shares_mm_with": "hog",
                "exit": GONE,
                "program": {"kind": "grow", "start": 0, "think": "1250 us", "chunk": 160, "target": 20000},
            },
            node=[{"memory": "10000 pages", "reserved": 0, "page_cache": 0, "min": 1, "low": 2, "high": 150}],
            latency={"report": 0},
        ),
        {"2.6.20": 1, "zone-lock-2.6.24": 1},
    ),
    # The hog asks for 80 pages without __GFP_FS and naps since 8 ms. `late` shoots it at 11.103 ms. Where the mark
    # is tested above `rebalance` it naps on, and looks at nothing that others give back, reaper and timeout or not.
    # Else it has a page of the reserves at the end of its nap.
    "L5": Hang(
        stuck(
            hog(
                flags={"p_no_fs": 1},
                program={"kind": "grow", "start": 0, "think": "1 ms", "chunk": 80, "target": 20000},
            ),
            keeper(),
            late("6 ms"),
        ),
        {
            "2.6.20": 1,
            "dave-2006-experiment": 1,
            "reaper-4.6": 1,
            "mainline-6": 1,
        },
        in_vain={"patched-timeout": 3},
    ),
    # As L1, but `late` asks without __GFP_FS: it naps 20 ms at a time and never comes to the OOM path. `third`
    # does. What a timeout brings back it sees only under reclaim's guard (2.6.19 on); later kernels look each time.
    "L6": Hang(
        stuck(
            hog(exit=GONE | {"lock": {"p": 1, "holder": "late"}, "mmap_lock": {"p": 1}}),
            keeper(),
            late("6 ms", 50, flags={"p_no_fs": 1}),
            late(name="third"),
            scan_rate="2500000 pages/s",
        ),
        {"dave-2006-experiment": 1, "timeout-2007": 2, "skip-4.10": 2, "mainline-6": 3},
        in_vain={"patched-timeout": 3, "patched-reaper": 3},
    ),
    # A bystander holds the hog's mm and never lets go.
    "L7": Hang(
        stuck(hog(exit=GONE | {"pin": {"p": 1, "delay": FOREVER}}), keeper(), late()),
        {
            "baseline": 3,
            "patched-try4": 3,
            "patched-timeout": 3,
            "patched-pin-age": 3,
            "patched-reaper": 1,
            "skip-4.10": 1,
        },
    ),
    # The hog is a vfork child of init and shares its mm, which init, whom no signal touches, never lets go.
    "L8": Hang(
        stuck(
            {
                "name": "init",
                "role": "batch",
                "rss": 9500,
                "init": True,
                "program": {"kind": "idle"},
                "exit": GONE,
            },
            {
                "name": "hog",
                "role": "hog",
                "uid": 1000,
                "shares_mm_with": "init",
                "program": {"kind": "grow", "start": 0, "think": "1 ms", "chunk": 200, "target": 20000},
                "exit": GONE,
            },
            keeper(),
            late(),
        ),
        {
            "baseline": 3,
            "patched-try4": 3,
            "patched-timeout": 3,
            "patched-pin-age": 3,
            "zone-lock-2.6.24": 3,
            "skip-4.10": 3,
        },
    ),
    # One CPU, a tick of 10 ms, passes of 20 us, and 30 threads that ask for 300 pages each at 3 ms. The hog
    # is on its way since 2.052 and begins to tear down at 5.052 ms. Each of its 20 batches takes 500 us times
    # all who spin at the gate, 191 ms in all; who sleeps leaves it the CPU for most of each tick.
    "L9": Hang(
        stuck(
            hog(),
            keeper(),
            late("3 ms", count=30, chunk=300),
            cpus=1,
            hz=100,
            latency={"report": 0, "reclaim_pass": "20 us"},
            horizon="60 ms",
        ).replace("settle", "1 ms"),
        {"patched-try2": 1, "dave-2006-experiment": 1},
    ),
    # Two cpusets. The hog of the first is stuck and nobody else asks there; the other fills the second at 60
    # ms.
    "L10": Hang(
        stuck(
            hog(exit=GONE | {"block": {"p": 1, "delay": FOREVER}}, nodes=[0]),
            hog(
                name="other",
                nodes=[1],
                program={"kind": "grow", "start": 0, "think": "30 ms", "chunk": 200, "target": 20000},
            ),
            node=[NODE, NODE],
            horizon="5 s",
        ),
        {"baseline": 2, "patched-cpuset": 2, "2.6.19": 2, "badness-2.6.36": 2},
    ),
    # The hog's parent doesn't wait for it. Its memory is back, but `late` wants more than there is: the next
    # must die.
    "L11": Hang(
        stuck(hog(exit=GONE | {"unreaped": {"p": 1, "delay": FOREVER}}), keeper(), late(chunk=9750)),
        {"baseline": 2, "patched": 2, "rcu-scan-3.16": 2, "skip-4.10": 2},
    ),
    # A process on the hog's mm is spared, and so it holds it for ever; nobody else can be killed.
    "L12": Hang(
        stuck(
            hog(),
            {
                "name": "peer",
                "role": "batch",
                "shares_mm_with": "hog",
                "program": {"kind": "idle"},
                "exit": GONE,
            }
            | PROTECTED,
            late("3 ms", **PROTECTED),
        ),
        {"baseline": 1, "patched": 1, "patched-try2": 1},
        (LIVELOCK, PANIC),
    ),
}


def naming(hang: str) -> list[str]:
    """The designs of the kernel's line that say that they can hang so."""
    return [name for name in groups["kernel"] if hang in registry[name].hangs]
