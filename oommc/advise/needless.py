"""Where no setting of a killer helps: why, and what to look at, by cause."""

_LOOK = {
    "zone": (
        "Look at who fills the zone that was empty: a 32-bit kernel has little below HighMem, and a device may ask "
        "for DMA memory only.",
        "grep -E '^Node|nr_free_pages|nr_slab' /proc/zoneinfo",
    ),
    "order": (
        "Look at fragmentation, and at who asks for so many pages in one piece.",
        "cat /proc/buddyinfo",
    ),
    "kernel": (
        "Look at what the kernel holds, its drivers included.",
        "grep -E 'Slab|KernelStack|Percpu|HugePages_Total|Shmem' /proc/meminfo && slabtop -o -s c | head -20",
    ),
    "no_killable": ("Look at who may not be killed.", "grep -l -- -1000 /proc/[0-9]*/oom_score_adj"),
    "sysrq": (
        "Look at who asked: a keyboard, noise on a serial console, or a write to /proc/sysrq-trigger.",
        "cat /proc/sys/kernel/sysrq",
    ),
    "unknown": ("Look for the whole report, with its Mem-Info and its task table.", "journalctl -k --since -2h"),
}


def why(cause: str) -> str:
    """That no setting helps, in a sentence, and what to look at."""
    first = (
        "The log doesn't show that memory ran out, so no setting of a killer can be tested."
        if cause == "unknown"
        else "No setting of a killer helps: it doesn't matter here who is killed."
    )
    return f"{first} {_LOOK[cause][0]}"


def look(cause: str) -> str:
    """The command that looks."""
    return _LOOK[cause][1]
