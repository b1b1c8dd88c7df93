"""A tutorial as a notebook: its blocks of Python are the cells, its text stands between them."""

import json
import re
from pathlib import Path

PAGES = ("paper",)
TUTORIALS = Path(__file__).parent / "tutorials"
_CODE = re.compile(r"^```python\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


def notebook(page: str) -> str:
    """The notebook of a page in Markdown, without outputs, in the format 4.5."""
    *parts, last = _CODE.split(page)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    cells = [cell for text, code in pairs for cell in (("markdown", text), ("code", code))]
    told = {
        "cells": [_cell(n, kind, text) for n, (kind, text) in enumerate([*cells, ("markdown", last)])],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def write() -> None:
    """Beside each page its notebook."""
    for name in PAGES:
        page = (TUTORIALS / f"{name}.md").read_text(encoding="utf-8")
        (TUTORIALS / f"{name}.ipynb").write_text(notebook(page), encoding="utf-8")


def _cell(n: int, kind: str, text: str) -> dict:
    cell = {"cell_type": kind, "id": f"cell-{n}", "metadata": {}, "source": text.strip("\n").splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
