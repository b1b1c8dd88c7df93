"""The tables of the docs that follow from the code's."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parent.parent / "docs" / "reference.py"
SPEC = importlib.util.spec_from_file_location("reference", PATH)
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)


@pytest.mark.parametrize("name", reference.TABLES)
def test_a_table_says_what_the_code_does(name):
    path, text = reference.updated(name)
    assert path.read_text(encoding="utf-8") == text, f"{path}: run python docs/reference.py"


@pytest.mark.parametrize("page", reference.notebooks.PAGES)
def test_a_notebook_is_its_page(page):
    path = reference.notebooks.TUTORIALS / f"{page}.md"
    made = reference.notebooks.notebook(path.read_text(encoding="utf-8"))
    assert path.with_suffix(".ipynb").read_text(encoding="utf-8") == made, f"{path}: run python docs/reference.py"
