"""What a notebook shows: well-formed, escaped, and short."""

import sys

import html5lib
import pytest

import oommc


def parsed(markup: str) -> str:
    """The text of a piece of HTML; raises where it isn't well-formed."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(markup)
    return " ".join("".join(tree.itertext()).split())


@pytest.fixture(scope="module")
def result():
    return oommc.run("usemem", ["baseline", "patched"], schedules=20, seed=1)


def test_a_result_has_its_tables(result):
    text = parsed(result._repr_html_())
    assert "baseline" in text and "needless" in text and "Time to recovery" in text
    assert repr(result) == "<Result: usemem under baseline, patched, 20 schedules, seed 1>"


def test_a_policy_says_in_what_it_differs():
    text = parsed(oommc.policies.parse("patched+earlyoom")[0]._repr_html_())
    assert "mem_term" in text
    assert "mechanism" in parsed(oommc.policies["baseline"]._repr_html_())


def test_a_scenario_says_who_runs():
    scenario = oommc.Scenario.load("usemem")
    text = parsed(scenario._repr_html_())
    assert "2 processors" in text and all(process.name in text for process in scenario.processes)


def test_names_from_files_are_escaped():
    scenario = oommc.Scenario.load("usemem").replace("about", "<script>alert(1)</script>")
    assert "<script>" not in scenario._repr_html_()


def test_a_story_is_a_line_and_a_picture():
    story = oommc.replay("usemem", "patched", schedule=0, seed=1)
    assert repr(story).startswith("<Story: usemem, schedule 0, seed 1, under patched: ") and len(repr(story)) < 120
    assert "<svg" in story._repr_svg_()


def test_an_error_has_one_frame_that_of_the_user():
    try:
        oommc.run("usemen", "patched")
    except oommc.InputError as error:
        place, message = error._render_traceback_()
    assert place.endswith('oommc.run("usemen", "patched")')
    assert message.startswith("InputError: usemen: no such file") and message.endswith("did you mean usemem?")


def test_a_notebook_shows_progress(monkeypatch, capsys):
    monkeypatch.setattr("oommc.notebook.running", lambda: True)
    oommc.run("usemem", "patched", schedules=10)
    assert "10.0/10.0" in capsys.readouterr().err
    oommc.run("usemem", "patched", schedules=10, progress=False)
    assert capsys.readouterr().err == ""


def test_a_kernel_is_told_from_a_script(monkeypatch):
    from types import SimpleNamespace

    from oommc import notebook

    for shell, expected in ((None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=1), True)):
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda shell=shell: shell))
        assert notebook.running() is expected
