"""A hang costs a handful of events: one of ten days is done at once, and every retry of it is counted.

The hog (9,500 pages of 10,000) takes 200 at 1 ms and 200 at 2 ms (free 100: pages_min). At 3 ms it asks again, comes to
the OOM path at 3.1, reports until 23.1, and is shot after a scan of two tasks, at 23.102 ms. It needs a lock of `late`,
which asks at 24 ms for more than there is: a pass of 100 us without progress, and the gate is closed, for good.
"""

import pytest
from worlds import both, clockwork, hog, late, records

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


def test_pages_given_back_on_one_node_may_be_asked_for_on_another():
    """The run isn't over while they are kept: three daemons meet on the first node when a bound one has been there."""
    node = {"memory": "882 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}

    def churn(chunk, keep):
        return {"kind": "churn", "start": 0, "think": "10 us", "chunk": chunk, "keep": keep}

    gone = {"wake": 0, "tail": 0}
    bound = {"name": "bound", "role": "daemon", "rss": 0, "nodes": [0], "program": churn(395, "3 us"), "exit": gone}
    one = {"kind": "grow", "start": 0, "think": "10 us", "chunk": 1, "target": 1}
    first = {"name": "first", "role": "daemon", "rss": 0, "program": one, "exit": gone}
    roams = {
        "name": "roams",
        "role": "daemon",
        "threads": 3,
        "shares_mm_with": "first",
        "program": churn(129, "482 us"),
        "exit": gone,
    }
    world = clockwork(
        bound, first, roams, node=[node, node], cpus=1, hz=100, latency={"reclaim_pass": "20 us", "report": 0}
    )
    assert both(world.replace("horizon", "40 ms"), "baseline")["oom_calls"] > 0


def test_a_churning_sharer_makes_a_grower_ask_again():
    """A grow program's target is the mm's: when what a sharer has churned is gone, there is something to ask for."""
    churn = {"kind": "churn", "start": 0, "think": "1 ms", "chunk": 300, "keep": "5 ms"}
    grow = {"kind": "grow", "start": 0, "think": "2 ms", "chunk": 250, "target": 300}
    grower = {"name": "grower", "role": "hog", "rss": 0, "program": grow, "exit": {"wake": 0, "tail": 0}}
    sharer = {
        "name": "sharer",
        "role": "daemon",
        "shares_mm_with": "grower",
        "program": churn,
        "exit": {"wake": 0, "tail": 0},
    }
    node = {"memory": "600 pages", "reserved": 0, "page_cache": 0, "min": 100, "low": 125, "high": 150}
    both(clockwork(grower, sharer, node=[node]).replace("horizon", "60 ms"), "baseline")
