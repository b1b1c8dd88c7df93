import pytest
from worlds import clockwork, daemon, hog, late, records

from oommc.engine import OUTCOMES
from oommc.errors import InputError
from oommc.policies import registry
from oommc.scenario import Scenario
from oommc.trace import replay
from oommc.trace.view import window

RACE = clockwork(hog(), daemon(), late())


def test_the_story_has_the_record_of_the_core():
    scenario = Scenario.load("usemem").replace("horizon", "2 s")
    for schedule in range(3):
        story = replay(scenario, registry["baseline"], schedule, 5)
        [record] = records(scenario, "baseline", seed=5, first=schedule)
        assert story.record == record | {"outcome": OUTCOMES[record["outcome"]]}


def test_text_names_every_check_gate_kill_and_return():
    text = replay(RACE, registry["baseline"], 0, 1).text()
    assert "2 kills (1 stale, 1 needless, 1 premature); recovered after 41.900000 ms" in text
    assert "KILLED by late, 20.002000 ms after its last failed check: premature, unnecessary, " in text
    lines = text.splitlines()
    # The hog has 9,500 pages, 199 more and one from the reserves; the daemon 100, and the 101 that it asked for at
    # 1 ms. A page takes a microsecond to return, 3 ms after the signal (22.103 and 43.102 ms); PF_DEAD is 1 ms later.
    hog_pages, daemon_pages = 9_500 + 199 + 1, 100 + 101
    back = [f"{(22_103 + 3_000 + hog_pages) / 1e3:.6f}", f"{(43_102 + 3_000 + daemon_pages) / 1e3:.6f}"]
    assert [line.split()[0] for line in lines if "every page is back" in line] == back
    assert [line.split()[0] for line in lines if "high watermark" in line] == ["25.603000"]
    free = str(10_000 - 700)  # all but what `late` has by now
    assert lines[-1].split() == [f"{float(back[1]) + 1:.6f}", "ms", free, "daemon", "PF_DEAD"]
    assert any(line.split()[:5] == ["44.000000", "ms", "the", "episode", "is"] for line in lines)


def test_retries_are_told_once_and_counted():
    text = replay(RACE, registry["patched"], 0, 1).text()
    assert text.count("the gate is closed") == 1
    assert "after 31 more tries like that: gets its pages after 3.200000 ms" in text


def test_events_are_in_order_and_plain():
    events = replay(RACE, registry["patched"], 0, 1).events
    assert [e["t_ns"] for e in events] == sorted(e["t_ns"] for e in events)
    kill = next(e for e in events if e["what"] == "kill")
    assert (kill["who"], kill["by"], kill["kinds"]) == ("hog", "hog", [])


@pytest.mark.parametrize(("schedule", "seed"), [(-1, 1), (0, -1), (0, 2**64), (2**63, 0)])
def test_bad_numbers(schedule, seed):
    with pytest.raises(InputError):
        replay(RACE, registry["patched"], schedule, seed)


def test_passes_that_found_pages_before_it_all_are_counted_and_not_told():
    story = replay(Scenario.load("usemem").replace("horizon", "1 s"), registry["baseline"], 3, 1)
    begins = next(e["t_ns"] for e in story.events if e["what"] == "episode")
    found = sum(e["what"] == "granted" and e["t_ns"] < begins for e in story.events)
    lines = story.text().splitlines()
    assert f"direct reclaim found pages in time, {found} times" in lines[5] and found > 20
    assert lines[6].split()[-6:] == ["no", "page", "above", "min:", "direct", "reclaim"]
    assert any(line.split()[-3:] == ["an", "episode", "begins"] for line in lines[7:10])


def test_a_hang_is_not_told_as_a_recovery():
    scenario = Scenario.load("lock-chain").replace("horizon", "2 s")
    story = next(
        story
        for schedule in range(20)
        if (story := replay(scenario, registry["patched"], schedule, 1)).record["outcome"] == "livelock"
    )
    last = story.events[-1]
    assert (last["what"], last["t_ns"]) == ("open", scenario.horizon)
    assert "recovered" not in [event["what"] for event in story.events]
    assert "the episode is still open at the end" in story.text()
    _, high = window([story])
    assert high < scenario.horizon
