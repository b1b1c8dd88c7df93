"""Reproduces every table and picture of README, one experiment after the other, beside this file.

    python experiments/all.py

It takes nine minutes of processor time, half of it on one core. The last two run only where ../shared/data is.
"""

import subprocess
import sys
from pathlib import Path

EXPERIMENTS = (
    "usemem.py",
    "processors.py",
    "race.py",
    "lineage.py",
    "reality.py",
    "turns.py",
    "parts.py",
    "earlyoom.py",
    "oomd.py",
    "ray.py",
    "rare.py",
)
WITH_DATA = ("fit.py", "cascades.py")
DATA = Path(__file__).parents[2] / "shared" / "data"


def main() -> None:
    for name in EXPERIMENTS + (WITH_DATA if DATA.exists() else ()):
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, Path(__file__).with_name(name)], check=True)


if __name__ == "__main__":
    main()
