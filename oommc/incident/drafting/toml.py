"""A scenario's table as TOML text with comments, which no TOML library writes.

Laid out as scenario files are by hand: sections for the machine, its nodes and latencies and for each
process; everything below them inline.
"""

import textwrap
from typing import Any

_WIDTH = 108
_SECTIONS = {("machine",), ("machine", "latency")}


def dumps(table: dict[str, Any], notes: list[str], comments: dict[tuple[str, ...], str]) -> str:
    """TOML text: `notes` at the top, `comments` at the end of the lines of their keys."""
    lines = [f"# {line}" for note in notes for line in textwrap.wrap(_plain(note), _WIDTH)]
    lines += _section(table, (), comments)
    return "\n".join(lines) + "\n"


def _section(table: dict[str, Any], path: tuple[str, ...], comments: dict[tuple[str, ...], str]) -> list[str]:
    lines, below = [], []
    for key, value in table.items():
        here = (*path, key)
        if here in _SECTIONS:
            below += ["", f"[{'.'.join(here)}]", *_section(value, here, comments)]
        elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
            for item in value:
                below += ["", f"[[{'.'.join(here)}]]", *_section(item, here, comments)]
        else:
            comment = f"    # {comments[here]}" if here in comments else ""
            lines.append(f"{key} = {_value(value)}{comment}")
    return lines + below


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    import tomli_w

    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")


def _plain(text: str) -> str:
    """A comment may hold no control characters."""
    return "".join(c if c.isprintable() else " " for c in text)
