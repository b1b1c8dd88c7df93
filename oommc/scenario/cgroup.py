"""Control groups of a scenario: flat memory cgroups, or a tree by name."""

from __future__ import annotations

from oommc.scenario.common import MEMORY, NAME, PAGES, SOME_PAGES, YES_NO
from oommc.scenario.keys import REQUIRED, key, table


@table
class Memcg:
    """A memory cgroup that has none below it, whatever its name. `cgroup` says the same of a tree."""

    name: str = key(NAME, REQUIRED, "What it is called.")
    limit: int = key(SOME_PAGES, REQUIRED, "What its members may hold together.")
    oom_group: bool = key(YES_NO, False, "memory.oom.group: one victim takes all others with it.")


@table
class Cgroup:
    """A group in the tree of control groups. It lies in the group whose name, and a slash, its own name begins with;
    of several in the one with the longest name. Its members are those of the groups in it, too.
    """

    name: str = key(NAME, REQUIRED, 'What it is called: "pods/a/c1" lies in "pods/a".')
    limit: int | None = key(
        SOME_PAGES,
        None,
        "memory.max: what its members may hold together; by default any amount.",
        name="max",
        quiet=True,
        core=False,
    )
    high: int | None = key(
        SOME_PAGES,
        None,
        "memory.high: who charges above it reclaims and sleeps before its program goes on; by default nobody.",
        quiet=True,
        core=False,
    )
    low: int = key(PAGES, 0, "memory.low: so much isn't swapped while reclaim finds anything else.", quiet=True)
    min: int = key(PAGES, 0, "memory.min: so much is never swapped.", quiet=True)
    swap_max: int | None = key(
        MEMORY,
        None,
        "memory.swap.max: what its members may have in swap. Without it only the machine's reclaim swaps them.",
        quiet=True,
        core=False,
    )
    oom_group: bool = key(YES_NO, False, "memory.oom.group: one victim takes all its members with it.", quiet=True)
