"""What a policy costs: in which order policies are told apart, and what counts as needless."""

import pytest
from pages import made

from oommc.report import text, toll
from oommc.report.figures import patience

SAME = {"downtime_ns": 0.0, "collateral": 0.0, "needless": 0.0, "preventive_needless": 0.0, "outage_ns": 0.0}


def entry(panics: int = 0, **means: float) -> dict:
    """A policy's entry in a summary of ten schedules."""
    counted = {
        name: {"mean": mean, "ci": [mean / 2, 2 * mean], "total": int(10 * mean), "events": 40.0, "most": 1e12}
        for name, mean in (SAME | means).items()
    }
    outcome = {"no_oom": 0, "recovered": 10 - panics, "livelock": 0, "unsettled": 0, "panic": panics}
    return {"schedules": 10, "outcome": outcome} | counted


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (entry(downtime_ns=9e9), entry(panics=1)),
        (entry(collateral=2.0), entry(downtime_ns=1.0)),
        (entry(needless=2.0), entry(collateral=1.0)),
        (entry(outage_ns=9e9), entry(needless=1.0)),
        (entry(outage_ns=9e9), entry(preventive_needless=1.0)),
        (entry(needless=1.0), entry(needless=0.9, preventive_needless=0.2)),
        (entry(), entry(outage_ns=1.0)),
    ],
)
def test_what_matters_more_decides(better, worse):
    assert toll.least({"worse": worse, "better": better}) == "better"


def test_kills_before_anybody_asked_are_needless_too():
    both = toll.needless(entry(needless=1.0, preventive_needless=3.0))
    assert (both["mean"], both["ci"], both["total"], both["most"]) == (4.0, [2.0, 8.0], 40, 2e12)
    alone = entry(needless=1.0)
    assert toll.needless(alone) is alone["needless"]
    assert toll.needless(entry(preventive_needless=3.0) | {"needless": alone["needless"] | {"ci": None}})["ci"] is None


def test_hangs_that_were_not_seen_are_not_excluded():
    """Of ten schedules without one Clopper and Pearson leave 31 %, and 45 % of ten with one."""
    for policy, cell in (
        (entry(), "0 [0, 31]*"),
        (entry(panics=1), "10 [0, 45]*"),
        (entry() | {"schedules": 1}, "0 once"),
    ):
        head, row = toll.rows({"policies": {"a": policy}, "pairs": [], "schedules": 10})
        assert (head[1], row[1]) == ("hangs, panics, %", cell)


def test_the_headline_is_not_taken_in():
    """It has no needless kill of the kernel's kind."""
    policies = made(("baseline", "patched")).data["scenarios"]["usemem"]["policies"]
    early = policies["patched"]["kills"] | {"mean": 5.0, "total": 1500, "ci": [4.0, 6.0]}
    policies["patched"] |= {"preventive_needless": early}
    assert text.verdict(policies).endswith("patched shot 500 innocent processes needlessly in every 100 schedules.")
    assert "1,500 of them died before anybody asked" in text.policy_answer("patched", policies["patched"])


def test_the_curve_has_a_line_for_each_policy():
    policies = made(("baseline", "patched")).data["scenarios"]["usemem"]["policies"]
    policies["baseline"]["impatient_3s"]["mean"] = 0.25
    table = patience(policies).table
    assert table["patience_s"].tolist() == [0.1, 0.3, 1, 3, 10] * 2
    assert table["impatient"].tolist() == [0, 0, 0, 0.25, 0, 0, 0, 0, 0, 0]
