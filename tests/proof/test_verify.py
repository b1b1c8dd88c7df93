"""The command that runs the checks."""

import sys
from pathlib import Path

import pytest

from proof import CHECKS, Check, equal

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "experiments"))

import verify


@pytest.fixture
def two(monkeypatch):
    """Instead of all checks one that holds and one that doesn't."""
    monkeypatch.setattr(verify, "CHECKS", {})
    for name, got in (("right", 4), ("wrong", 5)):
        run = lambda size, got=got: [equal(f"2 + 2, {size} times", 4, got)]  # noqa: E731
        verify.CHECKS[name] = Check(name, f"The {name} sum.", run, 1, 1000)


def test_a_check_that_fails_is_seen(two, capsys):
    assert verify.main(["right"]) == 0
    told, progress = capsys.readouterr()
    assert "right, 2 + 2, 1000 times  1,000      4          4       ok" in told
    assert progress == "right (1,000): The right sum.\n"
    assert verify.main(["--quick"]) == 1
    told = capsys.readouterr().out
    assert "wrong, 2 + 2, 1 times     1      4          5   FAILED" in told
    assert told.endswith("FAILED: 1\n")


def test_an_interruption_loses_no_table(two, capsys):
    def interrupted(size):
        raise KeyboardInterrupt

    verify.CHECKS["endless"] = Check("endless", "Never over.", interrupted, 1, 1000)
    with pytest.raises(KeyboardInterrupt):
        verify.main(["right", "endless"])
    assert "right, 2 + 2" in capsys.readouterr().out


def test_a_name_that_is_not_there(capsys):
    with pytest.raises(SystemExit) as ended:
        verify.main(["renewal-cuont"])
    assert ended.value.code == 2
    assert "did you mean renewal-count?" in capsys.readouterr().err


def test_the_list_names_every_check(capsys):
    assert verify.main(["--list"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in CHECKS)
