"""kill -9 at any instant: nothing finished is lost or doubled, and the same command ends with the same bytes.

`pytest -m slow tests/collect/test_killed.py`: about half a minute of processor time for each way of running.
"""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import oommc

KILLS = 8
RUN = ["run", "usemem", "two-cpusets", "--policies", "baseline,patched", "--block", "400", "--quiet"]
WAYS = {
    "one worker": [*RUN, "--schedules", "8000", "--workers", "1"],
    "two workers": [*RUN, "--schedules", "8000", "--workers", "2"],
    "sums only": [*RUN, "--schedules", "8000", "--no-records"],
    "but-for": [*RUN, "--schedules", "2000", "--but-for"],
    "precision": [*RUN, "--schedules", "8000", "--precision", "needless=0.02"],
    "race": [*RUN, "--schedules", "8000", "--choose", "needless within 0.05"],
}


def begun(args: list[str], out: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "oommc", *args, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def content(out: Path) -> dict[str, bytes]:
    """All files but those of a run that goes on."""
    files = (path for path in out.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_any_instant(way, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    start = time.monotonic()
    assert begun(WAYS[way], whole).wait() == 0
    length = time.monotonic() - start
    instants = random.Random(way)
    for _ in range(KILLS):
        process = begun(WAYS[way], killed)
        time.sleep(instants.uniform(0.2, 1.1) * length)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if (killed / "run.json").exists():
            assert not oommc.check(killed).wrong
    last = begun(WAYS[way], killed)
    assert last.wait() == 0, last.stderr.read()
    assert content(killed) == content(whole)
