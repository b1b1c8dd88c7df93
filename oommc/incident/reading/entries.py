"""Logs kept as entries of several fields, as the lines that they tell.

`journalctl -o json`, `json-pretty`, `json-sse`, `json-seq`, `verbose` and `export` (systemd 257,
src/shared/logs-show.c), the JSON lines of Docker and of log collectors, their CSV, and lines joined by `<br/>` on web
pages. All other lines pass as they are.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

_MESSAGES = ("MESSAGE", "log", "message", "msg", "short_message", "line", "text")
_HOSTS = ("_HOSTNAME", "hostname", "host")
_TIMES = ("time", "timestamp", "@timestamp", "ts")
_VERBOSE = re.compile(r"\S{0,12} ?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S{0,10}) \S{1,8} \[s=", re.ASCII)
_FIELD = re.compile(r"\s{0,16}([A-Z_][A-Z0-9_]{0,63})=(.*)", re.ASCII | re.DOTALL)
_CLOCK = re.compile(r"[\dTZ/ +-]{0,24}\d\d:\d\d:\d\d[\dTZ:.,+-]{0,24}", re.ASCII)
_MOST_LINES = 300  # of an entry; more isn't one
_BEGINS_WITH_A_TAG = re.compile(r"\s{0,16}</?[A-Za-z]", re.ASCII)
_TAGS = re.compile(r"</?(?:br|p|div|li|tr)\b[^<>]{0,100}>", re.ASCII | re.IGNORECASE)
_OTHER_TAGS = re.compile(r"</?(?:pre|code|span|td|html|body|b|i)\b[^<>]{0,100}>", re.ASCII | re.IGNORECASE)


def plain(lines: Iterable[str]) -> Iterator[str]:
    """The lines, with entries as the lines of a log that they stand for."""
    pretty: list[str] | None = None
    fields: dict[str, str] | None = None  # of `verbose` or `export`
    for line in lines:
        if pretty is not None:
            pretty.append(line)
            if line.startswith("}"):
                yield from _pretty(pretty)
                pretty = None
            elif len(pretty) > _MOST_LINES:
                yield from pretty
                pretty = None
            continue
        first = line[:1]
        if fields is not None:
            if (field := _FIELD.match(line)) and (first.isspace() or "__CURSOR" in fields):
                fields.setdefault(field[1], field[2].rstrip())
                continue
            if first.isspace() and line.strip():  # a field's next line, which says nothing by itself
                continue
            yield from _entry(fields)
            fields = None
            if not line.strip():
                continue
        if first == "{" and not line[1:].strip():
            pretty = [line]
        elif "[s=" in line and (verbose := _VERBOSE.match(line)):
            fields = {"stamp": verbose[1]}
        elif line.startswith("__CURSOR="):
            fields = {"__CURSOR": line[9:]}
        elif first in ("{", "\x1e") or line.startswith("data: {"):
            yield from _json(line)
        elif first == '"' and line.rstrip().endswith('"'):
            yield _row(line)
        elif "<br" in line or ("<" in line and _BEGINS_WITH_A_TAG.match(line)):  # elsewhere it may be a process's name
            yield from (part for part in _TAGS.split(_OTHER_TAGS.sub("", line)) if part.strip())
        else:
            yield line
    if pretty:
        yield from pretty
    if fields:
        yield from _entry(fields)


def _row(line: str) -> str:
    """A row of CSV: its longest field is the message, and the first that has a time of day its stamp."""
    try:
        (fields,) = csv.reader([line.rstrip()])
    except (ValueError, csv.Error):  # a lone quote, or a field too long
        return line
    stamp = next((field for field in fields if _CLOCK.fullmatch(field)), None)
    message = max((field for field in fields if field is not stamp), key=len, default="")
    return f"{stamp} {message}" if stamp else message


def _pretty(lines: list[str]) -> Iterator[str]:
    whole = "".join(lines)
    return iter(made) if (made := list(_json(whole))) != [whole] else iter(lines)


def _json(text: str) -> Iterator[str]:
    try:
        entry = json.loads(text.strip("\x1e \t\r\n").removeprefix("data: "))
    except (ValueError, RecursionError):
        entry = None
    return _entry(entry) if isinstance(entry, dict) and any(key in entry for key in _MESSAGES) else iter([text])


def _entry(entry: dict) -> Iterator[str]:
    """An entry as lines of a log: the kernel's with printk's clock, others with wall clock and program."""
    message = next((entry[key] for key in _MESSAGES if entry.get(key) is not None), None)
    if message is None:
        return
    if isinstance(message, list):  # not UTF-8: the journal gives bytes
        message = bytes(b for b in message if isinstance(b, int) and 0 <= b < 256).decode("utf-8", "replace")
    host = next((str(entry[key]) for key in _HOSTS if isinstance(entry.get(key), str)), "").split(" ")[0]
    if "MESSAGE" not in entry:
        stamp = next((f"{entry[key]} " for key in _TIMES if isinstance(entry.get(key), str)), "")
        yield from (f"{stamp}{line}" for line in str(message).splitlines())
        return
    wall = _whole(entry.get("__REALTIME_TIMESTAMP"))
    stamp = datetime.fromtimestamp(wall / 1e6, UTC).strftime("%b %d %H:%M:%S") if wall else entry.get("stamp") or ""
    program = str(entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or "")
    from_kernel = entry.get("_TRANSPORT") == "kernel" or program == "kernel"
    tag = f"{host} ".lstrip() + ("kernel: " if from_kernel else f"{program or 'unknown'}[{entry.get('_PID') or 0}]: ")
    since_boot = _whole(entry.get("_SOURCE_MONOTONIC_TIMESTAMP", entry.get("__MONOTONIC_TIMESTAMP")))
    clock = f"{stamp} " if stamp else ""
    if from_kernel and since_boot is not None:
        tag += f"[{since_boot / 1e6:12.6f}] "
    yield clock + tag + " ".join(str(message).splitlines())


def _whole(text: object) -> int | None:
    """Microseconds below some 300 years, as the journal writes numbers: as text."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 16 else None
