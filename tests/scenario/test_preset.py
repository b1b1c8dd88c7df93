"""Machine presets: `[machine] preset`, what overrides what, and `oommc machines`."""

import json

import pytest

from oommc.cli import main
from oommc.errors import InputError
from oommc.scenario import Scenario, preset_names

PROCESS = """
[[process]]
name = "hog"
role = "hog"
rss = "1 MiB"
program = { kind = "idle" }
"""


def scenario(machine, process=PROCESS, folder=""):
    return Scenario.from_toml(f'schema = 1\nname = "x"\nhorizon = "1 s"\n{machine}{process}', f"{folder}x.toml")


def test_the_oldest_is_what_usemem_writes_out():
    usemem = Scenario.load("usemem")
    assert scenario('[machine]\npreset = "server-2006"\n').machine == usemem.machine
    assert usemem.replace("machine.preset", "server-2006").machine == usemem.machine


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_a_machine_and_says_what_it_rests_on(name, capsys):
    made = scenario(f'[machine]\npreset = "{name}"\n')
    assert scenario("", made.to_toml()[made.to_toml().index("[machine]") :]) == made  # in full: it needs no preset
    assert main(["machines", name]) == 0
    said = capsys.readouterr().out
    assert any(word in said for word in ("assumed", "assumptions", "fitted"))
    assert "processor time" in said and "Give sizes a spread" in said
    assert "[machine.latency]\nreclaim_pass = " in said and "[exit]\nwake = " in said


def test_own_keys_go_before():
    own = scenario(
        '[machine]\npreset = "server-2006"\ncpus = 7\nnode = [{ memory = "2 GiB" }]\nlatency = { report = "1 ms" }\n'
    )
    base = Scenario.load("usemem").machine
    assert (own.machine.cpus, len(own.machine.nodes), own.machine.nodes[0].memory) == (7, 1, 2 << 18)
    assert own.machine.latency.report.to_toml() == "1 ms"
    assert own.machine.latency.reclaim_pass == base.latency.reclaim_pass


def test_exits_are_the_preset_s_where_a_process_says_nothing():
    made = scenario(
        '[machine]\npreset = "qemu-6.12"\n',
        PROCESS + 'exit = { tail = "3 ms" }\n' + PROCESS.replace('"hog"\nrole', '"other"\nrole'),
    )
    hog, other = made.processes
    assert hog.exit.tail.to_toml() == "3 ms" and other.exit.tail.to_toml()["dist"] == "lognormal"
    assert hog.exit.wake == other.exit.wake and hog.exit.wake.to_toml()["dist"] == "lognormal"


def test_a_file_of_one_s_own(tmp_path):
    (tmp_path / "mine.toml").write_text('[machine]\ncpus = 3\nnode = [{ memory = "1 GiB" }]\n')
    assert scenario('[machine]\npreset = "mine.toml"\n', folder=f"{tmp_path}/").machine.cpus == 3


@pytest.mark.parametrize(
    ("line", "file", "told"),
    [
        (
            'preset = "server2006"',
            None,
            "x.toml: machine.preset: unknown preset 'server2006': did you mean server-2006?",
        ),
        ("preset = 7", None, "x.toml: machine.preset: 7 is not a preset's name"),
        ('preset = "no.toml"', None, "x.toml: machine.preset: no.toml: can't be read: No such file"),
        ('preset = "m.toml"', "=", "x.toml: machine.preset: m.toml: not TOML"),
        ('preset = "m.toml"', "latency = 1", "x.toml: machine.preset: m.toml: latency: unknown key"),
        ('preset = "m.toml"', "machine = 1", "x.toml: machine.preset: m.toml: machine: 1 is not a table"),
        (
            'preset = "m.toml"',
            "[machine]\ncpu = 1",
            "x.toml: machine.preset: m.toml: machine.cpu: unknown key: did you mean cpus?",
        ),
        (
            'preset = "m.toml"',
            "[machine.latency]\nreport = -1",
            "x.toml: machine.preset: m.toml: machine.latency.report: -1 is negative",
        ),
        (
            'preset = "m.toml"',
            '[machine]\npreset = "server"',
            "x.toml: machine.preset: m.toml: machine.preset: a preset can't name another",
        ),
        (
            'preset = "m.toml"',
            "[exit]\nwaek = 1",
            "x.toml: machine.preset: m.toml: exit.waek: unknown key: did you mean wake?",
        ),
        ('preset = "m.toml"', "about = 3", "x.toml: machine.preset: m.toml: about: 3 is not a text"),
        ('preset = "server"\nlatency = 1', None, "x.toml: machine.latency: 1 is not a table"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, line, file, told):
    if file:
        (tmp_path / "m.toml").write_text(file)
    with pytest.raises(InputError) as error:
        scenario(f"[machine]\n{line}\n", folder=f"{tmp_path}/")
    assert told in str(error.value) and "\n" not in str(error.value)


def test_the_command(capsys):
    assert main(["machines"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == set(preset_names())
    assert main(["machines", "server", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["machine"]["cpus"] == 4
    assert main(["machines", "servr"]) == 2
    assert capsys.readouterr().err == "oommc: error: machines: unknown preset 'servr': did you mean server?\n"
