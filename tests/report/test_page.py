"""The HTML page and its figures: whole, self-contained, the same each time, whatever the names are."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
import synthetic
from pages import AWKWARD, made, page_of

import oommc
from oommc.engine import MODEL_VERSION
from oommc.report import figures, toll
from oommc.report import text as report_text


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    result = made()
    return result, folder, *page_of(result, folder)


def test_page_leads_with_the_answer(page):
    result, _, _, parsed = page
    kills = result.data["scenarios"]["usemem"]["policies"]["baseline"]["kills"]["total"]
    verdict = parsed.text.index("patched shot no innocent process needlessly that was seen (up to 0.0")
    answer = parsed.text.index(f"baseline shot {kills:,} processes")
    assert verdict < parsed.text.index("Of 300 schedules") < answer < parsed.text.index("Mean per schedule")
    assert "Under the other policies no kill broke it." in parsed.text and "About <it>." in parsed.text
    assert "oommc run usemem --policies baseline,serialize-v1,patched --schedules 300 --seed 1" in parsed.text


def test_a_short_page_is_open_and_has_its_contents(page):
    _, _, text, parsed = page
    assert {"#s0", "#s0-recovery", "#counted"} <= set(parsed.links)
    assert re.findall(r'<details class="part" id="s0-(\w+)">', text) == ["counts"]


def test_page_needs_no_network_and_no_scripts(page):
    _, folder, text, parsed = page
    assert "script" not in parsed.tags and "img" not in parsed.tags and "@import" not in text
    own = [link for link in parsed.links if not link.startswith("#")]
    assert own and all((folder / link).exists() for link in own)
    addresses = set(re.findall(r"https?://[^\"'\s<)]+", text))
    assert all(address.startswith(("http://www.w3.org/", "https://www.w3.org/")) for address in addresses)


def test_page_is_valid_html(page):
    html5lib = pytest.importorskip("html5lib")
    html5lib.HTMLParser(strict=True).parse(page[2])


def test_figures_stand_beside_it_with_their_data_and_words(page):
    _, folder, text, _ = page
    kinds = ("kills", "recovery", "differences", "tradeoff", "timeline-0", "timeline-1", "timeline-2")
    for kind in kinds:
        assert ET.parse(folder / f"usemem-{kind}.svg").getroot().tag.endswith("svg")
        assert len(pd.read_csv(folder / f"usemem-{kind}.csv"))
    said = re.findall(r'role="img" aria-label="([^"]*)"', text)
    assert len(said) == len(kinds) and all(len(words) > 20 for words in said)


def test_schedules_told_are_those_of_the_records(page):
    result, _, text, _ = page
    rows = result.records(policy="baseline").set_index("schedule")
    told = dict(re.findall(r"<strong>([^:<]+): schedule (\d+)\.", text))
    assert rows.loc[int(told["A typical needless kill"])].needless > 0
    assert rows.loc[int(told["The most needless kills in one schedule"])].needless == rows.needless.max()
    hung = int(told["A typical hang"])
    assert "oommc replay usemem --policy baseline,patched --plot timeline.svg --schedule" in text
    assert any(
        result.records(policy=p).set_index("schedule").loc[hung].outcome == "livelock" for p in ("baseline", "patched")
    )


def test_the_same_bytes_twice(tmp_path):
    for name in "ab":
        made(count=50).report(tmp_path / name / "index.html")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) >= 9
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.filterwarnings("error")
def test_awkward_names_break_nothing(tmp_path):
    text, parsed = page_of(made(("baseline", AWKWARD), (AWKWARD,), 50), tmp_path)
    assert "One schedule told" in text
    assert "b" not in parsed.tags and '<b>"x" & $\\frac' in parsed.text
    assert len(parsed.ids) == len(set(parsed.ids))
    for svg in tmp_path.glob("*.svg"):
        ET.parse(svg)
    (table,) = tmp_path.glob("*-kills*.csv")
    assert list(pd.read_csv(table)["policy"]) == ["baseline", AWKWARD]
    drawn = next(tmp_path.glob("*-kills*.svg")).read_text(encoding="utf-8")
    assert "$\\frac{1}{2}$" in drawn
    assert '<b>"x"' not in text


def test_several_scenarios_begin_with_an_overview(tmp_path):
    _, parsed = page_of(made(scenarios=("usemem", "usemem-smp"), count=50), tmp_path)
    assert parsed.text.index("Overview") < parsed.text.index("Of 50 schedules")
    assert {"s0", "s1"} <= set(parsed.ids) and {"#s0", "#s1"} <= set(parsed.links)
    assert len(parsed.ids) == len(set(parsed.ids))
    table = pd.read_csv(tmp_path / "overview.csv")
    assert list(table["scenario"].unique()) == ["usemem", "usemem-smp"] and len(table) == 6


def test_what_is_zero_under_all_policies_is_named_in_a_line(page, tmp_path):
    _, _, text, parsed = page
    assert "0 under all policies: " in parsed.text and 'id="s0-patience"' not in text

    def impatient(*place):
        rows = synthetic.block(*place)
        rows["impatient"] = rows["impatient_1s"] = rows["kills"] > 0
        return rows

    text, parsed = page_of(made(block=impatient, count=50), tmp_path)
    assert 'id="s0-patience"' in text and (tmp_path / "usemem-patience.svg").exists()
    assert "impatient" not in re.findall(r"0 under all policies: (.*)\.", parsed.text)[0].split(", ")


def test_of_many_policies_recovery_is_a_row_each():
    """More curves than a few hide each other."""
    rng = np.random.default_rng(1)
    times = {f"p{n}": (rng.integers(10**7, 10**9, 50), np.zeros(50, bool)) for n in range(7)}
    assert "25 % to 75 %" in figures.recovery(times).svg
    few = figures.recovery({name: times[name] for name in list(times)[:6]})
    assert "25 % to 75 %" not in few.svg and "still observed" in few.svg


def test_many_policies_are_compared_with_the_first(tmp_path):
    text, parsed = page_of(made(tuple(f"p{n}" for n in range(13)), count=50), tmp_path)
    assert "Each policy against the first" in parsed.text
    assert len([line for line in parsed.text.splitlines() if " processes, " in line]) == 2
    assert set(pd.read_csv(tmp_path / "usemem-differences.csv")["a"]) == {"p0"}
    # so long a page folds what isn't the answer; what is folded isn't printed either
    assert '<details class="part" id="s0-recovery">' in text and " open>" not in text
    assert "#s0" in parsed.links and "#s0-recovery" not in parsed.links


def test_one_policy_and_one_schedule(tmp_path):
    _, parsed = page_of(made(("baseline",), count=1), tmp_path)
    assert "Of 1 schedule:" in parsed.text and "Paired differences" not in parsed.text
    assert "in every schedule" not in parsed.text
    assert "nan" not in parsed.text.lower()


def test_nothing_happened(tmp_path):
    calm = np.zeros(20, synthetic.RECORD)
    calm["first_oom_ns"] = calm["ttr_ns"] = -1
    _, parsed = page_of(made(("a", "b"), block=lambda *_: calm), tmp_path)
    assert "Nobody was shot." in parsed.text
    assert "a shot nothing. No schedule ran out of memory." in parsed.text


def test_a_count_that_is_always_the_same_may_differ_in_the_next_schedule(tmp_path):
    """Nine can be shot."""

    def two(*place):
        rows = synthetic.block(*place)
        rows["kills"] = 2
        return rows

    text, _ = page_of(made(("a", "b"), block=two), tmp_path)
    low, high = 2 * 0.025 ** (1 / 300), 2 + 7 * (1 - 0.025 ** (1 / 300))
    assert f"<td>2.000 <small>[{low:.3f}, {high:.3f}]*</small></td>" in text


def test_records_of_another_model_are_not_told(tmp_path):
    text, _ = page_of(made(count=50, model=MODEL_VERSION + 1), tmp_path)
    assert "One schedule told" not in text


def test_a_run_without_records_has_all_but_the_stories(tmp_path):
    result = oommc.run("usemem", "baseline,patched", schedules=200, records=False, out=tmp_path / "out")
    text, parsed = page_of(result, tmp_path)
    assert "One schedule told" not in text and "Of 200 schedules" in parsed.text
    assert (tmp_path / "usemem-recovery.svg").exists()


def test_curves_are_thinned():
    rng = np.random.default_rng(1)
    times, censored = rng.integers(10**7, 10**10, 100_000), rng.random(100_000) < 0.1
    from oommc.stats.survival import kaplan_meier

    curve = kaplan_meier(times, censored)
    figure = figures.recovery({"a": (times, censored)})
    assert len(figure.table) <= 300 and len(figure.svg) < 60_000
    shares = np.interp(figure.table["time_s"], curve.time_s, curve.share)
    np.testing.assert_allclose(figure.table["not_recovered"], shares)


def test_numbers_at_risk():
    times = np.array([1, 2, 2, 3, 4]) * 10**9
    table = figures.recovery({"a": (times, np.array([0, 0, 0, 1, 0], bool))}).table
    at_risk = dict(zip(table["time_s"], table["at_risk"], strict=True))
    assert [at_risk[time] for time in (1.0, 2.0, 4.0)] == [5, 4, 1]


def test_the_front_holds_those_that_none_beats_in_both():
    def policy(needless, mean_s, livelock=0):
        return {
            "needless": {"mean": needless, "ci": None},
            "ttr_s": {"rmst": mean_s, "rmst_ci": None},
            "outcome": {"livelock": livelock},
            "schedules": 100,
        }

    entries = {"a": policy(0.5, 0.1), "b": policy(0.1, 0.2), "c": policy(0.2, 0.3, 10), "d": policy(0.1, 0.2)}
    table = figures.tradeoff(entries).table.set_index("policy")
    assert table["front"].to_dict() == {"a": True, "b": True, "c": False, "d": True}
    svg = figures.tradeoff(entries).svg
    assert re.findall(r">([a-d])<", svg)[:4] == ["b", "d", "c", "a"]  # by needless, then by time
    assert ">10.0% hang<" in svg and svg.count("% hang") == 1


def test_the_oracle_is_a_line_for_all():
    policies = made(("baseline", "oracle")).data["scenarios"]["usemem"]["policies"]
    assert ">oracle<" in figures.kills(policies).svg
    assert ">oracle<" not in figures.kills({"baseline": policies["baseline"]}).svg


def test_a_kind_that_does_not_occur_is_not_in_the_legend():
    policies = made().data["scenarios"]["usemem"]["policies"]
    svg = figures.kills(policies).svg
    kinds = ("stale", "impatient", "blind")
    assert [f">{kind}<" in svg for kind in kinds] == [
        any(of[kind]["total"] for of in policies.values()) for kind in kinds
    ]


def test_bounds_are_no_verdict():
    policies = made(("baseline", "patched", "oracle", "never"), count=50).data["scenarios"]["usemem"]["policies"]
    for name in ("oracle", "never"):
        policies[name] |= {"needless": policies[name]["needless"] | {"mean": -1.0}}
    assert toll.least(policies) == "patched" and report_text.verdict(policies).startswith("patched shot no")
    front = figures.tradeoff(policies).table.set_index("policy")["front"]
    assert front["patched"] and not front["oracle"] and not front["never"]


@pytest.mark.slow
def test_sixteen_policies_and_twenty_scenarios_stay_small(tmp_path):
    result = made(tuple(f"p{n}" for n in range(16)), tuple(f"s{n}" for n in range(20)), 100)
    text, parsed = page_of(result, tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.glob("*.svg")) < 10_000_000
    assert len(text) < 12_000_000 and len(parsed.ids) == len(set(parsed.ids))
    assert all((tmp_path / f"s{n}-kills.svg").exists() for n in range(20))


def test_the_page_says_which_policy_to_take(fast_engine, tmp_path):
    race = "needless within 0.1"
    result = oommc.run("usemem", "baseline,patched", 5_000, 1, choose=race, out=tmp_path / "out")
    _text, parsed = page_of(result, tmp_path)
    assert "Take patched." in parsed.text
    assert "usemem, needless within 0.1: patched after" in parsed.text
    assert "--choose 'needless within 0.1'" in parsed.text
    kept_sums = oommc.run("usemem", "baseline,patched", 1_000, 1, records=False)
    assert "Which policy to take" not in page_of(kept_sums, tmp_path)[0]
