"""Style and types, as CONTRIBUTING.md has them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check"])
def test_style(command):
    clean(*command.split())


def test_types(tmp_path):
    clean("mypy", "--cache-dir", str(tmp_path))


def test_lines_of_the_core_are_as_long_as_python_s():
    limit = SETTINGS["tool"]["ruff"]["line-length"]
    files = [path for path in (ROOT / "pyx").iterdir() if path.suffix in (".pxd", ".pyx")]
    lines = [
        (path.name, number, line)
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]
    assert len(lines) > 1000
    assert [place for place in lines if len(place[2]) > limit] == []


def test_the_version_is_the_same_everywhere():
    version = SETTINGS["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(version)}$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


def clean(*command: str) -> None:
    run = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
