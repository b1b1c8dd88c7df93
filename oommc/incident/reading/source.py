"""A log's lines as text, however it was kept: compressed, in UTF-16, with other line ends."""

import bz2
import codecs
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from oommc import reading
from oommc.errors import InputError
from oommc.incident.reading import export

_BLOCK = 1 << 16
LONGEST_LINE = 1 << 16  # characters; a longer one is read in pieces, so that memory has a bound
_HEAD = 512
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LINES = 1_000_000  # that any log may have; a compressed one has several bytes for each line more


def lines(path: str | Path) -> Iterator[str]:
    """A file's lines, without their ends; `-` is standard input. Raises InputError if it can't be read (any more)."""
    try:
        if str(path) != "-":
            reading.check(path, str(path), None, pipe=True)
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else open(path, "rb") as file:
            packed = _Counted(file)
            for number, line in enumerate(_lines(_unpacked(packed))):
                if number > max(_LINES, packed.bytes):
                    raise InputError(f"{path}: can't be read: more lines than bytes where it is compressed")
                yield line
    except (zlib.error, lzma.LZMAError, EOFError) as error:
        raise InputError(f"{path}: can't be read: damaged where it is compressed: {_one_line(error)}") from None
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: can't be read: {getattr(error, 'strerror', None) or _one_line(error)}") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _arrow(name: str, file: Any) -> Any:
    """Arrow's codecs: zstd's come with the standard library from Python 3.14 on only, lz4's never."""
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), name)


_PACKED: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ\0": lzma.open,
    b"BZh": bz2.open,
    b"\x28\xb5\x2f\xfd": partial(_arrow, "zstd"),
    b"\x04\x22\x4d\x18": partial(_arrow, "lz4"),
}


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
    head = peeked.peek(8)
    opened = next((opened for magic, opened in _PACKED.items() if head.startswith(magic)), None)
    return io.BufferedReader(opened(peeked)) if opened else peeked


def _lines(file: Any) -> Iterator[str]:
    if file.peek(len(export.BEGIN)).startswith(export.BEGIN):
        yield from (line.decode("utf-8", _KEEP) for line in export.lines(file))
        return
    read = getattr(file, "read1", file.read)  # what there is: a log may still be written
    block = read(_BLOCK)
    decoder = codecs.getincrementaldecoder(_encoding(block[:_HEAD]))(_KEEP)
    ends, rest = io.IncrementalNewlineDecoder(decoder, translate=True), ""
    while block:
        *whole, rest = (rest + ends.decode(block)).split("\n")
        yield from whole
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = ""
        block = read(_BLOCK)
    if rest := rest + ends.decode(b"", final=True):
        yield from rest.split("\n")


def _encoding(head: bytes) -> str:
    """UTF-8 but where the zeros of ASCII's letters say UTF-16 or UTF-32."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 8 <= len(head) or len(head) <= 3:
        return "utf-8-sig"
    if marked := next((name for mark, name in _MARKS if head.startswith(mark)), None):
        return marked
    if abs(even - odd) * 8 <= len(head):  # zeros alone, as a crash leaves them in a file
        return "utf-8-sig"
    return "utf-16-le" if odd > even else "utf-16-be"


def _latin_1(error: UnicodeError) -> tuple[str, int]:
    """Bytes that aren't UTF-8 as Latin-1 has them, which has a letter for each; of UTF-16, a mark."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding.replace("-", "").startswith(("utf16", "utf32")):
        return "\ufffd", error.end
    return error.object[error.start : error.end].decode("latin-1"), error.end


_KEEP = "oommc-latin-1"
codecs.register_error(_KEEP, _latin_1)
