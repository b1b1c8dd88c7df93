"""JSON documents of lines, however they are broken and nested: one a line, `json-pretty`, an array of a whole log.

A document is held until it ends. One that grows too long for that is an array's: what of it is whole goes on, closed as
it would be at its end, and what stood before the array stays, since it may name the host.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from oommc.incident.reading.source import LONGEST_LINE

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|"|[][{}]|[^][{}"]+')
_BETWEEN = re.compile(r"[\s:,\d.eE+truefalsn-]*")
_CLOSES = {"{": "}", "[": "]"}
_LONGEST = 1 << 18  # characters that are held
_DEEPEST = 60  # containers in one another


class Documents:
    """Takes lines; gives the documents that end in them, or the lines themselves where they are none."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._clear()

    def _clear(self) -> None:
        self._text, self._scanned = "", 0
        self._open: list[tuple[str, int]] = []  # containers, and where each one's content begins
        self._whole: tuple[int, list[tuple[str, int]]] | None = (
            None  # the end of an array's item, and what is open there
        )

    @property
    def is_open(self) -> bool:
        """Whether a document has begun and not ended."""
        return bool(self._lines)

    def add(self, line: str) -> Iterator[Any]:
        """Documents (dicts and lists) that end in this line; strings: lines that are none."""
        self._lines.append(line)
        self._text += line
        while (end := self._scan()) is not None:
            if not (ended := self._parsed(self._text[:end])):
                break
            yield from ended
            rest = self._text[end:].lstrip(", \t\r")
            self._clear()
            self._text, self._lines = rest, [rest] if rest else []
            if rest and rest[0] not in _CLOSES:
                break
        else:
            if len(self._text) > _LONGEST:
                yield from self._part()
            return
        yield from self._given_up()

    def end(self) -> Iterator[Any]:
        """What is left at the end of the log, where a document may be cut."""
        if self._lines and self._whole:
            yield from self._part()
            self._clear()
            self._lines = []
        elif self._lines:
            yield from self._given_up()

    def _scan(self) -> int | None:
        """Where the document ends, or what can't be one; None: not yet."""
        for token in _TOKEN.finditer(self._text, self._scanned):
            text = token[0]
            if text in _CLOSES:
                self._open.append((text, token.end()))
            elif text in ("}", "]"):
                if not self._open or _CLOSES[self._open.pop()[0]] != text:
                    return token.end()
                if not self._open:
                    return token.end()
                if self._open[-1][0] == "[" and (self._whole is None or len(self._open) <= len(self._whole[1])):
                    self._whole = token.end(), [*self._open]
            elif text == '"':  # a string that goes on, which only a line may that is so long that it comes in pieces
                return None if len(self._lines[-1]) >= LONGEST_LINE else token.end()
            elif (text[0] != '"' and not _BETWEEN.fullmatch(text)) or len(self._open) > _DEEPEST:
                return token.end()
            self._scanned = token.end()
        return None

    @staticmethod
    def _parsed(text: str) -> list[Any]:
        """The document, if it is one."""
        try:
            return [json.loads(text)]
        except (ValueError, RecursionError):
            return []

    def _part(self) -> Iterator[Any]:
        """What is whole of an array, as if the document ended there; the head of the document is kept."""
        if self._whole is None:
            yield from self._given_up()
            return
        end, opened = self._whole
        yield from self._parsed(self._text[:end] + "".join(_CLOSES[kind] for kind, _ in reversed(opened)))
        kept = self._text[: opened[-1][1]] + self._text[end:].lstrip(", \t\r")
        self._clear()
        self._text, self._lines = kept, [kept]
        self._scan()

    def _given_up(self) -> Iterator[str]:
        lines, self._lines = self._lines, []
        self._clear()
        yield from lines
