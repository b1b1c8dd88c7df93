"""What several commands print, as text: JSON, facts, lists of names."""

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence


def as_json(value) -> str:
    """Indented, everything in its own letters."""
    return json.dumps(value, indent=1, ensure_ascii=False)


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """A line each: what it is about, and what is so."""
    width = max(len(key) for key, _ in rows)
    return "\n".join(f"{key:<{width}}  {value}".rstrip() for key, value in rows)


def listed(abouts: dict[str, str], in_json: bool = False) -> str:
    """Names with what they are about: the first sentence each,
    a line each (on a terminal wrapped), or all of it as JSON.
    """
    if in_json:
        return as_json([{"name": name, "about": about} for name, about in abouts.items()])
    lines = facts([(name, " ".join(about.split()).split(". ")[0].rstrip(".")) for name, about in abouts.items()])
    if not sys.stdout.isatty():
        return lines
    indent = " " * (max(map(len, abouts)) + 2)
    width = max(shutil.get_terminal_size().columns, len(indent) + 30)
    return "\n".join(
        textwrap.fill(line, width, subsequent_indent=indent, break_on_hyphens=False) for line in lines.splitlines()
    )
