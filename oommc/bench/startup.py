"""How long the interpreter takes to begin, and what `oommc` adds."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from oommc.bench.settings import Settings
from oommc.bench.timing import Figure

STARTS = {
    "python": ("python -c pass", "pass"),
    "import": ("import oommc", "import oommc"),
    "help": ("oommc --help", "from oommc.cli import main; main(['--help'])"),
    "names": ("oommc.run, Scenario, policies", "import oommc; oommc.run; oommc.Scenario; oommc.policies"),
}
"""What is started, told and as a program: Python alone, what the goals are about, and what one imports `oommc` for."""


def startup(settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """CPU seconds, seconds by the clock on the wall, and the ratio of CPU seconds to Python alone, by name."""
    tell("startup")
    cpu: dict[str, list[float]] = {name: [] for name in STARTS}
    wall: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(settings.starts):
        for name, (_, code) in STARTS.items():
            before = _children(), time.perf_counter()
            subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
            cpu[name].append(_children() - before[0])
            wall[name].append(time.perf_counter() - before[1])
    figures = {name: Figure(tuple(values)) for name, values in cpu.items()}
    return {
        name: {
            "told": STARTS[name][0],
            "cpu_s": figure.to_dict(),
            "wall_s": Figure(tuple(wall[name])).to_dict(),
            "of_python": figure.over(figures["python"]).to_dict(),
        }
        for name, figure in figures.items()
    }


def _children() -> float:
    """CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
