"""Sentences."""

import pytest

from oommc.errors import InputError
from oommc.report import text as report_text
from oommc.report.groups import alike, distinct, labels
from oommc.report.margin import NO, OPEN, USUAL, YES, Margins
from oommc.report.marks import footnotes, mark


def entry(needless, kills=100, high=0.01):
    return {"needless": {"mean": needless, "ci": [0.0, needless + high]}, "kills": {"total": kills}}


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
    assert report_text.verdict({name: entry(mean) for name, mean in means.items()}).startswith(text)


def test_no_headline_says_none_where_the_schedules_are_too_few():
    few, one = entry(0.0, high=0.03), entry(0.0) | {"needless": {"mean": 0.0, "ci": None}}
    told = report_text.verdict({"a": few, "b": entry(0.0)})
    assert told == "No needless kill of an innocent process was seen; up to 0.0300 per schedule can't be excluded."
    assert "b shot no innocent process needlessly that was seen (up to 0.0300" in report_text.verdict(
        {"a": entry(0.5), "b": few}
    )
    assert "one schedule excludes nothing" in report_text.verdict({"a": one})


def test_verdict_where_nobody_was_shot():
    assert report_text.verdict({"a": entry(0.0, 0)}) == "Nobody was shot."


def test_without_an_oom_there_is_nothing_to_recover_from():
    times = {"median": None, "p95": None}
    assert report_text.recovered_in({"schedules": 5, "outcome": {"no_oom": 5}, "ttr_s": times}, "median") == "no OOM"
    assert (
        report_text.recovered_in({"schedules": 5, "outcome": {"no_oom": 4}, "ttr_s": times}, "median") == "not reached"
    )


def answer(row):
    return report_text.pair_answer(row, USUAL)


def test_what_is_sure_and_does_not_matter_is_told():
    row = {"a": "x", "b": "y", "difference": 0.002, "ci": [0.001, 0.003], "equal": 0.9, "paired": True}
    kills, times = (row | {"metric": metric} for metric in ("needless", "ttr_ns"))
    assert answer(kills).endswith("fewer needless kills per schedule than x. It is no more than what matters (0.0100).")
    assert "what matters" not in report_text.pair_answer(kills, Margins.read(["needless=0.002"], ["needless"]))
    assert answer(times).endswith("It is no more than what matters (10.0 ms).")
    judged = [Margins.read([within], []).judged(kills) for within in ("0.0005", "0.002", "0.003")]
    assert judged == [YES, OPEN, NO] and USUAL.judged(kills | {"ci": None}) == OPEN
    assert Margins.read(["3", "kills=2"], ["kills"]).of("kills") == 2


@pytest.mark.parametrize("text", ["0", "x", "kills=-1", "kils=1", "=1", "inf", ""])
def test_a_margin_is_a_number_above_0(text):
    with pytest.raises(InputError, match=r"^within: "):
        Margins.read([text], ["kills"])


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
    assert answer(row).startswith("On the same schedules patched has 0.270 [0.260, 0.280] fewer")
    assert "no difference" in answer(row | {"difference": 0.01, "ci": [-0.01, 0.03]})
    slower = row | {"metric": "ttr_ns", "difference": -2.5e8, "ci": [-3e8, -2e8]}
    assert answer(slower) == ("Where both recovered, baseline did so 250 [200, 300] ms sooner than patched on average.")
    assert "no schedule in common" in answer(row | {"difference": None, "ci": None})
    assert "the same needless kills" in answer(row | {"difference": 0.0, "ci": [-0.1, 0.1], "equal": 1.0})


def test_few_events_and_unknown_ends_are_marked():
    mean = {"mean": 0.1, "ci": [0.0, 0.2], "events": 29.0, "most": 9.0}
    assert [mark(mean), mark(mean | {"events": 30.0}), mark(mean | {"most": None})] == ["*", "", "*†"]
    assert mark(mean | {"ci": None}) == "" and mark({"ci": [0, 1], "events": None}) == ""
    assert [note[0] for note in footnotes(["1 [0, 2]*", "3"])] == ["*"]
    assert [note[0] for note in footnotes(["1 [0, 2]†", "1 [0, 2]*†"])] == ["*", "†"] and footnotes(["3"]) == []


def test_policies_that_did_the_same_are_told_as_one():
    def row(a, b, equal, metric="kills"):
        return {"a": a, "b": b, "equal": equal, "metric": metric}

    pairs = [row("a", "b", 1.0), row("a", "c", 0.9), row("b", "c", 0.9), row("a", "b", None, "ttr_ns")]
    of = {"policies": {name: {"schedules": 9} for name in "abc"}, "pairs": pairs}
    assert alike(of) == ["a and b did the same on every schedule, and are told as one."]
    assert labels(of) == {"a": "a = b", "c": "c"} and [row["b"] for row in distinct(of)] == ["c"]
    assert alike(of | {"pairs": [*pairs, row("a", "b", 0.99, "reaped")]}) == []
    assert alike(of | {"policies": of["policies"] | {"b": {"schedules": 8}}}) == []
    many = {"policies": {name: {"schedules": 9} for name in "abcde"}, "pairs": []}
    assert labels(many) == {"a": "a = 4 others"} and alike(many)[0].startswith("a, b, c, d and e did")
