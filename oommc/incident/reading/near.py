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
    "Mem-Info:",
    "Mem-info:",
)
_ROW = re.compile(r"\[\s{0,12}[0-9]{1,10}\](?:\s+[0-9]+){4}")
# A sign opens a window of lines that are looked at closely: call trace, zones and module list of one report.
_WINDOW = 400


class Near:
    """Takes lines one by one, gives those near a sign. Memory does not grow with the log."""

    def __init__(self) -> None:
        self._window = 0
        self._previous: str | None = None  # a name can stand on the line before its `invoked oom-killer`

    def given(self, raw: str) -> tuple[str, ...]:
        """This line if it is near a sign, with the one before it or a blank one where that matters."""
        if _is_sign(raw):
            before = self._previous if not self._window else None
            self._window, self._previous = _WINDOW - 1, None
            return (raw,) if before is None else (before, raw)
        if not self._window:
            self._previous = raw
            return ()
        self._window -= 1
        return (raw,) if self._window else (raw, "")


def near(lines: Iterable[str]) -> Iterator[str]:
    """The lines near a sign, in order; a blank one where others were left out."""
    given = Near().given
    for raw in lines:
        yield from given(raw)


def _is_sign(raw: str) -> bool:
    # The first tests are for speed alone: each sign holds one of these, and few other lines do.
    may_be = "oom" in raw or "emory" in raw or "ill" in raw or "SIG" in raw or "pid" in raw or "fter" in raw
    may_be = may_be or "OOM" in raw or "viction" in raw or "ctim" in raw or "urm" in raw or "orrec" in raw
    if (may_be or "Mem-" in raw or "nohang" in raw or "badn" in raw) and any(map(raw.__contains__, _SIGNS)):
        return True
    return "]" in raw and _ROW.search(raw) is not None
