"""Markdown and LaTeX: whole tables, and names that stay names."""

import re

import pytest
from pages import AWKWARD, made

import oommc
from oommc.cli import main
from oommc.report.tables import latex, markdown


@pytest.fixture(scope="module")
def result():
    return made(("baseline", "patched", AWKWARD), count=100)


def rows(text):
    """Cells of Markdown's tables; a bar that is escaped is none."""
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]


def test_markdown_rows_have_as_many_cells_as_their_head(result):
    text = markdown(result)
    tables = [part.splitlines() for part in text.split("\n\n") if part.startswith("|")]
    assert len(tables) == 4
    for table in tables:
        assert len({len(cells) for cells in rows("\n".join(table))}) == 1
    assert "patched shot no innocent process needlessly" in text and "≥" not in text
    costs, kills = (rows("\n".join(table)) for table in tables[:2])
    assert [cell.strip() for cell in costs[0]][1:4] == ["hangs, panics, %", "downtime, s", "innocents killed"]
    assert [cell.strip() for cell in kills[0]][:4] == ["policy", "kills", "unnecessary", "needless"]
    assert len(kills) == 2 + 3


def test_markdown_escapes_names(result):
    text = markdown(result)
    shown = next(line for line in text.splitlines() if line.startswith(r"| \<b\>"))
    assert r"\"x\" \& \$\\frac\{1\}\{2\}\$\<" not in shown and r"\|" in shown and "<b>" not in text.split("```")[0]


def test_latex_has_balanced_tables_and_escapes_names(result):
    text = latex(result)
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == text.count(r"\begin{table}") == 4
    assert r"\textless{}b\textgreater{}\textquotedbl{}x\textquotedbl{} \& \$\textbackslash{}frac\{1\}\{2\}\$" in text
    bare = re.sub(r"\\[{}]", "", "\n".join(line for line in text.splitlines() if not line.startswith("%")))
    assert bare.count("{") == bare.count("}")
    for line in text.splitlines():
        if line.endswith(r"\\"):
            assert len(re.findall(r"(?<!\\)&", line)) in (5, 6, 7)
            assert not re.search(r"(?<!\\)[#%_]", line)


@pytest.mark.parametrize(("form", "name"), [("markdown", "report.md"), ("latex", "report.tex"), ("html", "index.html")])
def test_the_command_writes_each_form(form, name, tmp_path, fast_engine, capsys):
    assert main(["run", "usemem", "--schedules", "50", "--out", str(tmp_path / "x"), "--quiet"]) == 0
    capsys.readouterr()
    assert main(["report", str(tmp_path / "x"), "--format", form]) == 0
    path = tmp_path / "x" / "report" / name
    assert capsys.readouterr().out == f"{path}\n" and path.stat().st_size > 1000


def test_policies_without_a_common_schedule_are_said_not_to_be_paired(tmp_path, fast_engine, capsys):
    """Shards of different policies: means are compared, no schedule is shared, and every table says so."""
    for i, policy in enumerate(("baseline", "patched"), 1):
        oommc.run("usemem", policy, 400, out=tmp_path / policy, block=100, shard=f"{i}/2")
    oommc.merge([tmp_path / "baseline", tmp_path / "patched"], tmp_path / "both")
    for form, says in (
        ([], "not paired"),
        (["--json"], '"paired": false'),
        (["--csv"], ",False,"),
        (["--latex"], "not paired"),
    ):
        assert main(["compare", str(tmp_path / "both"), "--metric", "needless", *form]) == 0
        assert says in capsys.readouterr().out
    assert "not paired" in oommc.load(tmp_path / "both").report(tmp_path / "page.html").read_text()
    assert "not paired" in oommc.load(tmp_path / "both").report(tmp_path / "page.md").read_text()
