"""The HTML page and its figures: whole, self-contained, the same each time, whatever the names are."""

import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import synthetic

import oommc
from oommc.collect import records
from oommc.collect.manifest import Manifest
from oommc.collect.store import Memory
from oommc.report import figures
from oommc.stats.survival import kaplan_meier

AWKWARD = '<b>"x" & $\\frac{1}{2}$</b>, \x01 %s ' + "дом 家 " + "y" * 160


class Checked(HTMLParser):
    """Collects tags, ids and text, and notices elements that are not closed."""

    VOID = ("meta", "br", "hr", "img", "link", "path", "use")

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.text = [], [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        self.links += [v for k, v in attrs.items() if k in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def made(policies=("baseline", "serialize-v1", "patched"), scenarios=("usemem",), count=300):
    store = Memory()
    for scenario in scenarios:
        for policy in policies:
            store.write(
                scenario, policy, 0, records.encode(synthetic.block(scenario, policy, 1, 0, count), policy)
            )
    content = {"horizon": "30 s", "about": "About <it>."}
    manifest = Manifest(1, 10_000, count, dict.fromkeys(scenarios, content), {p: {} for p in policies})
    return oommc.Result(manifest, store)


def page_of(result, tmp_path):
    text = result.report(tmp_path / "index.html").read_text(encoding="utf-8")
    parsed = Checked(text)
    assert parsed.open == [] or parsed.open == ["html"]
    return text, parsed


def test_page_leads_with_the_answer(tmp_path):
    result = made()
    _, parsed = page_of(result, tmp_path)
    kills = result.data["scenarios"]["usemem"]["policies"]["baseline"]["kills"]["total"]
    answer = parsed.text.index(f"baseline shot {kills:,} processes")
    assert parsed.text.index("Of 300 schedules") < answer < parsed.text.index("Mean a schedule")
    assert "patched: 0 of " in parsed.text and "About <it>." in parsed.text
    assert "oommc run usemem --policies baseline,serialize-v1,patched --schedules 300 --seed 1" in parsed.text


def test_page_needs_no_network_and_no_scripts(tmp_path):
    text, parsed = page_of(made(), tmp_path)
    assert "script" not in parsed.tags and "img" not in parsed.tags and "@import" not in text
    own = [link for link in parsed.links if not link.startswith("#")]
    assert own and all((tmp_path / link).exists() for link in own)
    assert len(parsed.ids) == len(set(parsed.ids))


def test_figures_stand_beside_it(tmp_path):
    page_of(made(), tmp_path)
    for kind in ("kills", "recovery", "differences"):
        assert ET.parse(tmp_path / f"usemem-{kind}.svg").getroot().tag.endswith("svg")
        assert len(pd.read_csv(tmp_path / f"usemem-{kind}.csv"))


def test_the_same_bytes_twice(tmp_path):
    for name in "ab":
        made().report(tmp_path / name / "index.html")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 7
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.filterwarnings("error")
def test_awkward_names_break_nothing(tmp_path):
    _, parsed = page_of(made(("baseline", AWKWARD), (AWKWARD,)), tmp_path)
    assert "b" not in parsed.tags and '<b>"x" & $\\frac' in parsed.text
    for svg in tmp_path.glob("*.svg"):
        ET.parse(svg)
    (table,) = tmp_path.glob("*-kills.csv")
    assert list(pd.read_csv(table)["policy"]) == ["baseline", AWKWARD]
    drawn = next(tmp_path.glob("*-kills.svg")).read_text(encoding="utf-8")
    assert "$\\frac{1}{2}$" in drawn


def test_several_scenarios_begin_with_an_overview(tmp_path):
    _, parsed = page_of(made(scenarios=("usemem", "usemem-smp")), tmp_path)
    assert parsed.text.index("Overview") < parsed.text.index("Of 300 schedules")
    assert {"s0", "s1"} <= set(parsed.ids) and {"#s0", "#s1"} <= set(parsed.links)


def test_many_policies_are_compared_with_the_first(tmp_path):
    _, parsed = page_of(made(tuple(f"p{n}" for n in range(12))), tmp_path)
    assert "Each policy against the first" in parsed.text
    assert len([line for line in parsed.text.splitlines() if " processes, " in line]) == 2
    assert set(pd.read_csv(tmp_path / "usemem-differences.csv")["a"]) == {"p0"}


def test_one_policy_and_one_schedule(tmp_path):
    _, parsed = page_of(made(("baseline",), count=1), tmp_path)
    assert "Of 1 schedule:" in parsed.text and "Paired differences" not in parsed.text
    assert "nan" not in parsed.text.lower()


def test_nothing_happened(tmp_path):
    calm = np.zeros(20, synthetic.RECORD)
    calm["first_oom_ns"] = calm["ttr_ns"] = -1
    result = made(("a", "b"))
    for policy in "ab":
        result._store.write("usemem", policy, 0, records.encode(calm, policy))
    _, parsed = page_of(result, tmp_path)
    assert "a shot nothing. No schedule ran out of memory." in parsed.text


def test_curves_are_thinned():
    rng = np.random.default_rng(1)
    times = rng.integers(10**7, 10**10, 100_000)
    curve = kaplan_meier(times, rng.random(100_000) < 0.1)
    figure = figures.recovery({"a": curve})
    assert len(figure.table) <= 500 and len(figure.svg) < 150_000
    shares = np.interp(figure.table["time_s"], curve.time_s, curve.share)
    np.testing.assert_allclose(figure.table["not_recovered"], shares)
