"""All that is printed goes through here: what a name in a log or a file holds reaches no terminal as a command.

Control characters, overrides of the writing direction and whatever else isn't printable are shown as `\\uXXXX`, which
JSON reads back as what they were. Printable letters of any language stay.
"""

import sys
import unicodedata
from contextlib import suppress

_LONGEST = 4096  # characters of a word: a path isn't longer


def safe(text: str) -> str:
    """`text` with its line ends, tabs and printable characters; all others are escaped."""
    return text if text.isprintable() else "".join(c if _harmless(c) else _escaped(c) for c in text)


def _harmless(char: str) -> bool:
    return char.isprintable() or char in "\n\t" or unicodedata.category(char) == "Zs"


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def one_line(message: object) -> str:
    """A message, which may quote a file, as one line; what it quotes is cut where it is endless."""
    return safe(" ".join(word if len(word) <= _LONGEST else word[:200] + "…" for word in str(message).split()))


def say(text: object, end: str = "\n", flush: bool = False) -> None:
    """A result, to stdout."""
    print(safe(str(text)), end=end, flush=flush)


def note(message: object) -> None:
    """A message, one line on stderr behind `oommc: `. A reader that went away, or a full disk, is no reason to end."""
    note_line(f"oommc: {one_line(message)}")


def note_line(line: str) -> None:
    """A line on stderr as it is but for `safe`."""
    with suppress(OSError):
        print(safe(line), file=sys.stderr, flush=True)
