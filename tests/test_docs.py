"""The pages of the docs: each stands in the site's contents, and each block of code works as it is printed."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oommc.cli import parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("**/*.md"))]
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_every_page_stands_in_the_contents():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = {
        line for block in re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL) for line in block.splitlines()
    }
    pages = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.glob("**/*.md")} - {"index"}
    assert pages <= listed


@pytest.mark.parametrize("page", ["README.md", "kernel/README.md"])
def test_links_of_a_page_that_the_site_includes_begin_with_a_dot(page):
    """So the site finds their files, and not their folders, from its own folder."""
    home = ROOT / "experiments" / page
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)\)", home.read_text(encoding="utf-8"))
    assert not [link for link in links if not link.startswith(("./", "../docs/"))]
    assert not [link for link in links if not (home.parent / link).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_shown_is_one(page):
    """Its name and its options are those of the command; whether its files are there, a slow test sees."""
    lines = "\n".join(blocks(page, "bash")).replace("\\\n", " ").splitlines()
    for words in (shlex.split(line, comments=True) for line in lines):
        for command in " ".join(shlex.quote(word) for word in words).split(shlex.quote("&&")):
            program, *arguments = shlex.split(command) or [""]
            if program in ("oommc", ".venv/bin/oommc"):
                typed = arguments[: arguments.index(">")] if ">" in arguments else arguments
                parser().parse_args(typed)  # SystemExit, and the reason on stderr, where something isn't known


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("sphinx")
    pytest.importorskip("furo")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", DOCS, tmp_path / "site"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "oommc" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_works_as_it_is_printed(page, tmp_path, monkeypatch):
    """Its files are written, its commands and its Python run, from the top of a clone."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(DOCS / "tutorials", "docs/tutorials")
    for name, text in re.findall(
        r"`([a-z]+\.toml)`:\n\n```toml\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        Path(name).write_text(text, encoding="utf-8")
    program = shlex.join([sys.executable, "-m", "oommc"])
    script = "\n".join(["set -e", f'oommc() {{ {program} "$@"; }}', *blocks(page, "bash")])
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    exec("\n".join(blocks(page, "python")), {})


@pytest.mark.slow
@pytest.mark.parametrize("notebook", sorted((DOCS / "tutorials").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook, tmp_path, monkeypatch):
    """In IPython's shell, as a kernel runs it; each cell that ends in a value shows one."""
    shells = pytest.importorskip("IPython.core.interactiveshell")
    monkeypatch.chdir(tmp_path)
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    shell = shells.InteractiveShell.instance()
    try:
        for cell in cells:
            if cell["cell_type"] == "code":
                shell.run_cell("".join(cell["source"])).raise_error()
        assert "toprule" in shell.user_ns["result"].latex() and (tmp_path / "figure.pdf").exists()
    finally:
        shells.InteractiveShell.clear_instance()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", "large-runs", "victim-functions"])
def test_what_a_page_shows_works_as_typed(name, tmp_path, monkeypatch):
    """From the top of a clone, in order, with fewer schedules. No cluster is here, and nothing is installed again."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "experiments" / "victim", "experiments/victim")
    page = DOCS / f"{name}.md"
    shown = re.sub(r"--schedules \S+", "--schedules 500", "\n".join(blocks(page, "bash")))
    ours = "\n".join(line for line in shown.splitlines() if line.startswith("oommc") and "--cluster" not in line)
    program = shlex.join([sys.executable, "-m", "oommc"])
    done = subprocess.run(["bash", "-ec", f'oommc() {{ {program} "$@"; }}\n{ours}'], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    code = "\n".join(of for of in blocks(page, "python") if "dask" not in of)
    exec(code, {})
