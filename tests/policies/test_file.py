"""Policies of one's own from a file."""

import json
import shlex

import pytest

import oommc
from oommc.cli import main
from oommc.errors import InputError
from oommc.report import page

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
    assert list(oommc.load(out).manifest.policies) == [
        "baseline",
        "hasty",
        "patient(timeout=2s)",
        "patient(timeout=3s)",
    ]
    assert main(["policies", "--policy-file", str(file)]) == 0
    assert "hasty" in capsys.readouterr().out
    assert main(["policies", "hasty", "--policy-file", str(file)]) == 0
    assert "50 ms" in capsys.readouterr().out
    assert main(["replay", "usemem", "--policy", "hasty", "--schedule", "1", "--policy-file", str(file)]) == 0


def test_a_printed_command_works_as_it_stands(file, tmp_path, capsys):
    """`find` and the report name the policy file, so that what they print can be pasted."""
    out = tmp_path / "out"
    oommc.run("usemem", "baseline", schedules=20, out=out)
    run = ["run", "usemem", "--policy-file", str(file), "--schedules", "20", "--out", str(out), "--quiet"]
    assert main([*run, "--policies", "hasty(timeout=60ms)"]) == 0
    capsys.readouterr()
    assert main(["find", str(out), "--policy", "hasty(timeout=60ms)", "--where", "kills > 0", "--limit", "1"]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith(f"oommc: {file}: a policy file that run.json names")
    program, *command = shlex.split(printed.out.splitlines()[-1])[2:]
    assert program == "oommc" and f"--policy-file={file}" in command
    assert main(command) == 0
    again = shlex.split(page.command(oommc.load(out)))
    assert again.count(f"--policy-file={file}") == 1
    assert main([*again[1:-1], str(tmp_path / "again"), "--quiet"]) == 0
    assert main(["find", str(out), "--policy", "baseline", "--where", "kills > 0", "--limit", "1"]) == 0
    printed = capsys.readouterr()
    assert "--policy-file" not in printed.out and not printed.err


def test_a_file_that_moves_is_the_same_policies(file, tmp_path):
    oommc.run("usemem", [oommc.load_policies(file)["hasty"]], schedules=20, out=tmp_path / "out")
    moved = file.rename(tmp_path / "moved.toml")
    again = oommc.run("usemem", [oommc.load_policies(moved)["hasty"]], schedules=20, out=tmp_path / "out")
    assert again.manifest.policies["hasty"]["file"] == str(moved)


def test_a_killers_knobs_stand_with_the_mechanisms(tmp_path):
    path = tmp_path / "killers.toml"
    path.write_text(
        "[policy.mine]\nbase = 'patched+earlyoom'\nmem_term = 7.5\ntimeout = '1 s'\n"
        "[policy.calm]\nbase = 'mine'\npoll_most = '5 s'\n[policy.both]\nbase = 'baseline + calm'"
    )
    own = oommc.load_policies(path)
    assert (own["mine"].timeout, own["mine"].monitor.mem_term, own["mine"].monitor.swap_term) == (10**9, 7.5, 10)
    assert (own["calm"].monitor.mem_term, own["calm"].monitor.poll_most) == (7.5, 5 * 10**9)
    assert own["both"].gate == "none" and own["both"].monitor == own["calm"].monitor


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[policy.x]\nbase = 'patchd'", "policy.x.base: no policy 'patchd'; did you mean patched?"),
        (
            "[policy.x]\nbase = 'patched+earlyom'",
            "policy.x.base: no policy 'earlyom' in 'patched+earlyom'; did you mean earlyoom?",
        ),
        ("[policy.x]\nbase = 'patched+oracle'", "policy.x.base: oracle is no killer in user space"),
        ("[policy.x]\nbase = ['patched']", "policy.x.base: a text, not ['patched']"),
        ("[policy.x]\nbase = 'patched'\nmem_term = 5", "policy.x: mem_term is a killer's in user space"),
        (
            "[policy.x]\nbase = 'earlyoom'\nmem_term = 500",
            "policy.x: killer earlyoom: mem_term: a percentage from 0 to 100",
        ),
        ("[policy.x]\ntimeout = '1 s'", "policy.x.base: missing"),
        (
            "[policy.x]\nbase = 'patched'\ntimeuot = '1 s'",
            "policy.x.timeuot: no mechanism 'timeuot'; did you mean timeout?",
        ),
        ("[policy.x]\nbase = 'patched'\ntimeout = 'soon'", "policy.x: timeout: "),
        ("[policy.x]\nbase = 'baseline'\nrecheck = 'under_gate'", "policy.x: recheck=under_gate needs a gate"),
        ("[policy.x]\nbase = 'patched'\nabout = 7", "policy.x.about: a text"),
        ("[policy.patched]\nbase = 'patched'", "policy.patched: there is a policy of that name already"),
        ("[policy.'a,b']\nbase = 'patched'", "policy.a,b: a name is one line without , | + ( )"),
        ("[policy.'a+b']\nbase = 'patched'", "policy.a+b: a name is one line without , | + ( )"),
        ('[policy."a\\nb"]\nbase = "patched"', "policy.a b: a name is one line"),
        ("[policy.merged]\nbase = 'patched'", "policy.merged: a group of policies has that name"),
        ("[policy.x]\nbase = 'patched'\npasses = 1.5", "policy.x: passes: a whole number from 1 to 1000000, not 1.5"),
        ("[policy.x]\nbase = 'patched'\npasses = true", "policy.x: passes: a whole number from 1 to 1000000, not True"),
        ("[policy.x]\nbase = 'patched'\nrefused = []", "policy.x: refused: no value []; one of spin"),
        ("[policy.x]\nbase = 'patched'\nrecheck = 3", "policy.x: recheck: 3 is no list; of before_gate"),
        ("[policy.x]\nbase = 'patched'\nrecheck = [[]]", "policy.x: recheck: no value []; one of before_gate"),
        (
            "[policy.x]\nbase = 'earlyoom'\nmem_term = true",
            "policy.x: killer earlyoom: mem_term: a percentage from 0 to 100",
        ),
        ("[policy.x]\nbase = 'patched'\nselector = 'exits.py:f'", "exits.py: SystemExit: 3"),
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
    (tmp_path / "exits.py").write_text("import sys\nsys.exit(3)\n")
    with pytest.raises(InputError) as error:
        oommc.load_policies(path)
    assert str(error.value).startswith(f"{path}: ") and told in str(error.value)
    assert "\n" not in str(error.value)


def test_only_a_policy_that_is_used_runs_its_file(tmp_path, capsys):
    """Neither a listing nor another policy of the same file does."""
    ran, path, out = tmp_path / "ran", tmp_path / "own.toml", str(tmp_path / "out")
    (tmp_path / "rules.py").write_text(f"open({str(ran)!r}, 'w')\nscore = lambda task: task.rss\n")
    path.write_text(
        "[policy.mine]\nbase = 'patched'\nselector = 'rules.py:score'\n"
        "[policy.quick]\nbase = 'patched'\ntimeout = '1 s'\n"
    )
    own = ["--policy-file", str(path)]
    for command in (["policies"], ["policies", "mine"], ["policies", "mine", "--json"]):
        assert main([*command, *own]) == 0
    assert '"kind": "not loaded"' in capsys.readouterr().out
    assert main(["run", "usemem", *own, "--policies", "quick", "--schedules", "1", "--quiet", "--out", out]) == 0
    assert not ran.exists()
    assert main(["replay", "usemem", *own, "--policy", "mine", "--schedule", "1"]) == 0
    assert ran.exists()


def test_a_scenario_is_never_an_option_of_a_printed_command(tmp_path, capsys):
    oommc.run("usemem", "baseline", schedules=20, out=tmp_path / "out")
    run = json.loads((tmp_path / "out/run.json").read_bytes())
    (tmp_path / "out/run.json").write_text(json.dumps(run | {"sources": {"usemem": "--policy-file=evil.toml"}}))
    assert main(["find", str(tmp_path / "out"), "--policy", "baseline", "--where", "kills > 0", "--limit", "1"]) == 0
    assert "oommc replay ./--policy-file=evil.toml" in capsys.readouterr().out
    assert " ./--policy-file=evil.toml" in page.command(oommc.load(tmp_path / "out"))


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert main(["policies", "--policy-file", str(tmp_path / "none.toml")]) == 2
    assert "none.toml: can't be read: No such file" in capsys.readouterr().err
