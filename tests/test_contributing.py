"""CONTRIBUTING.md's recipes, followed on a copy of the tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"<!-- recipe: (.+?) -->\n```diff\n(.*?)```", TEXT, re.DOTALL))
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", "build", "out", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
)


def test_each_recipe_has_an_example():
    headings = re.findall(r"^### Add an? (.+)$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(RECIPES)
    assert set(headings) == {"policy", "mechanism", "scenario key", "column", "statistic", "catalogue scenario"}


def test_policy(tmp_path):
    copy = followed(tmp_path, "policy")
    assert "selector" in python(copy, "-m", "oommc", "policies", "patched-newest")


def test_catalogue_scenario(tmp_path):
    copy = followed(tmp_path, "catalogue scenario")
    assert "two-hogs" in python(copy, "-m", "oommc", "scenarios")
    run = ("run", "two-hogs", "--policies", "patched", "--schedules", "10", "--out", "out")
    python(copy, "-m", "oommc", *run)
    assert json.loads((copy / "out" / "summary.json").read_text())["scenarios"]["two-hogs"]["schedules"] == 10


def test_statistic(tmp_path):
    copy = followed(tmp_path, "statistic")
    python(copy, "-m", "oommc", "run", "usemem", "--policies", "patched", "--schedules", "100", "--out", "out")
    summary = json.loads((copy / "out" / "summary.json").read_text())
    times = summary["scenarios"]["usemem"]["policies"]["patched"]["ttr_s"]
    assert times["median"] < times["p90"] < times["p95"]
    low, high = times["p90_ci"]
    assert low <= times["p90"] <= high


@pytest.mark.slow
def test_what_changes_the_core(tmp_path):
    """All three in one build; each recipe brings its own test, and the old digests stay."""
    copy = followed(tmp_path, "mechanism", "scenario key", "column")
    python(copy, "setup.py", "-q", "build_ext", "--inplace")
    python(copy, "docs/reference.py")
    ours = re.findall(r"^\+\+\+ b/(tests/.+)$", "".join(RECIPES.values()), re.MULTILINE)
    assert len(ours) == 3
    others = ("test_habits.py", "test_reference.py", "test_columns.py", "policies/test_core_words.py", "regression")
    python(copy, "-m", "pytest", "-q", "-k", "not test_types", *ours, *(f"tests/{name}" for name in others))


def followed(to: Path, *recipes: str) -> Path:
    """A copy of the tree in which these recipes were followed, one after the other."""
    copy = shutil.copytree(ROOT, to / "copy", ignore=LEFT_OUT)
    for recipe in recipes:
        command = ["patch", "--strip=1", "--no-backup-if-mismatch"]
        subprocess.run(command, cwd=copy, input=RECIPES[recipe], text=True, check=True, capture_output=True)
    return copy


def python(copy: Path, *arguments: str) -> str:
    """Run in a copy, with its own package; returns what was printed."""
    where = os.environ | {"PYTHONPATH": str(copy)}
    run = subprocess.run([sys.executable, *arguments], cwd=copy, env=where, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
