"""What Python users call."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import oommc
from oommc.collect import records
from oommc.errors import InputError

OTHER_BASELINE = oommc.policies["patched"].replace(name="baseline")


@pytest.fixture
def result(fast_engine):
    return oommc.run("usemem", ["baseline", "patched"], schedules=200, block=50)


@pytest.fixture
def two(fast_engine):
    return oommc.run(["usemem", oommc.Scenario.load("usemem-smp")], "baseline,serialize-v1,patched", 100)


def test_import_loads_nothing_heavy():
    heavy = "('numpy', 'scipy', 'pandas', 'pyarrow', 'jinja2')"
    code = f"import sys, oommc; print(*(m for m in {heavy} if m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


@pytest.mark.parametrize(
    "first", ["import oommc", "import oommc.policies.policy, oommc.api", "import oommc.policies as p; p.parse"]
)
def test_policies_are_the_package_and_the_registry(first):
    code = f"{first}\nimport oommc; print(oommc.policies['patched'].name, oommc.policies.parse('baseline')[0].name)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "patched baseline\n"


def test_policies_are_a_mapping():
    registry = oommc.policies.registry
    assert list(oommc.policies) == list(oommc.policies.keys()) == list(registry) and len(oommc.policies) == len(
        registry
    )
    assert dict(oommc.policies) == dict(oommc.policies.items()) == registry
    assert list(oommc.policies.values()) == list(registry.values())
    assert "patched" in oommc.policies and "patchd" not in oommc.policies and oommc.policies.get("patchd") is None
    for error in (KeyError, InputError):
        with pytest.raises(error, match=r"^policies: no policy 'patchd'; did you mean patched\?$"):
            oommc.policies["patchd"]


def test_names():
    assert set(oommc.__all__) <= set(dir(oommc))
    with pytest.raises(AttributeError, match="nothing"):
        oommc.nothing  # noqa: B018


def test_records(result):
    frame = result.records()
    assert list(frame.columns) == list(records.COLUMNS) and len(frame) == 400
    assert isinstance(frame["policy"].dtype, pd.CategoricalDtype)
    assert list(frame["outcome"].cat.categories) == ["no_oom", "recovered", "livelock", "unsettled", "panic"]
    np.testing.assert_array_equal(frame["schedule"], [*range(200)] * 2)
    one = result.records(policy="patched", columns=["kills", "policy"])
    assert list(one.columns) == ["kills", "policy"] and set(one["policy"]) == {"patched"} and len(one) == 200


def test_excess_over_the_oracle(fast_engine):
    """A column only where there is an oracle; in all it says what the summary says."""
    result = oommc.run("usemem", ["baseline", "oracle"], schedules=200, block=50)
    frame = result.records()
    assert list(frame.columns) == [*records.COLUMNS, "excess"]
    mine, bound = (frame[frame["policy"] == name].reset_index() for name in ("baseline", "oracle"))
    both = (mine["outcome"] == "recovered") & (bound["outcome"] == "recovered")
    assert 0 < both.sum() < 200
    assert (mine["excess"].isna() == ~both).all()
    assert (mine["excess"][both] == (mine["kills"] - bound["kills"])[both]).all()
    assert bound["excess"].isna().all()
    told = result.data["scenarios"]["usemem"]["policies"]["baseline"]["excess"]
    assert (told["total"], told["schedules"]) == (mine["excess"].sum(), both.sum())
    assert list(result.records("baseline", columns=["excess"])) == ["excess"]
    without = oommc.run("usemem", ["baseline"], schedules=10)
    with pytest.raises(InputError, match="excess"):
        without.records(columns=["excess"])


def test_records_of_several_scenarios(two):
    frame = two.records(columns=["kills"])
    assert list(frame.columns) == ["scenario", "kills"]
    assert frame["scenario"].value_counts().to_dict() == {"usemem": 300, "usemem-smp": 300}
    assert list(two.records(scenario="usemem", columns=["kills"]).columns) == ["kills"]


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"policy": "patchd"}, "no policy 'patchd'; did you mean patched"),
        ({"scenario": "usemen"}, "did you mean usemem"),
        ({"columns": ["kill"]}, "no column 'kill'; did you mean kills"),
    ],
)
def test_records_of_unknown_names(result, wanted, says):
    with pytest.raises(InputError, match=says):
        result.records(**wanted)


def test_summary(two):
    frame = two.summary()
    assert frame.index.names == ["scenario", "metric", "policy"] and frame.index.is_monotonic_increasing
    assert list(frame.loc["usemem", "kills"].index) == ["baseline", "serialize-v1", "patched"]
    entry = two.data["scenarios"]["usemem"]["policies"]["baseline"]["kills"]
    row = frame.loc["usemem", "kills", "baseline"]
    assert row["mean"] == entry["mean"] and [row["low"], row["high"]] == entry["ci"] and row["schedules"] == 100
    assert row["events"] == entry["events"] > 0 and row["most"] == entry["most"] == 9
    assert np.isnan(frame.loc["usemem", "refused", "baseline"]["most"])


def test_recovery(two):
    row = two.recovery().loc["usemem", "baseline"]
    assert row["median"] == two.data["scenarios"]["usemem"]["policies"]["baseline"]["ttr_s"]["median"]


def test_compare(two):
    frame = two.compare("needless")
    assert list(frame.index.names) == ["scenario", "a", "b"] and len(frame) == 6
    assert list(frame.columns) == [
        *("difference", "low", "high", "p", "p_holm", "paired", "variance_ratio"),
        *("better", "equal", "worse", "schedules", "events", "most"),
    ]
    np.testing.assert_allclose(frame[["better", "equal", "worse"]].sum(axis=1), 1)
    assert len(two.compare("ttr_ns")) == 6 and "logrank_p" in two.compare("ttr_ns").columns
    assert len(two.compare("any_needless")) == 6
    with pytest.raises(InputError, match="no metric 'needles'; did you mean needless"):
        two.compare("needles")


def test_compare_one_policy_has_no_pairs(fast_engine):
    frame = oommc.run("usemem", "patched", 10).compare("kills")
    assert frame.empty and "difference" in frame.columns


def test_load_is_the_same_as_the_run(tmp_path, fast_engine):
    ran = oommc.run("usemem", "baseline", 120, out=tmp_path / "out", block=50)
    loaded = oommc.load(tmp_path / "out")
    assert loaded.records().equals(ran.records()) and loaded.data == ran.data


def test_load_of_something_else(tmp_path):
    with pytest.raises(InputError, match="no such directory"):
        oommc.load(tmp_path / "none")
    with pytest.raises(InputError, match="not a result directory"):
        oommc.load(tmp_path)


def test_policies_as_values_and_names(fast_engine):
    mine = oommc.policies["patched"].replace(name="mine", refused="sleep_tick", timeout="1 s")
    result = oommc.run("usemem", ["baseline", "patched(timeout=1s)", mine], 10)
    assert list(result.manifest.policies) == ["baseline", "patched(timeout=1s)", "mine"]
    twice = oommc.run("usemem", ["patched", "baseline,patched"], 10)
    assert list(twice.manifest.policies) == ["patched", "baseline"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"policies": ["baseline", OTHER_BASELINE]}, "policy 'baseline': given twice"),
        ({"policies": []}, "no policy given"),
        ({"scenarios": []}, "no scenario given"),
        ({"scenarios": ["usemem", "usemem"]}, "scenario 'usemem': given twice"),
        ({"schedules": 0}, "schedules: 0 is not a whole number from 1 to 1,000,000,000,000"),
        ({"seed": -1}, "seed: -1"),
        ({"workers": 0}, "workers: 0"),
        ({"block": 0}, "block: 0"),
        ({"policies": "baselin"}, "baseline"),
    ],
)
def test_wrong_input(given, says):
    with pytest.raises(InputError, match=says):
        oommc.run(**({"scenarios": "usemem"} | given))


def test_the_core_itself_gives_the_same_records_however_it_is_run():
    one = oommc.run("usemem", "baseline,patched", 60, workers=1).records()
    other = oommc.run("usemem", "patched,baseline", 60, workers=3, block=9)
    for policy in ("baseline", "patched"):
        columns = [c for c in records.COLUMNS if c != "policy"]
        alone = one[one["policy"] == policy][columns].reset_index(drop=True)
        assert alone.equals(other.records(policy=policy, columns=columns))


def test_report_goes_where_it_is_told(tmp_path, result):
    path = result.report(tmp_path / "page.html")
    assert path == tmp_path / "page.html" and "baseline" in path.read_text(encoding="utf-8")
    assert (tmp_path / "usemem-kills.svg").exists()


def test_a_result_in_memory_can_be_saved(result, tmp_path):
    saved = oommc.load(result.save(tmp_path / "out"))
    assert saved.records().equals(result.records()) and saved.data == result.data
    assert (tmp_path / "out" / "summary.json").exists()
    with pytest.raises(InputError, match="holds a result already; name a new directory"):
        result.save(tmp_path / "out")
    with pytest.raises(InputError, match="kept sums and no records"):
        oommc.run("usemem", "patched", 10, records=False).save(tmp_path / "sums")


def test_a_plot_goes_on_ones_own_axes(result):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    for kind in ("kills", "needless", "recovery", "patience"):
        assert result.plot(kind, axes) is axes and axes.lines
    assert isinstance(result.plot("needless"), Figure)
    with pytest.raises(InputError, match="no kind 'kill'; did you mean kills"):
        result.plot("kill")


def test_tables_are_latex_with_labels(result):
    text = result.latex(within="0.02")
    assert r"\label{tab:usemem:kills}" in text and "more than 0.0200" in text
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == text.count(r"\begin{table}") == 4


def test_numbers_are_plain(result):
    """NumPy's floats print as np.float64(…)."""
    assert "np." not in repr(result.choose()) + repr(result.data)
