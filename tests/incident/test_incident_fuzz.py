"""Whatever a log holds: reports, or none, and never an exception."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from incident_texts import ERA_2_6_32, HEADLESS_2_6_16, KILL_2_6_16, MEMCG_3_7, MODERN

from oommc.errors import InputError
from oommc.incident import read, to_scenario
from oommc.incident.text import text

TEXTS = [ERA_2_6_32, HEADLESS_2_6_16 + KILL_2_6_16, MEMCG_3_7, MODERN]
USERSPACE = (
    "low memory! at",
    'sending SIGTERM to process 1 uid 2 "x": badness 3, VmRSS 4 MiB',
    "oomd attempting to kill 7 with",
    "Killed /a due to memory",
    "process exited after 1.5 seconds",
    "Memory pressure for /a is 1% > 1% for > 2s",
)
PIECES = [line for text in TEXTS for line in text.splitlines()] + list(USERSPACE)


def check(lines):
    for number, report in enumerate(read(lines), 1):
        json.dumps(report.to_json())
        text(report, number)
        try:
            to_scenario(report)
        except InputError as error:
            assert "\n" not in str(error)


@given(st.lists(st.text() | st.binary().map(lambda b: b.decode(errors="replace"))))
@settings(max_examples=100, deadline=None)
def test_any_text(lines):
    check(lines)


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_order_of_lines(lines):
    check(lines)


@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(
            st.integers(0, 2000),
            st.integers(0, 40),
            st.sampled_from(
                [
                    "",
                    "\n",
                    "\n\n",
                    " ",
                    "(",
                    ")",
                    "[",
                    "]",
                    "٣",
                    "²",
                    "\x00",
                    "9" * 30,
                    "-",
                    "kB",
                    " invoked oom-killer: ",
                ]
            ),
        ),
        max_size=8,
    ),
)
@settings(max_examples=300, deadline=None)
def test_damaged_reports(text, damages):
    for at, length, instead in damages:
        text = text[:at] + instead + text[at + length :]
    check(text.splitlines(keepends=True))


def test_long_lines_take_no_longer_than_they_should():
    """No pattern backtracks: a line of a megabyte is read at once, whatever it is made of."""
    for piece in (
        "oom-kill ",
        "(",
        "[ 1] 1 1 1 1 1 ",
        "Killed process 1 (",
        "a invoked oom-killer",
        " ",
        "1 ",
        "> ",
        "[ 1.1]",
    ):
        check([piece * (1_000_000 // len(piece))])
        check(
            [
                "Killed process 1 (" + piece * 10_000,
                "oom-kill:constraint=CONSTRAINT_NONE,oom_memcg=" + piece * 10_000,
            ]
        )
