"""Logs kept as entries of several fields, as the lines that they tell.

The journal's (`fields`), JSON (`documents`), CSV (`rows`), text within a string, and lines between the tags of web
pages. All other lines pass as they are.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from oommc.incident.reading import fields
from oommc.incident.reading.cleaned import without_colours
from oommc.incident.reading.collected import told
from oommc.incident.reading.documents import Documents
from oommc.incident.reading.near import Near
from oommc.incident.reading.rows import Rows

_OPENS = "{[ \t"  # what a document may begin with
_BEGIN = frozenset([*_OPENS, "\x1e", "_", "d", "i"])  # what an entry may
_MESSAGE_AS_BYTES = re.compile(r"\"MESSAGE\"\s?:\s?\[")
_DOCUMENT = re.compile(r"\s*(?:\{\s*(?:[\"}]|$)|\[\s*(?:[\[{\"]|$))")
_WITHIN = re.compile(r"\{\"[^\"]{1,64}\"\s?:.*\}\s*$", re.DOTALL)  # an entry behind a time and a tag
_BEGINS_WITH_A_TAG = re.compile(r"\s{0,16}</?[A-Za-z]", re.ASCII)
_TAGS = re.compile(r"</?(?:br|p|div|li|tr)\b[^<>]{0,100}>", re.ASCII | re.IGNORECASE)
_OTHER_TAGS = re.compile(r"</?(?:pre|code|span|td|html|body|b|i)\b[^<>]{0,200}>", re.ASCII | re.IGNORECASE)
_ESCAPED_END = re.compile(r"(?:\\r)?\\n")


def plain(lines: Iterable[str]) -> Iterator[str]:
    """The lines, with entries as the lines of a log that they stand for."""
    documents, rows, given = Documents(), Rows(), Near().given
    entry: dict[str, str] | None = None  # of fields that have a line each
    is_first = True
    for line in lines:
        if documents.is_open:
            yield from _lines(documents.add(line))
            continue
        if entry is not None:
            if fields.added(entry, line):
                continue
            yield from told(entry)
            entry = None
            if not line.strip("-\r\n "):
                continue
        first = line[:1]
        if is_first:
            is_first = False
            if rows.is_head(line):
                continue
        elif first not in _BEGIN and not (
            '"' in line or "<" in line or "\\" in line or "\x1b" in line or "[s=" in line
        ):
            yield line  # most of a log, which has nothing of an entry
            continue
        if (entry := fields.begun(line)) is not None:
            continue
        if first in ("\x1e", "d") and line[-1:] == "}":
            line = line.removeprefix("\x1e").removeprefix("data: ")
        if line[:1] in _OPENS and _DOCUMENT.match(line):
            is_whole = line[-1:] == "}" and not _MESSAGE_AS_BYTES.search(line)
            for near in given(line) if is_whole else (line,):  # to parse all of them would take most of the time
                yield from _document(near, documents) if near else ()
        elif line[-1:] in ("}", "\r") and '{"' in line and (within := _WITHIN.search(line)):
            yield from _document(within[0], documents)
        elif "\\n" in line and line.count("\\n") > 1:
            yield from _ESCAPED_END.split(line.strip('"'))
        elif first == '"' or ',"' in line:
            yield from () if rows.is_head(line) else rows.told(line)
        elif "<br" in line or ("<" in line and _BEGINS_WITH_A_TAG.match(line)):  # elsewhere it may be a process's name
            yield from (part for part in _TAGS.split(_OTHER_TAGS.sub("", line)) if part.strip())
        else:
            yield without_colours(line) if "\x1b" in line else line
    yield from _lines(documents.end())
    if entry:
        yield from told(entry)


def _document(line: str, documents: Documents) -> Iterator[str]:
    """A document that stands whole on its line, as most do, or the beginning of one."""
    try:
        yield from _lines([json.loads(line)])
    except (ValueError, RecursionError):
        yield from _lines(documents.add(line))


def _lines(found: Iterable[Any]) -> Iterator[str]:
    for document in found:
        yield from [document] if isinstance(document, str) else told(document)
