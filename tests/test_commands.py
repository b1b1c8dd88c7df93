"""What holds for every command: its help is whole, and its examples work."""

import argparse
import importlib
import shlex
import shutil
from pathlib import Path

import pytest

from oommc.cli import COMMANDS, main

MODULES = {name: module for name, module, _ in COMMANDS}
LOG = Path(__file__).parents[1] / "docs" / "tutorials" / "night.log"


def told(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    importlib.import_module(MODULES[name]).add_arguments(parser)
    return parser


@pytest.mark.parametrize("name", MODULES)
def test_every_argument_is_described(name):
    for action in told(name)._actions:
        assert action.help, f"{name}: {action.option_strings or action.dest}"


@pytest.mark.parametrize("name", MODULES)
def test_help_ends_in_examples(name, capsys):
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    for line, what in importlib.import_module(MODULES[name]).EXAMPLES:
        assert line in text and what in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_a_shell_completes_commands_and_their_options(shell, capsys):
    assert main(["--completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in MODULES) and "over-ranges" in script


def test_completion_for_a_shell_that_is_not_known(capsys):
    assert main(["--completion", "fish"]) == 2
    assert "fish" in capsys.readouterr().err


@pytest.mark.slow
def test_every_example_works(tmp_path, monkeypatch, capsys):
    """In the order of the list, so that `out` is there when it is read."""
    monkeypatch.chdir(tmp_path)
    for log in ("kern.log", "kern.log.1"):
        shutil.copy(LOG, log)
    Path("kills.csv").write_text("exit_us\n" + "\n".join(str(100 + 17 * k % 61) for k in range(40)) + "\n")
    for name, module in MODULES.items():
        for line, _ in importlib.import_module(module).EXAMPLES:
            assert main(shlex.split(line.partition(" > ")[0])[1:]) == 0, f"{name}: {line}: {capsys.readouterr().err}"
