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
        (1.0, [0.9999996, 1.0], "1.00000000 [0.99999960, 1.00000000]"),
        (0.0, [0.0, 3.84e-07], "0 [0, 3.84e-07]"),
        (123.4, [100.0, 150.0], "123 [100, 150]"),
        (2.0, None, "2.00"),
        (None, None, "–"),
    ],
)
def test_with_interval(mean, ci, text):
    assert words.with_interval(mean, ci) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not reached"), (1.5, "1.50 s"), (0.045, "45.0 ms"), (2e-5, "20.0 µs"), (0, "0 s")],
)
def test_seconds(value, text):
    assert words.seconds(value) == text


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
    }
    assert words.pair_answer(row).startswith("On the same schedules patched has 0.270 [0.260, 0.280] fewer")
    assert "no difference" in words.pair_answer(row | {"difference": 0.01, "ci": [-0.01, 0.03]})
    slower = row | {"metric": "ttr_ns", "difference": -2.5e8, "ci": [-3e8, -2e8]}
    assert words.pair_answer(slower) == (
        "Where both recovered, baseline did so 0.250 [0.200, 0.300] s sooner than patched on average."
    )
    assert "no schedule in common" in words.pair_answer(row | {"difference": None, "ci": None})
    assert "the same needless kills" in words.pair_answer(
        row | {"difference": 0.0, "ci": [-0.1, 0.1], "equal": 1.0}
    )


def test_tables_are_aligned_in_any_alphabet():
    lines = aligned([["policy", "n"], ["日本", "1"], ["ab", "100"]]).splitlines()
    assert lines == ["policy    n", "日本      1", "ab      100"]
