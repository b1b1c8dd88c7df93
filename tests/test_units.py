"""Quantities: exact in, exact out, and one clear line for what is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oommc.errors import InputError
from oommc.units import (
    LIMIT,
    UNITS,
    duration,
    exact,
    format_duration,
    format_rate,
    format_size,
    rate,
    size,
    whole_number,
)

counts = st.one_of(st.integers(0, 10_000), st.integers(0, LIMIT - 1))


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("256 MiB", 65536), ("1 GiB", 262144), ("506 pages", 506), ("1 page", 1), ("128KiB", 32), (17, 17),
        (17.0, 17), ("0 B", 0), ("1 B", 1), ("4096 B", 1), ("4097 B", 2), ("5 KiB", 2), ("0.1 GiB", 26215),
        ("3_000 KiB", 750), (" 1e3 pages ", 1000),
    ],
)  # fmt: skip
def test_sizes(text, pages):
    assert size(text) == pages


@pytest.mark.parametrize(
    ("text", "ns"),
    [("4 ms", 4_000_000), ("1.5 us", 1500), ("0.3 ns", 1), ("30 s", 30 * 10**9), (5, 5), ("0.1 s", 10**8)],
)
def test_durations(text, ns):
    assert duration(text) == ns


def test_rates_are_sizes_a_second():
    assert rate("16 GiB/s") == 16 * 262144
    assert rate("100 pages/s") == rate(100) == 100


@given(counts)
def test_every_text_means_the_same_integer(number):
    assert size(format_size(number)) == number
    assert duration(format_duration(number)) == number
    assert rate(format_rate(number)) == number


@given(st.floats(0, 1e17), st.sampled_from(sorted(UNITS)))
def test_every_text_means_the_same_float(number, name):
    unit = UNITS[name]
    assert float(exact(unit.format_real(number), unit.units)) == number


def test_texts_are_for_people():
    assert [format_size(n) for n in (262144, 256, 32, 506, 0)] == [
        "1 GiB",
        "1 MiB",
        "128 KiB",
        "506 pages",
        "0 pages",
    ]
    assert [format_duration(n) for n in (3 * 10**10, 4 * 10**6, 1500, 0)] == [
        "30 s",
        "4 ms",
        "1500 ns",
        "0 s",
    ]
    assert format_rate(262144) == "1 GiB/s"


@pytest.mark.parametrize(
    ("parse", "value", "said"),
    [
        (size, "-1 MiB", "negative"),
        (size, -1, "negative"),
        (size, "3 MB", "did you mean MiB?"),
        (duration, "4 MS", "did you mean ms?"),
        (rate, "3 MiB", "did you mean MiB/s?"),
        (size, "3", "no unit"),
        (size, "much", "not a quantity"),
        (duration, "nan s", "not a quantity"),
        (duration, float("nan"), "whole number"),
        (duration, 1.5, "whole number"),
        (size, True, "whole number"),
        (size, ["x"], "whole number"),
        (size, None, "whole number"),
        (duration, "1e400 s", "too large"),
        (duration, LIMIT, "too large"),
    ],
)
def test_what_is_no_quantity(parse, value, said):
    with pytest.raises(InputError, match=said.replace("?", r"\?")) as raised:
        parse(value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", [1_000_000, "1000000", "1e6", "1_000_000", 1e6, np.int64(10**6)])
def test_whole_numbers(value):
    assert whole_number(value, "n", 1, 10**12) == 10**6


@pytest.mark.parametrize("value", ["1.5", 1.5, "x", "", "nan", "inf", "1e999999999", True, None, -1, "1e13", [1]])
def test_no_whole_numbers(value):
    with pytest.raises(InputError, match=r"n: .* is not a whole number from 1 to"):
        whole_number(value, "n", 1, 10**12)
