"""Policies of one's own from a file."""

import pytest

import oommc
from oommc.cli import main
from oommc.errors import InputError

OWN = """
[policy.patient]
base = "patched"
refused = "sleep_tick"
timeout = "1 s"
recheck = ["under_gate", "before_gate"]
about = "The patch, but sleeping and with a timeout"

[policy.hasty]
base = "patient"
timeout = "50 ms"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return path


def test_a_base_and_what_differs(file):
    own = oommc.load_policies(file)
    assert list(own) == ["patient", "hasty"]
    mine = oommc.policies["patched"].replace(
        name="patient", refused="sleep_tick", timeout="1 s", recheck="under_gate+before_gate"
    )
    assert own["patient"].mechanisms() == mine.mechanisms()
    assert own["hasty"].mechanisms() == mine.replace(timeout="50 ms").mechanisms()
    assert own["patient"].about == "The patch, but sleeping and with a timeout"


def test_the_commands_know_them(file, tmp_path, capsys):
    out = tmp_path / "out"
    run = ["run", "usemem", "--policy-file", str(file), "--schedules", "20", "--out", str(out), "--quiet"]
    assert main([*run, "--policies", "baseline,hasty,patient(timeout=2s|3s)"]) == 0
    assert list(oommc.load(out).manifest.policies) == ["baseline", "hasty", "patient(timeout=2s)", "patient(timeout=3s)"]
    assert main(["policies", "--policy-file", str(file)]) == 0
    assert "hasty" in capsys.readouterr().out
    assert main(["policies", "hasty", "--policy-file", str(file)]) == 0
    assert "50 ms" in capsys.readouterr().out
    assert main(["replay", "usemem", "--policy", "hasty", "--schedule", "1", "--policy-file", str(file)]) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[policy.x]\nbase = 'patchd'", "policy.x.base: no policy 'patchd' (did you mean 'patched'?)"),
        ("[policy.x]\ntimeout = '1 s'", "policy.x.base: missing"),
        ("[policy.x]\nbase = 'patched'\ntimeuot = '1 s'", "policy.x.timeuot: no mechanism 'timeuot' (did you mean 'timeout'?)"),
        ("[policy.x]\nbase = 'patched'\ntimeout = 'soon'", "policy.x: timeout: "),
        ("[policy.x]\nbase = 'baseline'\nrecheck = 'under_gate'", "policy.x: recheck=under_gate needs a gate"),
        ("[policy.x]\nbase = 'patched'\nabout = 7", "policy.x.about: a text"),
        ("[policy.patched]\nbase = 'patched'", "policy.patched: there is a policy of that name already"),
        ("[policy.'a,b']\nbase = 'patched'", "policy.a,b: a name without commas"),
        ("[policy]\nx = 1", "policy.x: a table"),
        ("[machine]\ncpus = 1", "machine: a policy file holds [policy.NAME] tables only"),
        ("", "no [policy.NAME] table"),
        ("policy = 3", "no [policy.NAME] table"),
        ("[policy.x", "not TOML"),
        ("[policy.x]\nbase = 'patched'\nselector = 'none.py:f'", "policy.x.selector: "),
        ("[policy.x]\nbase = 'patched'\nselector = 'own.py:g'", "has no 'g'"),
        ("[policy.x]\nbase = 'patched'\nselector = 'own.py:seven'", "'seven' of "),
        ("[policy.x]\nbase = 'patched'\nselector = 'bad.py:f'", "ZeroDivisionError: division by zero"),
        ("[policy.x]\nbase = 'patched'\nselector = 'larges_rss'", "policy.x: selector: no value 'larges_rss'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, told):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    (tmp_path / "own.py").write_text("seven = 7\n")
    (tmp_path / "bad.py").write_text("1 / 0\n")
    with pytest.raises(InputError) as error:
        oommc.load_policies(path)
    assert str(error.value).startswith(f"{path}: ") and told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert main(["policies", "--policy-file", str(tmp_path / "none.toml")]) == 2
    assert "none.toml: No such file" in capsys.readouterr().err
