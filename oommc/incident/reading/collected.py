"""What an entry of a log collector says, as lines of a log: the message, when, and on which host.

Collectors agree on little: the message is `message`, `log`, `_raw` or `textPayload`, here or some levels below, and the
host stands beside it or above. So an entry is searched for what each is commonly called. Each line gets RFC 5424's
prefix, which holds what was found.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from oommc.incident.reading.cleaned import without_colours

_MESSAGES = (
    *("MESSAGE", "message", "log", "msg", "short_message", "line", "text", "_raw", "@message", "textPayload", "body"),
    *("SyslogMessage", "Message", "note", "Output"),
)
_HOSTS = (
    *("_hostname", "hostname", "host", "host.name", "computer", "node_name", "nodename", "resource_name", "node"),
    *("instance_id", "instance", "source"),
)
_TIMES = (
    *(
        "__realtime_timestamp",
        "@timestamp",
        "timestamp",
        "time",
        "ts",
        "_time",
        "timegenerated",
        "date",
        "timeunixnano",
    ),
    *("lasttimestamp", "eventtime"),
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,:Z+-]{0,24}", re.ASCII)
_UNITS = (1, 1000, 10**6, 10**9)  # a second in seconds, ms, µs, ns
_LATEST = 1 << 33  # seconds: the year 2242
_DEEPEST = 20
_BELOW = 3  # levels that are searched for the host


class _About(NamedTuple):
    """What is known of a message besides itself: its time (RFC 3339), host, printk's seconds since boot."""

    stamp: str = "-"
    host: str = "-"
    t_s: float | None = None

    def lines(self, message: str) -> Iterator[str]:
        """The message's lines, each with the prefix."""
        clock = "" if self.t_s is None else f"[{self.t_s:12.6f}] "
        for line in message.splitlines():
            yield f"<6>1 {self.stamp} {self.host} - - - - {clock}{without_colours(line)}"


def told(entry: Any) -> Iterator[str]:
    """The lines that a document tells: an entry, a list of them, or an answer that holds such a list."""
    return _told(entry, _About(), 0)


def _told(value: Any, about: _About, depth: int) -> Iterator[str]:
    value = _simple(value)
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from about.lines(value)
    elif isinstance(value, list):
        stamp = _stamp(value[0]) if len(value) > 1 and isinstance(value[0], str) and isinstance(value[1], str) else None
        if stamp:  # Loki's pair of a time and a line
            yield from about._replace(stamp=stamp).lines(value[1])
        else:
            for item in value:
                yield from _told(item, about, depth + 1)
    elif isinstance(value, dict):
        yield from _of_fields(value, _about(value, about), depth)


def _of_fields(entry: dict, about: _About, depth: int) -> Iterator[str]:
    message = next((text for key in _MESSAGES if (text := _text(_simple(entry.get(key)))) is not None), None)
    if message is not None:
        yield from about.lines(message)
        return
    nested = [value for value in entry.values() if isinstance(value, dict | list)]
    texts = [value for value in entry.values() if isinstance(value, str) and " " in value]
    if texts and (not nested or any("\n" in text for text in texts)):
        yield from about.lines(max(texts, key=len))
    else:
        for value in nested:
            yield from _told(value, about, depth + 1)


def _about(entry: dict, outer: _About) -> _About:
    lower = {key.lower(): value for key, value in entry.items() if isinstance(key, str)}
    stamp = next((stamp for key in _TIMES if (stamp := _stamp(lower.get(key)))), outer.stamp)
    since_boot = _whole(entry.get("_SOURCE_MONOTONIC_TIMESTAMP")) if entry.get("_TRANSPORT") == "kernel" else None
    t_s = since_boot / 1e6 if since_boot is not None else outer.t_s
    if isinstance(entry.get("sec"), int) and isinstance(entry.get("usec"), int):  # Fluent Bit's reader of /dev/kmsg
        t_s = entry["sec"] + entry["usec"] / 1e6
    return _About(stamp, _host(entry, 0) or outer.host, t_s)


def _host(entry: dict, depth: int) -> str | None:
    """The host that is named here, or in a part of this entry that isn't an entry itself."""
    names = {key.lower().rsplit("/", 1)[-1]: value for key, value in entry.items() if isinstance(key, str)}
    for key in _HOSTS:
        named = names.get(key)
        if isinstance(named, dict):  # {"host": {"name": …}}
            named = named.get("name") or named.get("hostname") or named.get("host")
        if isinstance(named, str) and named and not named[0].isspace() and named.isprintable():
            return named.split()[0][:64]
    parts = [part for part in map(_simple, entry.values()) if isinstance(part, dict)] if depth < _BELOW else []
    return next((host for part in parts if (host := _host(part, depth + 1))), None)


def _simple(value: Any) -> Any:
    """OpenTelemetry's values and CloudWatch's fields as plain ones."""
    if isinstance(value, dict) and value.keys() == {"stringValue"}:
        return value["stringValue"]
    if isinstance(value, list) and value and all(isinstance(item, dict) and "value" in item for item in value):
        return {str(item.get("key", item.get("field"))): _simple(item["value"]) for item in value}
    return value


def _text(value: Any) -> str | None:
    if isinstance(value, list) and value and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value).decode("utf-8", "replace")  # the journal's way with what isn't UTF-8
    return value if isinstance(value, str) else None


def _stamp(value: Any) -> str | None:
    """A time in RFC 3339's words: of text that has a day, or of a number of seconds to nanoseconds."""
    if isinstance(value, str) and (day := _DAY.match(value)):
        return day[0].replace(" ", "T").replace(",", ".")
    number = _whole(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not number > _LATEST / 8:
        return None
    unit = next((unit for unit in _UNITS if number / unit < _LATEST), None)
    return datetime.fromtimestamp(number / unit, UTC).isoformat(timespec="microseconds") if unit else None


def _whole(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 19 else None
