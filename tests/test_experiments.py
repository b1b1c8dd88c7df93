"""Every experiment runs, small, as its docstring says."""

import subprocess
import sys
from pathlib import Path

EXPERIMENTS = Path(__file__).resolve().parents[1] / "experiments"


def test_usemem(tmp_path):
    picture = tmp_path / "usemem.svg"
    command = [sys.executable, EXPERIMENTS / "usemem.py", "--schedules", "300", "--picture", picture]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    assert len(rows) == 8
    needless = {row[0].strip("`"): float(row[2].split()[0]) for row in rows[2:]}
    assert needless["baseline"] > 0.3
    assert needless["patched"] == 0
    assert "<svg" in picture.read_text(encoding="utf-8")
