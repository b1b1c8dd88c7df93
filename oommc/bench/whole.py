"""`oommc run` as a whole, in processes of its own: what it spends outside the core, what on records, and its memory.

`python -m oommc.bench.whole OUT N` is such a process; it prints what it has spent as JSON.
"""

import contextlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from oommc.bench.settings import Settings
from oommc.errors import RunError

SCENARIO, POLICIES = "usemem", "baseline,patched"


def runs(settings: Settings, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """One entry for each of `settings.runs`: schedules, CPU seconds by part, MiB of resident memory at most."""
    results = []
    for schedules in settings.runs:
        tell(f"oommc run, {schedules:,} schedules")
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "oommc.bench.whole", str(Path(folder) / "out"), str(schedules)]
            done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RunError(f"bench: oommc run failed: {done.stderr.strip().splitlines()[-1:]}")
        results.append({"schedules": schedules} | json.loads(done.stdout))
    return results


class _Meter:
    """The CPU time of the threads that are inside what it wraps."""

    def __init__(self) -> None:
        self._spent: list[float] = []  # by call; threads may append at once, where a sum would lose some

    @property
    def seconds(self) -> float:
        return sum(self._spent)

    def around(self, function: Callable) -> Callable:
        def metered(*args, **kwargs):
            before = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                self._spent.append(time.thread_time() - before)

        return metered


def _measured(out: str, schedules: str) -> dict[str, float]:
    """Runs the command in this process. `cpu_s` is everything since the interpreter began, imports too."""
    from oommc.cli import main
    from oommc.collect.store import Keeper
    from oommc.engine import Engine

    core, records = _Meter(), _Meter()
    with (
        patch.object(Engine, "run", core.around(Engine.run)),
        patch.object(Keeper, "__call__", records.around(Keeper.__call__)),
        contextlib.redirect_stdout(sys.stderr),
    ):
        status = main(["run", SCENARIO, "--policies", POLICIES, "--schedules", schedules, "--out", out, "--quiet"])
    if status:
        raise SystemExit(status)
    return {
        "cpu_s": time.process_time(),
        "core_s": core.seconds,
        "records_s": records.seconds,
        "resident_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(_measured(*sys.argv[1:])))
