"""A fit as it is handed out: with its text and its picture, which are loaded when they are asked for."""

from pathlib import Path
from typing import Any

from oommc.fitting.result import Found


class Fit(Found):
    """What `fit` found; `str` of it is what `oommc fit` prints."""

    def __str__(self) -> str:
        from oommc.fitting.text import text

        return text(self)

    def plot(self, path: str | Path | None = None, title: str = "") -> Any:
        """The picture of the fit: a file (.svg, .png, .pdf), or without a path a matplotlib Figure.

        Raises InputError.
        """
        from oommc.fitting.picture import plot

        return plot(self, path, title)
