"""Memory on its way: within which patience it would have been back, and who isn't excused for freeing slowly."""

import pytest
from worlds import GONE, both, clockwork, daemon, hog, late, story

from oommc.columns import PATIENCES
from oommc.policies import registry

ITSELF = registry["baseline"].replace(selector="allocating_task")


def blocked(delay: str, **changes) -> dict:
    """A hog that is stuck for so long once it is killed."""
    return hog(exit=GONE | {"block": {"p": 1, "delay": delay}}, **changes)


@pytest.mark.parametrize(
    ("delay", "within"),
    [("50 ms", 5), ("200 ms", 4), ("500 ms", 3), ("2 s", 2), ("9 s", 1), ("20 s", 0)],
)
def test_the_curve_over_patience(delay, within):
    """The hog dies at 23.1 ms and is stuck; `late` kills itself at 43.1 ms, when that is nearly all still to come."""
    world = clockwork(blocked(delay), late())
    assert story(world, ITSELF, "kill") == [(23_100, "kill", "hog"), (43_100, "kill", "late")]
    record = both(world, ITSELF)
    assert [record[column] for column in PATIENCES] == [0] * (5 - within) + [1] * within
    assert record["impatient"] == record["impatient_10s"]
    assert both(world.replace("patience", "300 ms"), ITSELF)["impatient"] == record["impatient_300ms"]
    assert both(world.replace("patience", "30 s"), ITSELF)["impatient"] == 1


def test_a_reaper_that_waits_excuses_nobody():
    """The victim is stuck for 30 s. Its memory would be back at once if the reaper didn't wait for 20 s."""
    waiting = registry["mainline-6"].replace(selector="allocating_task", reaper_delay="20 s")
    world = clockwork(blocked("30 s"), late())
    assert [who for _, _, who in story(world, waiting, "kill")] == ["hog", "late"]
    assert both(world, waiting)["impatient_100ms"] == 1
    without = waiting.replace(reaper="none", skip_at="freed")
    assert both(world, without)["impatient_10s"] == 0


def test_a_victim_that_never_looks_gives_nothing_back():
    """The hog has no __GFP_FS: shot in its nap, it naps and reclaims for ever, and sees nothing of what is free.

    After 5 ms it doesn't count any more, and the daemon dies at 46.103 ms: it was needed. Of a loop that sees the mark
    the hog leaves with a page of the reserves, long before that.
    """
    policy = registry["baseline"].replace(timeout="5 ms", on_timeout="next")
    world = clockwork(hog(flags={"p_no_fs": 1}), daemon(), late("5 ms")).replace("horizon", "60 ms")
    record = both(world, policy)
    assert (record["kills"], record["unnecessary_min"], record["premature"]) == (2, 0, 1)
    assert both(world, policy.replace(rebalance="sees_mark"))["unnecessary"] == 1
