"""Reproduces every table and picture of README, one experiment after the other, beside this file.

    python experiments/all.py        (nine minutes on two cores)
"""

import subprocess
import sys
from pathlib import Path

EXPERIMENTS = ("usemem.py", "race.py", "lineage.py", "reality.py", "earlyoom.py", "oomd.py", "ray.py", "rare.py")


def main() -> None:
    for name in EXPERIMENTS:
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, Path(__file__).with_name(name)], check=True)


if __name__ == "__main__":
    main()
