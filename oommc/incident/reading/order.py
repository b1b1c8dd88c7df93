"""The order of a log: `journalctl -r` and `dmesg | tac` begin with what came last.

What tells is the order of a report's own lines (a table's head stands before its rows), and then the stamps. A log that
runs backwards goes through a temporary file, so that memory doesn't grow with it.
"""

import itertools
import re
import tempfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from oommc.incident.reading.prefix import split

_LOOKED_AT = 1000  # lines
_BLOCK = 1 << 16
# What stands right before what.
_PAIRS = [
    (re.compile(r"\[ *pid *\] +uid"), re.compile(r"\[ *\d+\](?:\s+\d+){4}")),
    (re.compile(r" invoked oom-killer"), re.compile(r"CPU: \d+ .*PID|Pid: \d|cpuset=\S+ mems_allowed")),
    (re.compile(r"\[ *\d+\](?:\s+\d+){4}"), re.compile(r"oom-kill:|ut of memory: Kill")),
    (re.compile(r"oom-kill:constraint"), re.compile(r"ut of memory: Kill")),
    (re.compile(r"ut of memory: Kill"), re.compile(r"oom_reaper: ")),
    (re.compile(r"Memory pressure for /"), re.compile(r"oomd attempting|Killed /|Marked /")),
    (re.compile(r"oomd attempting|Killed /|Marked /"), re.compile(r"systemd-oomd killed")),
    (re.compile(r"low memory!"), re.compile(r"sending SIG|killing process")),
    (re.compile(r"sending SIG|killing process"), re.compile(r"exited after|did not exit|kill failed")),
]
_WEIGHT = 3  # of such a pair, beside two stamps


def in_order(lines: Iterable[str]) -> Iterator[str]:
    """The lines, the oldest first."""
    lines = iter(lines)
    first = list(itertools.islice(lines, _LOOKED_AT))
    if _forward(first) >= 0:
        yield from first
        yield from lines
        return
    with tempfile.TemporaryFile() as file:
        for line in itertools.chain(first, lines):
            file.write(line.rstrip("\r\n").replace("\n", " ").encode("utf-8", "surrogatepass") + b"\n")
        yield from _backwards(file)


def _forward(lines: list[str]) -> int:
    """How much says that these run forward; below 0: backwards."""
    score = 0
    for before, after in itertools.pairwise(lines):
        for first, second in _PAIRS:
            if first.search(before) and second.search(after):
                score += _WEIGHT
            elif first.search(after) and second.search(before):
                score -= _WEIGHT
    clocks: dict[tuple[str, str | None], float] = {}  # each host's
    for line in map(split, lines):
        for clock, now in ((("t_s", line.host), line.t_s), (("wall_s", line.host), line.stamp.wall_s)):
            if now is not None:
                score += (now > clocks.get(clock, now)) - (now < clocks.get(clock, now))
                clocks[clock] = now
    return score


def _backwards(file: BinaryIO) -> Iterator[str]:
    """The lines of a file, the last one first."""
    at, rest = file.seek(0, 2), b""
    while at:
        begin = max(0, at - _BLOCK)
        file.seek(begin)
        rest, *whole = (file.read(at - begin) + rest).split(b"\n")
        yield from (line.decode("utf-8", "surrogatepass") for line in reversed(whole) if line)
        at = begin
    if rest:
        yield rest.decode("utf-8", "surrogatepass")
