"""A family from measured values: `oommc.fit` and `oommc fit`."""

import gzip
import json
import tomllib

import numpy as np
import pandas
import pytest
from scipy import stats

import oommc
from oommc import fit
from oommc.cli import main
from oommc.distributions import read
from oommc.distributions.families import FAMILIES
from oommc.errors import InputError
from oommc.fitting.bootstrap import ends
from oommc.fitting.result import Candidate

LAWS = {
    "exponential": stats.expon(scale=0.03),
    "lognormal": stats.lognorm(0.8, scale=0.01),
    "gamma": stats.gamma(4, scale=0.002),
    "weibull": stats.weibull_min(2.5, scale=0.02),
    "pareto": stats.pareto(1.5, scale=0.004),
}


def values(name, n=400, seed=1):
    return LAWS[name].rvs(size=n, random_state=np.random.default_rng(seed))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_family_is_found_again(name):
    found = fit(values(name), trials=19)
    assert found.best.family == name
    law = found.best.law()
    at = np.array([0.1, 0.5, 0.9])
    assert law.ppf(at) == pytest.approx(LAWS[name].ppf(at), rel=0.15)
    assert found.goodness.p > 0.05
    for key, (low, high) in found.goodness.intervals.items():
        assert low <= found.best.parameters[key] * 1.001 and found.best.parameters[key] <= high * 1.001


def test_a_scenario_takes_it_and_reads_its_text_back():
    found = fit(values("lognormal") * 1e3, "ms", trials=9)
    scenario = oommc.Scenario.load("usemem").replace("machine.latency.report", found.distribution)
    assert scenario.machine.latency.report == found.distribution
    table = tomllib.loads(f"x = {found.to_toml()}")["x"]
    assert read(table, "ns", "x") == found.distribution
    assert found.distribution.median() == pytest.approx(np.median(values("lognormal")) * 1e9, rel=0.1)
    sizes = fit([10, 20, 40, 15, 30, 22], "MiB", candidates=["lognormal"], trials=9).distribution
    assert sizes.unit == "pages" and sizes.median() == pytest.approx(20 * 256, rel=0.2)


def test_a_coarse_clock_is_no_excuse():
    """Values rounded to two of their own sizes: as intervals they give the law back, as numbers they don't."""
    true = values("exponential", 1000)
    coarse = np.rint(true / 0.03) * 0.03
    found = fit(coarse, resolution=0.03, candidates=["exponential", "lognormal"], trials=19)
    assert found.best.family == "exponential"
    assert found.best.parameters["mean"] == pytest.approx(true.mean(), rel=0.03)
    assert found.goodness.p > 0.05
    with pytest.raises(InputError, match="a value is 0"):
        fit(coarse)


def test_lower_bounds_count_as_such():
    true = values("exponential", 2000)
    cut = np.minimum(true, 0.02)
    found = fit(cut, censored=true > 0.02, candidates=["exponential"])
    assert found.best.parameters["mean"] == pytest.approx(0.03, rel=0.1)
    assert found.goodness is None and "isn't tested" in str(found)


def test_p_holds_although_parameters_are_fitted():
    """Of samples of the family itself about one in ten has p <= 0.1, which the usual tables would make next to none."""
    n = 40
    low = sum(
        fit(values("exponential", 40, k), candidates=["exponential"], trials=19, seed=1000 + k).goodness.p <= 0.1
        for k in range(n)
    )
    least, most = stats.binom(n, 0.1).interval(0.999)
    assert max(1, least) <= low <= most


TRUE = {
    "exponential": {"mean": 0.03},
    "lognormal": {"median": 0.01, "sigma": 0.8},
    "gamma": {"shape": 4, "mean": 0.008},
    "weibull": {"shape": 2.5, "scale": 0.02},
    "pareto": {"shape": 1.5, "minimum": 0.004},
}


REPEATED, FITS = 300, 39
INTERVALS = 3 * sum(map(len, TRUE.values()))


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 30, 100])
@pytest.mark.parametrize("name", FAMILIES)
def test_intervals_of_parameters_hold_the_truth(name, n):
    """Percentiles of the bootstrap held Pareto's minimum never and lognormal's sigma in 79 % at n = 10.

    Intervals that hold it in 95 % fail here, any of them all together, once in a thousand times. Each repetition has
    its own fits anew: with the same ones for all, what these few are would decide.
    """
    held = dict.fromkeys(TRUE[name], 0)
    for seed in range(REPEATED):
        intervals = fit(values(name, n, seed), candidates=[name], trials=FITS, seed=1000 + seed).goodness.intervals
        for key, true in TRUE[name].items():
            held[key] += intervals[key][0] <= true <= intervals[key][1]
    assert min(held.values()) >= stats.binom(REPEATED, 0.95).ppf(0.001 / INTERVALS), held


def test_few_fits_anew_make_no_interval_too_narrow():
    """The usual sample quantile of 39 holds the truth in 90 %. The mean of n exponential values has a gamma law, so
    nothing need be fitted.
    """
    rng, n, repeated, held = np.random.default_rng(2), 10, 1_000, 0
    for mean in rng.gamma(n, 1 / n, repeated):
        again = [{"mean": value} for value in rng.gamma(n, mean / n, FITS)]
        low, high = ends(Candidate("exponential", {"mean": mean}, 0.0, 0.0), again)["mean"]
        held += low <= 1 <= high
    least, most = stats.binom(repeated, 0.95).interval(0.999)
    assert least <= held <= most


def test_families_that_cannot_be_told_apart_are_a_tie():
    told = str(fit(values("gamma", 12), trials=9))
    assert "A tie: " in told and "can't be told apart (AICc within 2)" in told
    assert "A tie" not in str(fit(values("pareto"), trials=9))


def test_what_follows_no_family_is_told():
    two = np.concatenate([values("gamma"), 100 * values("gamma")])
    found = fit(two, trials=99)
    assert found.goodness.p < 0.05
    assert "do not follow it" in str(found)


def test_the_same_values_and_seed_the_same_answer():
    assert fit(values("gamma"), trials=19).to_dict() == fit(values("gamma"), trials=19).to_dict()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"values": [1, 2, 3]}, "3 values are too few"),
        ({"values": [2] * 9}, "all the same"),
        ({"values": [1, 2, 3, 4, -5]}, "-5.0 is not a time or size from 0 on"),
        ({"values": [1, 2, 3, 4, float("nan")]}, "nan is not"),
        ({"values": [1, 2, 3, 4, 5], "unit": "parsec"}, "unknown unit 'parsec'"),
        ({"values": [1, 2, 3, 4, 5], "candidates": ["log"]}, "unknown family 'log': did you mean lognormal"),
        ({"values": [1, 2, 3, 4, 5], "resolution": -1}, "resolution"),
        ({"values": [1, 2, 3, 4, 5.5], "resolution": 1}, "5.5 is no multiple of the resolution"),
        ({"values": [1, 2, 3, 4, 5], "censored": [True]}, "5 values, but 1 say"),
        ({"values": [[1, 2], [3, 4]]}, "not a list"),
    ],
)
def test_wrong_values_are_one_line(given, told):
    with pytest.raises(InputError, match=f"^fit: .*{told}"):
        fit(**given)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "kills.csv"
    rows = pandas.DataFrame({"scenario": ["a"] * 30 + ["b"] * 30, "exit_us": values("lognormal", 60) * 1e6, "cut": 0})
    rows.loc[3, "exit_us"] = None
    rows.to_csv(path, index=False)
    rows.to_parquet(tmp_path / "kills.parquet")
    return path


def test_the_command(table, tmp_path, capsys):
    assert (
        main(["fit", str(table), "--column", "exit_us", "--only", "scenario=a", "--families", "lognormal,exponential"])
        == 0
    )
    said = capsys.readouterr()
    assert said.out.startswith("29 values, median ")
    assert '{ dist = "lognormal", median = "' in said.out and "of 999 samples" in said.out.replace("\n", " ")
    assert said.err == "oommc: 1 rows without a value of exit_us are left out\n"
    picture = tmp_path / "fit.svg"
    words = [
        "fit",
        str(table.with_suffix(".parquet")),
        "--column",
        "exit_us",
        "--censored",
        "cut",
        "--families",
        "gamma,lognormal",
    ]
    assert main([*words, "--json", "--plot", str(picture)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["values"], told["unit"], told["distribution"]["dist"]) == (59, "us", "lognormal")
    assert {c["family"] for c in told["candidates"]} == {"gamma", "lognormal"}
    assert "lognormal" in picture.read_text("utf-8")


def test_the_picture_in_python():
    assert len(fit(values("gamma", 50), trials=9).plot().axes) == 2
    with pytest.raises(InputError, match="svg"):
        fit(values("gamma", 50), trials=9).plot("fit.bmp")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere.csv", "--column", "x_us"], "nowhere.csv: can't be read: No such file"),
        (["SHORT.gz", "--column", "exit_us"], "short.gz: can't be read: Compressed file ended"),
        (["TABLE", "--column", "exit_ms"], "no column 'exit_ms': did you mean exit_us?"),
        (["TABLE", "--column", "cut"], "--unit: what 'cut' is measured in"),
        (["TABLE", "--column", "scenario", "--unit", "s"], "row 2: scenario: 'a' is not a number"),
        (["TABLE", "--column", "exit_us", "--only", "scenario"], "COLUMN=VALUE"),
        (["TABLE", "--column", "exit_us", "--only", "scenario=c"], "no row has scenario = 'c'"),
        (["TABLE", "--column", "exit_us", "--resolution", "10 apples"], "--resolution: "),
        (["TABLE", "--column", "exit_us", "--families", "normal"], "unknown family 'normal'"),
        (["TABLE", "--column", "exit_us", "--plot", "x.bmp"], "x.bmp"),
        (["TABLE", "--column", "exit_us", "--seed", "x"], "seed"),
        (["EMPTY", "--column", "exit_us"], "can't be read: No columns to parse"),
        (["BINARY", "--column", "exit_us"], "can't be read: "),
        (["BINARY.parquet", "--column", "exit_us"], "can't be read: "),
    ],
)
def test_the_command_s_errors_are_one_line(table, tmp_path, capsys, words, told):
    files = {
        "TABLE": table,
        "EMPTY": tmp_path / "empty",
        "BINARY": tmp_path / "b",
        "BINARY.parquet": tmp_path / "b.parquet",
    }
    files["SHORT.gz"] = tmp_path / "short.gz"
    files["SHORT.gz"].write_bytes(gzip.compress(table.read_bytes())[:-20])
    files["EMPTY"].write_text("")
    for name in ("BINARY", "BINARY.parquet"):
        files[name].write_bytes(bytes(range(256)))
    assert main(["fit", *(str(files.get(word, word)) for word in words)]) == 2
    said = capsys.readouterr()
    assert told in said.err and said.err.count("\n") == 1 and said.out == ""


def test_what_was_measured_on_a_busy_machine_is_divided(tmp_path, capsys):
    """Twice as long as alone is half of it in processor time."""
    file = tmp_path / "x.csv"
    alone, stretch = values("lognormal", 40) * 1e6, np.tile([1, 2], 20)
    pandas.DataFrame({"t_us": alone * stretch, "alone_us": alone, "times": stretch}).to_csv(file, index=False)
    told = []
    for column, more in (("t_us", ["--stretch", "times"]), ("alone_us", [])):
        assert main(["fit", str(file), "--column", column, "--families", "lognormal", "--json", *more]) == 0
        told.append(json.loads(capsys.readouterr().out)["distribution"])
    assert told[0] == told[1]


@pytest.mark.parametrize("wrong", ["0.5", "", "-1"])
def test_nothing_takes_less_time_than_alone(tmp_path, capsys, wrong):
    file = tmp_path / "x.csv"
    file.write_text(f"t_us,times\n1,1\n2,{wrong}\n")
    assert main(["fit", str(file), "--column", "t_us", "--stretch", "times"]) == 2
    assert "row 3: times: a number from 1 on" in capsys.readouterr().err
