"""The journal's export format as lines: its binary fields as text, too.

A field is a line `NAME=value`; one that isn't printable text is `NAME`, a 64-bit length (little endian), the value and
a line's end. `__CURSOR` comes first of each entry. See systemd 257, src/shared/logs-show.c, output_export(), and
docs/JOURNAL_EXPORT_FORMATS.md there.
"""

from collections.abc import Iterator
from typing import Any

BEGIN = b"__CURSOR="
_LENGTH = 8
_LONGEST = 1 << 16  # bytes; a longer value says nothing of a report


def lines(file: Any) -> Iterator[bytes]:
    """The lines of a buffered binary file, without their ends; a value's own line ends as U+2028."""
    while line := file.readline(_LONGEST):
        name = line.rstrip(b"\n")
        if not name or b"=" in name or not line.endswith(b"\n"):
            yield name
        else:
            value = _value(file)
            if value is not None:
                yield name + b"=" + value.replace(b"\n", "\u2028".encode())


def _value(file: Any) -> bytes | None:
    """The value of a binary field; None if it is too long. Raises EOFError if the file ends within it."""
    head = file.read(_LENGTH)
    left = int.from_bytes(head, "little")
    value = b""
    while left and (part := file.read(min(left, _LONGEST))):
        value = value + part if len(value) < _LONGEST else value
        left -= len(part)
    if left or file.read(1) not in (b"\n", b""):
        raise EOFError("a field of the journal's export is longer than the file")
    return value if len(value) <= _LONGEST else None
