"""Which row of the kernel's line a version ran: one table, the first version of each row."""

import re

_SINCE = {
    "baseline": (2, 6, 0),
    "2.6.19": (2, 6, 19),
    "zone-lock-2.6.24": (2, 6, 24),
    "badness-2.6.36": (2, 6, 36),
    "rcu-scan-3.16": (3, 16, 0),
    "oom-lock-4.2": (4, 2, 0),
    "reaper-4.6": (4, 6, 0),
    "skip-4.10": (4, 10, 0),
    "lockless-reaper-4.19": (4, 14, 0),
    "mainline-6": (5, 18, 0),
}

_VERSION = re.compile(r"(\d{1,3})\.(\d{1,4})(?:\.(\d{1,4}))?(?:.*\.(el6)\b)?", re.ASCII)


def design_of(version: str) -> str | None:
    """The name of the policy that a kernel version (`uname -r`) ran; None where the text is none from 2.6 on.

    A distribution's kernel is taken for the mainline version it is named after, but Red Hat's 2.6.32 (el6), which
    took over the badness of 2.6.36.

    >>> design_of("5.2.14"), design_of("2.6.32-642.11.1.el6.x86_64")
    ('lockless-reaper-4.19', 'badness-2.6.36')
    """
    match = _VERSION.match(version)
    if match is None:
        return None
    number = tuple(int(part or 0) for part in match.groups()[:3])
    if match[4] and number == (2, 6, 32):
        return "badness-2.6.36"
    names = [name for name, since in _SINCE.items() if since <= number]
    return names[-1] if names else None
