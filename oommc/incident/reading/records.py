"""Physical lines to records, each whole again: mail and narrow terminals wrap lines.

A record is its first line and the continuations after it, i.e. lines without a prefix that do not begin like a record
of their own.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oommc.incident.reading.prefix import Line, split
from oommc.incident.reading.stamps import Stamp

_NONE = Stamp()
STARTS = re.compile(
    r"\[ *\d+\] +\d|\[ *pid|\S.{0,40}? invoked oom-killer|oom-kill|\S.{0,64}? cpuset=\S{1,512} mems_allowed"
    r"|(?:Node \d+ )?(?:DMA|Normal|HighMem|Movable|Device)"
    r"|Node \d+ |(?:active_anon|active_file|unevictable|slab_reclaimable|mapped|free|Active):\d+(?: |$)"
    r"|lowmem_reserve|Mem-[Ii]nfo|Call [Tt]race|CPU: |CPU +\d|cpu \d|Pid: |Free |Total |Swap |Tasks? "
    r"|\d+ (?:total|pages|reserved)"
    r"|[Oo]ut of [Mm]emory|Memory |memory(?:\+swap)?: usage|swap:|kmem:|Kill|Kernel panic|System is|No available"
    r"|oom_reaper|oomd |mem avail|low memory|sending |killing |escalating"
    r"|process (?:\d+ )?(?:exited|did|cmdline)|sleeping |kill (?:failed|process)|dryrun"
    r"|Failed to (?:kill|select)|Considered |Marked |<|----|\[?\.\.\.",
    re.ASCII,
)
_MAX_PARTS = 12
# Mail breaks a line where the next word no longer fits, never earlier than this. An earlier break was made by
# a terminal of fixed width, which breaks inside words.
_NARROWEST_MAIL = 60
# Words of reports: where one ends a line, or begins the next, the break lies between words.
_OF_REPORTS = """
    invoked oom-killer Out out of memory Memory cgroup stats for Killed killed Kill process score or sacrifice
    child Task in as a result limit usage failcnt reaped unable to reap now pid anon-rss file-rss shmem-rss
    total-vm UID Comm Not tainted Tainted Hardware name pages RAM reserved swap Free Total cached Call Trace and
    no killable processes Tasks are going be due uid tgid total_vm rss rss_anon rss_file rss_shmem nr_ptes nr_pmds
    nr_puds cpu pgtables_bytes swapents oom_adj oom_score_adj sending SIGTERM SIGKILL VmRSS MiB badness oom_score
    cmdline DMA DMA32 Normal HighMem Movable Node free min low high present managed boost active inactive
"""
_WORDS = frozenset(_OF_REPORTS.split())
_SIZE = re.compile(r"\d[kKM]i?B$", re.ASCII)
_AFTER_A_WORD = re.compile(r"[:=,(]")


class Record(NamedTuple):
    """One record: the lines that make it (the first with what its prefix told), and its text as one line."""

    lines: list[Line]
    text: str

    @property
    def stamp(self) -> Stamp:
        """When it was written."""
        return self.lines[0].stamp

    @property
    def t_s(self) -> float | None:
        """The same on printk's clock."""
        return self.lines[0].stamp.t_s


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
        and (word_before := before.text.rsplit(None, 1)[-1]) not in _WORDS
        and _SIZE.search(word_before) is None
        and _AFTER_A_WORD.split(word, 1)[0] not in _WORDS
    )


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of these lines, in order; memory does not grow with their number."""
    whole = Stamp()
    current: list[Line] = []
    before = ""
    for raw in lines:
        line = split(raw)
        if raw == before and line.t_s is not None:  # a console and its log, or two files sorted into one
            continue
        before = raw
        if line.prefixed:
            if line.stamp.since_s is not None:
                line = line._replace(stamp=line.stamp.after(whole))
            if line.stamp != _NONE:
                whole = line.stamp
        if (not line.text and not line.prefixed) or _begins(line, current):
            yield from _whole(current)
            current = [line]
        elif current[0].text:
            current.append(line)
        else:  # a stamp stood alone on its line: it is this line's
            current = [current[0]._replace(text=line.text, width=line.width)]
    yield from _whole(current)


def _whole(lines: list[Line]) -> Iterator[Record]:
    """The record of these lines, if they say anything."""
    if lines and lines[0].text:
        yield Record(lines, join(lines))


def _begins(line: Line, current: list[Line]) -> bool:
    if line.prefixed or not current or len(current) >= _MAX_PARTS:
        return True
    if not current[0].text:  # after a blank line, or a stamp that stands alone
        return not current[0].prefixed
    return STARTS.match(line.text) is not None and not current[-1].text.endswith(" invoked")
