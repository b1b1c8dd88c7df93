"""Distributions: what they are read from, and how well their integer quantile functions follow them."""

import pickle

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from oommc.distributions import CONSTANT, TABLE, UNIFORM, Constant, compile, families, read
from oommc.errors import InputError

WHOLE = 1 << 64
MS = 10**6
TABLES = {
    "exponential": ({"dist": "exponential", "mean": "500 us"}, scipy.stats.expon(scale=5e5)),
    "lognormal": ({"dist": "lognormal", "median": "2 ms", "sigma": 1.0}, scipy.stats.lognorm(1, scale=2e6)),
    "lognormal, wide": (
        {"dist": "lognormal", "median": "2 ms", "sigma": 4},
        scipy.stats.lognorm(4, scale=2e6),
    ),
    "gamma": ({"dist": "gamma", "shape": 0.5, "mean": "1 ms"}, scipy.stats.gamma(0.5, scale=2e6)),
    "weibull": ({"dist": "weibull", "shape": 0.7, "scale": "1 ms"}, scipy.stats.weibull_min(0.7, scale=1e6)),
    "pareto": ({"dist": "pareto", "shape": 1.5, "minimum": "1 ms"}, scipy.stats.pareto(1.5, scale=1e6)),
    "scipy": (
        {"dist": "scipy.gamma", "a": 2, "scale": "30 ms", "loc": "1 ms"},
        scipy.stats.gamma(2, 1e6, 3e7),
    ),
    "truncnorm": (scipy.stats.truncnorm(-2, 3, loc=0.02, scale=0.01), scipy.stats.truncnorm(-2, 3, 2e7, 1e7)),
    "new style": (scipy.stats.Uniform(a=0.1, b=0.3), scipy.stats.uniform(1e8, 2e8)),
}
MIXED = {
    "dist": "mixture",
    "parts": [
        {"weight": 6, "dist": "constant", "value": "1 ms"},
        {"weight": 3, "dist": "uniform", "low": "2 ms", "high": "3 ms"},
        {"weight": 1, "dist": "lognormal", "median": "200 ms", "sigma": 1},
    ],
}


def probabilities(n=10_000):
    """Quantiles as u, across the body and out to 1e-6 on both sides."""
    tails = np.geomspace(1.01e-6, 0.5, n // 4)
    return sorted(int(p * WHOLE) for p in (*tails, *(1 - tails), *np.linspace(0.001, 0.999, n // 2)))


def exact(law, u):
    u = np.array(u, object)
    p, q = (u / WHOLE).astype(float), ((WHOLE - u) / WHOLE).astype(float)
    return np.where(p < 0.5, law.ppf(p), law.isf(q))


@pytest.mark.parametrize("name", TABLES)
def test_tables_follow_the_distribution(name):
    value, law = TABLES[name]
    quantile = compile(read(value, "ns", "x"))
    assert set(quantile.kind) <= {TABLE, CONSTANT}
    u = probabilities()
    wanted = exact(law, u)
    error = np.abs(np.array([quantile(v) for v in u], float) - wanted)
    assert (error <= 1e-4 * wanted + 1).all()


@pytest.mark.parametrize("mean", [1, 3, 32, 400, 3000])
def test_small_numbers_are_within_one_unit_and_not_biased(mean):
    law = scipy.stats.expon(scale=mean)
    drawn = read({"dist": "exponential", "mean": mean}, "pages", "x")
    u = probabilities()
    wanted = exact(law, u)
    assert (np.abs(np.array([drawn.quantile(v) for v in u], float) - wanted) <= 1e-4 * wanted + 1).all()
    even = [int((i + 0.5) / 20_000 * WHOLE) for i in range(20_000)]
    mean_drawn = np.mean([drawn.quantile(v) for v in even])
    assert mean_drawn == pytest.approx(mean, abs=0.05 + 0.002 * mean)
    assert drawn.mean() == pytest.approx(mean_drawn, abs=0.03 + 0.002 * mean)


@pytest.mark.parametrize("family", families.FAMILIES.values(), ids=families.FAMILIES)
@pytest.mark.parametrize("shape", [0.3, 0.5, 1.0, 2.0, 3.7])
def test_named_families_are_scipys_to_the_last_bit(family, shape):
    given = [name for name, kind in family.parameters.items() if kind == families.NUMBER]
    quantity = {name: 1.0 for name, kind in family.parameters.items() if kind == families.QUANTITY}
    shapes, _ = family.to_scipy(**dict.fromkeys(given, shape), **quantity)
    mine, theirs = family.standard(**shapes), getattr(scipy.stats, family.standard.__name__)(**shapes)
    rng = np.random.default_rng(1)
    p = np.concatenate([rng.random(1000), 2.0 ** -np.arange(60), [0, 1, -1, 2, np.nan]])
    x = np.concatenate([np.exp(rng.normal(0, 3, 1000)), [-1, 0, 1, np.inf, -np.inf, np.nan]])
    assert mine.support() == theirs.support()
    every = [(("ppf", "isf"), p), (("ppf", "isf"), p[:1000]), (("cdf", "sf"), x), (("cdf", "sf"), 1 + x[:1000])]
    for function, at in ((function, at) for functions, at in every for function in functions):
        assert getattr(mine, function)(at).tobytes() == getattr(theirs, function)(at).tobytes()


def test_a_jump_cuts_the_table():
    quantile = compile(read(MIXED, "ns", "x"))
    assert quantile(int(1e-6 * WHOLE)) == quantile(int(0.5999 * WHOLE)) == MS
    assert quantile(int(0.6001 * WHOLE)) >= 2 * MS
    assert CONSTANT in quantile.kind and TABLE in quantile.kind
    parts = [(0.3, scipy.stats.uniform(2 * MS, MS)), (0.1, scipy.stats.lognorm(1, scale=2e8))]
    for p in np.linspace(0.601, 0.9999, 500):
        x = quantile(int(p * WHOLE))
        low, high = (0.6 + sum(w * law.cdf(y) for w, law in parts) for y in (x * (1 - 1e-4) - 1, x * (1 + 1e-4) + 1))
        assert low <= p <= high


def test_the_median_is_what_was_asked_for():
    assert read({"dist": "lognormal", "median": "8 MiB", "sigma": 0.6}, "pages", "x").median() == 2048
    assert read({"dist": "lognormal", "median": "2 ms", "sigma": 1}, "ns", "x").median() == 2 * MS


def test_a_gap_that_nobody_announces_is_found():
    law = scipy.stats.rv_histogram(([1, 0, 3], [0.0, 0.2, 0.4, 0.6]))
    quantile = compile(read(law, "ns", "x"))
    assert len(quantile.start) > 1
    u = [v for v in probabilities() if abs(v / WHOLE - law.cdf(0.3)) > 1e-12]
    wanted = exact(law, u) * 1e9
    assert (np.abs(np.array([quantile(v) for v in u], float) - wanted) <= 1e-4 * wanted + 1).all()


def test_closed_forms_are_exact():
    constant = read("4 ms", "ns", "x")
    assert isinstance(constant, Constant) and not isinstance(read(MIXED, "ns", "x"), Constant)
    assert [constant.quantile(u) for u in (0, 1 << 63, WHOLE - 1)] == [4 * MS] * 3
    uniform = compile(read({"dist": "uniform", "low": 10, "high": 13}, "pages", "x"))
    assert list(uniform.kind) == [UNIFORM]
    assert [uniform(i * WHOLE // 8) for i in range(8)] == [10, 10, 11, 11, 12, 12, 13, 13]
    assert uniform(WHOLE - 1) == 13
    discrete = compile(read({"dist": "discrete", "values": [5, 1, 5, 9], "weights": [1, 1, 0.5, 0]}, "ns", "x"))
    assert list(discrete.base) == [1, 5]
    edge = -(-2 * WHOLE // 5)
    assert [discrete(u) for u in (0, edge - 1, edge, WHOLE - 1)] == [1, 1, 5, 5]


def test_the_specified_evaluation_by_hand():
    quantile = compile(read({"dist": "exponential", "mean": "1 s"}, "ns", "x"))
    bits = int(quantile.bits[0])
    n = (32 << bits) + 1
    assert len(quantile.knots) == 2 * n and quantile.width[0] == 0
    assert quantile(0) == quantile((1 << 31) - 1) == quantile.knots[0]
    assert quantile(1 << 31) == quantile.knots[0]
    assert quantile(1 << 62) == quantile.knots[31 << bits]
    assert quantile(WHOLE - 1) == quantile.knots[n] == quantile.maximum()
    assert quantile(1 << 63) == quantile.knots[2 * n - 1] + 1 == round(np.log(2) * 1e9)
    assert quantile.maximum() == pytest.approx(scipy.stats.expon.isf(2.0**-33) * 1e9, rel=1e-6)


def test_discrete_laws_of_scipy_keep_their_probabilities():
    drawn = read(scipy.stats.poisson(3), "pages", "x")
    edges = [(WHOLE - int(s)) / WHOLE for s in drawn.quantile.start[1:]]
    assert edges[:12] == pytest.approx(scipy.stats.poisson(3).sf(np.arange(12)), rel=1e-9)
    assert drawn.to_toml() == {"dist": "scipy.poisson", "mu": 3.0, "scale": "4 KiB"}
    with pytest.raises(InputError, match="continuous"):
        read(scipy.stats.geom(1e-6), "pages", "x")


us = st.one_of(
    st.integers(0, WHOLE - 1),
    st.integers(0, 63).map(lambda b: (1 << b) - 1),
    st.integers(0, 63).map(lambda b: WHOLE - (1 << b)),
)
COMPILED = [compile(read(v, "ns", "x")) for v in (*(v for v, _ in TABLES.values()), MIXED)]


@given(st.sampled_from(COMPILED), us, us)
@settings(max_examples=500)
def test_monotone(quantile, u, v):
    u, v = sorted((u, v))
    assert 0 <= quantile.minimum() <= quantile(u) <= quantile(v) <= quantile.maximum() < 1 << 62


@pytest.mark.parametrize("quantile", COMPILED)
def test_compiled_functions_are_sound(quantile):
    assert quantile.is_sound()


@given(st.floats(0.05, 8), st.integers(1, 10**12))
@settings(max_examples=40, deadline=None)
def test_any_lognormal_compiles(sigma, median):
    drawn = read({"dist": "lognormal", "median": median, "sigma": sigma}, "ns", "x")
    assert drawn.quantile.is_sound()
    assert abs(drawn.median() - median) <= 1e-4 * median + 1


@pytest.mark.parametrize(
    "value",
    [
        "4 ms", *(v for v, _ in TABLES.values()), MIXED, {"dist": "uniform", "low": "1 ms", "high": "2 ms"},
        {"dist": "discrete", "values": ["1 ms", "2 ms"], "weights": [1, 2.5]},
        scipy.stats.rv_histogram(([1, 2], [0.0, 0.1, 0.2])), scipy.stats.beta(2, 3, scale=1 / 3),
    ],
)  # fmt: skip
def test_written_and_read_again(value):
    drawn = read(value, "ns", "x")
    again = read(drawn.to_toml(), "ns", "x")
    assert again == drawn and hash(again) == hash(drawn)
    assert pickle.loads(pickle.dumps(drawn)) == drawn
    assert read(drawn, "ns", "x") == drawn


def test_python_speaks_of_seconds():
    drawn = read(scipy.stats.gamma(2, scale=0.03), "ns", "x")
    assert drawn == read({"dist": "scipy.gamma", "a": 2, "scale": "30 ms"}, "ns", "x")
    assert drawn.to_toml() == {"dist": "scipy.gamma", "a": 2.0, "scale": "30 ms"}
    assert drawn.mean() == pytest.approx(60 * MS, rel=1e-3)
    assert read(scipy.stats.gamma(2, scale=3), "pages", "x").mean() == pytest.approx(6, abs=0.1)


def test_degenerate_ones_are_constants():
    assert read({"dist": "lognormal", "median": "2 ms", "sigma": 0}, "ns", "x") == read("2 ms", "ns", "x")
    assert read({"dist": "exponential", "mean": 0}, "ns", "x") == read(0, "ns", "x")
    assert read({"dist": "uniform", "low": 3, "high": 3}, "ns", "x") == read(3, "ns", "x")


def test_a_column_of_data(tmp_path):
    (tmp_path / "t.csv").write_text("who,wait\na,1.5\nb,2\nc,1.5\n")
    table = {"dist": "data", "file": "t.csv", "column": "wait", "unit": "ms"}
    drawn = read(table, "ns", "x", tmp_path)
    assert drawn.to_toml() == {"dist": "discrete", "values": ["1500 us", "2 ms"], "weights": [2, 1]}
    assert read(drawn.to_toml(), "ns", "x") == drawn
    import pandas

    pandas.DataFrame({"wait": [1.5, 2, 1.5]}).to_parquet(tmp_path / "t.parquet")
    assert read(table | {"file": "t.parquet"}, "ns", "x", tmp_path) == drawn


@pytest.mark.parametrize("text", ["root:secret\nx\n", "wait,root:secret\nroot:secret\n", "wait\nroot:secret\n"])
def test_a_message_shows_nothing_of_a_file_that_a_scenario_names(tmp_path, text):
    (tmp_path / "passwords").write_text(text)
    with pytest.raises(InputError) as raised:
        read({"dist": "data", "file": "passwords", "column": "wait"}, "ns", "x", tmp_path)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        ("wait\n1\n", {"column": "wiat"}, "did you mean wait"),
        ("wait\n", {}, "empty"),
        ("", {}, "no column"),
        ("wait\n1\nx\n", {}, "t.csv:3: not a number"),
        ("wait\n5\n-1\n", {}, "value 2 is not a time"),
        ("wait\nnan\n", {}, "value 1 is not a time"),
        ("wait\n1\n", {"unit": "MiB"}, "unknown unit"),
        ("wait\n1\n", {"file": "no.csv"}, "can't be read"),
        ("wait\n1\n", {"file": "no.parquet"}, "can't be read"),
        ("wait\n1\n", {"file": "."}, "can't be read"),
        ("wait\n1\n", {"file": 3}, "not a text"),
    ],
)
def test_data_that_is_none(tmp_path, text, change, said):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=f"^x.*{said}"):
        read({"dist": "data", "file": "t.csv", "column": "wait"} | change, "ns", "x", tmp_path)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"dist": "lognorml", "median": 1, "sigma": 1}, r"x\.dist: .*did you mean lognormal"),
        ({"median": 1}, r"x\.dist: missing"),
        ({"dist": "lognormal", "median": 1, "sgma": 1}, r"x\.sgma: .*did you mean sigma"),
        ({"dist": "lognormal", "median": 1}, r"x\.sigma: missing"),
        ({"dist": "lognormal", "median": 1, "sigma": -1}, r"x\.sigma: -1 is not 0 or more"),
        ({"dist": "lognormal", "median": 1, "sigma": float("nan")}, r"x\.sigma: nan is not a number"),
        ({"dist": "lognormal", "median": "-1 s", "sigma": 1}, r"x\.median: .*negative"),
        ({"dist": "gamma", "shape": 0, "mean": 1}, r"x\.shape: 0 is not positive"),
        ({"dist": "gamma", "shape": "a", "mean": 1}, r"x\.shape: 'a' is not a number"),
        ({"dist": "uniform", "low": 2, "high": 1}, "above high"),
        ({"dist": "discrete", "values": [1], "weights": [0]}, "all weights are 0"),
        ({"dist": "discrete", "values": [1], "weights": [-1]}, r"weights\.0: -1"),
        ({"dist": "discrete", "values": [1], "weights": [1, 2]}, "1 values but 2 weights"),
        ({"dist": "discrete", "values": [], "weights": []}, "list"),
        ({"dist": "mixture", "parts": [3]}, r"x\.parts\.0"),
        ({"dist": "mixture", "parts": [{"weight": 1, "dist": "gama"}]}, r"x\.parts\.0\.dist: .*gamma"),
        ({"dist": "scipy.gama", "a": 1, "scale": 1}, "did you mean scipy.gamma"),
        ({"dist": "scipy.gamma", "a": 1}, r"x\.scale: missing"),
        ({"dist": "scipy.gamma", "a": -1, "scale": 1}, "no meaning with a = -1"),
        ({"dist": "scipy.norm", "scale": 1}, "negative"),
        ({"dist": "scipy.gamma", "a": 2, "scale": 1, "loc": "-1 s"}, "negative"),
        ({"dist": "compiled", "segments": ["0 0 1 5 -9 0 0"], "knots": []}, "not a compiled"),
        ({"dist": "compiled", "segments": "x", "knots": 3}, "not a compiled"),
        (scipy.stats.norm(), "negative.*truncnorm"),
        (scipy.stats.Normal(mu=1), "negative"),
        (scipy.stats.gamma, "not a frozen distribution"),
        (scipy.stats.lognorm([1, 2]), "not plain numbers"),
        (read(1, "pages", "y"), "pages where ns"),
        (None, "neither"),
    ],
)
def test_what_is_no_distribution(value, said):
    with pytest.raises(InputError, match=said) as raised:
        read(value, "ns", "x")
    assert str(raised.value).startswith("x") and "\n" not in str(raised.value)
