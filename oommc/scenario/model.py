"""What a scenario is, in the simulator's own units: pages, nanoseconds, and a `Distribution` where something is drawn.

So it is also what a file may say: each field is a key, described where it stands in the words of `keys`. The
dataclasses are frozen and plain. `read` fills them from TOML tables and is the only place that validates, so whoever
holds a `Scenario` may rely on it. Where a process class names another (`parent`, `shares_mm_with`), instance j of the
class belongs to instance ``j mod count`` of the named class.
"""

from __future__ import annotations

from oommc.scenario.cgroup import Cgroup, Memcg
from oommc.scenario.common import NAME, RUN, SPELL, TOLERANCE
from oommc.scenario.keys import REQUIRED, Only, Ranges, Table, Tables, Text, key, table
from oommc.scenario.machine import Machine
from oommc.scenario.process import Process

SCHEMA = 1
"""The version of the format."""


@table
class ScenarioFile:
    """All that a file says: a machine and its processes, ready to be simulated."""

    schema: int = key(Only(SCHEMA), REQUIRED, "The version of this format.", core=False)
    name: str = key(NAME, REQUIRED, "What the scenario is called.")
    about: str = key(Text(), "", "Text for people.", quiet=True)
    horizon: int = key(RUN, REQUIRED, "When a run ends at the latest.")
    patience: int = key(
        RUN,
        "10 s",
        "How long waiting for memory on its way would have been right (docs/model.md §6).",
        source="assumed",
    )
    settle: int = key(SPELL, "100 ms", "How long calm has to last until an episode is over.", source="assumed")
    but_for_within: int = key(
        TOLERANCE,
        "1 s",
        "How much longer a run may be in outage without a kill that made no difference.",
        source="assumed",
        quiet=True,
    )
    machine: Machine = key(Table(Machine), REQUIRED, "The machine.", core="")
    memcgs: tuple[Memcg, ...] = key(Tables(Memcg, 0), (), "Its memory cgroups.", name="memcg", quiet=True)
    cgroups: tuple[Cgroup, ...] = key(
        Tables(Cgroup, 0), (), "Its tree of control groups, in place of `memcg`.", name="cgroup", quiet=True
    )
    processes: tuple[Process, ...] = key(Tables(Process), REQUIRED, "What runs on it.", name="process")
    ranges: tuple[tuple[str, str], ...] = key(
        Ranges(),
        {},
        "What sources leave open: a value's dotted path, and between what it is thought to lie. It changes no record.",
        name="range",
        quiet=True,
    )
