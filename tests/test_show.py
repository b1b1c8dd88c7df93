"""Numbers, names, tables and pages as they are shown."""

from pathlib import Path

import pytest

from oommc import show
from oommc.show import numbers
from oommc.show.page import template
from oommc.show.table import aligned


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
    assert numbers.number(value) == text


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
    assert numbers.with_interval(mean, ci) == text


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
    assert numbers.estimate(mean, ci, schedules=100) == text
    assert numbers.estimate(2.0, None, schedules=1) == ("2", "in the only schedule")


def test_a_count_that_is_always_the_same():
    assert numbers.with_interval(2.0, None, schedules=100) == "2 always"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not reached"), (1.5, "1.50 s"), (0.045, "45.0 ms"), (2e-5, "20.0 µs"), (0, "0 s")],
)
def test_seconds(value, text):
    assert numbers.seconds(value) == text


def test_shown_names_hold_no_control_characters_and_are_cut():
    assert numbers.shown("a\x1b[31m\nb") == "a\ufffd[31m\ufffdb"
    assert len(numbers.shown("x" * 200)) == 60


def test_tables_are_aligned_in_any_alphabet():
    lines = aligned([["policy", "n"], ["日本", "1"], ["ab", "100"]]).splitlines()
    assert lines == ["policy    n", "日本      1", "ab      100"]


def test_a_page_has_the_style_and_escapes_what_it_shows():
    page = template("oommc.advise").render(parts=[{"title": "a <b>"}], answer={"paragraphs": ["x > y"]}, log="")
    assert (Path(show.__file__).parent / "page.css").read_text(encoding="utf-8") in page
    assert "<h2>a &lt;b&gt;</h2>" in page and "x &gt; y" in page
