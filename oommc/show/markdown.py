"""Tables as GitHub's Markdown has them."""

import re
from collections.abc import Sequence


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of equal length, the head first; the first column to the left, the others to the right."""
    head, *body = [[escaped(cell) for cell in row] for row in rows]
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))


def escaped(text: str) -> str:
    """Text that Markdown and HTML leave alone. A hyphen and a dot mean nothing within a line."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|&~$\"'])", r"\\\1", text)
