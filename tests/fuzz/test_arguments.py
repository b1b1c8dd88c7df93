"""Whatever a command is given: it does it, or says in one printable line why not; never another exception.

`pytest tests/fuzz -m slow` is the long one.
"""

import pytest
import synthetic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oommc.cli import main
from oommc.collect.blocks import Block
from oommc.collect.lock import locked
from oommc.collect.unfinished import Unfinished
from oommc.distributions.data import column
from oommc.errors import InputError
from oommc.policies import load_policies
from oommc.said import safe

QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck)}

texts = st.text(max_size=8) | st.sampled_from(
    [
        "",
        "0",
        "-1",
        "1e999",
        "9" * 5000,
        "nan",
        "usemem",
        "patched",
        "\x1b[2J",
        "\u202e",
        "a\0b",
        "\n",
        "..",
        "/",
        "1/2",
    ]
)
commands = st.sampled_from(
    [
        ["run", "usemem", "--schedules", "1", "--quiet", "--out", "out"],
        ["policies"],
        ["scenarios"],
        ["machines"],
        ["incident"],
        ["compare"],
        ["find", "--policy", "patched"],
        ["explore"],
        ["fit"],
    ]
)
options = st.sampled_from(
    "--policies --policy-file --schedules --precision --seed --workers --shard --block --choose --require --metric "
    "--where --json --csv --report --live --column --unit --range --prefer -o".split()
)


@st.composite
def command_lines(draw) -> list[str]:
    """A command with up to three words or options more."""
    words = draw(commands)
    for option, text in draw(st.lists(st.tuples(options, texts), max_size=3)):
        words = [*words, option, text] if draw(st.booleans()) else [*words, text]
    return words


def check_command(argv, capsys) -> None:
    status = main(argv)
    said = "".join(capsys.readouterr())
    assert "report this" not in said, (argv, said)
    assert status in (0, 1, 2) and all(char.isprintable() or char in "\n\t" for char in said), (argv, said)


@pytest.fixture
def here(tmp_path, monkeypatch, fast_engine):
    """A folder of its own, in which commands write."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@settings(max_examples=60, **QUICK)
@given(argv=command_lines())
def test_command_lines(here, capsys, argv):
    check_command(argv, capsys)


@pytest.mark.slow
@settings(max_examples=3000, **QUICK)
@given(argv=command_lines())
def test_command_lines_at_length(here, capsys, argv):
    check_command(argv, capsys)


@settings(max_examples=300, **QUICK)
@given(st.text())
def test_what_is_safe_is_printable_and_stays_safe(text):
    shown = safe(text)
    shown.encode()  # half a surrogate pair would fail here
    assert safe(shown) == shown


@settings(max_examples=200, **QUICK)
@given(st.text(max_size=60), st.text(max_size=10))
def test_policy_files(tmp_path, text, value):
    path = tmp_path / "p.toml"
    path.write_bytes(f'[policy.mine]\nbase = "patched"\n{text}\ntimeout = "{value}"\n'.encode("utf-8", "replace"))
    try:
        load_policies(path)
    except InputError as error:
        assert str(path) in str(error)


@settings(max_examples=200, **QUICK)
@given(st.binary(max_size=60), st.sampled_from([".csv", ".parquet"]))
def test_files_of_measured_values(tmp_path, content, kind):
    path = tmp_path / f"data{kind}"
    path.write_bytes(b"x\n" + content)
    try:
        column(path, "x", "ns", "ms", "here")
    except InputError as error:
        assert str(error).startswith("here")


@settings(max_examples=40, **QUICK)
@given(at=st.integers(0, 4000), fill=st.binary(max_size=4), cut=st.booleans())
def test_unfinished_blocks(tmp_path, at, fill, cut):
    """A damaged one is as none: nothing of it gets into a block."""
    block = Block("usemem", 0, 0, 100, ("patched",))
    records = synthetic.columns(synthetic.block("usemem", "patched", 1, 0, 40))
    with locked(tmp_path) as token:
        unfinished = Unfinished({("usemem", "patched"): "a"}, tmp_path, token)
        unfinished.keep(block, {"patched": records})
        [file] = tmp_path.rglob("*.parquet")
        whole = file.read_bytes()
        at %= len(whole)
        torn = whole[:at] + fill + (b"" if cut else whole[at + len(fill) :])
        file.write_bytes(torn)
        assert unfinished.kept(block)[0] == (40 if torn == whole else 0)
