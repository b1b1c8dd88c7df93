"""A line without what a copy of it added: colours, entities, escapes of Markdown, blanks of other kinds."""

import html
import re

_ESCAPE = r"(?:\x1b|#033|\^\[|\\x1b|\\e|\\033)"
_COLOUR = re.compile(
    rf"{_ESCAPE}(?:\[[\d;?]{{0,16}}[A-Za-z]|\([AB0])|(?<!\w)(?:\[(?:\d{{1,3}};){{0,3}}\d{{0,3}}m)+", re.ASCII
)
_BEGINS_COLOURED = re.compile(rf"\s*(?:.{{0,100}}?[:\]] )?(?:{_ESCAPE}\[[\d;]{{0,16}}m|\[[\d;]{{1,12}}m)", re.ASCII)
_TITLE = re.compile(r"(?:\x1b\][^\x07\x1b]{0,200}\x07|\x1b\[\?\d{1,4}[hl]\r?)")
_FOUND = re.compile(rf"{_ESCAPE}\[[\d;]{{0,16}}m{_ESCAPE}\[K")  # grep --color around what it found
_MARKDOWN = re.compile(r"\\(?=[\[\]_*#>])")
_NO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\0]")
_BLANK = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def cleaned(raw: str) -> str:
    """The line as it was written. A colour code within a name stays: it is the name's."""
    if "\\" in raw:
        raw = _MARKDOWN.sub("", raw)
    raw = without_colours(raw)
    for _ in range(2):  # some pages escape twice
        if "&" in raw:
            raw = html.unescape(raw)
    if not raw.isascii() or "\0" in raw:
        raw = _BLANK.sub(" ", _NO_WIDTH.sub("", raw))
    return raw.rstrip()


def without_colours(raw: str) -> str:
    """The line without the colours that begin it and end it, and without grep's."""
    if "\x1b" in raw:
        raw = _FOUND.sub("", raw)
        if raw.startswith("\x1b"):
            raw = _TITLE.sub("", raw)
    return _COLOUR.sub("", raw) if _BEGINS_COLOURED.match(raw) else raw
