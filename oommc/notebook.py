"""What a notebook shows of an object: HTML without a style of its own, so that it looks like the notebook."""

import sys
from collections.abc import Iterable, Sequence
from html import escape


def running() -> bool:
    """Whether this is a notebook's kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def table(caption: str, rows: Sequence[Sequence[str]]) -> str:
    """A table; the first row is the head."""
    head, *body = rows
    return (
        f"<table><caption>{escape(caption)}</caption><thead>{_row('th', head)}</thead>"
        f"<tbody>{''.join(_row('td', row) for row in body)}</tbody></table>"
    )


def paragraphs(lines: Iterable[str]) -> str:
    """A paragraph each."""
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _row(cell: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(text)}</{cell}>' for text in cells)}</tr>"
