"""What `oom_score_adj` is a share of: all memory that the kernel manages, its own use included, and swap."""

import pytest
from worlds import both, clockwork, daemon, hog, story

IDLE = {"kind": "idle"}
GROWS = {"kind": "grow", "start": 0, "think": "1 ms", "chunk": 199, "target": 20000}


@pytest.mark.parametrize(
    ("size", "reserved", "swap", "victim"),
    [
        (3950, 0, 0, "other"),  # 100 of 1,000 of 10,000 pages is 1,000: 4,006 against 3,958 with page tables
        (3950, 2000, 0, "other"),  # of the 8,000 that aren't reserved it would be 800, and 3,806
        (4100, 0, 0, "large"),  # 4,109
        (4100, 0, 2000, "other"),  # of 12,000 it is 1,200, and 4,206
    ],
)
def test_a_share_of_memory_and_swap(size, reserved, swap, victim):
    node = {"memory": "10000 pages", "reserved": reserved, "page_cache": 0, "min": 100, "low": 125, "high": 150}
    rest = 10_000 - reserved - size - 3000 - 160
    world = clockwork(
        daemon(name="large", rss=size, mlocked=size, program=IDLE),
        daemon(name="other", rss=3000, mlocked=3000, oom_score_adj=100, program=IDLE),
        hog(rss=rest, mlocked=rest, oom_score_adj=-1000, program=GROWS),
        node=[node],
        swap={"size": swap, "rate": "1 GiB/s"},
    ).replace("horizon", "60 ms")
    both(world, "mainline-6")
    assert story(world, "mainline-6", "kill")[0][2] == victim
