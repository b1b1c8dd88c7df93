"""The reaper, worked out by hand to the nanosecond, in the clockwork world of `test_path`.

Since 2.6.24 the report comes between selection and kill: the hog's last check fails at 2.1 ms, three tasks are scanned
by 2.103, the report is over at 22.103 ms, and the hog shoots itself. `late` asks for 700 at 23 ms, when 100 are free.
"""

from worlds import both, clockwork, daemon, hog, late, story

from oommc.policies import registry

RACE = clockwork(hog(), daemon(), late())


def test_it_reaps_from_the_kill_on_and_is_the_last_user():
    """4.6: 500 pages each 500 us, the last of 9,700 at 31.803.
    The hog has let go of the mm at 25.103, but the reaper pins it.

    `late` fails at 23.1 (600 are free), meets the mark at 23.103, and a pass later, at 23.203, 1,100 are free.
    """
    record = both(RACE, "reaper-4.6")
    assert story(RACE, "reaper-4.6", "kill", "reaper", "aborted", "granted", "dead", "reaped", "cleaned out") == [
        (22103, "kill", "hog"),
        (22103, "granted", "hog"),
        (22103, "reaper", None),
        (23103, "aborted", "late"),
        (23203, "granted", "late"),
        (26103, "dead", "hog"),
        (31803, "reaped", None),
        (31803, "cleaned out", None),
    ]
    assert (record["kills"], record["aborted"], record["cancelled"], record["reaped"]) == (1, 1, 1, 1)
    assert record["ttr_ns"] == 23_203_000 - 2_100_000


def test_exit_mmap_takes_over():
    """Without its pin five batches are back at 25.103, when the hog lets go of the mm;
    the sixth, which would end then, isn't.

    exit_mmap() gives back the other 7,200 pages in 7.2 ms; a tail of 1 ms follows.
    """
    unpinned = registry["reaper-4.6"].replace(reaper_pins="no")
    assert story(RACE, unpinned, "exit_mmap", "reaped", "cleaned out", "dead") == [
        (25103, "exit_mmap", "hog"),
        (32303, "cleaned out", "hog"),
        (33303, "dead", "hog"),
    ]
    assert both(RACE, unpinned)["reaped"] == 0


def test_it_gives_up():
    """With the mmap lock held it fails at 22.103 ms and each 10 ms from then on; after the third time it is no more.

    From 4.10 on that sets MMF_OOM_SKIP, at 42.103 ms. `late` has come back every 103 us, a pass and a scan, since it
    first met the victim at 23.103: 185 times up to 42.055. The next check fails at 42.155, and after scan and report
    the daemon dies although the hog, which has everything still, would have gone by itself.
    """
    stuck = hog(exit={"wake": "60 ms", "tail": "1 ms", "mmap_lock": {"p": 1}})
    policy = registry["skip-4.10"].replace(passes=1, reaper_attempts=3, reaper_interval="10 ms")
    world = clockwork(stuck, daemon(), late())
    told = story(world, policy, "kill", "reaper fails")
    assert told[:5] == [
        (22103, "kill", "hog"),
        (22103, "reaper fails", None),
        (32103, "reaper fails", None),
        (42103, "reaper fails", None),
        (62158, "kill", "daemon"),
    ]
    record = both(world, policy)
    assert (record["aborted"], record["impatient"], record["premature"] > 0) == (185, 1, True)
