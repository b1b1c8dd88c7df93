"""A log's lines, however it was kept: as text, compressed (gzip, xz, bzip2), or as `journalctl -o json` gives it."""

import bz2
import gzip
import io
import json
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from oommc import reading
from oommc.errors import InputError

_LONGEST_LINE = 1 << 16  # bytes; a longer one is read in pieces, so that memory has a bound
_LINES = 1_000_000  # that any log may have; a compressed one has several bytes for each line more
_PACKED: dict[bytes, Callable[[Any], Any]] = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\0": lzma.open, b"BZh": bz2.open}


def lines(path: str | Path) -> Iterator[str]:
    """The lines of a file; `-` is standard input. Raises InputError if it can't be read (any more)."""
    try:
        if str(path) != "-":
            reading.check(path, str(path), None, pipe=True)
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else open(path, "rb") as file:
            packed = _Counted(file)
            for number, piece in enumerate(iter(partial(_unpacked(packed).readline, _LONGEST_LINE), b"")):
                if number > max(_LINES, packed.bytes):
                    raise InputError(f"{path}: can't be read: more lines than bytes where it is compressed")
                text = piece.decode("utf-8", "replace")
                yield _entry(text) if text.startswith("{") else text
    except (zlib.error, lzma.LZMAError, EOFError) as error:
        raise InputError(f"{path}: can't be read: damaged where it is compressed: {error}") from None
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: can't be read: {getattr(error, 'strerror', None) or error}") from None


class _Counted(io.RawIOBase):
    """A file whose bytes are counted as they are read."""

    def __init__(self, file: Any):
        self._file, self.bytes = file, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = self._file.readinto1(buffer) if hasattr(self._file, "readinto1") else self._file.readinto(buffer)
        self.bytes += count or 0  # None: nothing yet, of a pipe that doesn't wait
        return count


def _unpacked(file: _Counted) -> Any:
    """The binary file, unpacked on the way if it is packed."""
    peeked = io.BufferedReader(file)
    head = peeked.peek(6)
    for magic, opened in _PACKED.items():
        if head.startswith(magic):
            return opened(peeked)
    return peeked


def _entry(text: str) -> str:
    """A journal's entry as a line of a log: the kernel's with printk's clock, others with wall clock and program."""
    try:
        entry = json.loads(text)
        message = entry["MESSAGE"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return text
    if isinstance(message, list):  # not UTF-8: the journal gives bytes
        message = bytes(b for b in message if isinstance(b, int) and 0 <= b < 256).decode("utf-8", "replace")
    message = " ".join(str(message).splitlines())
    if entry.get("_TRANSPORT") == "kernel":
        since_boot = _whole(entry.get("_SOURCE_MONOTONIC_TIMESTAMP", entry.get("__MONOTONIC_TIMESTAMP")))
        return f"[{since_boot / 1e6:12.6f}] {message}\n" if since_boot is not None else f"{message}\n"
    wall = _whole(entry.get("__REALTIME_TIMESTAMP"))
    stamp = datetime.fromtimestamp((wall or 0) / 1e6, UTC).strftime("%b %d %H:%M:%S")
    program = str(entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or "unknown")
    return f"{stamp} {entry.get('_HOSTNAME') or 'host'} {program}[{entry.get('_PID') or 0}]: {message}\n"


def _whole(text: object) -> int | None:
    """Microseconds below some 300,000 years, as the journal writes numbers: as text."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 16 else None
