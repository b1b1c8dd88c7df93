"""Whatever a reader is given: a value, or one line of complaint; never another exception, never a hang.

The OOM reports' fuzz stands beside their other tests (tests/incident). `pytest tests/fuzz -m slow` is the long one.
"""

import gzip
import hashlib
import json
import shutil
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oommc import api
from oommc.checked import check
from oommc.choice.text import race
from oommc.collect.manifest import Manifest
from oommc.engine.pack import pack
from oommc.errors import InputError, RunError
from oommc.policies import MECHANISMS, parse, registry
from oommc.scenario import Scenario, catalogue_names

SCENARIOS = [Scenario.load(name).to_dict() for name in catalogue_names()]
TEXTS = [Scenario.load(name).to_toml() for name in catalogue_names()]
FAMILIES = [
    "constant",
    "uniform",
    "exponential",
    "lognormal",
    "pareto",
    "scipy.loguniform",
    "scipy.zipf",
    "discrete",
    "mixture",
]
QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck)}

words = st.sampled_from(
    ["", "0", "-1 s", "1e400 s", "nan ms", "٣ ms", "1 PiB", "9" * 30 + " pages", "node", "usemem", "a\0b", "\n", "grow"]
)
numbers = st.sampled_from([0, -1, 1, 3, 10**30, -(10**30), 1 << 63, 0.5, 1e308, -0.0, float("nan"), float("inf"), True])
leaves = words | numbers | st.text(max_size=5) | st.integers() | st.floats()
laws = st.fixed_dictionaries(
    {"dist": st.sampled_from(FAMILIES) | words},
    optional=dict.fromkeys(
        ("mean", "low", "high", "median", "sigma", "a", "b", "scale", "shape", "minimum", "values"), leaves
    ),
)
values = st.recursive(
    leaves | laws,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


def told(read, *given_) -> object:
    """What is read, or None where one line says why not."""
    try:
        return read(*given_)
    except (InputError, RunError) as error:
        assert str(error).strip()
        return None


def paths(table, path=()) -> list[tuple]:
    """Every place in nested tables and lists."""
    inner = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    return [path, *(found for key, value in inner for found in paths(value, (*path, key)))]


@st.composite
def damaged(draw, tables) -> object:
    """One of the tables with up to three places changed, taken away, or given a key more."""
    table = deepcopy(draw(st.sampled_from(tables)))
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from(paths(table)[1:] or [("x",)]))
        where = table
        for key in path:
            where = where[key]
        if draw(st.booleans()):
            where[last] = draw(values)
        elif isinstance(where, dict):
            where.pop(last)
            where[draw(st.text(max_size=4))] = draw(values)
    return table


@st.composite
def torn(draw, texts) -> str | bytes:
    """One of the texts with a few pieces taken out, doubled or written over."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 40))
        fill = st.binary(max_size=4) if isinstance(text, bytes) else st.text(max_size=4) | words
        text = text[:at] + draw(st.just(text[at : at + 2 * length]) | fill) + text[at + length :]
    return text


def check_table(table: object) -> None:
    scenario = told(Scenario.from_dict, table)
    if scenario is not None:
        told(pack, scenario)


def check_text(text: str) -> None:
    scenario = told(Scenario.from_toml, text, "torn.toml")
    if scenario is not None:
        told(pack, scenario)


names = st.sampled_from([*registry, *MECHANISMS, "all", "kernel", "1 s", "5ms..3s", "yes", "nothing", "off"])
notations = st.lists(names | st.sampled_from(list("(),=+. ")) | st.text(max_size=3), max_size=12).map("".join)


@settings(max_examples=150, **QUICK)
@given(damaged(SCENARIOS))
def test_tables(table):
    check_table(table)


@settings(max_examples=100, **QUICK)
@given(torn(TEXTS))
def test_toml(text):
    check_text(text)


@settings(max_examples=300, **QUICK)
@given(notations)
def test_policies(notation):
    told(parse, notation)


@pytest.fixture(scope="module", params=["blocks", "sums", "race"])
def directory(tmp_path_factory, request):
    """A small result: of records, of sums, with choice.json."""
    path = tmp_path_factory.mktemp("fuzz") / "result"
    scenario = Scenario.load("usemem").replace("horizon", "1 s")
    more = {"choose": "needless within 0.9"} if request.param == "race" else {"records": request.param == "blocks"}
    api.run(scenario, ["baseline", "patched"], 60, 1, out=path, block=30, **more)
    return path


def read_result(path) -> None:
    """All that a command reads of a result."""
    told(lambda: str(check(path)))
    result = api.load(path)
    result.summary()
    if result.manifest.records:
        list(result.records().itertuples())
        result.choose()
    if result.race:
        race(result.race)


def sealed(name: str, table) -> bytes:
    """A file of a result directory with this content, and with the digest that it should have, as far as there can be
    one.
    """
    if name == "run.json":
        try:
            return Manifest(**{key: table[key] for key in Manifest.__dataclass_fields__}).to_json()
        except (KeyError, TypeError, AttributeError, ValueError):
            return json.dumps(table).encode()
    if name.endswith(".gz"):
        if isinstance(table, dict):
            table = {key: of for key, of in table.items() if key != "sha256"}
            table["sha256"] = hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
        return gzip.compress(json.dumps(table, sort_keys=True).encode())
    return json.dumps(table).encode()


def opened(path):
    """The content of a file that is JSON, packed or not."""
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def check_result(directory, tmp_path, name: str, content: bytes) -> None:
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory, copy)
    (copy / name).write_bytes(content)
    told(read_result, copy)


@settings(max_examples=30, **QUICK)
@given(data=st.data())
def test_run_json(directory, tmp_path, data):
    text = (directory / "run.json").read_text()
    changed = data.draw(damaged([json.loads(text)]).map(json.dumps) | torn([text]))
    check_result(directory, tmp_path, "run.json", changed.encode())


@settings(max_examples=40, **QUICK)
@given(data=st.data())
def test_files_with_the_right_digest(directory, tmp_path, data):
    file = data.draw(st.sampled_from(sorted(file for file in directory.rglob("*") if file.suffix in (".json", ".gz"))))
    name = str(file.relative_to(directory))
    check_result(directory, tmp_path, name, sealed(name, data.draw(damaged([opened(file)]))))


@settings(max_examples=30, **QUICK)
@given(data=st.data())
def test_blocks_of_records(directory, tmp_path, data):
    files = sorted(file for file in directory.rglob("*") if file.is_file() and file.name != "run.json")
    file = data.draw(st.sampled_from(files))
    check_result(directory, tmp_path, file.relative_to(directory), data.draw(torn([file.read_bytes()])))


@pytest.mark.slow
@settings(max_examples=1500, **QUICK)
@given(data=st.data())
def test_files_with_the_right_digest_at_length(directory, tmp_path, data):
    file = data.draw(st.sampled_from(sorted(file for file in directory.rglob("*") if file.suffix in (".json", ".gz"))))
    name = str(file.relative_to(directory))
    check_result(directory, tmp_path, name, sealed(name, data.draw(damaged([opened(file)]))))


@pytest.mark.slow
@settings(max_examples=3000, **QUICK)
@given(damaged(SCENARIOS), torn(TEXTS), notations)
def test_readers_at_length(table, text, notation):
    check_table(table)
    check_text(text)
    told(parse, notation)


@pytest.mark.slow
@settings(max_examples=1000, **QUICK)
@given(data=st.data())
def test_results_at_length(directory, tmp_path, data):
    files = sorted(file for file in directory.rglob("*") if file.is_file())
    file = data.draw(st.sampled_from(files))
    check_result(directory, tmp_path, file.relative_to(directory), data.draw(torn([file.read_bytes()])))
