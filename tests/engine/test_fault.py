"""Page-in and refaults, worked out by hand: what is out has to be asked for and read before the program goes on."""

import pytest
from worlds import both, clockwork, daemon, hog, late, story

from oommc.errors import InputError
from oommc.policies import parse
from oommc.scenario import Scenario

SWAP = {"size": 1000, "rate": "32000 pages/s"}  # a batch of 32 pages takes a millisecond
FILES = {"size": 1000, "rate": "32000 pages/s"}


def worker(**changes) -> dict:
    """Holds 9,800 pages and wants 164 more at 3 ms, of which 64 have to be made room for; uses a tenth at each step."""
    program = {"kind": "grow", "start": 0, "think": "3 ms", "chunk": 164, "target": 10000, "touch": 996}
    return hog(rss=9800, program=program | changes.pop("program", {}), **changes)


def reader(**changes) -> dict:
    """Uses 100 pages of files each 10 ms."""
    program = {"kind": "churn", "start": 0, "think": "10 ms", "chunk": 1, "keep": "10 ms", "file_touch": 100}
    return daemon(name="reader", rss=0, program=program | changes.pop("program", {}), **changes)


def cached(*processes: dict, **machine):
    """1,000 pages of page cache, all of it the working set, and 200 free with 8,800 held."""
    scenario = clockwork(hog(rss=8800, program={"kind": "idle"}), *processes, working_set=FILES, **machine)
    return scenario.replace("machine.node.0.page_cache", 1000)


def test_what_is_in_swap_is_asked_for_and_read():
    """64 of 9,964 pages are out after 5.2 ms.

    Of the 996 used at 8.2 ms that is 7, with a batch to make room for them.
    """
    steps = story(clockwork(worker(), swap=SWAP), "baseline", "reclaim", "granted", "page in")
    assert steps[:6] == [
        (3000, "reclaim", "hog"), (5200, "granted", "hog"),
        (8200, "reclaim", "hog"), (9300, "granted", "hog"), (9300, "page in", "hog"),
        (9518.75, "reclaim", "hog"),
    ]  # fmt: skip


def test_a_daemons_stall_has_the_read_too():
    """2.2 ms for the first ask, 1.1 ms for the fault's, 7 pages at 32 a millisecond;
    the horizon comes before the next.
    """
    scenario = clockwork(worker(role="daemon"), swap=SWAP).replace("horizon", "9518750 ns")
    assert both(scenario, "baseline")["daemon_stall_ns"] == 2_200_000 + 1_100_000 + 218_750


def test_without_touch_it_stays_out():
    scenario = clockwork(worker(program={"touch": 0}), swap=SWAP)
    assert story(scenario, "baseline", "page in") == []


def test_a_file_that_has_left_the_cache_is_read_again():
    """The late one's 700 pages cost 19 batches of cache:
    608 of 1,000 are missing, so 61 of the 100 used, 32 and 29 at a time.
    """
    late_one = late(at="3 ms")
    steps = story(cached(late_one, reader()).replace("horizon", "12 ms"), "baseline", "reclaim", "granted", "page in")
    assert steps == [
        (3000, "reclaim", "late"), (4900, "granted", "late"),
        (10000, "reclaim", "reader"), (10100, "granted", "reader"), (10100, "page in", "reader"),
        (11100, "reclaim", "reader"), (11200, "granted", "reader"), (11200, "page in", "reader"),
    ]  # fmt: skip
    read = [s for s in cached_story(cached(late_one, reader())) if s["what"] == "page in"]
    assert [(s["pages"], s["file"]) for s in read[:2]] == [(32, True), (29, True)]


def cached_story(scenario) -> list[dict]:
    from oommc.trace import replay

    return replay(scenario, parse("baseline")[0], 0, 1).events


def test_nothing_is_missing_where_reclaim_has_taken_nothing():
    assert story(cached(reader()), "baseline", "page in") == []


def test_who_reads_dies_at_once_and_handles_sigterm_afterwards():
    """32 pages are read from 10.1 to 11.1 ms; a signal at 11 ms doesn't wait for them, a handler of SIGTERM does."""
    text = (
        "earlyoom(poll=11ms,poll_most=11ms,mem_of=total,mem_term=100,mem_kill={},"
        "search=1us,reread=no,wait=nothing,victim=newest)"
    )
    slow = reader(exit={"wake": "3 ms", "tail": "1 ms", "term": {"p": 1, "delay": "1 s"}})
    steps = {}
    for kill in (0, 100):
        scenario = cached(
            late(at="3 ms", run_time="9 s"), slow, hog(name="old", rss=0, run_time="9 s", program={"kind": "idle"})
        )
        steps[kill] = story(
            scenario.replace("process.hog.run_time", "9 s"), parse(text.format(kill))[0], "dying", "cleans up"
        )[0]
    assert steps[100] == (11004, "dying", "reader")  # four processes are looked at
    assert steps[0] == (11100, "cleans up", "reader")


def test_what_is_read_back_counts_as_pressure():
    """Who thrashes among its own pages waits for the disk nearly all the time,
    though each ask is granted at once or soon.
    """
    thrash = reader(program={"think": "1 ms", "keep": "0 s", "file_touch": 500})
    scenario = (
        cached(late(at="3 ms"), thrash).replace("horizon", "9 s").replace("machine.working_set.rate", "3200 pages/s")
    )
    text = "patched+systemd-oomd(pressure=some,pressure_limit=30,pressure_for=1s,search=1us,pressure_victim=newest)"
    assert both(scenario, parse(text)[0])["kills"] > 0
    assert both(scenario.replace("process.reader.program.file_touch", 0), parse(text)[0])["kills"] == 0


def test_the_record_ends_with_the_last_that_may_wait():
    """A daemon that reads its files back for ever is never without interest."""
    scenario = cached(
        late(
            at="3 ms",
            program={"kind": "grow", "start": 0, "think": "3 ms", "chunk": 700, "target": 700, "hold": "5 ms"},
        ),
        reader(),
    )
    assert both(scenario, "patched")["end_ns"] > 20_000_000


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("process.hog.program.touch", "-1 pages", "process.hog.program.touch: "),
        ("machine.working_set", {"size": "1 MiB", "speed": 1}, "machine.working_set.speed: unknown key: "),
        ("machine.working_set", {"size": "1 MiB", "rate": 0}, "machine.working_set.rate: 0 has to be more than 0"),
    ],
)
def test_what_is_refused(key, value, said):
    with pytest.raises(InputError, match=said.replace(".", r"\.")):
        clockwork(worker()).replace(key, value)


def test_the_keys_are_kept_only_where_they_say_something():
    plain, thrashing = clockwork(hog()), cached(reader())
    assert "working_set" not in plain.to_toml() and "touch" not in plain.to_toml()
    assert Scenario.from_toml(thrashing.to_toml()) == thrashing
