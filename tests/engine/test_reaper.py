"""The reaper, worked out by hand to the nanosecond, in the clockwork world of `test_path`.

Since 2.6.24 the report comes between selection and kill: the hog's last check fails at 2.1 ms, three tasks are scanned
by 2.103, the report is over at 22.103 ms, and the hog shoots itself. `late` asks for 700 at 23 ms, when 100 are free.
"""

from worlds import both, clockwork, daemon, hog, late, story

from oommc.policies import registry
from oommc.trace import replay

RACE = clockwork(hog(), daemon(), late())
KILLED = 21_104  # of the group, in us
BEGUN = 22_000  # the reaper's work, with the end of the killer's pause, and of its oom_lock


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


def test_it_waits_for_two_seconds():
    """OOM_REAPER_DELAY (5.18): the hog, shot at 23.703 ms after seventeen passes, needs a minute to wake.

    All of its 9,700 pages are back 9.7 ms later; where mlocked ones stay, 9,000 after 9 ms.
    """
    stuck = hog(mlocked=700, exit={"wake": "60 s", "tail": "1 ms"})
    world = clockwork(stuck, daemon(), late()).replace("horizon", "3 s")
    for mlocked, back in (("yes", 2_033_403), ("no", 2_032_703)):
        policy = registry["mainline-6"].replace(reaper_mlocked=mlocked)
        told = story(world, policy, "kill", "reaper", "reaped")
        assert told[:3] == [(23703, "kill", "hog"), (2023703, "reaper", None), (back, "reaped", None)]
        assert both(world, policy)["reaped"] == 1


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


def group(**locked):
    """Four tasks, of which three go together at 21.104 ms: 9,000 pages, 300, and 200; each is 60 ms in its wake."""
    slow = {"wake": "60 ms", "tail": "1 ms"}
    members = [
        {"name": name, "role": "batch", "rss": rss, "uid": 1000, "memcg": "g", "program": {"kind": "idle"}}
        | {"exit": slow | locked.get(name, {})}
        for name, rss in (("first", 9000), ("second", 300), ("third", 200))
    ]
    return clockwork(*members, late("1 ms"), memcgs=({"name": "g", "limit": 10_000, "oom_group": True},))


TOGETHER = registry["skip-4.10"].replace(passes=1, scope="memcg_group", reaper_attempts=3, reaper_interval="10 ms")


def by_mm(world, policy, *what):
    return [(e["t_ns"] / 1000, e["what"], e["mm"]) for e in replay(world, policy, 0, 1).events if e["what"] in what]


def test_one_thread_goes_through_them_from_the_last_to_the_first():
    """oom_reaper_list is a stack: 200 pages in 0.2 ms, 300 in 0.3, then 9,000 in 9."""
    assert both(group(), TOGETHER)["reaped"] == 3
    assert by_mm(group(), TOGETHER, "reaper", "reaped") == [
        (BEGUN, "reaper", "third"),
        (BEGUN + 200, "reaped", "third"),
        (BEGUN + 200, "reaper", "second"),
        (BEGUN + 500, "reaped", "second"),
        (BEGUN + 500, "reaper", "first"),
        (BEGUN + 9500, "reaped", "first"),
    ]


def test_the_others_wait_for_its_attempts():
    """The third's mmap lock is held: after 20 ms the reaper gives it up, and comes to the second."""
    world = group(third={"mmap_lock": {"p": 1}})
    both(world, TOGETHER)
    assert by_mm(world, TOGETHER, "reaper", "reaper fails")[:5] == [
        (BEGUN, "reaper fails", "third"),
        (BEGUN + 10_000, "reaper fails", "third"),
        (BEGUN + 20_000, "reaper fails", "third"),
        (BEGUN + 20_000, "reaper", "second"),
        (BEGUN + 20_300, "reaper", "first"),
    ]


def test_a_timer_of_each_comes_before():
    """From 5.18 on nobody is on the list before 2 s are over; here 5 ms."""
    later = TOGETHER.replace(reaper_delay="5 ms")
    both(group(), later)
    assert [(at, mm) for at, _, mm in by_mm(group(), later, "reaper")] == [
        (KILLED + 5000, "third"),
        (KILLED + 5200, "second"),
        (KILLED + 5500, "first"),
    ]


def test_it_sleeps_on_between_two_attempts_where_the_victim_has_gone_meanwhile():
    """The third is gone by 36 ms, by itself; the reaper sees that at its attempt at 42, and goes on."""
    world = group(third={"mmap_lock": {"p": 1}, "wake": "14 ms"})
    both(world, TOGETHER)
    assert by_mm(world, TOGETHER, "reaper", "reaper fails")[:3] == [
        (BEGUN, "reaper fails", "third"),
        (BEGUN + 10_000, "reaper fails", "third"),
        (BEGUN + 20_000, "reaper", "second"),
    ]
