"""Wishes and limits as text, and what a criterion is of a record."""

import numpy as np
import pytest

from oommc.choice.criteria import TIMES, Amount, limits, most, values, wishes
from oommc.engine import OUTCOMES, Engine
from oommc.errors import InputError
from oommc.policies import registry
from oommc.scenario import Scenario, catalogue_names

SECOND = 10**9


def test_wishes_are_sums_with_what_does_not_matter():
    first, second, third = wishes("needless within 0.01, 0.5*needless + 2 * outage,downtime within 5 ms")
    assert (first.amount.weights, first.within) == ((("needless", 1.0),), 0.01)
    assert (second.amount.weights, second.within) == ((("needless", 0.5), ("outage", 2.0)), 0.0)
    assert third.within == 0.005


def test_limits():
    share, time = limits("livelock < 1e-4, outage<=500ms")
    assert (share.amount.text, share.limit, share.amount.is_share) == ("livelock", 1e-4, True)
    assert (time.amount.text, time.limit, time.amount.is_share) == ("outage", 0.5, False)


@pytest.mark.parametrize(
    "read, text, told",
    [
        (wishes, "", "prefer: '' is no criterion"),
        (wishes, "needles", "no criterion 'needles'; did you mean needless?"),
        (wishes, "needless + needless", "stands twice"),
        (wishes, "-1*needless", "is no criterion"),
        (wishes, "needless within 3 ms", "needless: '3 ms' is not a number above 0"),
        (wishes, "outage within 0", "'0' is not a number above 0"),
        (wishes, "downtime within 3 fortnights", "downtime:"),
        (wishes, "kills, ttr", "ttr is no criterion, for a run without an OOM has none"),
        (wishes, "1e999*needless", "the weight 1e999 is too large"),
        (limits, "livelock", "require: 'livelock': a criterion, <, and an amount"),
        (limits, "livelock < x", "'x' is not a number above 0"),
    ],
)
def test_what_cannot_be_read_is_told(read, text, told):
    with pytest.raises(InputError, match=told.replace("(", r"\(").replace("*", r"\*")):
        read(text)


def test_every_schedule_has_a_value():
    """No OOM, one that recovered, a hang and a panic: an outage may be none, a time to recovery isn't asked for."""
    rows = {
        "outage_ns": np.array([0, 3, 28, 1]) * SECOND,
        "outcome": np.array([OUTCOMES.index(name) for name in ("no_oom", "recovered", "livelock", "panic")]),
    }
    assert (values("outage", rows) / SECOND).tolist() == [0, 3, 28, 1]
    assert values("livelock", rows).tolist() == [0, 0, 1, 0]
    amount = Amount("", (("outage", 0.5), ("panic", 2.0)))
    held = {name: values(name, rows) for name in amount.names}
    assert amount.of(held).tolist() == [0, 1.5, 14, 2.5]


@pytest.mark.parametrize("name", catalogue_names())
def test_no_schedule_exceeds_what_is_called_the_most(name):
    scenario = Scenario.load(name)
    rows = Engine(scenario, [registry["baseline"], registry["2.6.19"], registry["patched"]], 1).run(0, 40)
    for criterion in (
        "kills",
        "needless",
        "collateral",
        "premature",
        "outage",
        "downtime",
        "livelock",
        "panic",
        "outage_ns",
    ):
        scale = 1e-9 if criterion in TIMES else 1
        assert values(criterion, rows).max() * scale <= most(criterion, scenario)
    assert most("oom_calls", scenario) is None
