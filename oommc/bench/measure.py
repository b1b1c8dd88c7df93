"""All of the bench, one part after the other."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from oommc.bench import scaling, speed, startup, whole
from oommc.bench.floor import Floor
from oommc.bench.goals import goals
from oommc.bench.settings import Settings
from oommc.collect.manifest import version
from oommc.engine import MODEL_VERSION
from oommc.said import note_line
from oommc.scenario import Scenario


def measure(scenarios: Sequence[str], settings: Settings) -> dict[str, Any]:
    """The bench's JSON (docs/performance.md) for scenarios by file or catalogue name; tells on stderr what it does.

    Raises InputError where a scenario, SimPy or a C compiler is missing, before anything is measured.
    """
    chosen = [Scenario.load(name) for name in scenarios]
    floor = Floor()
    measured = {
        "schema": 1,
        "oommc": version(),
        "model": MODEL_VERSION,
        "machine": {
            "processor": _processor(),
            "processors": os.cpu_count(),
            "load": os.getloadavg()[0],
            "compiler": floor.compiler,
            "python": platform.python_version(),
        },
        "settings": asdict(settings),
        "scenarios": {scenario.name: speed.speed(scenario, floor, settings, _tell) for scenario in chosen},
        "idle": scaling.idle_processes(settings, _tell),
        "horizon": scaling.longer_horizons(settings, _tell),
        "run": whole.runs(settings, _tell),
        "startup": startup.startup(settings, _tell),
    }
    return measured | {"goals": goals(measured)}


def _tell(what: str) -> None:
    note_line(f"oommc bench: {what}")


def _processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.machine()
