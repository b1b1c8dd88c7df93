"""The task table of a report: its header, and its rows.

Columns came and went (`cpu oom_adj`, `nr_ptes`, `nr_pmds`, `pgtables_bytes`, `rss_anon rss_file
rss_shmem`), but `uid tgid total_vm rss` always come first, and the badness adjustment stands last before
the name. So a row can be read without its header too, which is what is left of a report whose head the log
has lost.
"""

import re
from collections.abc import Callable
from functools import cache

from oommc.incident.model import Task
from oommc.incident.reading.prefix import Line
from oommc.incident.reading.records import breaks_word

_HEADER = re.compile(r"\[ *pid *\]\s*(uid\b.*)", re.ASCII)
_PID = re.compile(r"\[ *(\d{1,10})\]\s*", re.ASCII)
_NUMBERS = re.compile(r"(?:-?\d{1,19}(?:\s+|$))*", re.ASCII)
_LONGEST_NAME = 15  # TASK_COMM_LEN without its NUL
_FIRST = {"uid", "tgid", "total_vm", "rss"}
_MIDDLE = {"rss_anon", "rss_file", "rss_shmem", "cpu", "nr_ptes", "nr_pmds", "nr_puds", "pgtables_bytes", "swapents"}
_LAST = {"oom_adj", "oom_score_adj"}
NAMELESS = "?"  # the name in a row that is cut before it


def columns(text: str) -> tuple[str, ...] | None:
    """The names of the columns between the pid and the name, if this is a table's header. One that was cut has those
    that are whole, and ends before the adjustment.
    """
    header = _HEADER.match(text)
    if header is None:
        return None
    names = re.sub(r"(?<=[a-z])name$", " name", header[1]).split()
    is_whole = names[-1] == "name" or names[-1] in _FIRST | _MIDDLE | _LAST
    return tuple(names[:-1] if names[-1] == "name" or not is_whole else names)


def is_cut(header: tuple[str, ...]) -> bool:
    """Whether the lines of this table lost their ends: all tables have the adjustment there, and the name."""
    return header[-1:] != () and header[-1] in _FIRST | _MIDDLE


_ERAS = {  # a column, and the first version that printed it
    "rss_anon": "6.8",
    "pgtables_bytes": "4.15",
    "nr_pmds": "4.0",
    "nr_ptes": "3.6",
    "oom_score_adj": "2.6.36",
    "oom_adj": "2.6.27",
}


def era(header: tuple[str, ...]) -> str | None:
    """The first kernel version that printed these columns."""
    return next((version for column, version in _ERAS.items() if column in header), None)


def row(lines: list[Line], header: tuple[str, ...] | None) -> Task | None:
    """One task of the table; `None` if the lines are no row, or one damaged beyond use."""
    if header and len(lines) == 1 and not is_cut(header) and (whole := _pattern(len(header)).fullmatch(lines[0].text)):
        first, *texts, comm = whole.groups()
        return _task(int(first), comm[:64], header, texts)
    pid = _PID.match(lines[0].text)
    if pid is None:
        return None
    wanted = len(header) if header else None
    numbers: list[str] = []
    name = ""
    for i, line in enumerate(lines):
        rest = line.text[pid.end() :] if i == 0 else line.text
        if name:
            if _wrapped(lines, i) and len(name) + 1 + len(rest) <= _LONGEST_NAME:
                name += f" {rest}"
            elif breaks_word(lines[i - 1], line) and len(name) + len(rest) <= _LONGEST_NAME:
                name += rest
            continue
        matched = _NUMBERS.match(rest)
        found = matched[0].split() if matched else []
        if wanted is not None:
            found = found[: wanted - len(numbers)]  # a name may begin with a number
        numbers += found
        name = [*rest.split(None, len(found)), ""][len(found)]
    if header and is_cut(header):
        name = NAMELESS
    if not name or (header and len(numbers) != wanted):
        return None
    return _task(int(pid[1]), name[:64], header or _inferred(len(numbers)), numbers)


def _wrapped(lines: list[Line], i: int) -> bool:
    """Whether the i-th line of a row with a prefix begins with a word for which the line before had no room."""
    width = max(line.width for line in lines)
    before, word = lines[i - 1].width, lines[i].text.split(None, 1)[0]
    return lines[0].prefixed and before < width < before + 1 + len(word)


@cache
def _pattern(columns: int) -> re.Pattern:
    """A row that stands whole on its line, which nearly all do: pid, the columns, the name."""
    return re.compile(r"\[ *(\d{1,10})\]\s*" + r"(-?\d{1,19})\s+" * columns + r"(\S.*)", re.ASCII | re.DOTALL)


def _inferred(count: int) -> tuple[str, ...]:
    """The columns of a row of so many numbers whose header is lost."""
    if count < 6:
        return ()
    middle = tuple(f"unknown_{i}" for i in range(count - 5))
    return ("uid", "tgid", "total_vm", "rss", *middle, "oom_adj" if count == 6 else "oom_score_adj")


def _task(pid: int, comm: str, columns: tuple[str, ...], numbers: list[str]) -> Task | None:
    read = _reader(columns)
    return read and read(pid, comm, numbers)


@cache
def _reader(columns: tuple[str, ...]) -> Callable[[int, str, list[str]], Task] | None:
    """From the columns' numbers to a task; None where what every table has is missing."""
    if not set(columns) >= _FIRST:
        return None
    at = {name: place for place, name in enumerate(columns)}
    uid, tgid, total_vm, rss = (at[name] for name in ("uid", "tgid", "total_vm", "rss"))
    swapents, adj, score_adj = (at.get(name) for name in ("swapents", "oom_adj", "oom_score_adj"))
    bytes_at = at.get("pgtables_bytes")
    levels = [at[name] for name in ("nr_ptes", "nr_pmds", "nr_puds") if name in at]

    def read(pid: int, comm: str, texts: list[str]) -> Task:
        numbers = [*map(int, texts)]
        page_tables_kb: int | None
        if bytes_at is not None:
            page_tables_kb = numbers[bytes_at] // 1024
        else:  # levels are counted in pages
            page_tables_kb = 4 * sum(numbers[level] for level in levels) if levels else None
        return Task(
            pid,
            numbers[tgid],
            numbers[uid],
            comm,
            numbers[total_vm],
            numbers[rss],
            None if swapents is None else numbers[swapents],
            None if adj is None else numbers[adj],
            None if score_adj is None else numbers[score_adj],
            page_tables_kb,
        )

    return read
