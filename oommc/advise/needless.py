"""Where no setting of a killer helps: why, and what to look at, by cause."""

_LOOK = {
    "zone": "Look at who fills the zone that was empty: a 32-bit kernel has little below HighMem, and a device may ask "
    "for DMA memory only.",
    "order": "Look at fragmentation (/proc/buddyinfo), and at who asks for so many pages in one piece.",
    "kernel": "Look at what the kernel holds: /proc/meminfo (Slab, KernelStack, Percpu, HugePages_Total, Shmem), "
    "slabtop -s c, and drivers.",
    "no_killable": "Look at who has oom_score_adj -1000: grep -l -- -1000 /proc/[0-9]*/oom_score_adj.",
    "sysrq": "Look at who asked: a keyboard, noise on a serial console, or a write to /proc/sysrq-trigger.",
    "unknown": "Look for the whole report, with its Mem-Info and its task table: journalctl -k, dmesg, the console.",
}


def why(cause: str) -> str:
    """That no setting helps, in a sentence, and what to look at."""
    first = (
        "The log doesn't show that memory ran out, so no setting of a killer can be tested."
        if cause == "unknown"
        else "No setting of a killer helps: it doesn't matter here who is killed."
    )
    return f"{first} {_LOOK[cause]}"
