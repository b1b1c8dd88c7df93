"""What every picture is drawn on: a light card, without pyplot, so there is no global state and any thread
may draw.

Text stays text, ids and hashes are fixed: the same result gives the same bytes. Names come from files:
matplotlib's mathtext is off. The colours that must differ in the dark are named here: a page swaps them for
its own.
"""

import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oommc.collect.files import put
from oommc.errors import InputError

INK, SOFT, AXIS, GRID, PAPER = "#1c2128", "#57606a", "#8a8f98", "#e6e8eb", "#ffffff"
ALARM, CALM = "#c1121f", "#d5dbe3"
FORMATS = ("svg", "png", "pdf")

_IN_THE_PAGE = {
    INK: "var(--ink)",
    SOFT: "var(--soft)",
    AXIS: "var(--soft)",
    GRID: "var(--line)",
    PAPER: "var(--card)",
    ALARM: "var(--alarm)",
    CALM: "var(--calm)",
}
_STYLE = {
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": AXIS,
    "grid.color": GRID,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "savefig.dpi": 144,
}


def drawn(name: str, draw: Callable, width: float, height: float, form: str | None = "svg"):
    """What `draw(figure)` draws on a card of so many inches: bytes of a file of `form` (one of FORMATS).

    `name` seeds the ids of an SVG. With `form` None the matplotlib Figure itself.
    """
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure

    style: Any = _STYLE | {"svg.hashsalt": name}
    with (
        sns.axes_style("whitegrid"),
        matplotlib.rc_context(style),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the reader's fonts draw the text
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        if form is None:
            return figure
        file = io.BytesIO()
        # dates and versions would make every file different
        dates = {
            "svg": ("Date", "Creator"),
            "pdf": ("CreationDate", "Creator", "Producer"),
            "png": ("Software",),
        }
        figure.savefig(file, format=form, metadata=dict.fromkeys(dates[form]))
    return _compact(file.getvalue().decode()).encode() if form == "svg" else file.getvalue()


def checked(path: str | Path) -> Path:
    """The path of a picture, whose ending is one that can be drawn; else InputError."""
    path = Path(path)
    if path.suffix.lower().removeprefix(".") not in FORMATS:
        raise InputError(f"{path}: a picture's name ends in .svg, .png or .pdf")
    return path


def kept(path: str | Path | None, made: Callable[[str | None], Any]) -> Any:
    """What `made` draws in the form that the path's ending names, written there:
    the path. Without one, what it makes of None.

    Raises InputError, and RunError if it can't be written.
    """
    if path is None:
        return made(None)
    path = checked(path)
    put(path, made(path.suffix.lower().removeprefix(".")))
    return path


def inline(svg: str, prefix: str) -> str:
    """The SVG element alone, as HTML takes it: no prolog, ids of its own on the page, the page's colours."""
    element = re.sub(r'<g id="[^"]*"', "<g", svg[svg.index("<svg") :])
    element = re.sub(r'( id="| xlink:href="#|="url\(#)', rf"\1{prefix}-", element)
    return re.sub(r"(fill|stroke): (#[0-9a-f]{6})", lambda m: f"{m[1]}: {_IN_THE_PAGE.get(m[2], m[2])}", element)


def _compact(svg: str) -> str:
    """A hundredth of a point is enough for a path, which takes a third off the file; nobody reads the
    metadata.
    """
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r' d="[^"]*"', lambda m: re.sub(r"(\.\d\d)\d+", r"\1", m[0]), svg)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
