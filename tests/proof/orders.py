"""Every order of steps of small worlds (`oommc.explore`), against schedules of the same worlds drawn wide."""

from collections.abc import Iterator

from oommc.engine import OUTCOMES, Engine
from oommc.explore import explore, worlds
from oommc.explore.search import COUNTED
from oommc.explore.wide import wide
from oommc.policies import registry

from . import Row, check, equal

EXPLORED = [policy for policy in registry.values() if policy.monitor is None]
FEW = 1000  # schedules: up to here only the first world and the patch's own lineage


@check(quick=FEW, full=10_000)
def every_order(schedules: int) -> Iterator[Row]:
    """What the explorer calls reachable happens in schedules drawn at random, and nothing else does."""
    names = ["race"] if schedules <= FEW else list(worlds.names())
    policies = EXPLORED[:6] if schedules <= FEW else EXPLORED
    for name in names:
        world = worlds.load(name)
        for policy in policies:
            of = explore(world, policy)
            [records] = Engine(wide(world), [policy], 1).run(0, schedules)
            most = {column: int(records[column].max()) for column in COUNTED}
            hangs = bool((records["outcome"] == OUTCOMES.index("livelock")).any())
            yield equal(f"{name}, {policy.name}", _told(of.most, "hang" in of.ways), _told(most, hangs))


def _told(most: dict[str, int], hangs: bool) -> str:
    return ", ".join(f"{count} {column}" for column, count in most.items()) + ", hangs" * hangs
