"""Physical lines to records: what belongs to OOM reports, each record whole again.

Two things stand between a log and its reports. Most lines of a log have nothing to do with them, and are
thrown away unparsed by a few substring tests. And mail wraps lines: a record is its first line and the
continuations after it, i.e. lines without a prefix that do not begin like a record of their own.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oommc.incident.reading.prefix import Line, split

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
)
_ROW = re.compile(r"\[\s{0,12}[0-9]{1,10}\](?:\s+[0-9]+){4}")
# A sign opens a window of lines that are looked at closely: call trace, zones and module list of one report.
_WINDOW = 400

_STARTS = re.compile(
    r"\[ *\d+\] +\d|\[ *pid|\S.{0,40}? invoked oom-killer|oom-kill"
    r"|(?:Node \d+ )?(?:DMA|Normal|HighMem|Movable|Device)"
    r"|Node \d+ |(?:active_anon|active_file|unevictable|slab_reclaimable|mapped|free|Active):\d+(?: |$)"
    r"|lowmem_reserve|Mem-[Ii]nfo|Call [Tt]race|CPU: |CPU +\d|cpu \d|Pid: |Free |Total |Swap |Tasks? "
    r"|\d+ (?:total|pages|reserved)"
    r"|[Oo]ut of [Mm]emory|Memory |memory[:+]|swap:|kmem:|Kill|Kernel panic|System is|No available|oom_|oomd "
    r"|mem avail|low memory|sending |killing |escalating|process |kill |Considered |<|----|\[?\.\.\.",
    re.ASCII,
)
_MAX_PARTS = 12
# Mail breaks a line where the next word no longer fits, never earlier than this. An earlier break was made by
# a terminal of fixed width, which breaks inside words.
_NARROWEST_MAIL = 60


class Record(NamedTuple):
    """One record: the lines that make it (the first with the prefix's times), and its text as one line."""

    lines: list[Line]
    text: str


def join(lines: list[Line]) -> str:
    """One line of several, with a blank at each break but where a word was broken."""
    text = lines[0].text
    if len(lines) == 1:
        return text
    blankless = text.startswith("oom-kill:")
    for before, after in itertools.pairwise(lines):
        text += ("" if blankless or breaks_word(before, after) else " ") + after.text
    return text


def breaks_word(before: Line, after: Line) -> bool:
    """Whether the break between two lines lies inside a word."""
    if not before.text or not after.text:
        return False
    word = after.text.split(None, 1)[0]
    last, first = before.text[-1], after.text[0]
    return (
        (last.isalpha() or last == "_")
        and (first.isalpha() or first in "_:")
        and before.width + 1 + len(word) < _NARROWEST_MAIL
    )


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records near any sign of an OOM report, in order; memory does not grow with the log."""
    window = 0
    previous = None  # a name can stand on the line before its `invoked oom-killer`
    current: list[Line] = []
    for raw in lines:
        if _is_sign(raw):
            if not window and previous is not None:
                current = [split(previous)]
            window = _WINDOW
        elif not window:
            previous = raw
            continue
        window -= 1
        line = split(raw)
        if (not line.text and not line.prefixed) or _begins(line, current):
            yield from _whole(current)
            current = [line]
        elif current[0].text:
            current.append(line)
        else:  # a stamp stood alone on its line: it is this line's
            current = [current[0]._replace(text=line.text, width=line.width)]
        if not window:
            yield from _whole(current)
            current, previous = [], None
    yield from _whole(current)


def _whole(lines: list[Line]) -> Iterator[Record]:
    """The record of these lines, if they say anything."""
    if lines and lines[0].text:
        yield Record(lines, join(lines))


def _is_sign(raw: str) -> bool:
    return _ROW.search(raw) is not None or any(map(raw.__contains__, _SIGNS))


def _begins(line: Line, current: list[Line]) -> bool:
    if line.prefixed or not current or len(current) >= _MAX_PARTS:
        return True
    if not current[0].text:  # after a blank line, or a stamp that stands alone
        return not current[0].prefixed
    return _STARTS.match(line.text) is not None and not current[-1].text.endswith(" invoked")
