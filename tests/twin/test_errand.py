"""Errands of who holds a victim's mm, or a lock that it needs, worked out by hand (docs/model.md §3).

The clockwork world: the sleeper holds 9,600 of 10,000 pages. `late` takes 300 of the others at 1 ms, comes to the OOM
path at 1.1, reports for 20 ms and looks at three tasks: the sleeper is shot at 21.103 ms. At 24.103 it lets go of its
mm, which takes 9.6 ms to tear down.
"""

import pytest
from worlds import GONE, both, clockwork, daemon, late, story

from oommc.errors import InputError
from oommc.policies import registry

KILL = 21_103
IDLE = {"program": {"kind": "idle"}, "uid": 1000, "exit": GONE}


def sleeper(rss=9600, **exit):
    return IDLE | {"name": "sleeper", "role": "hog", "rss": rss, "exit": GONE | exit}


def pinned(rss=9600, delay="50 ms", **pin):
    return sleeper(rss, pin={"p": 1, "by": "reader", "delay": delay} | pin)


def reader(think="30 ms", chunk=9500, **changes):
    """By default it asks at 30 ms, for more than there is even when the sleeper has gone."""
    return late(think, name="reader", chunk=chunk, **changes)


def told(world, policy, *what):
    both(world, policy)
    return story(world, policy, *what)


def test_a_thought_stops_and_goes_on_afterwards():
    """50 ms after the kill; the last user has the mm torn down to 80.703, and 8.897 ms of its thought are left."""
    world = clockwork(pinned(), late("1 ms"), reader())
    assert told(world, "patched", "errand", "lets go", "exit_mmap", "cleaned out")[:4] == [
        (KILL, "errand", "reader"),
        (71_103, "lets go", "reader"),
        (71_103, "exit_mmap", "reader"),
        (80_703, "cleaned out", "reader"),
    ]
    assert next(e[0] for e in story(world, "patched", "reclaim") if e[2] == "reader") == 89_600


def test_who_lets_go_before_the_victim_tears_nothing_down():
    world = clockwork(pinned(delay="2 ms"), late("1 ms"), reader())
    assert told(world, "patched", "lets go", "exit_mmap")[:2] == [
        (23_103, "lets go", "reader"),
        (24_103, "exit_mmap", "sleeper"),
    ]
    assert next(e[0] for e in story(world, "patched", "reclaim") if e[2] == "reader") == 32_000


@pytest.mark.parametrize(("cpus", "asks"), [(2, 32_000), (1, 52_000)])
def test_a_busy_thought_goes_on_with_what_is_left_of_it(cpus, asks):
    """It needs 30 ms on a CPU, and stands still for 2; on a machine of one for 20 more, while the report is printed."""
    busy = reader()
    busy["program"]["busy"] = True
    world = clockwork(pinned(delay="2 ms"), late("1 ms"), busy, cpus=cpus)
    told(world, "patched")
    assert next(e[0] for e in story(world, "patched", "reclaim") if e[2] == "reader") == asks


def test_what_it_keeps_comes_first():
    """From 1 to 41 ms; then 10 ms."""
    keeper = daemon(name="reader", rss=0)
    keeper["program"] |= {"chunk": 50, "keep": "40 ms"}
    world = clockwork(pinned(9550, delay="10 ms"), keeper, late("1 ms"))
    assert told(world, "patched", "errand", "lets go") == [(41_000, "errand", "reader"), (51_000, "lets go", "reader")]


def test_an_ask_that_waits_comes_first():
    """Nothing is free from 2 ms on, until the giver's 900 pages are back at 40; the last pass began at 39.95.

    `late` takes its 400 at 40, the reader 50 at 40.05, and keeps them for 1 ms.
    """
    giver = daemon(name="giver", rss=0)
    giver["program"] |= {"chunk": 900, "keep": "39 ms"}
    asker = daemon(name="reader", rss=0)
    asker["program"] |= {"think": "2050 us", "chunk": 50, "keep": "1 ms"}
    world = clockwork(pinned(8700, delay="10 ms"), giver, late("1 ms"), asker)
    assert [e[::2] for e in told(world, "patched", "errand", "lets go")] == [(41_050, "reader"), (51_050, "reader")]


def test_an_ask_that_gets_nothing_hangs_the_patched_kernel():
    """The deadlock that Dave Peterson told of: the holder waits for memory because the gate is shut."""
    asker = reader("2 ms", chunk=50)
    world = clockwork(pinned(), late("1 ms"), asker)
    assert both(world, "patched")["outcome"] == 2
    timer = sleeper(pin={"p": 1, "delay": "50 ms"})
    assert both(clockwork(timer, late("1 ms"), asker), "patched")["outcome"] == 1
    assert both(world, "reaper-4.6")["outcome"] == 1


@pytest.mark.parametrize(("chunk", "hangs"), [(0, False), (1, True)])
def test_its_own_request_is_what_the_victim_waits_for(chunk, hangs):
    """It thinks at the kill, sleeps 1 ms, and asks for a page that nobody has."""
    world = clockwork(pinned(delay="1 ms", chunk=chunk), late("1 ms"), reader("2 s"))
    assert (both(world, "patched")["outcome"] == 2) is hangs
    assert bool(story(world, "patched", "lets go")) is not hangs


def test_what_it_asks_for_goes_back_at_once():
    """Of 393 free pages `late` takes 36 blocks of 8, down to 105 pages: 5 are there for the reader, not 6."""
    lacks = late("1 ms", flags={"order": 3})
    for pages, lets_go in ((5, True), (6, False)):
        world = clockwork(pinned(9607, delay="1 ms", chunk=pages), lacks, reader())
        assert ((22_103, "lets go", "reader") in told(world, "patched", "lets go")) is lets_go
        assert ((22_103, "reclaim", "reader") in story(world, "patched", "reclaim")) is not lets_go
    assert story(clockwork(pinned(9607, delay="1 ms", chunk=5), lacks, reader()), "patched", "reclaim", "kill") == (
        story(clockwork(pinned(9607, delay="1 ms", chunk=0), lacks, reader()), "patched", "reclaim", "kill")
    )


def twice(**changes):
    """The reader is idle, with 3,600 pages. `late` prints again from 22.1 ms on, and shoots it at 42.102."""
    victim = pinned(6000, **{"delay": "900 ms"} | changes)
    others = late("1 ms"), IDLE | {"name": "reader", "role": "batch", "rss": 3600}
    return clockwork(victim, *others).replace("horizon", "60 ms")


def test_a_killed_holder_lets_go_after_its_wake():
    """At 45.102; it is the last, so the sleeper's 6,000 pages come before its own, 6 ms later."""
    assert told(twice(), "baseline", "kill", "lets go", "exiting", "exit_mmap") == [
        (KILL, "kill", "sleeper"),
        (24_103, "exiting", "sleeper"),
        (42_102, "kill", "reader"),
        (45_102, "lets go", "reader"),
        (45_102, "exit_mmap", "reader"),
        (51_102, "exiting", "reader"),
        (51_102, "exit_mmap", "reader"),
    ]


def test_a_holder_that_is_given_null_lets_go_after_its_wake():
    """Its pass of 100 us begins at 21.05 ms; the sleeper lets go at 24.103, it at 24.15. It leaves without a block."""
    exits = {"exit": GONE | {"block": {"p": 1, "delay": "1 s"}}}
    world = clockwork(pinned(), late("1 ms"), reader("21050 us", flags={"p_noretry": 1}, **exits))
    assert told(world, "patched", "failed", "lets go", "cleaned out", "exiting")[:6] == [
        (21_150, "failed", "reader"),
        (24_103, "exiting", "sleeper"),
        (24_150, "lets go", "reader"),
        (33_750, "cleaned out", "reader"),
        (33_750, "exiting", "reader"),
        (33_750, "cleaned out", "reader"),
    ]


def test_who_is_on_its_way_out_pins_nothing():
    """The reader has its page at 1 ms, and goes at 21: it is dead in less than 1 ms of `tail`, after the kill."""
    leaver = reader("500 us", chunk=1)
    leaver["program"] |= {"hold": "20400 us"}
    assert not told(clockwork(pinned(), late("1 ms"), leaver), "patched", "pinned")
    leaver["program"] |= {"hold": "20700 us"}
    assert told(clockwork(pinned(), late("1 ms"), leaver), "patched", "pinned") == [(KILL, "pinned", "sleeper")]


def test_who_is_on_the_victims_mm_pins_nothing():
    sharer = IDLE | {"name": "reader", "role": "batch", "shares_mm_with": "sleeper"}
    assert not told(clockwork(pinned(), late("1 ms"), sharer), "patched", "pinned")


def test_a_thread_has_one_errand_at_a_time():
    """Two are shot, the first at 21.104 ms, and both by choice of the one reader's."""
    second = pinned(3000) | {"name": "second"}
    world = clockwork(pinned(6600), second, late("1 ms"), reader("2 s"))
    assert [e[2] for e in told(world, "baseline", "kill")[:2]] == ["sleeper", "second"]
    assert story(world, "baseline", "pinned") == [(21_104, "pinned", "sleeper")]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "blind"),  # it will let go, by itself
        ({"chunk": 1}, None),  # it needs a page for that
        ({"delay": "11 s"}, None),  # later than anybody waits
        ({"delay": "20900 us"}, "impatient"),  # it has, at 42.003, and tears down
    ],
)
def test_what_waits_for_a_holder_that_needs_pages_is_neither_owed_nor_blind(changes, kind):
    world = twice(**changes)
    record = both(world, "baseline")
    assert record["kills"] == 2
    assert {k: record[k] for k in ("stale", "impatient", "blind")} == {
        k: int(k == kind) for k in ("stale", "impatient", "blind")
    }


def test_nor_is_what_waits_for_a_holder_that_waits_itself():
    """The same with a reader that asks at 2 ms: nothing is free."""
    asker = late("2 ms", name="reader", chunk=50, rss=3600)
    asker["program"] |= {"target": 3650}
    world = clockwork(pinned(6000, delay="1 ms"), late("1 ms"), asker).replace("horizon", "50 ms")
    record = both(world, "baseline")
    assert record["kills"] == 2 and record["unnecessary"] == 0


def locked(**lock):
    return sleeper(lock={"p": 1, "holder": "reader"} | lock)


@pytest.mark.parametrize(("lock", "exits"), [({}, 24_103), ({"delay": "5 ms"}, 29_103)])
def test_a_lock_is_held_for_an_errand(lock, exits):
    """From when the victim needs it, at 24.103 ms; 5 ms of the reader's thought of 30 come after it."""
    world = clockwork(locked(**lock), late("1 ms"), reader())
    assert told(world, "patched", "exiting")[0] == (exits, "exiting", "sleeper")
    asks = next(e[0] for e in story(world, "patched", "reclaim") if e[2] == "reader")
    assert asks == (35_000 if lock else 30_000)


@pytest.mark.parametrize(("chunk", "hangs"), [(0, False), (1, True)])
def test_the_lock_holders_own_request_is_what_the_victim_waits_for(chunk, hangs):
    world = clockwork(locked(delay="1 ms", chunk=chunk), late("1 ms"), reader("2 s"))
    assert (both(world, "patched")["outcome"] == 2) is hangs


def test_an_ask_that_has_the_lock_in_hand_comes_before_the_errand():
    """It has waited since 2.05 ms, gets its pages at 40.05 and keeps them for 1 ms, sleeps 10 and unlocks."""
    giver = daemon(name="giver", rss=0)
    giver["program"] |= {"chunk": 900, "keep": "39 ms"}
    asker = daemon(name="reader", rss=0)
    asker["program"] |= {"think": "2050 us", "chunk": 50, "keep": "1 ms"}
    victim = locked(delay="10 ms") | {"rss": 8700}
    world = clockwork(victim, giver, late("1 ms"), asker)
    assert told(world, "patched", "exiting") == [(51_050, "exiting", "sleeper")]


def test_a_killed_holder_unlocks_after_its_wake():
    """Both are shot; the sleeper waits for the lock from 24.103 on, the reader has it to the end of its wake."""
    victim = locked(delay="900 ms") | {"rss": 6000}
    world = clockwork(victim, late("1 ms"), IDLE | {"name": "reader", "role": "batch", "rss": 3600})
    no_abort = registry["patched-timeout"].replace(timeout="10 ms")
    kills = told(world, no_abort, "kill")
    assert [e[2] for e in kills[:2]] == ["sleeper", "reader"]
    assert (kills[1][0] + 3000, "exiting", "sleeper") in story(world, no_abort, "exiting")


def test_who_has_something_in_its_hands_does_not_park():
    """A reader that begins to ask at 22.103 ms has its 40 pages from the reserves after a pass, and lets go.

    `late` parks with its first page from there; a sleeper that needs 40 pages in do_exit() doesn't either.
    """
    policy = registry["dave-2006-experiment"]
    world = clockwork(pinned(delay="1 ms", chunk=40), late("1 ms"), reader("2 s"))
    assert both(world, policy)["outcome"] == 1
    assert story(world, policy, "parked", "lets go") == [(KILL, "parked", "late"), (22_203, "lets go", "reader")]
    world = clockwork(sleeper(work={"p": 1, "delay": 0, "chunk": 40}), late("1 ms"), reader("2 s"))
    assert both(world, policy)["outcome"] == 1
    assert story(world, policy, "parked", "exit_mmap")[:2] == [
        (KILL, "parked", "late"),
        (24_103, "exit_mmap", "sleeper"),
    ]


def test_who_is_parked_holds_nothing():
    """The reader waits at its page fault from 22 ms on; its time over, a third asks, and a second is shot, unpinned."""
    policy = registry["dave-2006-experiment"].replace(timeout="10 ms")
    asker = reader("22 ms", chunk=50)
    second = sleeper(3000, pin={"p": 1, "by": "reader", "delay": "1 ms"}) | {"name": "second"}
    world = clockwork(
        sleeper(6600, block={"p": 1, "delay": "500 ms"}), second, late("1 ms"), asker, late("40 ms", name="third")
    )
    assert [e[2] for e in told(world, policy, "kill")[:2]] == ["sleeper", "second"]
    assert (22_000, "parked", "reader") in story(world, policy, "parked")
    assert story(world, policy, "pinned") == []


def test_bad_input():
    with pytest.raises(InputError, match=r"process.sleeper.exit.pin.by: there is no process 'redaer'"):
        clockwork(pinned(by="redaer"), late(), reader())
    timer = sleeper(pin={"p": 1, "delay": "1 ms", "chunk": 1})
    with pytest.raises(InputError, match=r"process.sleeper.exit.pin.by: missing: who asks for chunk\?"):
        clockwork(timer, late())
