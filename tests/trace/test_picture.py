"""The timeline: everything in it, whatever the names, and small."""

import xml.etree.ElementTree as ET

import pytest
from worlds import clockwork, daemon, hog, late

from oommc.errors import InputError
from oommc.policies import registry
from oommc.trace import picture, replay, view
from oommc.trace.watch import Span

NASTY = "<b>\"&'</b> $x_1$ дом 家"
RACE = clockwork(hog(), daemon(), late())
MS = 1_000_000


@pytest.fixture(scope="module")
def both():
    return [replay(RACE, registry[policy], 0, 1) for policy in ("baseline", "patched")]


def test_the_window_begins_before_the_episode_and_ends_after_the_last_page(both):
    low, high = view.window(both)
    begins = next(e["t_ns"] for e in both[0].events if e["what"] == "episode")
    assert 0 <= low < begins and both[0].victims[-1].returned_ns < high < 60 * MS


def test_a_calm_run_is_shown_whole():
    calm = replay(clockwork(daemon()), registry["baseline"], 0, 1)
    assert view.window([calm]) == (0, calm.end_ns)
    assert "memory never ran out" in picture.text([calm])


def test_svg_names_policies_threads_and_kills(both):
    text = picture.svg(both)
    ET.fromstring(text)
    for word in (
        "baseline",
        "patched",
        "hog",
        "daemon",
        "late",
        "unnecessary kill",
        "from failed check to kill",
        "high",
    ):
        assert f">{word}<" in text
    assert "2 kills, 1 needless; over after 41.9 ms" in text and text.count("daemon dies") == 1
    assert picture.svg(both) == text


def test_awkward_names_stay_names():
    scenario = clockwork(hog(name=NASTY), daemon(), late())
    stories = [replay(scenario, registry["baseline"].replace(name=NASTY * 10), 0, 1)]
    root = ET.fromstring(picture.svg(stories))
    said = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert any(text and text.startswith("<b>\"&'</b> $x_1$") for text in said)


@pytest.mark.parametrize(
    ("ending", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("SVG", b"<?xml")]
)
def test_written_by_ending(both, tmp_path, ending, begins):
    path = tmp_path / f"x.{ending}"
    both[0].plot(path)
    assert path.read_bytes().startswith(begins)


def test_a_figure_without_a_file(both):
    assert len(both[0].plot().axes) == 2


def test_other_endings_and_folders_that_are_not_there(both, tmp_path):
    with pytest.raises(InputError, match=r"x\.gif: a picture's name ends in \.svg, \.png or \.pdf"):
        both[0].plot(tmp_path / "x.gif")
    with pytest.raises(InputError, match="No such file"):
        both[0].plot(tmp_path / "none" / "x.svg")


def test_of_many_threads_those_in_the_story_are_drawn(both):
    crowd = clockwork(hog(), daemon(count=40, rss=2, program={"kind": "idle"}), late())
    stories = [replay(crowd, registry["baseline"], 0, 1)]
    low, high = view.window(stories)
    names, left_out = view.lanes(stories, low, high)
    assert {"hog", "late"} <= set(names) and len(names) + left_out == 42 and len(names) <= 12
    assert f"({left_out} more threads not shown)" in picture.svg(stories)


def test_what_cannot_be_seen_is_merged_and_what_matters_is_kept():
    busy = [Span("working" if n % 2 else "reclaim", n, n + 1) for n in range(100_000)]
    spans = [
        *busy,
        Span("dying", 100_000, 100_001),
        Span("freeing", 100_001, 200_000),
        Span("gone", 200_000, 300_000),
    ]
    few = view.binned(spans, 0, 300_000)
    assert few == [
        Span("reclaim", 0, 100_000),
        Span("dying", 100_000, 100_001),
        Span("freeing", 100_001, 200_000),
    ]
    assert view.binned(spans, 100_000, 150_000)[-1] == Span("freeing", 100_001, 150_000)
