"""Free memory between two watermarks, worked out by hand: what the last check asks for, and what counts as enough."""

import pytest
from worlds import both, clockwork, daemon, hog, late

from oommc.policies import registry

IDLE = {"kind": "idle"}


@pytest.mark.parametrize(
    ("mark", "free", "passes"),
    [
        ("high", 151, True), ("high", 150, False), ("high", 126, False), ("low", 126, True), ("low", 125, False),
        ("min", 101, True),
    ],
)  # fmt: skip
def test_the_last_check_asks_for_its_mark(mark, free, passes):
    """It passes at the mark and one page more, the one that it is for, and not a page below."""
    record = both(at_the_check(free), registry["baseline"].replace(name="x", recheck_mark=mark))
    assert (record["cancelled"] > 0, record["kills"] > 0) == (passes, not passes)


def at_the_check(free: int):
    """Free are 100 pages, for `takes` has 300 from 0.2 ms on, until `leaves` gives back the others at 1.06 ms.

    `late` asks for one page at 1 ms, and its pass ends at 1.1.
    """
    back = free - 100
    hold = f"{1_059 - back} us"  # after a think of a microsecond, and before an exit_mmap() of `back`
    gives = {"kind": "grow", "start": 0, "think": "1 us", "chunk": 1, "target": back, "hold": hold}
    takes = {"kind": "grow", "start": 0, "think": "200 us", "chunk": 300, "target": 300}
    return clockwork(
        hog(rss=9_600 - back, program=IDLE),
        daemon(name="leaves", rss=back, program=gives, exit={"wake": 0, "tail": 0}),
        daemon(name="takes", rss=0, program=takes),
        late("1 ms", chunk=1),
        latency={"report": 0},
    ).replace("horizon", "30 ms")


@pytest.mark.parametrize(("free", "low"), [(140, 1), (126, 1), (125, 0), (101, 0)])
def test_enough_is_high(free, low):
    """The ask that fails needs one page, and HIGH would have to stay: at LOW the kill is no unnecessary one."""
    record = both(at_the_check(free), "baseline")
    assert (record["kills"] > 0, record["unnecessary"], record["unnecessary_low"]) == (True, 0, low)
