"""Numbers and sentences."""

import pytest

from oommc.report import words
from oommc.report.text import aligned


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (1.23456, "1.23"),
        (12345.6, "12,346"),
        (0.000123456, "0.000123"),
        (-0.5, "-0.500"),
    ],
)
def test_number(value, text):
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("mean", "ci", "text"),
    [
        (0.83123, [0.8292, 0.8332], "0.8312 [0.8292, 0.8332]"),
        (0.0, [0.0, 0.000384], "0 [0, 0.00038]"),
        (1.0, [0.9999996, 1.0], "1 [0.99999960, 1.00000000]"),
        (0.0, [0.0, 3.84e-07], "0 [0, 3.84e-07]"),
        (123.4, [100.0, 150.0], "123 [100, 150]"),
        (2.0, None, "2"),
        (2.5, None, "2.50"),
        (None, None, "–"),
    ],
)
def test_with_interval(mean, ci, text):
    assert words.with_interval(mean, ci) == text


@pytest.mark.parametrize(
    ("mean", "ci", "text"),
    [
        (0.83123, [0.8292, 0.8332], ("0.8312", "[0.8292, 0.8332]")),
        (0.0, [0.0, 0.000384], ("0", "≤ 0.00038")),
        (1.0, [0.99962, 1.0], ("1", "≥ 0.99962")),
        (1.0, [0.9, 1.1], ("1.00", "[0.90, 1.10]")),
        (0.0, [-0.01, 0.01], ("0", "[-0.010, 0.010]")),
        (2.0, None, ("2", "in every schedule")),
        (None, None, ("–", "")),
    ],
)
def test_estimate(mean, ci, text):
    assert words.estimate(mean, ci, schedules=100) == text
    assert words.estimate(2.0, None, schedules=1) == ("2", "in the only schedule")


def test_a_count_that_is_always_the_same():
    assert words.with_interval(2.0, None, schedules=100) == "2 always"


def entry(needless, kills=100):
    return {"needless": {"mean": needless}, "kills": {"total": kills}}


@pytest.mark.parametrize(
    ("means", "text"),
    [
        (
            {"a": 0.543, "b": 0.0},
            "b shot no innocent process needlessly; a shot 54 innocent processes needlessly in every 100",
        ),
        (
            {"a": 1.5, "b": 0.0101},
            "b shot one innocent process needlessly in every 99 schedules; a shot 150 innocent",
        ),
        (
            {"a": 0.0001, "b": 0.0, "c": 0.0},
            "b (and 1 more) shot no innocent process needlessly; a shot one innocent process needlessly in",
        ),
        ({"a": 0.0, "b": 0.0}, "No policy shot an innocent process needlessly."),
        ({"a": 0.0}, "a never shot an innocent process needlessly."),
        ({"a": 0.2}, "a shot 20 innocent"),
        ({"a": 0.2, "b": 0.2}, "Each policy shot 20 innocent"),
    ],
)
def test_verdict(means, text):
    assert words.verdict({name: entry(mean) for name, mean in means.items()}).startswith(text)


def test_verdict_where_nobody_was_shot():
    assert words.verdict({"a": entry(0.0, 0)}) == "Nobody was shot."


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not reached"), (1.5, "1.50 s"), (0.045, "45.0 ms"), (2e-5, "20.0 µs"), (0, "0 s")],
)
def test_seconds(value, text):
    assert words.seconds(value) == text


def test_without_an_oom_there_is_nothing_to_recover_from():
    times = {"median": None, "p95": None}
    assert words.recovered_in({"schedules": 5, "outcome": {"no_oom": 5}, "ttr_s": times}, "median") == "no OOM"
    assert words.recovered_in({"schedules": 5, "outcome": {"no_oom": 4}, "ttr_s": times}, "median") == "not reached"


def test_shown_names_hold_no_control_characters_and_are_cut():
    assert words.shown("a\x1b[31m\nb") == "a\ufffd[31m\ufffdb"
    assert len(words.shown("x" * 200)) == 60


def test_answer_of_a_pair():
    row = {
        "a": "baseline",
        "b": "patched",
        "metric": "needless",
        "difference": 0.27,
        "ci": [0.26, 0.28],
        "equal": 0.7,
        "paired": True,
    }
    assert words.pair_answer(row).startswith("On the same schedules patched has 0.270 [0.260, 0.280] fewer")
    assert "no difference" in words.pair_answer(row | {"difference": 0.01, "ci": [-0.01, 0.03]})
    slower = row | {"metric": "ttr_ns", "difference": -2.5e8, "ci": [-3e8, -2e8]}
    assert words.pair_answer(slower) == (
        "Where both recovered, baseline did so 250 [200, 300] ms sooner than patched on average."
    )
    assert "no schedule in common" in words.pair_answer(row | {"difference": None, "ci": None})
    assert "the same needless kills" in words.pair_answer(
        row | {"difference": 0.0, "ci": [-0.1, 0.1], "equal": 1.0}
    )


def test_tables_are_aligned_in_any_alphabet():
    lines = aligned([["policy", "n"], ["日本", "1"], ["ab", "100"]]).splitlines()
    assert lines == ["policy    n", "日本      1", "ab      100"]
