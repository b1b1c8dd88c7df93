"""One schedule, two, none with an OOM, none that recovers, one policy:
honest words, no NaN, no warning from a library.
"""

import json
import re

import pytest

import oommc
from oommc.cli import main

pytestmark = pytest.mark.filterwarnings("error")


def quiet():
    """Nobody runs out of memory."""
    changes = {"process.usemem.rss": "1 MiB", "process.usemem.program.target": "128 KiB", "name": "quiet"}
    return replaced("usemem", changes)


def censored():
    """No victim goes before the horizon."""
    return replaced("usemem", {"process.usemem.exit.wake": "10 s", "horizon": "2 s", "name": "censored"})


def replaced(name, changes):
    scenario = oommc.Scenario.load(name)
    for path, value in changes.items():
        scenario = scenario.replace(path, value)
    return scenario


@pytest.fixture(
    params=[quiet, censored, lambda: oommc.Scenario.load("usemem")], ids=["no OOM", "all censored", "usemem"]
)
def file(request, tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(request.param().to_toml())
    return str(path)


@pytest.mark.parametrize("schedules", [1, 2])
@pytest.mark.parametrize("policies", ["patched", "baseline,patched,oracle"])
def test_every_table_and_page(file, tmp_path, capsys, schedules, policies):
    out = str(tmp_path / "out")
    pages = ["markdown", "latex", *(["html"] if schedules == 1 and "," in policies else [])]
    commands = [["run", file, "--policies", policies, "--schedules", str(schedules), "--out", out, "--quiet"]]
    commands += [["compare", out, *form] for form in ([], ["--csv"], ["--json"], ["--latex"])]
    commands += [["choose", out], ["choose", out, "--json"], ["choose", out, "--require", "livelock < 1e-4"]]
    commands += [["report", out, "--format", page] for page in pages]
    told = ""
    for command in commands:
        assert main(command) == 0, command
        printed = capsys.readouterr()
        assert not printed.err, command
        told += printed.out
    told += "".join(path.read_text() for path in (tmp_path / "out" / "report").iterdir() if path.suffix != ".html")
    told += json.dumps(oommc.load(out).data, allow_nan=False)
    assert not re.search(r"\bnan\b|\binf\b|Infinity|\b1 schedules\b", told, re.IGNORECASE)
    result = oommc.load(out)
    result.summary(), result.recovery(), result.compare("ttr_ns"), result.records()


def test_the_only_schedule_has_no_interval(tmp_path):
    result = oommc.run("usemem", "baseline,patched", 1)
    assert result.data["scenarios"]["usemem"]["policies"]["patched"]["kills"]["ci"] is None
    assert "| patched | 1 once | 0 once |" in result.report(tmp_path / "page.md").read_text()


@pytest.mark.parametrize(
    "wish", [["--precision", "needless=10"], ["--choose", "needless within 9", "--require", "livelock < 0.9"]]
)
def test_one_schedule_of_a_run_with_an_end_of_its_own(wish, tmp_path, capsys):
    command = ["run", "usemem", "--policies", "patched", "--schedules", "1", "--quiet", "--out", str(tmp_path), *wish]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert not printed.err and "nan" not in printed.out and "inf" not in printed.out.lower().split()
