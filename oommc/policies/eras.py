"""Which row of the kernel's line a version ran:
one table, the first version of each row, and of what a row leaves out.
"""

import re
from typing import Any

from .kernel import DESIGNS
from .policy import Policy

_SINCE: tuple[tuple[tuple[int, int, int], str, dict[str, Any]], ...] = (
    ((2, 6, 0), "baseline", {}),
    ((2, 6, 19), "2.6.19", {}),
    ((2, 6, 20), "2.6.20", {"sharers": "spare"}),  # oom_kill_task() signals the victim once for each of them
    ((2, 6, 21), "2.6.20", {}),  # and then them: 650a7c974f1
    ((2, 6, 24), "zone-lock-2.6.24", {}),
    ((2, 6, 26), "zone-lock-2.6.24", {"gate": "trylock"}),  # no zonelist of its own for MPOL_BIND: 19770b32609b
    ((2, 6, 32), "zone-lock-2.6.24", {"gate": "trylock", "guard": "reclaimable"}),  # zone_reclaimable_pages()
    # mem_cgroup_handle_oom(): 867578cbccb0
    ((2, 6, 34), "zone-lock-2.6.24", {"gate": "trylock", "guard": "reclaimable", "memcg": "group_lock"}),
    ((2, 6, 36), "badness-2.6.36", {}),
    ((2, 6, 37), "badness-2.6.36", {"retry": "at_once"}),  # wait_iff_congested(): 0e093d99763e
    # scans threads, skips zombies, kills sharers: read in 3.0, 3.4 and 3.10
    ((2, 6, 39), "rcu-scan-3.16", {"report_lock": "tasklist", "exiting_victim": "marked_after_report"}),
    # PF_EXITING is looked at before the report: <alpine.DEB.2.00.1201111924050.3982@chino.kir.corp.google.com>
    ((3, 4, 0), "rcu-scan-3.16", {"report_lock": "tasklist"}),
    ((3, 6, 0), "rcu-scan-3.16", {}),  # no more tasklist_lock over the report: 6b0c81b3be11
    ((4, 2, 0), "oom-lock-4.2", {}),
    ((4, 6, 0), "reaper-4.6", {}),
    ((4, 7, 0), "reaper-4.6", {"passes": 16, "guard": "none"}),
    ((4, 9, 0), "skip-4.10", {}),  # signal->oom_mm and MMF_OOM_SKIP: read in 4.9
    (
        (4, 12, 0),
        "skip-4.10",
        {"passes": 17, "starved": "reclaims"},
    ),  # no back-off any more: Johannes Weiner, <20170228214007.5621-10-hannes@cmpxchg.org>
    ((4, 14, 0), "alloc-oom-4.14", {}),
    ((4, 19, 0), "lockless-reaper-4.19", {}),
    ((5, 0, 0), "boost-5.0", {}),
    ((5, 9, 0), "boost-5.0", {"selector": "rss_adj", "memcg": "lock", "memcg_passes": 18}),
    ((5, 15, 0), "boost-5.0", {"selector": "rss_adj", "memcg": "lock", "memcg_passes": 18, "mrelease": "yes"}),
    ((5, 18, 0), "mainline-6", {}),
)
_ROWS = {policy.name: policy for policy in DESIGNS}
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,4})(?:\.(\d{1,4}))?(?:.*\.(el6)\b)?", re.ASCII)


def design_of(version: str) -> str | None:
    """The name of the design that a kernel version (`uname -r`) ran; None where the text is none from 2.6 on.

    A distribution's kernel is taken for the mainline version it is named after, but Red Hat's 2.6.32 (el6), which
    took over the badness of 2.6.36.

    >>> design_of("5.2.14"), design_of("2.6.32-642.11.1.el6.x86_64")
    ('boost-5.0', 'badness-2.6.36')
    """
    found = _found(version)
    return found and found[0]


def policy_of(version: str) -> Policy | None:
    """The same as a policy, with the constants of that version; see `design_of`.

    >>> policy_of("4.13.16").name
    'skip-4.10(passes=17,starved=reclaims)'
    """
    found = _found(version)
    return found and _ROWS[found[0]].replace(**found[1])


def first_version(design: str) -> str:
    """The first version that ran a design.

    >>> first_version("reaper-4.6"), first_version("baseline")
    ('4.6', '2.6.0')
    """
    major, minor, patch = next(since for since, name, _ in _SINCE if name == design)
    return f"{major}.{minor}" if major > 2 else f"{major}.{minor}.{patch}"


def _found(version: str) -> tuple[str, dict] | None:
    match = _VERSION.match(version)
    if match is None:
        return None
    number = tuple(int(part or 0) for part in match.groups()[:3])
    if match[4] and number == (2, 6, 32):
        return "badness-2.6.36", {}
    rows = [(name, changes) for since, name, changes in _SINCE if since <= number]
    return rows[-1] if rows else None
