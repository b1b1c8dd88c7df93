"""Which lines of a log are worth a look: those near any sign of an OOM report.

Most lines of a log have nothing to do with one, and are thrown away unparsed by a few substring tests.
"""

import re
from collections.abc import Iterable, Iterator

_SIGNS = (
    "oom-kill",
    "oom_reaper",
    "oomd",
    "ut of memory",
    "ut of Memory",
    "emory cgroup",
    "emory pressure for",
    "illed process",
    "Kill process",
    "kill process",
    "killing process",
    "Killing process",
    "sending SIG",
    "ow memory!",
    "memory: usage",
    "pid ]",
    "pid  ]",
    "No available memory",
    "earlyoom",
    "exited after",
    "for killing",
    "nohang",
    "badness",
    "orrective action",
    "he victim",
    "lowmemorykiller",
    "slurmstepd",
    "oom_kill event",
    "oom-kill event",
    "memory usage threshold",
    "xceeded memory limit",
    "memory limit at some point",
    "viction manager",
    "low on resource: memory",
    "System OOM encountered",
    "sys oom event",
    "send sigkill to",
    "due to memory pressure",
)
# For speed alone: each sign holds one of these, and few other lines do.
_PARTS = ("oom", "emory", "ill", "SIG", "pid", "fter", "OOM", "viction", "ctim", "orrec", "nohang", "badn")
_ROW = re.compile(r"\[\s{0,12}[0-9]{1,10}\](?:\s+[0-9]+){4}")
# A sign opens a window of lines that are looked at closely: call trace, zones and module list of one report.
_WINDOW = 400


def near(lines: Iterable[str]) -> Iterator[str]:
    """The lines near a sign, in order; a blank one where others were left out. Memory does not grow with the log."""
    window = 0
    previous = None  # a name can stand on the line before its `invoked oom-killer`
    for raw in lines:
        if _is_sign(raw):
            if not window and previous is not None:
                yield previous
            window = _WINDOW
        elif not window:
            previous = raw
            continue
        window -= 1
        yield raw
        if not window:
            yield ""
            previous = None


def _is_sign(raw: str) -> bool:
    if any(map(raw.__contains__, _PARTS)) and any(map(raw.__contains__, _SIGNS)):
        return True
    return "]" in raw and _ROW.search(raw) is not None
