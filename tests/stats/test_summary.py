"""`summary.json`: its form, its numbers against pandas on the records, its edges."""

import json
import warnings

import numpy as np
import pytest
import synthetic
from scipy import stats

import oommc
from oommc.collect import records
from oommc.engine import OUTCOMES, RECORD
from oommc.stats.summary import summarize, to_json
from oommc.stats.tally import MEASURED, Reader, ends

HORIZONS = {"s": synthetic.HORIZON_NS}
MOST = {"s": ends(MEASURED, oommc.Scenario.load("usemem"))}


def store_of(size=100, **policies):
    cut = {
        ("s", policy, n): rows[n * size : (n + 1) * size]
        for policy, rows in policies.items()
        for n in range(-(-len(rows) // size))
    }
    return synthetic.reader(cut, size)


def summary_of(size=100, **policies):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return summarize(Reader(store_of(size, **policies)), list(policies), HORIZONS, most=MOST)["scenarios"]["s"]


def rows(policy, count=250):
    return synthetic.block("s", policy, 1, 0, count)


@pytest.fixture
def of():
    return summary_of(baseline=rows("baseline"), patched=rows("patched"))


def test_form(of):
    assert {"schedules", "policies", "pairs", "assertion", "cut"} == of.keys()
    policy = of["policies"]["baseline"]
    assert {*MEASURED, "outcome", "ttr_s", "schedules"} == policy.keys()
    assert list(policy["outcome"]) == list(OUTCOMES) and sum(policy["outcome"].values()) == 250
    times = ("median", "p95", "p99", "rmst")
    assert {*times, *(f"{name}_ci" for name in times), "rmst_events", "censored"} == policy["ttr_s"].keys()
    assert {"a", "b", "metric", "difference", "ci", "p", "p_holm", "paired", "variance_ratio"} <= of["pairs"][0].keys()
    assert {row["metric"] for row in of["pairs"]} == {*MEASURED, "ttr_ns"}


def test_every_counting_column_is_a_metric():
    assert set(records.COLUMNS) - set(records.METRICS) == {
        *("schedule", "policy", "outcome", "first_oom_ns", "ttr_ns", "censored", "end_ns", "cut")
    }


def test_numbers_against_the_records(of):
    a, b = rows("baseline"), rows("patched")
    for metric in records.METRICS:
        entry = of["policies"]["baseline"][metric]
        assert entry["total"] == a[metric].sum() and entry["mean"] == pytest.approx(a[metric].mean())
        pair = next(row for row in of["pairs"] if row["metric"] == metric)
        difference = a[metric] - b[metric]
        assert pair["difference"] == pytest.approx(difference.mean())
        shares = [(difference < 0).mean(), (difference == 0).mean(), (difference > 0).mean()]
        assert [pair["better"], pair["equal"], pair["worse"]] == pytest.approx(shares)
    assert of["assertion"]["baseline"] == {"kills": a["kills"].sum(), "premature": a["premature"].sum()}
    assert of["assertion"]["patched"]["premature"] == 0


def test_time_to_recovery_is_compared_where_both_recovered(of):
    a, b = rows("baseline"), rows("patched")
    both = [(r["first_oom_ns"] >= 0) & (r["censored"] == 0) for r in (a, b)]
    both = both[0] & both[1]
    pair = next(row for row in of["pairs"] if row["metric"] == "ttr_ns")
    expected = stats.ttest_rel(a["ttr_ns"][both], b["ttr_ns"][both])
    assert pair["schedules"] == both.sum() < 250
    low, high = expected.confidence_interval()  # which supposes that nothing longer can come than what came
    assert pair["ci"][0] < low < pair["difference"] < high < pair["ci"][1]
    assert pair["difference"] == pytest.approx((a["ttr_ns"] - b["ttr_ns"])[both].mean()) and 0 < pair["p"] <= 1
    assert pair["paired"] is True and 0 <= pair["logrank_p"] <= 1


def test_the_same_bytes_for_any_block_size():
    one = to_json(summary_of(250, baseline=rows("baseline"), patched=rows("patched")))
    assert one == to_json(summary_of(7, baseline=rows("baseline"), patched=rows("patched")))


def test_a_single_schedule_claims_nothing():
    of = summary_of(baseline=rows("baseline", 1), patched=rows("patched", 1))
    assert all(of["policies"]["baseline"][metric]["ci"] is None for metric in records.METRICS)
    assert all(row["ci"] is None and row["p"] is None for row in of["pairs"])
    json.loads(to_json(of), parse_constant=pytest.fail)


def test_nothing_happened_at_all():
    calm = np.zeros(50, RECORD)
    calm["first_oom_ns"] = calm["ttr_ns"] = -1
    calm["outcome"] = OUTCOMES.index("no_oom")
    of = summary_of(a=calm, b=calm)
    ttr = of["policies"]["a"]["ttr_s"]
    assert ttr.pop("censored") == 0 and set(ttr.values()) == {None}
    assert of["policies"]["a"]["kills"]["ci"][1] > 0.05
    pair = next(row for row in of["pairs"] if row["metric"] == "ttr_ns")
    assert pair["difference"] is pair["ci"] is pair["p"] is pair["better"] is pair["logrank_p"] is None
    json.loads(to_json(of), parse_constant=pytest.fail)


def test_nobody_recovered():
    stuck = np.zeros(50, RECORD)
    stuck["censored"], stuck["ttr_ns"], stuck["outcome"] = 1, 29 * 10**9, OUTCOMES.index("livelock")
    of = summary_of(a=stuck, b=rows("patched", 50))
    assert of["policies"]["a"]["ttr_s"]["censored"] == 50 and of["policies"]["a"]["ttr_s"]["median"] is None
    assert of["policies"]["a"]["ttr_s"]["rmst"] == 30


def test_cut_schedules_are_counted_once_for_all_policies():
    cut = rows("baseline")
    cut["cut"][:3] = 1
    assert summary_of(baseline=cut, patched=cut)["cut"] == 3


def test_no_common_schedules():
    store = synthetic.reader(
        {("s", "a", 0): rows("a", 100), ("s", "b", 1): synthetic.block("s", "b", 1, 100, 100)}, 100
    )
    of = summarize(Reader(store), ["a", "b"], HORIZONS)["scenarios"]["s"]
    assert {row["paired"] for row in of["pairs"]} == {False}
    kills, time = (next(row for row in of["pairs"] if row["metric"] == m) for m in ("kills", "ttr_ns"))
    means = [of["policies"][policy]["kills"]["mean"] for policy in "ab"]
    assert kills["difference"] == pytest.approx(means[0] - means[1]) and kills["variance_ratio"] is None
    assert kills["ci"][0] < kills["difference"] < kills["ci"][1] and kills["better"] is None
    assert time["difference"] is time["ci"] is time["p"] is None
    json.loads(to_json(of), parse_constant=pytest.fail)


def test_an_unseen_value_may_still_come_and_events_are_counted():
    """Nine processes, of which eight more can be shot than in every schedule here."""
    once = np.zeros(1000, RECORD)
    once["kills"] = 1
    once["duplicates"][:3] = 1
    kills, duplicates = (summary_of(a=once)["policies"]["a"][name] for name in ("kills", "duplicates"))
    assert kills["most"] == 9 and kills["events"] == 0
    assert kills["ci"] == pytest.approx([0.025**0.001, 1 + 8 * (1 - 0.025**0.001)])
    assert duplicates["most"] is None and duplicates["events"] == pytest.approx(3, rel=0.01)
    twice = once.copy()
    twice["kills"][:2] = 9
    of = summary_of(a=once, b=twice)
    rows = {row["metric"]: row for row in of["pairs"]}
    assert rows["kills"]["events"] == pytest.approx(2, rel=0.01) and rows["kills"]["most"] == 9
    assert rows["duplicates"]["most"] is None


def test_shares_of_schedules_and_mcnemar(of):
    a, b = rows("baseline"), rows("patched")
    any_needless = of["policies"]["baseline"]["any_needless"]
    expected = stats.binomtest(int((a["needless"] > 0).sum()), 250).proportion_ci(0.95)
    assert any_needless["ci"] == pytest.approx([expected.low, expected.high], abs=1 / 250)
    hung = (a["outcome"] == OUTCOMES.index("livelock")).sum()
    assert of["policies"]["baseline"]["livelock"]["total"] == hung > 0
    pair = next(row for row in of["pairs"] if row["metric"] == "any_needless")
    apart = ((a["needless"] > 0) & (b["needless"] == 0)).sum(), ((a["needless"] == 0) & (b["needless"] > 0)).sum()
    assert pair["p"] == pytest.approx(stats.binomtest(apart[0], sum(apart)).pvalue)


def test_p_is_corrected_for_all_pairs_of_a_metric():
    of = summary_of(**{name: rows(name) for name in ("baseline", "serialize-v1", "patched")})
    family = sorted((row for row in of["pairs"] if row["metric"] == "kills"), key=lambda row: row["p"])
    assert family[0]["p_holm"] == pytest.approx(3 * family[0]["p"])
    assert all(row["p"] <= row["p_holm"] for row in family)


@pytest.mark.usefixtures("fast_engine")
def test_summary_json_is_deterministic(tmp_path):
    for name, workers in (("one", 1), ("two", 3)):
        oommc.run("usemem", "baseline,patched", 300, out=tmp_path / name, workers=workers, block=50)
    one, two = ((tmp_path / name / "summary.json").read_bytes() for name in ("one", "two"))
    assert one == two
    assert json.loads(one)["schema"] == 1


def test_excess_is_measured_against_the_oracle_where_both_recovered():
    baseline, oracle = (synthetic.block("s", name, 1, 0, 250) for name in ("baseline", "oracle"))
    for order in ({"baseline": baseline, "oracle": oracle}, {"oracle": oracle, "baseline": baseline}):
        policies = summary_of(**order)["policies"]
        both = (baseline["outcome"] == OUTCOMES.index("recovered")) & (oracle["outcome"] == OUTCOMES.index("recovered"))
        more = (baseline["kills"] - oracle["kills"])[both]
        excess = policies["baseline"]["excess"]
        assert (excess["total"], excess["schedules"]) == (more.sum(), both.sum())
        assert excess["mean"] == pytest.approx(more.mean())
        assert excess["ci"][0] < excess["mean"] < excess["ci"][1]
        assert "excess" not in policies["oracle"]
    assert "excess" not in summary_of(baseline=baseline)["policies"]["baseline"]
