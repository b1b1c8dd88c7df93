"""A part of the advice: a title, paragraphs, a table. As text for the terminal, and all parts as one page."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oommc.show.page import template
from oommc.show.table import aligned

_WIDTH = 110


class Cell(NamedTuple):
    """What a table says, and what the page sets beside it, the terminal below it."""

    text: str
    beside: str = ""


class Picture(NamedTuple):
    """An SVG element, and what one sees on it."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Part:
    """`rows`: a table, its head first; empty where there is none. `commands` stand on lines of their own. What is told
    in `more` the page alone has room for.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    commands: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        """For the terminal; nothing where the page alone tells it."""
        if not (self.paragraphs or self.rows or self.commands):
            return ""
        table = aligned([line for row in self.rows for line in _lines(row)]) if self.rows else ""
        told = "\n".join((*map(_wrapped, self.paragraphs), *(f"  {command}" for command in self.commands)))
        return "\n".join(filter(None, (self.title, table, told)))


def _lines(row: Sequence[Cell]) -> list[list[str]]:
    """What the cells say, and below it what stands beside it on the page."""
    beside = [cell.beside for cell in row]
    return [[cell.text for cell in row], *([beside] if any(beside) else [])]


def _wrapped(text: str) -> str:
    """Broken at blanks alone: paths and commands stay whole."""
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


def page(title: str, answer: Part, pictures: list[Picture], parts: list[Part], log: str) -> str:
    """The page: the answer first, then the pictures, the parts, and the report itself (`log`, as text).

    Needs neither network nor scripts.
    """
    return template("oommc.advise").render(title=title, answer=answer, pictures=pictures, parts=parts, log=log)
