"""A part of the advice: a title, paragraphs, a table. As text for the terminal, and all parts as one page."""

import textwrap
from dataclasses import dataclass

from oommc.show.page import template
from oommc.show.table import aligned

_WIDTH = 110


@dataclass(frozen=True)
class Part:
    """`rows`: a table, its head first; empty where there is none."""

    title: str
    paragraphs: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        table = aligned(self.rows) if self.rows else ""
        told = "\n".join(map(_wrapped, self.paragraphs))
        return "\n".join(filter(None, (self.title, table, "\n" * bool(table and told) + told)))


def _wrapped(text: str) -> str:
    """Broken at blanks alone: paths and commands stay whole."""
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


def page(parts: list[Part], answer: str, log: str) -> str:
    """The page: `answer` first, and at the end the report itself (`log`, as text).

    Needs neither network nor scripts.
    """
    return template("oommc.advise").render(parts=parts, answer=answer, log=log)
