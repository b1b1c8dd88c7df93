"""Swap, worked out by hand: what a pass writes, how long that takes, and who gives it back."""

from worlds import both, clockwork, daemon, hog, late, story

from oommc.engine import Engine
from oommc.policies import registry

SWAP = {"size": 1000, "rate": "32000 pages/s"}  # a batch of 32 pages takes a millisecond


def test_an_ask_waits_until_enough_is_written():
    """At 3 ms 100 pages are free and 200 wanted above min: seven passes of 0.1 ms, each with a batch of 1 ms."""
    steps = story(clockwork(hog(), swap=SWAP), "baseline", "reclaim", "granted")
    assert steps[:2] == [(3000, "reclaim", "hog"), (10700, "granted", "hog")]


def test_the_device_takes_one_batch_after_the_other():
    """Two ask at 3 ms for 64 pages where 50 may go: passes end at 3.1 ms, their batches at 4.1 and 5.1 ms.

    The first one's batch is enough for it. The second has 50 again at 5.1 ms, so it needs another pass and batch.
    """
    program = {"kind": "grow", "start": 0, "think": "3 ms", "chunk": 64, "target": 64}
    two = [late(name=name, program=program) for name in ("one", "two")]
    steps = story(clockwork(hog(rss=9850, program={"kind": "idle"}), *two, swap=SWAP), "baseline", "reclaim", "granted")
    assert steps == [
        (3000, "reclaim", "one"), (3000, "reclaim", "two"), (4100, "granted", "one"), (6200, "granted", "two"),
    ]  # fmt: skip


def test_swap_puts_the_kill_off_and_comes_back_with_the_victim():
    """The hog has 9,900 pages without swap, 10,700 with it:
    the pass after that gets the last 8, which is no progress.
    """
    without = both(clockwork(hog()), "patched")
    with_swap = both(clockwork(hog(), swap=SWAP), "patched")
    assert (without["kills"], without["lost_pages"]) == (1, 9900)
    assert (with_swap["kills"], with_swap["lost_pages"]) == (1, 10700)
    assert without["first_oom_ns"] < with_swap["first_oom_ns"]


def test_mlocked_pages_stay():
    held = hog(rss=9850, mlocked=9850, program={"kind": "idle"})
    record = both(clockwork(held, late(at="3 ms", chunk=64), swap=SWAP), "patched")
    assert record["kills"] == 1


def test_a_chunk_that_went_out_is_given_back_as_swap():
    """The daemon keeps its chunk for 10 ms; what of it is in swap meanwhile makes room there, not in memory."""
    keeps = daemon(rss=0, program={"kind": "churn", "start": 0, "think": "1 ms", "chunk": 9000, "keep": "10 ms"})
    both(clockwork(keeps, late(at="3 ms", chunk=2000), swap=SWAP), "patched")


def test_without_swap_nothing_is_written():
    scenario = clockwork(hog())
    assert Engine(scenario, [registry["patched"]], 1).packed.machine.swap == 0
    assert scenario.to_dict()["machine"].get("swap") is None
