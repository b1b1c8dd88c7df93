"""CPU time by hand, to the nanosecond: exit_mmap() that unmaps a lump before it frees any of it,
and thoughts that take a CPU.

In the clockwork world of test_path.py.
"""

from worlds import GONE, both, clockwork, daemon, hog, late, story


def test_a_lump_is_unmapped_before_its_first_page_is_back():
    """The hog is in exit_mm() at 25.103 ms. 5,000 pages are unmapped by 30.103, their second batch of 500, which is
    enough for `late`, is back at 31.103, the tenth at 35.103; 4,700 more take as long to unmap and to free.
    """
    world = clockwork(hog(), daemon(), late(), gather={"size": "5000 pages", "rate": "1000000 pages/s"})
    assert story(world, "patched", "kill", "granted", "cleaned out") == [
        (22103, "kill", "hog"),
        (22103, "granted", "hog"),
        (31200, "granted", "late"),
        (44503, "cleaned out", "hog"),
    ]
    both(world, "patched")


def test_a_batch_ends_where_its_lump_does():
    """Lumps of 600 go back as 500 and 100: `late`, who needs 700,
    waits until the second is unmapped (26.903) and 500 of it are back (27.403).
    """
    world = clockwork(hog(), daemon(), late(), gather={"size": "600 pages", "rate": "1000000 pages/s"})
    assert story(world, "patched", "granted") == [(22103, "granted", "hog"), (27500, "granted", "late")]
    both(world, "patched")


def test_a_lump_is_stretched_by_who_comes_while_it_is_unmapped():
    """On one CPU four batches of 500 are unmapped by 27.103 ms, before `late` runs through passes, from 27 ms on. The
    other six take 1 ms each, to 33.103, and so do the two that go back by 35.103, which are enough for it. The hog is
    alone again from 36.103 on: seven batches, and 4,700 pages to unmap and to free.
    """
    world = clockwork(hog(), daemon(), late("27 ms"), cpus=1, gather={"size": "5000 pages", "rate": "1000000 pages/s"})
    assert story(world, "patched", "granted", "cleaned out") == [
        (22103, "granted", "hog"),
        (35200, "granted", "late"),
        (49003, "cleaned out", "hog"),
    ]
    both(world, "patched")


def busy(process: dict) -> dict:
    return process | {"program": process["program"] | {"busy": True}}


def test_busy_thoughts_take_the_cpu_from_each_other():
    """On one CPU the daemon's first thought, beside the hog's, ends at 2 ms;
    the hog's second, beside that, at 3 instead of 2.
    """
    idle, busy_ = (clockwork(*(f(p) for p in (hog(), daemon())), cpus=1) for f in (dict, busy))
    assert story(idle, "baseline", "recheck")[0] == (2100, "recheck", "hog")
    assert story(busy_, "baseline", "recheck")[0] == (3100, "recheck", "hog")
    both(busy_, "baseline")


def test_steady_threads_think_as_long_as_they_did_first():
    """Three growers exit when they have what they want: ten chunks take ten times as long as one, else hardly ever."""
    program = {
        "kind": "grow",
        "start": 0,
        "think": {"dist": "uniform", "low": "1 ms", "high": "3 ms"},
        "chunk": 100,
        "hold": 0,
    }

    def exits(chunks: int, steady: bool) -> dict[str, int]:
        grower = {"name": "grower", "role": "hog", "count": 3, "rss": 0, "uid": 1000, "exit": GONE}
        world = clockwork(grower | {"program": program | {"steady": steady, "target": 100 * chunks}})
        both(world, "baseline")
        return {who: round(1000 * us) for us, _, who in story(world, "baseline", "exiting")}

    first = exits(1, True)
    assert len(set(first.values())) == 3
    assert exits(10, True) == {who: 10 * ns for who, ns in first.items()}
    assert exits(10, False) != exits(10, True)


def test_who_dies_in_a_busy_thought_leaves_the_cpu():
    """`big` is shot in its thought of 10 s. Until then it shares the CPU with the hog's pass, 1 to 1.2 ms, and has none
    while that prints, to 21.2; a scan of two tasks is no CPU work. Then it is alone: in exit_mmap() at 24.202. Its
    first two batches take 1 ms instead of 0.5, because the hog has begun to spin; 17 more to 34.602, a tail of 1 ms.
    """
    big = busy(hog(name="big", rss=9400))
    big["program"]["think"] = "10 s"
    world = clockwork(hog(rss=100), big, cpus=1).replace("process.hog.program.chunk", 450)
    assert story(world, "patched", "kill", "dead")[:2] == [(21202, "kill", "big"), (35602, "dead", "big")]
    both(world, "patched")
