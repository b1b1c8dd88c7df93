"""The task table of a report: its header, and its rows.

Columns came and went (`cpu oom_adj`, `nr_ptes`, `nr_pmds`, `pgtables_bytes`, `rss_anon rss_file
rss_shmem`), but `uid tgid total_vm rss` always come first, and the badness adjustment stands last before
the name. So a row can be read without its header too, which is what is left of a report whose head the log
has lost.
"""

import re

from oommc.incident.model import Task
from oommc.incident.prefix import Line
from oommc.incident.records import breaks_word

_HEADER = re.compile(r"\[ *pid *\]\s*(uid\b.*)", re.ASCII)
_PID = re.compile(r"\[ *(\d{1,10})\]\s*", re.ASCII)
_NUMBERS = re.compile(r"(?:-?\d{1,19}(?:\s+|$))*", re.ASCII)
_LONGEST_NAME = 15  # TASK_COMM_LEN without its NUL
_FIRST = {"uid", "tgid", "total_vm", "rss"}


def columns(text: str) -> tuple[str, ...] | None:
    """The names of the columns between the pid and the name, if this is a table's header."""
    header = _HEADER.match(text)
    if header is None:
        return None
    names = re.sub(r"(?<=[a-z])name$", " name", header[1]).split()
    return tuple(names[:-1] if names[-1] == "name" else names)


def row(lines: list[Line], header: tuple[str, ...] | None) -> Task | None:
    """One task of the table; `None` if the lines are no row, or one damaged beyond use."""
    pid = _PID.match(lines[0].text)
    if pid is None:
        return None
    wanted = len(header) if header else None
    numbers: list[int] = []
    name = ""
    for i, line in enumerate(lines):
        rest = line.text[pid.end() :] if i == 0 else line.text
        if name:
            if breaks_word(lines[i - 1], line) and len(name) + len(rest) <= _LONGEST_NAME:
                name += rest
            continue
        found = _NUMBERS.match(rest)[0].split()
        if wanted is not None:
            found = found[: wanted - len(numbers)]  # a name may begin with a number
        numbers += map(int, found)
        name = (rest.split(None, len(found)) + [""])[len(found)]
    if not name or (header and len(numbers) != wanted):
        return None
    return _task(int(pid[1]), name[:64], dict(zip(header or _inferred(len(numbers)), numbers, strict=False)))


def _inferred(count: int) -> tuple[str, ...]:
    """The columns of a row of so many numbers whose header is lost."""
    if count < 6:
        return ()
    middle = tuple(f"unknown_{i}" for i in range(count - 5))
    return ("uid", "tgid", "total_vm", "rss", *middle, "oom_adj" if count == 6 else "oom_score_adj")


def _task(pid: int, comm: str, values: dict[str, int]) -> Task | None:
    if not values.keys() >= _FIRST:
        return None
    return Task(
        pid,
        values["tgid"],
        values["uid"],
        comm,
        values["total_vm"],
        values["rss"],
        values.get("swapents"),
        values.get("oom_adj"),
        values.get("oom_score_adj"),
    )
