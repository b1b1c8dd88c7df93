"""What is read off the twin's world: lanes without gaps, free memory, victims."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from worlds import clockwork, daemon, hog, late

import oommc.twin
from oommc.policies import registry
from oommc.trace import replay
from oommc.trace.text import SENTENCES
from oommc.trace.watch import ACTIVITIES, REAPER, Span

RACE = clockwork(hog(), daemon(), late())
MS = 1_000_000


@pytest.fixture(scope="module")
def race():
    return replay(RACE, registry["baseline"], 0, 1)


def test_lanes_have_no_gaps_and_no_empty_spans(race):
    assert list(race.lanes) == ["hog", "daemon", "late"]
    for lane in race.lanes.values():
        assert lane[0].start == 0 and lane[-1].end == race.end_ns == RACE.horizon
        assert all(a.end == b.start and a.activity != b.activity for a, b in pairwise(lane))
        assert all(span.end > span.start and span.activity in ACTIVITIES for span in lane)


def test_the_race_as_lanes(race):
    kill = next(e for e in race.events if e["what"] == "kill" and e["who"] == "daemon")
    doing = [s.activity for s in race.lanes["late"] if s.start < kill["t_ns"] and s.end > kill["failed_at"]]
    assert doing == ["report"]
    assert [s.activity for s in race.lanes["hog"]][-4:] == ["dying", "freeing", "dying", "gone"]
    freeing = next(s for s in race.lanes["hog"] if s.activity == "freeing")
    returned = next(e for e in race.events if e["what"] == "cleaned out")
    assert freeing.end == returned["t_ns"]


def test_victims(race):
    first, second = race.victims
    assert (first.name, first.kinds) == ("hog", [])
    assert (second.name, second.by) == ("daemon", "late")
    assert second.kinds == [
        "premature",
        "unnecessary",
        "unnecessary_low",
        "unnecessary_min",
        "stale",
        "needless",
        "collateral",
    ]
    assert second.killed_ns - second.failed_ns == 20_002_000
    back = [e["t_ns"] for e in race.events if e["what"] == "cleaned out"]
    assert [first.returned_ns, second.returned_ns] == back


def test_samples_follow_free_memory(race):
    times = [s.t_ns for s in race.samples]
    assert times == sorted(times)
    assert min(s.free for s in race.samples) >= 0
    dying = [s for s in race.samples if race.victims[0].killed_ns <= s.t_ns < race.victims[0].returned_ns]
    assert dying[0].owed >= 9500 and dying[-1].owed < dying[0].owed and race.samples[-1].owed == 0


def test_a_refused_thread_waits_for_the_gate_until_it_has_its_pages():
    story = replay(RACE, registry["patched"], 0, 1)
    spun = [s for s in story.lanes["late"] if s.activity == "gate"]
    assert len(spun) == 1 and spun[0].end - spun[0].start == pytest.approx(3.1 * MS, rel=0.1)


def test_told_up_to_an_instant(race):
    part = replay(RACE, registry["baseline"], 0, 1, until=30 * MS, record=race.record)
    assert part.end_ns == 30 * MS and part.record == race.record
    whole = [e for e in race.events if e["t_ns"] < 30 * MS]
    assert part.events[: len(whole)] == whole
    assert all(lane[-1].end == 30 * MS for lane in part.lanes.values())
    assert part.lanes["hog"][0] == race.lanes["hog"][0] and isinstance(part.lanes["hog"][0], Span)


def test_the_text_has_a_sentence_for_all_that_the_twin_tells():
    said = {
        what
        for file in Path(oommc.twin.__file__).parent.glob("*.py")
        for what in re.findall(r'\.tell\(\s*"([^"]+)"', file.read_text(encoding="utf-8"))
    }
    by_hand = {
        "kill",
        "recheck",
        "granted",
        "exit_mmap",
        "cleaned out",
        "lock wait",
        "errand",
        "lets go",
        "high",
        "step",
        "signal",
        "killer searches",
        "page in",
        "boost",
    }
    assert said - by_hand - SENTENCES.keys() == set()


def test_the_reaper_has_a_lane_of_its_own():
    story = replay(RACE, registry["reaper-4.6"], 0, 1)
    began = next(e["t_ns"] for e in story.events if e["what"] == "reaper")
    done = next(e["t_ns"] for e in story.events if e["what"] == "reaped")
    assert story.lanes[REAPER] == [Span("freeing", began, done)]
    assert REAPER not in replay(RACE, registry["patched"], 0, 1).lanes
