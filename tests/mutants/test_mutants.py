"""Faults are planted, in the core and in the statistics, and each must be found by tests that run each day."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from planted import ROOT, once, planted  # noqa: E402 - beside this file
from table import MUTANTS  # noqa: E402


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.file}: {m.old[:40]!r}")
def test_the_place_is_there(mutant):
    """Once; else the table has to follow what was changed."""
    once(mutant.file, mutant.old.replace("«", "").replace("»", ""), "", (ROOT / mutant.file).read_text("utf-8"))
    assert (ROOT / mutant.caught_by.partition("::")[0]).exists()


def test_there_are_enough_of_both():
    in_core = sum(mutant.in_core for mutant in MUTANTS)
    assert len(MUTANTS) >= 30 and in_core >= 15 and len(MUTANTS) - in_core >= 10


@pytest.mark.slow
def test_each_is_found(tmp_path):
    """Exit status 1 of pytest: tests failed; 0: all passed."""
    planted(MUTANTS, tmp_path)
    command = [sys.executable, HERE / "one.py", tmp_path, *map(str, range(len(MUTANTS) + 1))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    status = dict(tuple(map(int, line.split())) for line in done.stdout.splitlines() if line[0].isdigit())
    assert status.pop(0) == 0, done.stdout
    survived = [MUTANTS[number - 1] for number, code in status.items() if code != 1]
    assert not survived and len(status) == len(MUTANTS)
