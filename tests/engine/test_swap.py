"""Swap, worked out by hand: what a pass writes, how long that takes, and who gives it back."""

from worlds import both, clockwork, daemon, hog, late, story

from oommc.engine import Engine
from oommc.policies import registry

SWAP = {"size": 1000, "rate": "32000 pages/s"}  # a batch of 32 pages takes a millisecond


def test_an_ask_waits_until_enough_is_written():
    """At 3 ms the hog takes 2 pages, down to min, and lacks 197: seven passes of 0.1 ms, each with a batch of 1 ms."""
    steps = story(clockwork(hog(), swap=SWAP), "baseline", "reclaim", "granted")
    assert steps[:2] == [(3000, "reclaim", "hog"), (10700, "granted", "hog")]


def test_the_device_takes_one_batch_after_the_other():
    """Two ask at 3 ms for 64 pages where 50 may go: passes end at 3.1 ms, their batches at 4.1 and 5.1 ms.

    The first takes the 50, and of its batch the 14 that it lacks. The second finds 18 and its own batch at 5.1 ms,
    lacks 14, and needs another pass and batch.
    """
    program = {"kind": "grow", "start": 0, "think": "3 ms", "chunk": 64, "target": 64}
    two = [late(name=name, program=program) for name in ("one", "two")]
    steps = story(clockwork(hog(rss=9850, program={"kind": "idle"}), *two, swap=SWAP), "baseline", "reclaim", "granted")
    assert steps == [
        (3000, "reclaim", "one"), (3000, "reclaim", "two"), (4100, "granted", "one"), (6200, "granted", "two"),
    ]  # fmt: skip


def test_swap_puts_the_kill_off_and_comes_back_with_the_victim():
    """The hog has 9,900 pages without swap, and 31 batches of 32 more with it.

    The pass after that gets the last 8 of 1,000, which is no progress.
    """
    without = both(clockwork(hog()), "patched")
    with_swap = both(clockwork(hog(), swap=SWAP), "patched")
    assert (without["kills"], without["lost_pages"]) == (1, 9900)
    assert (with_swap["kills"], with_swap["lost_pages"]) == (1, 10892)
    assert without["first_oom_ns"] < with_swap["first_oom_ns"]


def test_mlocked_pages_stay():
    """The hog's can't go out, and neither can the 50 that `late` has got before it waits for 14 more."""
    held = hog(rss=9850, mlocked=9850, program={"kind": "idle"})
    asks = late(at="3 ms", chunk=64)
    assert both(clockwork(held, asks, swap=SWAP), "patched")["kills"] == 0
    assert both(clockwork(held, asks | {"mlocked": 64}, swap=SWAP), "patched")["kills"] == 1


def test_a_chunk_that_went_out_is_given_back_as_swap():
    """The daemon keeps its chunk for 10 ms; what of it is in swap meanwhile makes room there, not in memory."""
    keeps = daemon(rss=0, program={"kind": "churn", "start": 0, "think": "1 ms", "chunk": 9000, "keep": "10 ms"})
    both(clockwork(keeps, late(at="3 ms", chunk=2000), swap=SWAP), "patched")


def test_without_swap_nothing_is_written():
    scenario = clockwork(hog())
    assert Engine(scenario, [registry["patched"]], 1).packed.machine.swap == 0
    assert scenario.to_dict()["machine"].get("swap") is None


def test_what_is_out_at_the_start_is_part_of_the_mm():
    """Of 1,000 pages 600 are out and 300 nobody's, so 100 are left: three batches of 32. The pass after that gets 4.

    The hog is killed with what it had without swap, what was out and what went out, less the batch that it lost.
    """
    swap = SWAP | {"used": 300}
    without = both(clockwork(hog()), "patched")
    out = both(clockwork(hog(swapped=600), swap=swap), "patched")
    full = both(clockwork(hog(swapped=700), swap=swap), "patched")
    assert out["lost_pages"] == without["lost_pages"] + 600 + 3 * 32
    assert full["lost_pages"] == without["lost_pages"] + 700
    assert full["first_oom_ns"] == without["first_oom_ns"] < out["first_oom_ns"]


def test_killers_see_what_is_out_at_the_start():
    """earlyoom waits until memory and swap are both short: with 96 % of swap free it isn't, with 4 % it is."""
    hogs = hog(rss=9300, program={"kind": "idle"}), daemon(name="out", rss=50, program={"kind": "idle"})
    for swapped, kills in ((400, 0), (9600, 1)):
        world = clockwork(hogs[0], hogs[1] | {"swapped": swapped}, swap={"size": 10000, "rate": "32000 pages/s"})
        assert both(world, registry["mainline-6"].beside(registry["earlyoom"]))["kills"] == kills


def test_what_is_out_scores():
    """Of two of equal rss the one with more in swap dies."""
    one, two = (daemon(name=name, rss=3000, program={"kind": "idle"}) for name in ("one", "two"))
    asks = late(chunk=5000, oom_score_adj=-1000)
    world = clockwork(one, two | {"swapped": 800}, asks, swap={"size": 800, "rate": "32000 pages/s"})
    (step, *_) = story(world, "mainline-6", "kill")
    assert step[2] == "two"
