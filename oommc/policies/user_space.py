"""The killers in user space: each a row of knobs, as its authors ship it.

Versions and files are those in which each rule was read. Names that a killer prefers, avoids or ignores by a regular
expression, an extended attribute or a unit's setting are a process class's `preference`. What reclaim scans is what it
takes. Not modelled: iocost (oomd's fifth plug-in; no device here has costs), pressure averages over 60 s (oomd's
kill_by_pressure), and what a killer needs itself, but for `stall`.
"""

from typing import Any

from .monitor import Monitor


def _killer(name: str, **knobs: Any) -> Monitor:
    """Knobs as a user writes them: `Monitor` turns texts into ns, pages and pages/s."""
    return Monitor(name=name, **knobs)


EARLYOOM = _killer(
    "earlyoom",
    poll="100 ms",
    poll_most="1 s",
    mem_fill="6000000 KiB/s",
    swap_fill="800000 KiB/s",
    mem_of="anon",
    mem_term=10,
    swap_term=10,
    mem_kill=5,
    swap_kill=5,
    victim="oom_score",
    preference="points",
    reread="yes",
    reap="yes",
    wait="process",
    wait_poll="100 ms",
    wait_most="10 s",
)

NOHANG = _killer(
    "nohang",
    poll="100 ms",
    poll_most="3 s",
    mem_fill="6000 MiB/s",
    swap_fill="2000 MiB/s",
    mem_term=5,
    swap_term=10,
    mem_kill=2,
    swap_kill=4,
    victim="oom_score",
    preference="points",
    reread="yes",
    grace="10 s",
    wait="process",
    wait_poll="10 ms",
    wait_most="20 s",
)

SYSTEMD_OOMD = _killer(
    "systemd-oomd",
    poll="150 ms",
    poll_most="150 ms",
    mem_kill=10,
    swap_kill=10,
    pressure="full",
    pressure_limit=60,
    pressure_for="30 s",
    pressure_poll="1 s",
    reclaim_within="30 s",
    pressure_of="cgroup",
    victim="swap",
    pressure_victim="pgscan",
    preference="order",
    unit="cgroup",
    pressure_rest="15 s",
)

OOMD = _killer(
    "oomd",
    poll="5 s",
    poll_most="5 s",
    mem_kill=100,
    swap_kill=10,
    pressure="full",
    pressure_limit=60,
    pressure_for="30 s",
    pressure_poll="5 s",
    reclaim_within="10 s",
    pressure_of="cgroup",
    victim="swap",
    pressure_victim="growth",
    preference="order",
    unit="cgroup",
    reap="yes",
    wait="leader",
    wait_poll="1 s",
    wait_most="9 s",
    rest="15 s",
)

LMKD = _killer(
    "lmkd",
    rules="stalls",
    poll="10 ms",
    poll_most="100 ms",
    partial_stall="70 ms",
    complete_stall="700 ms",
    swap_kill=10,
    thrashing=100,
    thrashing_decay=10,
    thrashing_critical=200,
    victim="lru",
    perceptible="spared",
    reap="yes",
    wait="process",
    wait_poll="10 ms",
    wait_most="100 ms",
)

KILLERS: dict[str, tuple[Monitor, str, str]] = {
    "earlyoom": (
        EARLYOOM,
        "looks at available memory and free swap, the oftener the nearer they are to its thresholds: SIGTERM where"
        " both are at 10 % or less, SIGKILL at 5 %, to the highest oom_score. It looks again before it kills, but sends"
        " the signal that was due at first, and waits up to ten seconds until the process has gone; SIGTERM becomes"
        " SIGKILL as soon as 5 % are reached.",
        "earlyoom 5c3e3ea, main.c and kill.c",
    ),
    "nohang": (
        NOHANG,
        "SIGTERM at 5 % of memory and 10 % of swap, SIGKILL at 2 % and 4 % or ten seconds later, to the highest"
        " oom_score; its rules on pressure are off as it is shipped. The victim that it has signalled stays its victim"
        " until it has gone.",
        "nohang 1d49838, conf/nohang/nohang.conf.in and src/nohang",
    ),
    "systemd-oomd": (
        SYSTEMD_OOMD,
        "two rules. Where nine tenths of memory and of swap are used, SIGKILL to the cgroup with most in swap, and it"
        " looks again 150 ms later. Where a cgroup's full pressure has been above 60 % for 30 s and reclaim has been at"
        " work there within 30 s, SIGKILL to the one below it from which reclaim takes most, and 15 s of rest. A cgroup"
        " dies whole, whatever its memory.oom.group says; here that is the victim's own, not those that it lies in.",
        "systemd src/oom, oomd-manager.c 00a99cb recursively_get_cgroup_context(), oomd-manager.h 01e1303, oomd-util.c"
        " 0282cb6 oomd_cgroup_kill()",
    ),
    "oomd": (
        OOMD,
        "looks every five seconds: full pressure of a cgroup above 60 % for 30 s with reclaim within 10 s, the victim"
        " being the largest, if it has half of all, or the one that grows most; or less than 10 % of swap free, the"
        " victim being who has most there. It signals the whole cgroup once a second until its processes are dead, ten"
        " times at most, reaps them, and rests 15 s.",
        "oomd 88c28fd, etc/desktop.json, docs/core_plugins.md, BaseKillPlugin.cpp and KillMemoryGrowth-inl.h",
    ),
    "lmkd": (
        LMKD,
        "Android's: when PSI tells of stalls it looks for a second, and kills where a kill has left free memory below"
        " min, where nothing ran for 0.7 s, where less than a tenth of swap is free and the page cache thrashes or"
        " memory is low, and where it thrashes below low or in direct reclaim. SIGKILL to the highest oom_score_adj,"
        " sparing what the user perceives where things aren't at their worst. No second kill while the last victim is"
        " alive, but for 0.1 s at most.",
        "lmkd of Android 13 (e7c6b3e, 3ab0aa2), lmkd.cpp mp_event_psi() and update_props(), of a device with much"
        " memory: DEF_LOW_SWAP 10, kill_timeout_ms 100 (its README still says 0, Android 11 had 20 and 0)",
    ),
}
