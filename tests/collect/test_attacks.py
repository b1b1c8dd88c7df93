"""Every reader uses the blocks that `run.json` says are there, or says in one line which file is wrong; a run heals
what it can.
"""

import json
import os
import shutil

import attacks
import pytest

import oommc
from oommc.cli import main
from oommc.collect.manifest import Manifest

pytestmark = pytest.mark.usefixtures("fast_engine")

READERS = {
    "compare": ["compare", "DIR"],
    "choose": ["choose", "DIR"],
    "find": ["find", "DIR", "--where", "kills > 0", "--policy", "baseline", "--scenario", "usemem"],
    "report": ["report", "DIR", "--format", "markdown"],
}


def named(of):
    return of.__name__


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Unbroken directories, with records and without."""
    import synthetic

    import oommc.collect.work

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oommc.collect.work, "Engine", synthetic.Engine)
        top = tmp_path_factory.mktemp("whole")
        for name, records in (("blocks", True), ("sums", False)):
            attacks.made(top / name, records=records)
    return top


@pytest.fixture
def attacked(whole, tmp_path):
    """Copies a directory and attacks it."""

    def make(attack, kind):
        shutil.copytree(whole / kind, tmp_path / "out")
        attack(tmp_path / "out")
        return tmp_path / "out"

    return make


def refused(capsys, command, out):
    """The line that a command ends with."""
    assert main([str(out) if word == "DIR" else word for word in command]) == 2
    told = capsys.readouterr()
    assert not told.out and told.err.startswith("oommc: error: ") and told.err.count("\n") == 1
    return told.err


@pytest.mark.parametrize("attack", attacks.BLOCKS, ids=named)
def test_readers_of_blocks_refuse(attacked, capsys, attack):
    out = attacked(attack, "blocks")
    for reader in SUMMED if attack in (attacks.with_gaps, attacks.with_unknown_outcomes) else READERS:
        assert str(out / "blocks/usemem/") in refused(capsys, READERS[reader], out) or attack in RUN_JSON
    with pytest.raises(oommc.InputError):
        oommc.load(out).records()


RUN_JSON = (attacks.fewer_schedules_in_run_json,)
"""What is in another file, and made good by asking for as many schedules again."""

SUMMED = ("compare", "report")
"""What reads all columns, or sums."""


@pytest.mark.parametrize("attack", attacks.SUMS, ids=named)
def test_readers_of_sums_refuse(attacked, capsys, attack):
    out = attacked(attack, "sums")
    for reader in SUMMED:
        assert str(out / "sums/usemem/") in refused(capsys, READERS[reader], out)


UNMENDED = {
    attacks.of_another_definition: "holds another policy",
    attacks.a_file_for_a_folder: "Not a directory",
    attacks.a_folder: "Is a directory",
}
"""What a run can't mend, and says."""

BESIDE = (attacks.block_beyond, attacks.sums_doubled)
"""What isn't in the place of anything of the run, and is left where it is."""


@pytest.mark.parametrize(
    ("attack", "kind"),
    [(of, "blocks") for of in (*attacks.BLOCKS, *attacks.INSIDE)] + [(of, "sums") for of in attacks.SUMS],
    ids=lambda of: of if isinstance(of, str) else named(of),
)
def test_a_run_names_it_and_mends_it(whole, attacked, capsys, attack, kind):
    out = attacked(attack, kind)
    for attempt in range(2):
        if attack in UNMENDED:
            with pytest.raises((oommc.InputError, oommc.RunError), match=UNMENDED[attack]):
                attacks.made(out, records=kind == "blocks")
            return
        result = attacks.made(out, records=kind == "blocks")
        lines = capsys.readouterr().err.splitlines()
        assert bool(lines) == ((attempt == 0 or attack in BESIDE) and attack not in RUN_JSON)
        assert all(line.startswith(f"oommc: {out}") for line in lines)
        assert result.data == oommc.load(whole / kind).data
        assert (out / "summary.json").read_bytes() == (whole / kind / "summary.json").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("attack", [*attacks.BLOCKS, *attacks.INSIDE], ids=named)
def test_a_merge_takes_what_is_whole(whole, attacked, capsys, attack, tmp_path):
    out = attacked(attack, "blocks")
    command = ["merge", str(out), "--out", str(tmp_path / "merged")]
    assert main(command) == (2 if attack is attacks.a_file_for_a_folder else 1)
    told = capsys.readouterr()
    assert not told.out and told.err.splitlines()[-1].startswith("oommc: error: ")
    for path in (tmp_path / "merged").rglob("*.parquet"):
        assert path.read_bytes() == (whole / "blocks" / path.relative_to(tmp_path / "merged")).read_bytes()


def test_damage_beyond_what_is_asked_for_is_left_out(whole, attacked, capsys):
    """Again and again, and without harm to what is asked for."""
    out = attacked(lambda out: (out / "blocks/usemem/baseline/2.parquet").write_bytes(b""), "blocks")
    for _ in range(2):
        result = attacks.made(out, schedules=150)
        assert capsys.readouterr().err == (
            f"oommc: {out}/blocks/usemem/baseline/2.parquet: damaged, not a whole block of records; left out\n"
        )
        assert result.data["scenarios"]["usemem"]["policies"]["baseline"]["schedules"] == 200
    assert attacks.made(out).data == oommc.load(whole / "blocks").data


DEEP = "[" * 10**5
PRECISION = {"targets": ["kills=1"], "most": 9, "level": 0.95, "looks": [5], "next": 9, "stopped_at": None}


@pytest.mark.parametrize(
    "change",
    [
        {"schedules": "x"},
        {"schedules": 0},
        {"schedules": 10**30},
        {"schedules": True},
        {"block": 0.5},
        {"block": 10**9},
        {"seed": -1},
        {"seed": [1]},
        {"model": "1"},
        {"records": 1},
        {"columns": "schedule"},
        {"columns": [[]]},
        {"scenarios": {}},
        {"scenarios": {"usemem": []}},
        {"scenarios": {"usemem": {"horizon": 7}}},
        {"policies": {"baseline": {"file": 7}}},
        {"policies": ["baseline"]},
        {"policies": {"\ud800": {}}},
        {"sources": {"usemem": 7}},
        {"libraries": None},
        {"precision": PRECISION | {"targets": "kills=1"}},
        {"precision": PRECISION | {"level": "0.95"}},
        {"precision": PRECISION | {"level": 2.0}},
        {"precision": PRECISION | {"looks": ["x"]}},
        {"precision": PRECISION | {"looks": [], "next": None}},
        {"precision": PRECISION | {"most": None}},
        {"precision": ["kills=1"]},
    ],
    ids=lambda change: str(change)[:60],
)
def test_a_run_json_of_other_kinds_is_one_line(attacked, capsys, change):
    """Whatever its digest says."""

    def attack(out):
        data = json.loads((out / "run.json").read_bytes()) | change
        try:
            content = Manifest(**{name: data[name] for name in Manifest.__dataclass_fields__}).to_json()
        except (AttributeError, TypeError, ValueError):
            content = json.dumps(data).encode()
        (out / "run.json").write_bytes(content)

    out = attacked(attack, "blocks")
    for command in (*READERS.values(), ["check", "DIR"]):
        assert f"{out}/run.json: " in refused(capsys, command, out)


@pytest.mark.parametrize("name", ["run.json", "choice.json"])
@pytest.mark.parametrize(
    "content", [DEEP, '{"a":' * 10**5, "[]", "7", '{"schema": ' + "9" * 5000 + "}", "\0", "pipe", "device"]
)
def test_a_file_that_cannot_be_read_is_one_line(attacked, capsys, name, content):
    def attack(out):
        path = out / name
        path.unlink(missing_ok=True)
        if content == "pipe":
            os.mkfifo(path)
        elif content == "device":
            path.symlink_to("/dev/zero")
        else:
            path.write_text(content)

    out = attacked(attack, "blocks")
    assert f"{out}/{name}: " in refused(capsys, READERS["compare"], out)


@pytest.mark.parametrize("content", [b"", None])
def test_what_no_run_can_mend_says_what_to_do(attacked, capsys, content):
    """A block beyond what was ever asked for, damaged or whole."""

    def attack(out):
        folder = out / "blocks/usemem/baseline"
        (folder / "9.parquet").write_bytes((folder / "1.parquet").read_bytes() if content is None else content)

    out = attacked(attack, "blocks")
    assert "9.parquet: " in (line := refused(capsys, READERS["compare"], out)) and line.endswith("; move it away\n")
    (out / "blocks/usemem/baseline/9.parquet").rename(out / "9")
    assert main(["compare", str(out)]) == 0
