"""Writes what follows of the docs from the code and from other pages: `python docs/reference.py` after a change there.

A table stands between `<!-- NAME -->` and `<!-- end -->`; `tests/test_reference.py` compares.
"""

import re
import sys
from pathlib import Path

from oommc.columns import ABSENT, COLUMNS, Column

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import notebooks  # noqa: E402 - beside this file
from command_pages import commands  # noqa: E402 - beside this file
from mechanism_tables import HEAD, knobs, mechanisms  # noqa: E402 - beside this file
from scenario_keys import scenario_keys  # noqa: E402 - beside this file


def columns() -> str:
    """The columns of a record."""
    rows = (
        (f"`{column.name}`", column.kind, _unit(column), column.meaning.rstrip("."), column.most or "–")
        for column in COLUMNS
    )
    return _table(("column", "kind", "unit", "meaning", "at most"), rows)


def _unit(column: Column) -> str:
    return f"{column.unit or '–'}{f', or {ABSENT}' if column.absent else ''}"


TABLES = {
    "commands": ("commands.md", commands),
    "columns": ("files.md", columns),
    "scenario keys": ("scenario-keys.md", scenario_keys),
    "mechanisms": ("mechanisms.md", lambda: _table(HEAD, mechanisms())),
    "knobs": ("mechanisms.md", lambda: _table(HEAD, knobs())),
}
"""By the name in the marker: the file that the table is in, and the function that returns it."""


def _table(head, rows) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def updated(name: str) -> tuple[Path, str]:
    """The file of a table, and its text with the table as the code has it."""
    file, table = TABLES[name]
    path = DOCS / file
    pattern = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)
    text, found = pattern.subn(lambda _: table() + "\n", path.read_text(encoding="utf-8"))
    assert found == 1, f"{file}: <!-- {name} --> … <!-- end --> stands there {found} times"
    return path, text


if __name__ == "__main__":
    for each in TABLES:
        path, text = updated(each)
        path.write_text(text, encoding="utf-8")
    notebooks.write()
