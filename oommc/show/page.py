"""A page of HTML: a room's template, in the style that all pages share (`page.css`)."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template


def template(room: str, filters: Mapping[str, Callable[..., Any]] | None = None) -> "Template":
    """`page.html` of a room ("oommc.report"); it has `style`, and `filters` by name. What it shows is escaped."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= filters or {}
    environment.globals["style"] = _read("oommc.show", "page.css")
    return environment.from_string(_read(room, "page.html"))


def _read(room: str, name: str) -> str:
    return files(room).joinpath(name).read_text(encoding="utf-8")
