"""What is printed: no name from a log, /proc or a result reaches the terminal, or a spreadsheet, as a command."""

import ast
import json
from pathlib import Path

import pandas as pd
import pytest

import oommc
from oommc.cli import main
from oommc.said import note, safe, say
from oommc.show.csv import as_csv

EVIL = "\x1b[2J\x1b]0;x\x07\x9b31m\u202e\u2066\r\x7f\u200b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("usemem, 3\tä 漢字 é e\u0301 😀\n", None),
        ("narrow\u202f0.5", None),
        ("\x1b[2J", r"\u001b[2J"),
        ("\x9b31m\r\x7f", r"\u009b31m\u000d\u007f"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("\udcff", r"\udcff"),  # of a file's name that isn't UTF-8
        ("\U000e0041", r"\udb40\udc41"),
    ],
)
def test_only_what_is_printable_stays(text, shown):
    assert safe(text) == (text if shown is None else shown)


def test_json_reads_it_back():
    assert json.loads(safe(json.dumps([EVIL], ensure_ascii=False))) == [EVIL]


def test_a_message_is_one_line(capsys):
    note("a\nb \x1b[1mc")
    say("a\nb \x1b[1mc")
    assert capsys.readouterr() == ("a\nb \\u001b[1mc\n", "oommc: a b \\u001b[1mc\n")
    note("9" * 5000 + " is an endless word, " + "p" * 4096 + " could be a path")
    assert capsys.readouterr().err == f"oommc: {'9' * 200}… is an endless word, {'p' * 4096} could be a path\n"


def test_nothing_else_prints():
    """But for the subprocess of the benchmark, which prints its own JSON to its parent."""
    package = Path(oommc.__file__).parent
    calls = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write", "sys.stderr.write")
    }
    assert calls == {"said.py", "bench/whole.py"}


@pytest.mark.parametrize(
    "argv",
    [
        ["run", EVIL, "--out", "x"],
        ["run", "usemem", "--policies", EVIL, "--out", "x"],
        ["policies", EVIL],
        ["scenarios", EVIL],
        ["incident", EVIL],
        ["compare", EVIL],
        [EVIL],
        ["run", f"--{EVIL}"],
    ],
)
def test_error_lines(argv, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said[:-1].isprintable(), said


def test_a_log(capsys, tmp_path):
    log = tmp_path / "log"
    log.write_text(f"[1.0] Out of memory: Killed process 1 ({EVIL}x) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n")
    main(["incident", str(log)])
    said = "".join(capsys.readouterr())
    assert "\\u001b[2J" in said and "\x1b" not in said and "\u202e" not in said and "\x9b" not in said


def test_results(capsys, tmp_path, fast_engine):
    table = oommc.Scenario.load("usemem").to_dict() | {"name": "=cmd\x1b[2J\u202e"}
    out = tmp_path / "out"
    oommc.run(oommc.Scenario.from_dict(table), "baseline,patched", 200, out=out)
    for argv in (
        ["compare", str(out)],
        ["compare", str(out), "--csv"],
        ["compare", str(out), "--json"],
        ["find", str(out), "--where", "kills > 0", "--policy", "baseline"],
        ["choose", str(out)],
    ):
        assert main(argv) == 0
        said = "".join(capsys.readouterr())
        assert all(char.isprintable() or char == "\n" for char in said), (argv, said)
    main(["compare", str(out), "--csv"])
    assert "\n'=cmd" in capsys.readouterr().out


def test_a_spreadsheet_runs_nothing():
    frame = pd.DataFrame({"=a": ["=1+1", "+x", "-x", "@x", "\tx", "a=b", None], "n": [-1, 2, 3, 4, 5, 6, 7]})
    assert as_csv(frame).splitlines() == [
        "'=a,n", "'=1+1,-1", "'+x,2", "'-x,3", "'@x,4", "'\tx,5", "a=b,6", ",7"
    ]  # fmt: skip
