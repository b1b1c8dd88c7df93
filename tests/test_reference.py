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
