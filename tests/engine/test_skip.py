"""A hang costs a handful of events: one of ten days is done at once, and every retry of it is counted.

The hog (9,500 pages of 10,000) takes 200 at 1 ms and 200 at 2 ms (free 100: pages_min). At 3 ms it asks again, comes to
the OOM path at 3.1, reports until 23.1, and is shot after a scan of two tasks, at 23.102 ms. It needs a lock of `late`,
which asks at 24 ms for more than there is: a pass of 100 us without progress, and the gate is closed, for good.
"""

import pytest
from worlds import clockwork, hog, late, records

TEN_DAYS = 864_000_000_000_000  # ns
WORLD = clockwork(
    hog(exit={"wake": "3 ms", "tail": "1 ms", "lock": {"p": 1, "holder": "late"}}), late("24 ms")
).replace("horizon", "864000 s")
LIVELOCK = 2


def test_who_spins_is_refused_every_100_us():
    """At 24.1, 24.2 … ms, as long as that is before the horizon."""
    [record] = records(WORLD, "patched")
    refused = -(-(TEN_DAYS - 24_100_000) // 100_000)
    assert (record["outcome"], record["kills"]) == (LIVELOCK, 1)
    assert record["refused"] == refused == 8_639_999_759
    assert record["oom_calls"] == refused + 1
    assert record["spin_ns"] == (refused - 1) * 100_000  # the pass before the first refusal wasn't a spin
    assert record["ttr_ns"] == TEN_DAYS - 3_100_000


@pytest.mark.parametrize(("policy", "column"), [("patched-try2", "refused"), ("patched-try4", "aborted")])
def test_who_sleeps_comes_once_a_tick(policy, column):
    """At 24.1, 25.1 … ms: the tick, then the pass."""
    [record] = records(WORLD, policy)
    assert record[column] == -(-(TEN_DAYS - 24_100_000) // 1_000_000) == 863_999_976
    assert record["outcome"] == LIVELOCK


def test_a_report_every_five_seconds_breaks_the_cycle_and_no_more():
    """2.6.17 aborts once a tick but when the ratelimit lets a report through, and then for its 20 ms."""
    [record] = records(WORLD, "baseline")
    ticks = (TEN_DAYS - 24_100_000) // 1_000_000
    reports = TEN_DAYS // 5_000_000_000 + 10
    assert ticks - 21 * reports < record["aborted"] < ticks - 19 * (reports - 10)
    assert record["outcome"] == LIVELOCK
