"""Conditions on records: what they mean, and that nothing else gets through."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oommc
from oommc.cli import main
from oommc.engine import OUTCOMES
from oommc.errors import InputError
from oommc.trace.condition import NUMBERS, parse

ROWS = {
    "kills": np.array([0, 1, 2, 3]),
    "needless": np.array([0, 0, 1, 2]),
    "ttr_ns": np.array([-1, 10**9, 2 * 10**9, 5]),
    "outcome": np.array([OUTCOMES.index(o) for o in ("no_oom", "recovered", "livelock", "recovered")]),
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("kills > 1", [0, 0, 1, 1]),
        ("1 < kills", [0, 0, 1, 1]),
        ("kills==2", [0, 0, 1, 0]),
        ("kills != needless", [0, 1, 1, 1]),
        ("ttr_ns >= 1e9", [0, 1, 1, 0]),
        ("ttr_ns < -0.5", [1, 0, 0, 0]),
        ("kills <= 99999999999999999999999", [1, 1, 1, 1]),
        ("kills < 1e999", [1, 1, 1, 1]),
        ("kills > 1_0", [0, 0, 0, 0]),
        ("needless > 0 and ttr_ns > 1e9", [0, 0, 1, 0]),
        ("kills == 0 or kills == 1 and needless > 0", [1, 0, 0, 0]),
        ("(kills == 0 or kills == 3) and needless > 0", [0, 0, 0, 1]),
        ("not kills > 1 and not (needless > 0)", [1, 1, 0, 0]),
        ("not not kills > 1", [0, 0, 1, 1]),
        ("outcome == livelock", [0, 0, 1, 0]),
        ("'recovered' != outcome", [1, 0, 1, 0]),
        ('outcome == "recovered"', [0, 1, 0, 1]),
    ],
)
def test_meaning(text, holds):
    assert parse(text).holds(ROWS).tolist() == [bool(value) for value in holds]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "character 1: expected a column or a number, not the end"),
        ("kills", "character 6: expected one of < <= > >= == !=, not the end"),
        ("kills > ", "character 9: expected a column or a number"),
        ("kills > 1 kills", "character 11: expected and, or, or the end, not kills"),
        ("kills = 1", "character 7: can't read '= 1'"),
        ("kills > 1 and needles > 0", "character 15: no column 'needles'; did you mean needless?"),
        ("(kills > 1", "character 11: expected ), not the end"),
        ("1 < 2", "a comparison needs a column"),
        ("1 < kills < 3", "character 11: expected and, or, or the end, not <"),
        ("kills > 1abc", "character 9: can't read"),
        ("outcome == livelok", "no column 'livelok'; did you mean livelock?"),
        ("outcome == 'livelok'", "character 12: no outcome 'livelok'; did you mean livelock?"),
        ("outcome > livelock", "an outcome is compared with == or !="),
        ("outcome == 2", "outcome is one of no_oom, recovered"),
        ("kills == livelock", "livelock is compared with the column outcome"),
        ("policy == 'x'", "no column 'policy'"),
        ("__import__('os') > 1", "character 1: no column '__import__'"),
        ("kills.__class__ > 1", "character 6: can't read '.__class__ > 1'"),
        ("lambda: 1", "character 7: can't read ': 1'"),
        ("and", "not and"),
        ("(" * 100 + "kills > 1", "nested deeper than 50"),
        ("not " * 100 + "kills > 1", "nested deeper than 50"),
        ("kills > 1 or " * 2000, "at most 10,000 characters"),
    ],
)
def test_errors_have_a_place_and_one_line(text, says):
    with pytest.raises(InputError) as caught:
        parse(text)
    assert says in str(caught.value) and "\n" not in str(caught.value) and "character" in str(caught.value)


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["kills", "and", "or", "not", "(", ")", "<", "==", "1", "'x'"])).map(" ".join)
)
def test_any_text_is_a_condition_or_an_input_error(text):
    try:
        condition = parse(text)
    except InputError:
        return
    assert set(condition.columns) <= {*NUMBERS, "outcome"}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    path = tmp_path_factory.mktemp("find") / "out"
    oommc.run("usemem", "baseline,patched", schedules=300, block=100, seed=3, out=path)
    return path


def test_finds_what_the_records_say(out):
    result = oommc.load(out)
    [found] = result.find("needless > 0 and kills >= 2", "baseline", limit=5)
    records = result.records(policy="baseline")
    right = records[(records.needless > 0) & (records.kills >= 2)]
    assert found.matching == len(right) > 5 and found.schedules == 300
    assert [row["schedule"] for row in found.rows] == right.schedule.head(5).tolist()
    assert [row["kills"] for row in found.rows] == right.kills.head(5).tolist()
    story = oommc.replay("usemem", "baseline", found.rows[0]["schedule"], seed=3)
    assert story.record["kills"] == found.rows[0]["kills"]


def test_the_command_prints_a_row_each_and_how_to_replay_it(out, capsys):
    assert main(["find", str(out), "--where", "outcome == recovered", "--policy", "patched", "--limit", "2"]) == 0
    title, head, *rows = capsys.readouterr().out.splitlines()
    assert title.startswith("usemem, patched: ") and title.endswith(" of 300 schedules")
    assert head.split() == ["schedule", "outcome"] and len(rows) == 2
    for row in rows:
        schedule, outcome, command = row.split(maxsplit=2)
        assert outcome == "recovered"
        assert command == f"oommc replay usemem --policy patched --schedule {schedule} --seed 3"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (
            ["--where", "needles > 0", "--policy", "patched"],
            "where, character 1: no column 'needles'; did you mean needless?",
        ),
        (["--where", "kills > 0", "--policy", "patchd"], "no policy 'patchd'; did you mean patched?"),
        (["--where", "kills > 0", "--policy", "patched", "--scenario", "usemen"], "did you mean usemem?"),
        (
            ["--where", "kills > 0", "--policy", "patched", "--limit", "0"],
            "limit: 0 is not a whole number from 1",
        ),
    ],
)
def test_wrong_use(out, args, says, capsys):
    assert main(["find", str(out), *args]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and says in printed.err and len(printed.err.splitlines()) == 1


def test_nothing_found_is_said(out, capsys):
    assert main(["find", str(out), "--where", "kills > 1e6", "--policy", "patched"]) == 0
    assert capsys.readouterr().out == "usemem, patched: 0 of 300 schedules\n"
