"""What a kill is judged by: free memory at HIGH, and beside it at LOW and at MIN."""

import pytest
from worlds import both, clockwork, hog, late, story

from oommc.policies import registry


def leaver(pages: int, hold: str) -> dict:
    """Holds so many pages from 1 us on, for so long, and exits by itself."""
    program = {"kind": "grow", "start": 0, "think": "1 us", "chunk": pages, "target": pages, "hold": hold}
    return late(program=program)


def greedy() -> dict:
    """Holds 9,500 pages and asks for 400 at 1 ms, which are all above min."""
    return hog(program={"kind": "grow", "start": 0, "think": "1 ms", "chunk": 400, "target": 20000})


@pytest.mark.parametrize(
    ("pages", "high", "low", "least"),
    [(1, 0, 0, 1), (25, 0, 0, 1), (26, 0, 1, 1), (50, 0, 1, 1), (51, 1, 1, 1)],
)
def test_a_kill_is_judged_at_three_marks(pages, high, low, least):
    """The hog takes all above 100 pages at 1 ms and lacks some, prints from 1.1 to 21.1 and dies 1 us later.

    The leaver's pages are back by 10.1 ms: 100 and these are free, less one for the hog's own ask.
    """
    world = clockwork(greedy(), leaver(pages, "10 ms"))
    assert story(world, "baseline", "kill") == [(21_101, "kill", "hog")]
    record = both(world, "baseline")
    found = record["unnecessary"], record["unnecessary_low"], record["unnecessary_min"], record["stale"]
    assert found == (high, low, least, high)


def test_what_is_on_its_way_counts_at_each_mark():
    """It leaves at 20.901 and gives its 26 pages back in 260 us: they are on their way at the kill.

    2.6.17 would wait for who is PF_EXITING.
    """
    world = clockwork(greedy(), leaver(26, "20900 us"), teardown_rate="100000 pages/s")
    record = both(world, registry["baseline"].replace(abort_on=()))
    assert (record["unnecessary"], record["unnecessary_low"], record["unnecessary_min"]) == (0, 1, 1)


def test_a_needed_kill_is_needed_at_each_mark():
    record = both(clockwork(greedy(), leaver(30, "100 ms")), "baseline")
    assert (record["kills"], record["unnecessary_min"]) == (1, 0)
